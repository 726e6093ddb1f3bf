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

/** Gaps shorter than this may be quiet nights, whoever has them (H2). */
export const LONGEST_GAP = 6;

/** A gap is a loss where chance would make such a one in fewer than one of so many cases. */
const CHANCE = 1 / 10_000;
/** From so many weeks on it is known which hours of the week are quiet, as of offices on Sundays. */
const WEEKS_KNOWN = 6;
/** Of what it brings in a usual hour, a source brings so much at least in its quietest ones. */
const QUIETEST = 0.02;

/** When a source has lines: what tells a night without requests from a lost log. */
export interface Rhythm {
  /**
   * For each hour of the day, from Monday to Thursday and then from Friday to Sunday: of such days of all weeks from its
   * first to its last, the share without lines. Most systems have checked in by Thursday.
   */
  day: Float64Array;
  /** The same for each hour of the week; undefined before `WEEKS_KNOWN`. */
  week: Float64Array | undefined;
  /** Check-ins in an hour that has some. */
  rate: number;
}

const KINDS_OF_DAY = 2;
const FRIDAY = 4 * 24;

function hourOfDay(place: number): number {
  return place < FRIDAY ? place % 24 : 24 + (place % 24);
}

/** Of a source that has not been there, none is known. */
const NO_RHYTHM: Rhythm = { day: new Float64Array(KINDS_OF_DAY * 24), week: undefined, rate: 0 };

export function rhythmOf(weeks: ReadonlyMap<Week, HourBits>, rate: number): Rhythm {
  if (weeks.size === 0) return NO_RHYTHM;
  const [first, last] = [Math.min(...weeks.keys()) as Week, Math.max(...weeks.keys()) as Week];
  const count = last - first + 1;
  const unseen = new Float64Array(HOURS_PER_WEEK).fill(count);
  for (const bits of weeks.values()) {
    for (let place = 0; place < HOURS_PER_WEEK; place++) unseen[place]! -= (bits[place >> 3]! >> (place & 7)) & 1;
  }
  const ofDay = Float64Array.from({ length: KINDS_OF_DAY * 24 }, (_, hour) => {
    const days = unseen.filter((_, place) => hourOfDay(place) === hour);
    return days.reduce((sum, times) => sum + times, 0) / (days.length * count);
  });
  return { day: ofDay, week: count < WEEKS_KNOWN ? undefined : unseen.map((times) => times / count), rate };
}

/**
 * Whether a gap, from one hour of the week to another, may be a time without requests: by the source's own rhythm it would
 * come about by chance, and it is too small for its quietest hours to say anything. A source that loses all of its nights
 * has such a rhythm too, so one that brings much is never quiet for long. `isSeen`: the hours of the week with lines.
 */
export function isQuiet(
  { day, week, rate }: Rhythm,
  isSeen: (hour: number) => boolean,
  from: number,
  until: number,
): boolean {
  if (Math.exp(-rate * QUIETEST * (until - from)) < CHANCE) return false;
  let [byDay, byWeek] = [1, week === undefined ? 0 : 1];
  for (let hour = from; hour < until; hour++) {
    byDay *= day[hourOfDay(hour)]!;
    byWeek *= week?.[hour] ?? 0;
  }
  return Math.max(byDay ** livelinessAround(day, isSeen, from, until), byWeek) >= CHANCE;
}

/** Most check-ins come early in the week. How many of the hours a day before and behind have lines, of those that usually do. */
function livelinessAround(day: Float64Array, isSeen: (hour: number) => boolean, from: number, until: number): number {
  let [seen, usual] = [0, 0];
  for (let hour = Math.max(0, from - 24); hour < Math.min(HOURS_PER_WEEK, until + 24); hour++) {
    if (hour >= from && hour < until) continue;
    usual += 1 - day[hourOfDay(hour)]!;
    if (isSeen(hour)) seen++;
  }
  return usual === 0 ? 1 : Math.min(1, seen / usual);
}

/** The hours of one source: from its first to its last, over all weeks, and those seen in the week looked at. */
export interface SourceHours {
  first: EpochHour;
  last: EpochHour;
  seen: EpochHour[];
  rhythm: Rhythm;
}

export interface Coverage {
  /** How many of the week's 168 hours any source has lines for. */
  hours: number;
  /** The longest stretch without lines that should have some, in hours. */
  gap: number;
}

/** How well the logs cover a week (H2). `together`: the rhythm of all sources. */
export function coverageOf(week: Week, sources: readonly SourceHours[], together: Rhythm): Coverage {
  const monday = (weekStart(week) / SECONDS_PER_HOUR) as EpochHour;
  const sunday = (monday + HOURS_PER_WEEK) as EpochHour;
  const seen = [...new Set(sources.flatMap((source) => source.seen))].sort((a, b) => a - b);
  const missing = (hours: readonly EpochHour[], from: number, until: number, rhythm: Rhythm) => {
    const gaps = gapsIn(hours, from as EpochHour, until as EpochHour);
    const places = new Set(hours.map((hour) => hour - monday));
    const isSeen = (place: number) => places.has(place);
    const lost = gaps.filter(
      (gap) => gap.until - gap.from < LONGEST_GAP || !isQuiet(rhythm, isSeen, gap.from - monday, gap.until - monday),
    );
    return Math.max(0, ...lost.map((gap) => gap.until - gap.from));
  };
  const gaps = sources.map(({ first, last, seen: own, rhythm }) =>
    missing(own, Math.max(first, monday), Math.min(last + 1, sunday), rhythm),
  );
  return { hours: seen.length, gap: Math.max(missing(seen, monday, sunday, together), ...gaps) };
}

/** The runs of hours in [from, until) that are not in `hours`, which ascend. */
export function gapsIn(
  hours: readonly EpochHour[],
  from: EpochHour,
  until: EpochHour,
): { from: EpochHour; until: EpochHour }[] {
  const ends = [...hours, until];
  return ends.flatMap((end, at) => {
    const start = at === 0 ? from : ((hours[at - 1]! + 1) as EpochHour);
    return end > start ? [{ from: start, until: end }] : [];
  });
}
