import { median } from 'd3-array';
import { HOURS_PER_WEEK, type Week } from '../../sightings/week.ts';
import { type HourBits, isQuiet, LONGEST_GAP, type Rhythm, rhythmOf, unionOfHours } from '../../vault/hours.ts';
import type { LogHours } from '../../vault/vault.ts';

/** A source that has handed in logs in this many weeks is expected to go on. */
const ESTABLISHED_WEEKS = 3;
/** For how many weeks a source is missed before it counts as retired. */
const MISSED_WEEKS = 4;
/** An hour that a source had lines for in this share of its weeks is missed when it has none. */
const USUAL = 0.9;
/** A source that is quiet for more hours than this in most weeks may be quiet at any hour: which ones is chance. */
const QUIET_HOURS = 1;

const HOURS = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => hour);

interface Source {
  label: string;
  weeks: Map<Week, HourBits>;
  first: Week;
  last: Week;
  /** Check-ins an hour: how much a missing hour of this source weighs. */
  rate: number;
  /** For each hour of the week: the share of the source's weeks in which it had lines. */
  usual: Float64Array;
  /** It has lines in nearly every hour. */
  isBusy: boolean;
  /** When it is quiet. */
  rhythm: Rhythm;
}

/**
 * Which share of the expected logs there is, week by week: 0 to 1. An hour weighs as much as it usually brings: most
 * systems ask on Monday. How much that is can be learnt as finely as the logs are rotated.
 *
 * Sources that are not heard of any more are missed for four weeks, unless they are retired.
 */
export function coverageByWeek(logs: readonly LogHours[], retired: readonly string[]): (week: Week) => number {
  const sources = sourcesOf(logs);
  const profile = profileOf(logs, sources);
  const all = weeksTogether(sources);
  const rhythm = rhythmOf(all, sum(sources.map(({ rate }) => rate)));
  return (week) => {
    const parts = sources.map((source) => ({ source, ...lossOf(source, week, retired, profile) }));
    const expected = sum(parts.map(({ source, expected }) => source.rate * expected));
    const missing = sum(parts.map(({ source, missing }) => source.rate * missing));
    return Math.min(expected === 0 ? 0 : 1 - missing / expected, coverageTogether(all.get(week), rhythm, profile));
  };
}

function sourcesOf(logs: readonly LogHours[]): Source[] {
  const byLabel = Map.groupBy(logs, ({ source }) => source);
  return [...byLabel].map(([label, parts]) => {
    const weeks = new Map<Week, HourBits>();
    for (const { week, seen } of parts) {
      weeks.set(
        week,
        seen.map((byte, at) => byte | (weeks.get(week)?.[at] ?? 0)),
      );
    }
    const numbers = [...weeks.keys()];
    const first = Math.min(...numbers) as Week;
    const last = Math.max(...numbers) as Week;
    const rate = sum(parts.map((part) => part.rate)) / parts.length;
    const usual = usualHours(weeks, last - first + 1);
    return { label, weeks, first, last, rate, usual, isBusy: isBusy(weeks), rhythm: rhythmOf(weeks, rate) };
  });
}

/** Short gaps only: long ones are losses, whoever has them. */
function isBusy(weeks: ReadonlyMap<Week, HourBits>): boolean {
  const quiet = [...weeks.values()].map((bits) => {
    const gaps = longGaps(bits, 0, HOURS_PER_WEEK);
    return HOURS.filter((hour) => !isSeen(bits, hour) && !gaps.has(hour)).length;
  });
  return median(quiet)! <= QUIET_HOURS;
}

function usualHours(weeks: ReadonlyMap<Week, HourBits>, count: number): Float64Array {
  const shares = new Float64Array(HOURS_PER_WEEK);
  for (const bits of weeks.values()) {
    for (let hour = 0; hour < HOURS_PER_WEEK; hour++) if (isSeen(bits, hour)) shares[hour]! += 1 / count;
  }
  return shares;
}

