import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REASONS } from '../../../src/flow/sightings/reasons.ts';
import { assertAgreement, type Rejections } from '../../support/agreement.ts';
import { hostileLog } from '../../support/hostile-log.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { comparable, readWithKernel, readWithReference } from '../../support/readers.ts';

const LINES = 200_000;

test('C6 U1 U6 kernel and reference agree on hostile logs, however they are cut', (context) => {
  const seed = testSeed();
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const rejections: Rejections = new Map();
  for (let lines = 0, log = 0; lines < LINES; log++) {
    const size = random.chance(0.5) ? 200 : 5_000;
    assertAgreement(random, size, `ROLLCALL_TEST_SEED=${seed}, log ${log}`, rejections);
    lines += size;
  }
  for (const reason of REASONS) assert.ok((rejections.get(reason) ?? 0) > 20, `hardly any line was ${reason}`);
});

test('U1 C4 any chunks give the same tally, in each reader', () => {
  const random = seededRandom(7);
  const log = hostileLog(random, 300);
  const whole = comparable(readWithKernel(log));
  for (const size of [1, 2, 3, 15, 16, 17, 63, 64, 65, 4_095, 65_535, 65_536, 65_537, 131_073]) {
    assert.deepEqual(comparable(readWithKernel(log, () => size)), whole, `kernel, ${size} bytes`);
    assert.deepEqual(comparable(readWithReference(log, () => size)), whole, `reference, ${size} bytes`);
  }
});
