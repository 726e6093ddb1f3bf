import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countLogs } from '../../src/commands/count-logs.ts';
import { discover } from '../../src/flow/bytes/discover.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { newReaders } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { checkIn, MONDAY, WEEK } from '../support/vault-logs.ts';

/** More than a reader takes at once. */
const LINES = 12_000;
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => checkIn({ time: MONDAY + from + n, host: `203.0.${n % 250}.9` })).join('');

/** Counts a log that somebody writes to in the middle of its first readings. */
async function countWhile(context: Parameters<typeof temporaryFolder>[0], changes: readonly string[]) {
  const folder = temporaryFolder(context);
  const path = join(folder, 'access.log');
  writeFileSync(path, lines(0, LINES));
  const readers = newReaders();
  const vault = Vault.open(join(folder, 'vault.sqlite'), 'write', randomBytes);
  let readings = 0;
  const options = {
    readers,
    vault: {
      record: (...asked: Parameters<Vault['record']>) => vault.record(...asked),
      // Asked behind the first candidate, while the reader waits.
      statesAt: (...hour: Parameters<Vault['statesAt']>) => {
        const change = changes[readings++];
        if (change !== undefined) writeFileSync(path, change);
        return vault.statesAt(...hour);
      },
    },
    mode: 'add' as const,
    source: undefined,
    ahead: 1,
    onProgress: () => {},
  };
  const reports = [];
  for await (const { status, counted, reason } of countLogs(discover([path]), options)) {
    reports.push({ status, counted, reason });
  }
  const hits = [...vault.cells(WEEK)].reduce((sum, cell) => sum + cell.hits, 0);
  vault.close();
  await readers.close();
  return { reports, readings, hits };
}

test('A08 A09 a log that is emptied and grows beyond its size while it is read is read again, and no splice counts', async (context) => {
  const regrown = lines(50_000, LINES + 500);
  const { reports, readings, hits } = await countWhile(context, [regrown]);
  assert.deepEqual(reports, [{ status: 'counted', counted: LINES + 500, reason: undefined }]);
  assert.equal(readings, 2);
  assert.equal(hits, LINES + 500);
});

test('A08 a log that is emptied while it is read, and is short then, is read again as it is', async (context) => {
  const { reports, hits } = await countWhile(context, [lines(50_000, 3)]);
  assert.deepEqual(reports, [{ status: 'counted', counted: 3, reason: undefined }]);
  assert.equal(hits, 3);
});

test('A08 of a log that is written anew during each reading nothing counts, and why is said', async (context) => {
  const { reports, hits } = await countWhile(
    context,
    Array.from({ length: 9 }, (_, n) => lines(20_000 * (n + 1), LINES)),
  );
  const [{ status, reason } = { status: '', reason: '' }] = reports;
  assert.equal(status, 'damaged');
  assert.match(reason!, /emptied and written anew while it was read.*try again/);
  assert.equal(hits, 0);
});
