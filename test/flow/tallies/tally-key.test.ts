import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochSeconds, type Week, weekStart } from '../../../src/flow/sightings/week.ts';
import {
  keyAt,
  keyNow,
  keyText,
  open,
  readKeyText,
  seal,
  type TallyKey,
  withoutPast,
} from '../../../src/flow/tallies/tally-key.ts';

const KEY: TallyKey = { week: 2900 as Week, key: Buffer.alloc(32, 1) };
const BOUND = Buffer.from('open');
const SALT = Buffer.alloc(16, 9);
const inWeek = (week: number, day = 3) => (weekStart(week as Week) + day * 86_400) as EpochSeconds;

test('P6: each machine comes to the same key of a later week, and from that none comes back to an earlier one', () => {
  const [later, muchLater] = [keyAt(KEY, 2901 as Week)!, keyAt(KEY, 2960 as Week)!];
  assert.deepEqual(keyAt(later, 2960 as Week), muchLater);
  assert.notDeepEqual(later.key, KEY.key);
  assert.equal(keyAt(later, KEY.week), undefined);
  assert.deepEqual(keyNow(later, inWeek(2900)), later, 'a clock that is a little behind');
  assert.equal(keyNow(later, inWeek(2899)), undefined);
});

test('P6: a key file forgets a week when that has been over for 8 days, and not before', () => {
  const at = (week: number, day: number) => withoutPast(KEY, inWeek(week, day)).week;
  assert.equal(at(2900, 0), 2900);
  assert.equal(at(2902, 0.99), 2900);
  assert.equal(at(2902, 1.01), 2901);
  assert.equal(at(2950, 0), 2948);
  assert.deepEqual(withoutPast(KEY, inWeek(2950, 0)), keyAt(KEY, 2948 as Week));
});

test('P6: what is sealed is opened by the key of its week and by earlier ones, beside what it is bound to, unchanged', () => {
  const sealed = seal(keyAt(KEY, 2902 as Week)!, Buffer.from('secret'), BOUND, SALT);
  const opened = (key: TallyKey, bytes: Uint8Array = sealed, bound = BOUND) => {
    const found = open(key, bytes, bound);
    return found.kind === 'open' ? Buffer.from(found.plain).toString() : found.kind;
  };
  assert.equal(sealed.includes('secret'), false);
  for (const week of [2900, 2901, 2902]) assert.equal(opened(keyAt(KEY, week as Week)!), 'secret');
  assert.equal(opened(keyAt(KEY, 2903 as Week)!), 'past');
  assert.equal(opened({ ...KEY, key: Buffer.alloc(32, 2) }), 'other-key');
  assert.equal(opened({ ...KEY, week: 10 as Week }), 'future');
  assert.equal(opened(KEY, sealed, Buffer.from('other')), 'damaged');
  assert.equal(opened(KEY, sealed.subarray(0, 20)), 'damaged');
  for (let place = 12; place < sealed.length; place++) {
    const changed = Buffer.from(sealed);
    changed[place]! ^= 1;
    assert.equal(opened(KEY, changed), 'damaged', `byte ${place}`);
  }
});

test('P6: a key file is read as it was written, and nothing else is one', () => {
  assert.deepEqual(readKeyText(keyText(KEY)), { ...KEY, key: Buffer.from(KEY.key) });
  for (const text of ['', 'rollcall-tally-key 1 2900 abcd\n', `${keyText(KEY)}x`, keyText(KEY).replace(' 1 ', ' 2 ')])
    assert.equal(readKeyText(text), undefined, text);
});
