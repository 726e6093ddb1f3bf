import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertCountedOnce, Workplace } from '../support/command-line.ts';
import { checkInLines } from '../support/log-lines.ts';

const FILES = Number(process.env['ROLLCALL_TEST_FILES'] ?? 100_000);

test(`A22 ${FILES} small files are counted once, in a time that grows with their number`, async (context) => {
  const place = new Workplace(context);
  const lines = checkInLines('2025-03-03T00:00:00Z', FILES);
  mkdirSync(place.path('logs'));
  for (const [i, line] of lines.entries()) writeFileSync(place.path(`logs/access.log.${i}`), `${line}\n`);
  for (const status of ['counted', 'already-counted']) {
    const started = performance.now();
    const run = await place.ingest(['--source', 'many', 'logs']);
    context.diagnostic(`${status}: ${((performance.now() - started) / 1000).toFixed(0)} s for ${FILES} files`);
    assert.equal(run.logs.length, FILES);
    assert.ok(run.logs.every((log) => log.status === status));
  }
  await assertCountedOnce(place, lines);
});
