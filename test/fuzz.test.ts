import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzzTargets } from './support/fuzz.ts';
import { seededRandom, testSeed } from './support/random.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** What one target may cost in a run of all tests; `test/slow/fuzz.slow.ts` goes on for an hour. */
const COST = 1_500;

const seed = testSeed();

/** What a library says past us, which may hold what it read. */
const warnings: string[] = [];
process.on('warning', ({ name, message }) => void (name === 'ExperimentalWarning' || warnings.push(message)));

describe(`bytes that nobody thought of (seed ${seed})`, () => {
  for (const { name, cost, round } of fuzzTargets(temporaryFolder())) {
    const rounds = Math.ceil(COST / cost);
    test(`C07 G02 X4 H01: ${rounds} rounds of ${name}: counted, answered or told, and never thrown`, async () => {
      const random = seededRandom(seed);
      for (let done = 0; done < rounds; done++) await round(random);
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(warnings, []);
    });
  }
});
