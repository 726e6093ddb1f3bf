import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockOrder } from '../../../src/flow/tallies/block-order.ts';
import { seededRandom, testSeed } from '../../support/random.ts';

const seed = testSeed();

test(`G1 what is found in blocks read in any order comes in the order of the log (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const found: number[] = [];
    const order = new BlockOrder((bytes) => found.push(...bytes));
    const expected: number[] = [];
    // The memory that the bytes lie in is written again at once, as that of the readers is.
    const memory = new Uint8Array(1);
    const blocks = Array.from({ length: 20 }, (_, block) => {
      const pieces = Array.from({ length: random.below(4) }, () => random.below(256));
      expected.push(...pieces);
      const steps = pieces.map((piece) => () => order.take(block, memory.fill(piece)));
      return [...steps, () => order.done(block)];
    });
    while (blocks.length > 0) {
      const near = random.below(Math.min(blocks.length, 5));
      blocks[near]!.shift()!();
      if (blocks[near]!.length === 0) blocks.splice(near, 1);
    }
    assert.deepEqual(found, expected, `round ${round}`);
  }
});

test('G1 what is found before anything is done comes at once', () => {
  const found: number[] = [];
  const order = new BlockOrder((bytes) => found.push(...bytes));
  order.take(0, Uint8Array.of(1));
  assert.deepEqual(found, [1]);
  order.take(1, Uint8Array.of(2));
  assert.deepEqual(found, [1]);
  order.done(0);
  assert.deepEqual(found, [1, 2]);
  // The end of a log that is shorter than a block is told when the block is done.
  order.done(1);
  order.take(0, Uint8Array.of(3));
  assert.deepEqual(found, [1, 2, 3]);
});

test('C2 a block that is missing is a fault, whatever came behind it', () => {
  const order = new BlockOrder(() => {});
  for (const block of [0, 2, 3]) order.done(block);
  assert.throws(() => order.checkComplete(4), /block 1 of 4 was not read; nothing of this log is kept/);
  order.done(1);
  order.checkComplete(4);
  assert.throws(() => order.checkComplete(5), /block 4 of 5/);
});
