import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { countLogs } from '../../../src/commands/count-logs.ts';
import { importTotals } from '../../../src/commands/import.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { EpochSeconds, Week } from '../../../src/flow/sightings/week.ts';
import { HOURS_PER_WEEK, SECONDS_PER_HOUR, weekStart } from '../../../src/flow/sightings/week.ts';
import type { EpochHour } from '../../../src/flow/tallies/log-tally.ts';
import {
  coverageOf,
  gapsIn,
  hourBitsByWeek,
  hoursIn,
  isQuiet,
  type Rhythm,
  rhythmOf,
  unionOfHours,
} from '../../../src/flow/vault/hours.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { isComplete } from '../../../src/flow/views/completeness.ts';
import { capture, newReaders } from '../../support/in-process.ts';
import { seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noRandomness } from '../../support/vault-contents.ts';
import { hourlyLog, otherLine, WEEK } from '../../support/vault-logs.ts';

const MONDAY_HOUR = weekStart(WEEK) / SECONDS_PER_HOUR;
const NEXT = (WEEK + 1) as Week;
const OVER = weekStart(NEXT);

const NEVER_QUIET: Rhythm = { day: new Float64Array(24), week: undefined, rate: 0 };

/** The hours of the test's week, counted from its Monday; `from` and `until` may lie in other weeks. */
function source(from: number, until: number, missing: [number, number][] = []) {
  const seen: EpochHour[] = [];
  for (let hour = Math.max(0, from); hour < Math.min(until, HOURS_PER_WEEK); hour++) {
    if (!missing.some(([start, end]) => hour >= start && hour < end)) seen.push((MONDAY_HOUR + hour) as EpochHour);
  }
  const [first, last] = [MONDAY_HOUR + from, MONDAY_HOUR + until - 1] as [EpochHour, EpochHour];
  return { first, last, seen, rhythm: NEVER_QUIET };
}

describe('completeness of a week (H2)', () => {
  const always = source(-500, 500);
  const table: [string, ReturnType<typeof source>[], { hours: number; gap: number; complete: boolean }][] = [
    ['every hour', [always], { hours: 168, gap: 0, complete: true }],
    ['a quiet night of 5 hours', [source(-500, 500, [[50, 55]])], { hours: 163, gap: 5, complete: true }],
    ['a gap of 6 hours', [source(-500, 500, [[50, 56]])], { hours: 162, gap: 6, complete: false }],
    ['D17: a missing day', [source(-500, 500, [[48, 72]])], { hours: 144, gap: 24, complete: false }],
    [
      'two quiet nights do not add up',
      [
        source(-500, 500, [
          [20, 25],
          [44, 49],
        ]),
      ],
      { hours: 158, gap: 5, complete: true },
    ],
    ['the first week of the logs, from Wednesday on', [source(48, 500)], { hours: 120, gap: 48, complete: false }],
    ['the first week of the logs, from Monday 05:00 on', [source(5, 500)], { hours: 163, gap: 5, complete: true }],
    ['logs that end on Saturday', [source(-500, 144)], { hours: 144, gap: 24, complete: false }],
    ['a second source that starts on Thursday', [always, source(72, 500)], { hours: 168, gap: 0, complete: true }],
    [
      'a second source that ends on Thursday for good',
      [always, source(-500, 72)],
      { hours: 168, gap: 0, complete: true },
    ],
    [
      'a second source that misses a day',
      [always, source(-500, 500, [[48, 72]])],
      { hours: 168, gap: 24, complete: false },
    ],
    [
      'a second source that misses the whole week',
      [always, source(-500, 500, [[0, 168]])],
      { hours: 168, gap: 168, complete: false },
    ],
    [
      'a second source that was only there before',
      [always, source(-500, -400)],
      { hours: 168, gap: 0, complete: true },
    ],
    ['a second source that only comes later', [always, source(400, 500)], { hours: 168, gap: 0, complete: true }],
    ['one source takes over from another', [source(-500, 80), source(80, 500)], { hours: 168, gap: 0, complete: true }],
    ['a hole between two sources', [source(-500, 80), source(90, 500)], { hours: 158, gap: 10, complete: false }],
    ['no source at all', [], { hours: 0, gap: 168, complete: false }],
  ];
  for (const [name, sources, { hours, gap, complete }] of table) {
    test(`H2 ${name}: ${complete ? 'complete' : 'not complete'}`, () => {
      const coverage = coverageOf(WEEK, sources, NEVER_QUIET);
      assert.deepEqual(coverage, { hours, gap });
      assert.equal(isComplete({ week: WEEK, hits: 1, coverage }, OVER), complete);
      assert.equal(isComplete({ week: WEEK, hits: 1, coverage }, (OVER - 1) as EpochSeconds), false, 'before its end');
    });
  }

  test('H3: an imported week is complete, but not before its end', () => {
    const imported = { week: WEEK, hits: 1, coverage: undefined };
    assert.equal(isComplete(imported, OVER), true);
    assert.equal(isComplete(imported, (OVER - 1) as EpochSeconds), false);
  });
});

