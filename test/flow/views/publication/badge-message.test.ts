import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeMessage } from '../../../../src/flow/views/publication/badge-message.ts';

test('a badge rounds half up and never floors', () => {
  const messages: [number, string][] = [
    [0, '0'],
    [10, '10'],
    [999, '999'],
    [1_000, '1k'],
    [2_749, '2.7k'],
    [2_750, '2.8k'],
    [9_950, '10k'],
    [276_450, '276k'],
    [276_500, '277k'],
    [999_499, '999k'],
    [999_500, '1M'],
    [1_250_000, '1.3M'],
    [1e9, '1B'],
  ];
  for (const [value, message] of messages) assert.equal(badgeMessage(value), message);
});

test('a badge says unknown, hidden and stale in words, and never 0 for them', () => {
  assert.equal(badgeMessage(null), 'unknown');
  assert.equal(badgeMessage(null, '2020-11-09'), 'unknown');
  assert.equal(badgeMessage('hidden'), 'withheld');
  assert.equal(badgeMessage({ fewerThan: 100 }), '<100');
  assert.equal(badgeMessage(276_450, '2020-11-09'), '276k (9 Nov)');
  assert.equal(badgeMessage('hidden', '2020-11-09'), 'withheld (9 Nov)');
});
