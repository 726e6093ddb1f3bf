import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { rotations } from '../support/rotations.ts';

const ROTATIONS = 2_000;
/** Until then the program and its caches are still growing into their size. */
const WARM = 500;

test(`E14: ${ROTATIONS} rotations: each line once, no file left open, and no more memory than after ${WARM}`, async (context) => {
  const openFiles = new Set<number>();
  const memory: number[] = [];
  await rotations(context, ROTATIONS, (rotation) => {
    if (rotation > 0) openFiles.add(readdirSync('/proc/self/fd').length);
    if (rotation >= WARM && rotation % 50 === 0) memory.push(process.memoryUsage.rss());
  });
  assert.equal(openFiles.size, 1, [...openFiles].join(' '));
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const [first, last] = [memory.slice(0, 8), memory.slice(-8)].map(middle);
  assert.ok(last! < first! * 1.2, `${first} bytes, then ${last}`);
});