describe('hours as bits', () => {
  test('H1: every hour of three weeks comes back, each in its week', () => {
    const hours = Array.from({ length: 3 * HOURS_PER_WEEK }, (_, i) => (MONDAY_HOUR - HOURS_PER_WEEK + i) as EpochHour);
    for (const every of [1, 5, 23]) {
      const some = hours.filter((_, i) => i % every === 0);
      const weeks = hourBitsByWeek(some.toReversed());
      assert.deepEqual(
        [...weeks].sort(([a], [b]) => a - b).flatMap(([week, bits]) => hoursIn(bits, week)),
        some,
      );
    }
    const [even, odd] = [0, 1].map((rest) => hourBitsByWeek(hours.filter((_, i) => i % 2 === rest)).get(WEEK)!);
    assert.deepEqual(hoursIn(unionOfHours(even!, odd!), WEEK).length, HOURS_PER_WEEK);
  });

  test('H2: a gap is counted to both ends', () => {
    const longest = (hours: number[], from: number, until: number) =>
      Math.max(
        0,
        ...gapsIn(hours as EpochHour[], from as EpochHour, until as EpochHour).map((gap) => gap.until - gap.from),
      );
    assert.equal(longest([3, 4, 8], 0, 9), 3);
    assert.equal(longest([3, 4, 8], 3, 20), 11);
    assert.equal(longest([], 5, 5), 0);
    assert.equal(longest([], 9, 5), 0, 'a source that was not there yet');
  });
});

describe('a time without requests, or a lost log', () => {
  /** So many weeks of a source with lines in these hours. */
  const rhythm = (count: number, isSeen: (hour: number, week: number) => boolean, rate = 10) => {
    const hours = Array.from({ length: count * HOURS_PER_WEEK }, (_, i) => i)
      .filter((i) => isSeen(i % HOURS_PER_WEEK, Math.floor(i / HOURS_PER_WEEK)))
      .map((i) => (MONDAY_HOUR + i) as EpochHour);
    return rhythmOf(hourBitsByWeek(hours), rate);
  };
  const isNight = (hour: number) => hour % 24 < 7;
  /** Of a week in which all other hours have lines. */
  const isQuietIn = (of: Rhythm, from: number, until: number) => isQuiet(of, () => true, from, until);

  test('H2: nights in which nobody asks are quiet, from the first week on, and a day without lines is a loss', () => {
    const nights = rhythm(1, (hour) => !isNight(hour) && Math.floor(hour / 24) !== 3);
    assert.equal(isQuietIn(nights, 24, 31), true);
    assert.equal(isQuietIn(nights, 72, 96), false);
  });

  test('H2: a gap in a night in which there are lines else is a loss', () => {
    assert.equal(
      isQuietIn(
        rhythm(1, (hour) => hour < 48 || hour >= 55),
        48,
        55,
      ),
      false,
    );
    const some = seededRandom(3);
    const few = rhythm(4, (hour) => !isNight(hour) || some.chance(0.4));
    assert.equal(isQuietIn(few, 24, 31), true, 'where there are lines in two of five, six hours without are chance');
  });

  test('H2: an office is quiet on Sundays, as soon as that is known', () => {
    const isOpen = (hour: number) => hour < 144;
    assert.equal(isQuietIn(rhythm(8, isOpen), 144, 168), true);
    const once = rhythm(8, (hour, week) => week !== 5 || hour < 96 || hour >= 120);
    assert.equal(isQuietIn(once, 96, 120), false, 'a Friday that is there in all other weeks');
  });

  test('H2: where most ask early in the week, its end is quiet, before that is known of other weeks too', () => {
    const some = seededRandom(5);
    const isOn = (hour: number) => some.chance([0.9, 0.9, 0.8, 0.7, 0.3, 0.15, 0.1][Math.floor(hour / 24)]!);
    const seen = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => isOn(hour));
    const one = rhythm(1, (hour) => seen[hour]!);
    const gaps = gapsIn(
      seen.flatMap((isThere, hour) => (isThere ? [hour as EpochHour] : [])),
      0 as EpochHour,
      HOURS_PER_WEEK as EpochHour,
    ).filter((gap) => gap.until - gap.from >= 6);
    assert.ok(gaps.length >= 3);
    for (const gap of gaps)
      assert.ok(
        isQuiet(one, (hour) => seen[hour]!, gap.from, gap.until),
        JSON.stringify(gap),
      );
    const lost = seen.map((isThere, hour) => isThere && Math.floor(hour / 24) !== 1);
    assert.equal(
      isQuiet(
        rhythm(1, (hour) => lost[hour]!),
        (hour) => lost[hour]!,
        24,
        48,
      ),
      false,
      'a lost Tuesday',
    );
  });

  test('H2: of no source at all nothing is quiet', () => {
    assert.equal(isQuietIn(rhythmOf(new Map(), 0), 0, 6), false);
  });

  test('H2: a server that brings thousands an hour has no quiet nights, however often they are missing', () => {
    assert.equal(
      isQuietIn(
        rhythm(3, (hour) => !isNight(hour), 1_000),
        24,
        31,
      ),
      false,
    );
    assert.equal(
      isQuietIn(
        rhythm(3, (hour) => !isNight(hour), 20),
        24,
        31,
      ),
      true,
    );
  });
});

