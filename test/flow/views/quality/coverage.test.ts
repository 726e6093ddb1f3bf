import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOURS_PER_WEEK, type Week } from '../../../../src/flow/sightings/week.ts';
import type { LogHours } from '../../../../src/flow/vault/vault.ts';
import { coverageByWeek } from '../../../../src/flow/views/quality/coverage.ts';
import { seededRandom } from '../../../support/random.ts';

const DAY = 24;
const FIRST = 2900 as Week;
const week = (number: number) => (FIRST + number) as Week;

/** One log of a source, which has lines in these hours of the week. */
function log(source: string, number: number, isSeen: (hour: number) => boolean, rate = 100): LogHours {
  const seen = new Uint8Array(HOURS_PER_WEEK / 8);
  for (let hour = 0; hour < HOURS_PER_WEEK; hour++) if (isSeen(hour)) seen[hour >> 3]! |= 1 << (hour & 7);
  return { source, week: week(number), seen, rate };
}

const always = () => true;
const weeks = (count: number, of: (number: number) => LogHours[]) =>
  Array.from({ length: count }, (_, number) => of(number)).flat();
const isOn = (day: number) => (hour: number) => Math.floor(hour / DAY) === day;

function assertShare(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
}

describe('the share of the expected logs', () => {
  test('all hours of all sources are all of it', () => {
    const coverage = coverageByWeek(
      weeks(6, (n) => [log('a', n, always), log('b', n, always)]),
      [],
    );
    for (let n = 0; n < 6; n++) assertShare(coverage(week(n)), 1);
  });

  test('D17: a day that one of two sources lacks is missed, by the share of that source', () => {
    const coverage = coverageByWeek(
      weeks(6, (n) => [log('a', n, always, 300), log('b', n, (hour) => n !== 3 || !isOn(2)(hour), 100)]),
      [],
    );
    assertShare(coverage(week(3)), 1 - (1 / 7) * (100 / 400));
    assertShare(coverage(week(2)), 1);
  });

  test('a day that no source has is missed whole', () => {
    const coverage = coverageByWeek(
      weeks(6, (n) => ['a', 'b'].map((source) => log(source, n, (hour) => n !== 3 || !isOn(2)(hour)))),
      [],
    );
    assertShare(coverage(week(3)), 6 / 7);
  });

  test('a source is expected from its first hour on, not before', () => {
    const coverage = coverageByWeek(
      weeks(8, (n) => [log('a', n, always), ...(n < 4 ? [] : [log('late', n, (hour) => n > 4 || hour >= 3 * DAY)])]),
      [],
    );
    for (let n = 0; n < 8; n++) assertShare(coverage(week(n)), 1);
  });

  test('a source that stays away is missed for four weeks, the newest among them', () => {
    const logs = weeks(8, (n) => [log('a', n, always), ...(n < 3 ? [log('gone', n, always)] : [])]);
    const coverage = coverageByWeek(logs, []);
    for (const n of [3, 4, 5, 6]) assertShare(coverage(week(n)), 1 / 2);
    assertShare(coverage(week(7)), 1);
    const newest = coverageByWeek(
      logs.filter((each) => each.week <= week(3)),
      [],
    );
    assertShare(newest(week(3)), 1 / 2);
  });

  test('a source that the operator has retired is not missed', () => {
    const logs = weeks(8, (n) => [log('a', n, always), ...(n < 3 ? [log('gone', n, always)] : [])]);
    const coverage = coverageByWeek(logs, ['gone']);
    for (let n = 0; n < 8; n++) assertShare(coverage(week(n)), 1);
  });

  test('a source that was there for a week or two was a visitor', () => {
    const coverage = coverageByWeek(
      weeks(6, (n) => [log('a', n, always), ...(n < 2 ? [log('visitor', n, always, 1000)] : [])]),
      [],
    );
    assertShare(coverage(week(2)), 1);
  });

  test('quiet nights of a small server are no loss', () => {
    const quiet = (n: number) => (hour: number) => hour % DAY >= 5 || (hour + n) % 3 === 0;
    const coverage = coverageByWeek(
      weeks(6, (n) => [log('small', n, quiet(n))]),
      [],
    );
    for (let n = 0; n < 6; n++) assertShare(coverage(week(n)), 1);
  });

  test('J2: nights in which nobody of a small fleet asks are no gap, a day without lines is one', () => {
    const random = seededRandom(11);
    const awake = (n: number) => (hour: number) =>
      (hour % DAY >= 8 || random.chance(0.1)) && (n !== 4 || Math.floor(hour / DAY) !== 2);
    for (const sources of [['one'], ['one', 'two']]) {
      const logs = weeks(6, (n) => sources.map((source) => log(source, n, awake(n), 12)));
      for (const newest of [0, 1, 3, 5]) {
        const coverage = coverageByWeek(
          logs.filter((each) => each.week <= week(newest)),
          [],
        );
        for (let n = 0; n <= newest; n++) {
          const share = coverage(week(n));
          if (n === 4) assert.ok(share > 0.8 && share < 0.9, `the lost day: ${share}`);
          else assertShare(share, 1);
        }
      }
    }
  });

  test('four hours that are never quiet else are a loss', () => {
    const coverage = coverageByWeek(
      weeks(8, (n) => [log('a', n, (hour) => n !== 4 || hour < 30 || hour >= 34)]),
      [],
    );
    assertShare(coverage(week(4)), 1 - 4 / HOURS_PER_WEEK);
  });

  test('grades of old weeks do not come and go with a small server that is quiet at any hour', () => {
    const random = seededRandom(7);
    for (const share of [0.9, 0.95]) {
      const logs = weeks(30, (n) => [log('small', n, () => random.chance(share))]);
      for (let newest = 0; newest < 30; newest++) {
        const coverage = coverageByWeek(logs.slice(0, newest + 1), []);
        for (let n = 0; n <= newest; n++) assert.ok(coverage(week(n)) >= 0.98, `${share}: week ${n} at ${newest}`);
      }
    }
  });

  test('Monday, when most systems ask, weighs more than Sunday', () => {
    const rate = (day: number) => (day === 0 ? 700 : 100);
    const daily = (n: number, missing: number) =>
      [0, 1, 2, 3, 4, 5, 6].filter((day) => day !== missing).map((day) => log('a', n, isOn(day), rate(day)));
    const coverage = coverageByWeek(
      weeks(9, (n) => daily(n, n === 4 ? 0 : n === 6 ? 6 : -1)),
      [],
    );
    assertShare(coverage(week(4)), 6 / 13);
    assertShare(coverage(week(6)), 12 / 13);
  });

  test('one partial week alone: what is not there is missed', () => {
    const coverage = coverageByWeek([log('a', 0, (hour) => hour >= 2 * DAY)], []);
    assertShare(coverage(week(0)), 5 / 7);
  });

  test('without any log nothing is covered', () => {
    assert.equal(coverageByWeek([], [])(week(0)), 0);
  });

  test('what was there of a week does not depend on the weeks after it, but for what is usual then', () => {
    const all = weeks(12, (n) => [log('a', n, (hour) => n !== 5 || !isOn(3)(hour)), log('b', n, always)]);
    const until = (n: number) =>
      coverageByWeek(
        all.filter((each) => each.week <= week(n)),
        [],
      )(week(5));
    for (let n = 6; n < 12; n++) assertShare(until(n), until(5));
  });
});
