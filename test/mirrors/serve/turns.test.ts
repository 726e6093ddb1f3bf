import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurns } from '../../../src/mirrors/serve/turns.ts';

const turnOver = () => new Promise((resolve) => setImmediate(resolve));

function collected() {
  const handed: number[][] = [];
  return { handed, turns: inTurns<number>((items) => void handed.push([...items])) };
}

test('what comes in one turn is handed on together, in its order, and once', async () => {
  const { handed, turns } = collected();
  for (const item of [1, 2, 3]) turns.add(item);
  assert.deepEqual(handed, []);
  await turnOver();
  turns.add(4);
  await turnOver();
  await turnOver();
  assert.deepEqual(handed, [[1, 2, 3], [4]]);
});

test('no more than 128 wait for one another', async () => {
  const { handed, turns } = collected();
  for (let item = 0; item < 300; item++) turns.add(item);
  assert.deepEqual(
    handed.map((items) => items.length),
    [128, 128],
  );
  await turnOver();
  assert.deepEqual(handed.flat(), [...Array(300).keys()]);
});

test('what waits can be handed on sooner', async () => {
  const { handed, turns } = collected();
  turns.add(1);
  turns.handOn();
  assert.deepEqual(handed, [[1]]);
  turns.handOn();
  await turnOver();
  assert.deepEqual(handed, [[1]]);
});

test('an item that comes while others are handled waits for its own turn', async () => {
  const handed: number[][] = [];
  const turns = inTurns<number>((items) => {
    handed.push([...items]);
    if (items.includes(1)) turns.add(2);
  });
  turns.add(1);
  await turnOver();
  await turnOver();
  assert.deepEqual(handed, [[1], [2]]);
});
