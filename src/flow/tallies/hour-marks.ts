import { MARKS_PER_HOUR } from '../requests/kernel-memory.ts';
import type { LineMark } from '../sightings/line-mark.ts';
import { type EpochSeconds, SECONDS_PER_HOUR } from '../sightings/week.ts';
import type { EpochHour } from './log-tally.ts';

/**
 * The marks of the counted lines of one clock hour of a log (G4): of all of them, or, where these would be more than
 * 4,096, of those whose top bits, `level` many, are 0.
 */
export interface HourMarks {
  hour: EpochHour;
  lines: number;
  level: number;
  /** second of the hour * 2^40 + mark, ascending. */
  entries: Float64Array;
}

const SECOND = 2 ** 40;

/** Whether a mark belongs to the sample of this level. */
export function isSampled(mark: number, level: number): boolean {
  return mark < 2 ** (40 - level);
}

export function entryOf(time: EpochSeconds, mark: LineMark): number {
  return (time % SECONDS_PER_HOUR) * SECOND + mark;
}

export function secondOfEntry(entry: number): number {
  return Math.floor(entry / SECOND);
}

export function markOfEntry(entry: number): number {
  // A remainder of such numbers takes ten times as long.
  return entry - Math.floor(entry / SECOND) * SECOND;
}

/** Gathers marks by hour. What comes out does not depend on the order in which they came. */
export class MarksByHour {
  readonly #hours = new Map<EpochHour, HourMarks>();
  /** Of hours that marks are added to one by one. */
  readonly #open = new Map<EpochHour, OpenHour>();

  add(time: EpochSeconds, mark: LineMark): void {
    const hour = Math.floor(time / SECONDS_PER_HOUR) as EpochHour;
    let open = this.#open.get(hour);
    if (open === undefined) {
      open = { lines: 0, level: 0, entries: [] };
      this.#open.set(hour, open);
    }
    open.lines++;
    if (!isSampled(mark, open.level)) return;
    open.entries.push(entryOf(time, mark));
    while (open.entries.length > MARKS_PER_HOUR) {
      open.level++;
      open.entries = open.entries.filter((entry) => isSampled(markOfEntry(entry), open.level));
    }
  }

  /** Adds what was gathered of an hour; the entries need not be in order, and are kept. */
  addHour(hour: HourMarks): void {
    const known = this.#hours.get(hour.hour);
    this.#hours.set(hour.hour, known === undefined ? hour : sumOfHours(known, hour));
  }

  /** By hour, ascending. */
  all(): HourMarks[] {
    for (const [hour, { lines, level, entries }] of this.#open) {
      this.addHour({ hour, lines, level, entries: Float64Array.from(entries) });
    }
    this.#open.clear();
    const hours = [...this.#hours.values()].sort((a, b) => a.hour - b.hour);
    for (const { entries } of hours) entries.sort();
    return hours;
  }
}

interface OpenHour {
  lines: number;
  level: number;
  entries: number[];
}

function sumOfHours(a: HourMarks, b: HourMarks): HourMarks {
  let level = Math.max(a.level, b.level);
  let entries = [...a.entries, ...b.entries].filter((entry) => isSampled(markOfEntry(entry), level));
  while (entries.length > MARKS_PER_HOUR) {
    level++;
    entries = entries.filter((entry) => isSampled(markOfEntry(entry), level));
  }
  return { hour: a.hour, lines: a.lines + b.lines, level, entries: Float64Array.from(entries) };
}
