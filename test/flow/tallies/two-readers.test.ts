import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { writeCorpus } from '../../../src/fleet/bench-corpus.ts';
import { LogReaders } from '../../../src/flow/tallies/log-readers.ts';
import { LIMITS, type NumberingLimits } from '../../../src/flow/tallies/numbering.ts';
import { comparable, RULES } from '../../support/readers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SIZE = 144 * 2 ** 20;
const path = join(temporaryFolder(), 'large.log');

before(() => writeCorpus({ path, bytes: SIZE, countmeShare: 0.1, seed: 5, diversity: 'high' }));

async function readBy(most: number, limits: NumberingLimits = LIMITS, onFirst: () => void = () => {}) {
  const readers = new LogReaders({ rules: { ...RULES, limits }, format: undefined, geoFile: undefined });
  readers.growTo(most, [SIZE]);
  let readings = 0;
  try {
    const statesAt = () => {
      readings++;
      onFirst();
      return [];
    };
    const result = await readers.read({ kind: 'file', path }, { statesAt, whole: false, onProgress: () => {} });
    return { result, readings };
  } finally {
    await readers.close();
  }
}

test('C4 G1 a large log that two readers share gives the same tally and identity as one alone', async () => {
  const alone = await readBy(1);
  const shared = await readBy(2);
  assert.deepEqual([alone.readings, shared.readings], [1, 1]);
  assert.ok(alone.result.tally.counted > 50_000);
  assert.deepEqual(comparable(shared.result), comparable(alone.result));
  assert.deepEqual(shared.result.tally.hoursSeen, alone.result.tally.hoursSeen);
  assert.equal(shared.result.front, alone.result.front);
  assert.deepEqual(shared.result.poured, alone.result.poured);
});

test('C5 a shared log that names too much is read again by one reader', async () => {
  const limits = { ...LIMITS, systems: 100 };
  const alone = await readBy(1, limits);
  const shared = await readBy(2, limits);
  assert.deepEqual([alone.readings, shared.readings], [1, 2]);
  assert.deepEqual(comparable(shared.result), comparable(alone.result));
});

test('A08 a shared log that is cut while it is read is damaged, and nobody waits for ever', async () => {
  await assert.rejects(
    readBy(2, LIMITS, () => truncateSync(path, SIZE / 8)),
    { name: 'LogFault', status: 'damaged', message: /became shorter/ },
  );
});
