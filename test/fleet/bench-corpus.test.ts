import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CorpusOptions } from '../../src/fleet/bench-corpus.ts';
import { writeCorpus } from '../../src/fleet/bench-corpus.ts';
import { weekOf } from '../../src/flow/sightings/week.ts';
import { parseAddress } from '../../src/geo/address.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { parseLogTime } from './log-time.ts';

const folder = temporaryFolder();

async function corpus(options: Partial<CorpusOptions>) {
  const path = join(folder, 'access.log');
  const usual = { path, bytes: 4 * 1024 * 1024, countmeShare: 0.05, seed: 1, diversity: 'usual' } as const;
  const written = await writeCorpus({ ...usual, ...options });
  const text = await readFile(path, 'latin1');
  return { written, text, lines: text.trimEnd().split('\n') };
}

test('size, share of check-ins and times are as asked for', async () => {
  const { written, text, lines } = await corpus({});
  const checkIns = lines.filter((line) => line.includes('countme='));
  assert.deepEqual(written, { bytes: text.length, lines: lines.length, checkIns: checkIns.length });
  assert.ok(Math.abs(text.length - 4 * 1024 * 1024) < 1000);
  assert.ok(Math.abs(checkIns.length / lines.length - 0.05) < 0.01);
  const times = lines.map((line) => parseLogTime(/\[([^\]]+)\]/.exec(line)?.[1] ?? ''));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.deepEqual([...new Set(times.map(weekOf))], [2874]);
});

test('the usual corpus has 192 URLs and 40 User-Agents', async () => {
  const { lines } = await corpus({ countmeShare: 1, bytes: 16 * 1024 * 1024 });
  assert.equal(new Set(lines.map((line) => line.split('"')[1])).size, 192);
  assert.equal(new Set(lines.map((line) => line.split('"')[5])).size, 40);
});

test('the diverse one has 100,000 and 20,000, each at least once', async () => {
  const { lines } = await corpus({ countmeShare: 1, bytes: 32 * 1024 * 1024, diversity: 'high' });
  assert.equal(new Set(lines.map((line) => line.split('"')[1])).size, 100_000);
  assert.equal(new Set(lines.map((line) => line.split('"')[5])).size, 20_000);
});

test('addresses come from everywhere where that is asked for, one in five of them IPv6', async () => {
  const { lines } = await corpus({ addresses: 'any', countmeShare: 1 });
  const addresses = lines.map((line) => line.split(' ')[0]!);
  const v6 = addresses.filter((address) => address.includes(':'));
  assert.ok(Math.abs(v6.length / addresses.length - 0.2) < 0.02);
  const blocks = new Set(addresses.map((address) => address.split(/[.:]/, 2).join()));
  assert.ok(new Set(addresses).size > addresses.length * 0.99 && blocks.size > addresses.length / 3);
  for (const address of addresses) assert.notEqual(parseAddress(address), undefined, address);
});

test('the seed decides every byte', async () => {
  const { text } = await corpus({});
  assert.ok((await corpus({})).text === text);
  assert.ok((await corpus({ seed: 2 })).text !== text);
});
