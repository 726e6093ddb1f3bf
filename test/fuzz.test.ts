import { describe, test } from 'node:test';
import { fuzzTargets } from './support/fuzz.ts';
import { seededRandom, testSeed } from './support/random.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** What one target may cost in a run of all tests; `test/slow/fuzz.slow.ts` goes on for an hour. */
const COST = 2_000;

const seed = testSeed();

describe(`bytes that nobody thought of (seed ${seed})`, () => {
  for (const { name, cost, round } of fuzzTargets(temporaryFolder())) {
    const rounds = Math.ceil(COST / cost);
    test(`C07 G02 X4 H01: ${rounds} rounds of ${name}: counted, answered or told, and never thrown`, async () => {
      const random = seededRandom(seed);
      for (let done = 0; done < rounds; done++) await round(random);
    });
  }
});
