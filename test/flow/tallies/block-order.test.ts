import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockOrder } from '../../../src/flow/tallies/block-order.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

const seed = testSeed();

test(`G1 what readers find comes in the order of the log, whoever is faster (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 100; round++) {
    const order = new BlockOrder();
    const found: string[] = [];
    const expected: string[] = [];
    const readers = Array.from({ length: 1 + random.below(3) }, (): (() => void)[] => []);
    for (let block = 0; block < 20; block++) {
      const steps = random.pick(readers);
      for (let piece = 0; piece < random.below(4); piece++) {
        expected.push(`${block}.${piece}`);
        steps.push(() => order.at(block, () => found.push(`${block}.${piece}`)));
      }
      steps.push(() => order.done(block));
    }
    while (readers.some((steps) => steps.length > 0)) random.pick(readers).shift()?.();
    assert.deepEqual(found, expected);
  }
});

test('once it is abandoned, everything is done at once', () => {
  const order = new BlockOrder();
  const found: number[] = [];
  order.at(3, () => found.push(3));
  order.at(2, () => found.push(2));
  assert.equal(found.length, 0);
  order.abandon();
  assert.deepEqual(found.sort(), [2, 3]);
  order.at(9, () => found.push(9));
  order.done(0);
  assert.deepEqual(found, [2, 3, 9]);
});