/** What each hour of the week usually brings, by what its source usually brings in an hour; together 1. */
function profileOf(logs: readonly LogHours[], sources: readonly Source[]): Float64Array {
  const usualRate = new Map(sources.map(({ label, rate }) => [label, rate]));
  const sums = new Float64Array(HOURS_PER_WEEK);
  const times = new Float64Array(HOURS_PER_WEEK);
  for (const { source, seen, rate } of logs) {
    const share = rate / (usualRate.get(source) || 1);
    for (let hour = 0; hour < HOURS_PER_WEEK; hour++) {
      if (!isSeen(seen, hour)) continue;
      sums[hour]! += share;
      times[hour]!++;
    }
  }
  // Of an hour that was never seen nobody knows yet whether it is missing; later on it is known to be quiet.
  const isYoung = new Set(logs.map(({ week }) => week)).size <= ESTABLISHED_WEEKS;
  const unseen = isYoung ? sum([...sums]) / Math.max(1, sum([...times])) : 0;
  const means = sums.map((total, hour) => (times[hour] === 0 ? unseen : total / times[hour]!));
  const whole = sum([...means]);
  return whole === 0 ? means.fill(1 / HOURS_PER_WEEK) : means.map((mean) => mean / whole);
}

function lossOf(
  source: Source,
  week: Week,
  retired: readonly string[],
  profile: Float64Array,
): { expected: number; missing: number } {
  if (week < source.first || week > lastExpected(source, retired)) return { expected: 0, missing: 0 };
  const bits = source.weeks.get(week);
  const from = week === source.first ? edgeOf(bits, 'first') : 0;
  const isEnd = week === source.last && lastExpected(source, retired) === week;
  const until = isEnd ? edgeOf(bits, 'last') + 1 : HOURS_PER_WEEK;
  const gaps = longGaps(bits, from, until, source.rhythm);
  let [expected, missing] = [0, 0];
  for (let hour = from; hour < until; hour++) {
    expected += profile[hour]!;
    // A quiet hour of a night is no loss, unless this source is never quiet then.
    if (gaps.has(hour) || (!isSeen(bits, hour) && isUsual(source, hour))) missing += profile[hour]!;
  }
  return { expected, missing };
}

function isUsual({ usual, weeks, isBusy }: Source, hour: number): boolean {
  return isBusy && weeks.size > ESTABLISHED_WEEKS && usual[hour]! >= USUAL * (1 - 1 / weeks.size);
}

function lastExpected(source: Source, retired: readonly string[]): Week {
  const isMissed = source.weeks.size >= ESTABLISHED_WEEKS && !retired.includes(source.label);
  return (isMissed ? source.last + MISSED_WEEKS : source.last) as Week;
}

function weeksTogether(sources: readonly Source[]): Map<Week, HourBits> {
  const all = new Map<Week, HourBits>();
  for (const { weeks } of sources) {
    for (const [week, bits] of weeks) all.set(week, unionOfHours(bits, all.get(week) ?? bits));
  }
  return all;
}

/** As H2: what no source at all has lines for, from Monday to Sunday. */
function coverageTogether(bits: HourBits | undefined, rhythm: Rhythm, profile: Float64Array): number {
  let covered = 1;
  for (const hour of longGaps(bits, 0, HOURS_PER_WEEK, rhythm)) covered -= profile[hour]!;
  return Math.max(0, covered);
}

/** The hours of all stretches of six hours and more without lines, but for those that are quiet by this rhythm. */
function longGaps(bits: HourBits | undefined, from: number, until: number, rhythm?: Rhythm): Set<number> {
  const hours = new Set<number>();
  for (let start = from; start < until; ) {
    let end = start;
    while (end < until && !isSeen(bits, end)) end++;
    const isLost =
      end - start >= LONGEST_GAP &&
      (rhythm === undefined || !isQuiet(rhythm, (hour) => isSeen(bits, hour), start, end));
    if (isLost) for (let hour = start; hour < end; hour++) hours.add(hour);
    start = end + 1;
  }
  return hours;
}

function edgeOf(bits: HourBits | undefined, which: 'first' | 'last'): number {
  const hours = HOURS.filter((hour) => isSeen(bits, hour));
  return (which === 'first' ? hours[0] : hours.at(-1)) ?? 0;
}

function isSeen(bits: HourBits | undefined, hour: number): boolean {
  return bits !== undefined && ((bits[hour >> 3]! >> (hour & 7)) & 1) === 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
