import {
  type EpochSeconds,
  HOURS_PER_WEEK,
  SECONDS_PER_HOUR,
  type Week,
  weekOf,
  weekStart,
} from '../sightings/week.ts';
import type { EpochHour } from '../tallies/log-tally.ts';

/** One bit for each hour of a week, Monday 00:00 UTC first. */
export type HourBits = Uint8Array;
export const HOUR_BYTES = HOURS_PER_WEEK / 8;

export function hourBitsByWeek(hours: readonly EpochHour[]): Map<Week, HourBits> {
  const weeks = new Map<Week, HourBits>();
  for (const hour of hours) {
    const week = weekOf((hour * SECONDS_PER_HOUR) as EpochSeconds);
    const bits = weeks.get(week) ?? new Uint8Array(HOUR_BYTES);
    const place = hour - weekStart(week) / SECONDS_PER_HOUR;
    bits[place >> 3]! |= 1 << (place & 7);
    weeks.set(week, bits);
  }
  return weeks;
}

export function unionOfHours(a: HourBits, b: HourBits): HourBits {
  return a.map((byte, i) => byte | b[i]!);
}

export function hoursIn(bits: HourBits, week: Week): EpochHour[] {
  const monday = weekStart(week) / SECONDS_PER_HOUR;
  const hours: EpochHour[] = [];
  for (let place = 0; place < HOURS_PER_WEEK; place++) {
    if ((bits[place >> 3]! >> (place & 7)) & 1) hours.push((monday + place) as EpochHour);
  }
  return hours;
}

/** Gaps shorter than this may be quiet nights; longer ones are missing logs (H2). */
export const LONGEST_GAP = 6;

/** The hours of one source: from its first to its last, over all weeks, and those seen in the week looked at. */
export interface SourceHours {
  first: EpochHour;
  last: EpochHour;
  seen: EpochHour[];
}

export interface Coverage {
  /** How many of the week's 168 hours any source has lines for. */
  hours: number;
  /** The longest stretch without lines that should have some, in hours. */
  gap: number;
}

/** How well the logs cover a week (H2). */
export function coverageOf(week: Week, sources: readonly SourceHours[]): Coverage {
  const monday = (weekStart(week) / SECONDS_PER_HOUR) as EpochHour;
  const sunday = (monday + HOURS_PER_WEEK) as EpochHour;
  const together = [...new Set(sources.flatMap((source) => source.seen))].sort((a, b) => a - b);
  const gaps = sources.map(({ first, last, seen }) =>
    longestGap(seen, Math.max(first, monday) as EpochHour, Math.min(last + 1, sunday) as EpochHour),
  );
  return { hours: together.length, gap: Math.max(longestGap(together, monday, sunday), ...gaps) };
}

/** The longest run of hours in [from, until) that are not in `hours`, which ascend. */
export function longestGap(hours: readonly EpochHour[], from: EpochHour, until: EpochHour): number {
  let longest = 0;
  let next: number = from;
  for (const hour of hours) {
    longest = Math.max(longest, hour - next);
    next = hour + 1;
  }
  return Math.max(longest, until - next);
}