describe('weeks of a vault', () => {
  const folder = temporaryFolder();
  const readers = newReaders();
  after(() => readers.close());

  async function countInto(vault: Vault, logs: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(logs)) {
      const path = join(folder, name);
      writeFileSync(path, text);
      const options = { readers, vault, mode: 'add' as const, source: undefined, ahead: 1, onProgress: () => {} };
      for await (const report of countLogs(discover([path]), options))
        assert.equal(report.status, 'counted', report.reason);
    }
  }

  const completeWeeks = (vault: Vault) =>
    vault.weeks().flatMap((summary) => (isComplete(summary, weekStart((NEXT + 5) as Week)) ? [summary.week] : []));

  test('D17 H2: a day whose log is missing makes its week incomplete, until the log comes', async () => {
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const day = (number: number) => hourlyLog(WEEK, { from: number * 24, until: number * 24 + 24 });
    const days = Object.fromEntries(
      [0, 1, 2, 4, 5, 6].map((number) => [`daily.log-202508${String(4 + number).padStart(2, '0')}`, day(number)]),
    );
    await countInto(vault, days);
    await countInto(vault, { 'daily.log-20250811': hourlyLog(NEXT) });
    assert.deepEqual(completeWeeks(vault), [NEXT]);
    await countInto(vault, { 'daily.log-20250807': day(3) });
    assert.deepEqual(completeWeeks(vault), [WEEK, NEXT]);
  });

  test('H1 G8: a day without check-ins is seen by its other lines', async () => {
    const vault = Vault.open(':memory:', 'write', randomBytes);
    const quiet = Array.from({ length: 24 }, (_, hour) => otherLine(weekStart(WEEK) + (72 + hour) * SECONDS_PER_HOUR));
    await countInto(vault, {
      'quiet.log-20250804': hourlyLog(WEEK, { until: 72 }),
      'quiet.log-20250808': hourlyLog(WEEK, { from: 96 }),
    });
    assert.deepEqual(completeWeeks(vault), []);
    // One log an hour: of a short log only the first and the last line are sure to be sampled.
    for (const [hour, line] of quiet.entries()) await countInto(vault, { [`quiet.log.${hour + 1}`]: line });
    assert.deepEqual(completeWeeks(vault), [WEEK]);
  });

  test('H2: two servers, of which one misses a night', async () => {
    const vault = Vault.open(':memory:', 'write', randomBytes);
    await countInto(vault, { 'one.log': hourlyLog(WEEK), 'two.log': hourlyLog(WEEK, { until: 100, repo: 'x' }) });
    assert.deepEqual(completeWeeks(vault), [WEEK], 'the second server was given up');
    await countInto(vault, { 'two.log.1': hourlyLog(WEEK, { from: 110, repo: 'x' }) });
    assert.deepEqual(completeWeeks(vault), [], 'it was not: it was down');
  });

  test('H3: imported weeks are complete', async () => {
    const csv = join(folder, 'totals.csv');
    const path = join(folder, 'imported.sqlite');
    writeFileSync(
      csv,
      'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch\n' +
        '2025-08-04,2025-08-10,5,AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64\n',
    );
    assert.equal(await importTotals(csv, { vault: path }, capture()), 0);
    const vault = Vault.open(path, 'read', noRandomness);
    assert.deepEqual(completeWeeks(vault), [WEEK]);
    vault.close();
  });
});
