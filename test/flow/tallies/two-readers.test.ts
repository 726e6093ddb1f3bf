import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { writeCorpus } from '../../../src/fleet/bench-corpus.ts';
import { LogReaders } from '../../../src/flow/tallies/log-readers.ts';
import type { LogTally } from '../../../src/flow/tallies/log-tally.ts';
import { mergeTallies } from '../../../src/flow/tallies/merge.ts';
import { LIMITS, type NumberingLimits } from '../../../src/flow/tallies/numbering.ts';
import { hostileLog } from '../../support/hostile-log.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES, readWithKernel } from '../../support/readers.ts';
import { temporaryFolder } from '../../support/rollcall.ts';

const seed = testSeed();

function merged(first: LogTally, second: LogTally): LogTally {
  const tally = mergeTallies(first, second, LIMITS);
  assert.ok(tally);
  return tally;
}

test(`C4 C6 two parts of a log, merged, are the log (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 60; round++) {
    const log = hostileLog(random, 50 + random.below(500));
    const cut = log.indexOf('\n', random.below(log.length)) + 1;
    const first = readWithKernel(log.subarray(0, cut));
    // Another reader takes part only behind the first candidate.
    if (first.tally.candidates === 0 || cut === 0) continue;
    const second = readWithKernel(log.subarray(cut), undefined, RULES, 'inside');
    const { sha256: _whole, ...whole } = comparable(readWithKernel(log));
    const { sha256: _parts, ...parts } = comparable({ sha256: '', tally: merged(first.tally, second.tally) });
    assert.deepEqual(parts, whole, `round ${round}`);
  }
});

test('C5 where a limit is reached, what becomes "other" depends on the order of the lines, and nothing is merged', () => {
  const log = hostileLog(seededRandom(3), 2_000);
  const { tally } = readWithKernel(log);
  const enough = { systems: tally.systems.length + 1, requests: tally.requests.length + 1, cells: 1_000_000 };
  assert.ok(mergeTallies(tally, tally, enough));
  for (const limit of ['systems', 'requests', 'cells'] as const) {
    assert.equal(mergeTallies(tally, tally, { ...enough, [limit]: 2 }), undefined, limit);
  }
});

const SIZE = 144 * 2 ** 20;
const path = join(temporaryFolder(), 'large.log');

before(() => writeCorpus({ path, bytes: SIZE, countmeShare: 0.2, seed: 5, diversity: 'high' }));

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
  assert.ok(alone.result.tally.counted > 100_000);
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
