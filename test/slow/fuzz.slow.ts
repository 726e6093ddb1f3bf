import { test } from 'node:test';
import { fuzzTargets } from '../support/fuzz.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Shared by all targets. */
const MINUTES = Number(process.env['ROLLCALL_FUZZ_MINUTES'] ?? 60);

const seed = testSeed();

test(`C07 G02 X4 H01: ${MINUTES} minutes of bytes that nobody thought of (from seed ${seed})`, async (context) => {
  const targets = fuzzTargets(temporaryFolder(context));
  const each = (MINUTES * 60_000) / targets.length;
  for (const { name, round } of targets) {
    const end = performance.now() + each;
    let rounds = 0;
    // A seed for each round: what fails can be had again at once.
    for (; performance.now() < end; rounds++) {
      try {
        await round(seededRandom(seed + rounds));
      } catch (error) {
        throw new Error(`${name}, seed ${seed + rounds}`, { cause: error });
      }
    }
    context.diagnostic(`${name}: ${rounds} rounds`);
  }
});
