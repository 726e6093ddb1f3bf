import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { rotations } from '../support/rotations.ts';

const ROTATIONS = 16;

test(`U10 E14: ${ROTATIONS} rotations: each line once, and open files do not add up`, async (context) => {
  const openFiles: number[] = [];
  await rotations(context, ROTATIONS, () => openFiles.push(readdirSync('/proc/self/fd').length));
  assert.deepEqual(new Set(openFiles.slice(1)).size, 1, openFiles.join(' '));
});
