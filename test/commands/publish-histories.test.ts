import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { liveThrough, type Render, renderData, renderPages } from '../support/live-through.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { randomHistory } from '../support/random-history.ts';

const seed = testSeed();

const KINDS: [name: string, histories: number, render: Render][] = [
  ['data files', 40, renderData],
  ['data files and pages', 6, renderPages],
];

describe(`publishing never stops on honest input (seed ${seed}; ROLLCALL_TEST_SEED)`, () => {
  for (const [what, histories, render] of KINDS) {
    test(`O12: ${histories} random histories, ${what}: a publication each time, or a sentence that says what to do`, async (context) => {
      let publications = 0;
      for (let history = 0; history < histories; history++) {
        const own = (seed + history) >>> 0;
        try {
          publications += await liveThrough(randomHistory(seededRandom(own)), render);
        } catch (error) {
          throw new Error(`the history of seed ${own}`, { cause: error });
        }
      }
      context.diagnostic(`${publications} publications`);
      assert.ok(publications > 2 * histories);
    });
  }
});
