import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderPublication } from '../../src/commands/render-publication.ts';
import { liveThrough, type Render, renderData, renderPages } from '../support/live-through.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { randomHistory } from '../support/random-history.ts';

const seed = testSeed();

const KINDS: [name: string, histories: number, render: Render][] = [
  ['data files', 3000, renderData],
  ['data files and pages', 300, renderPages],
  ['all files', 20, renderPublication],
];

describe(`publishing never stops on honest input (seed ${seed}; ROLLCALL_TEST_SEED)`, () => {
  for (const [what, histories, render] of KINDS) {
    test(`O12: ${histories} random histories, ${what}`, async () => {
      const stopped: string[] = [];
      for (let history = 0; history < histories; history++) {
        const own = (seed + history) >>> 0;
        await liveThrough(randomHistory(seededRandom(own)), render).catch((error: unknown) => {
          stopped.push(`seed ${own}: ${String(error).slice(0, 500)}`);
        });
      }
      assert.deepEqual(stopped, []);
    });
  }
});
