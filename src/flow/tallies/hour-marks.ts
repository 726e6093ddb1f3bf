import { MARKS_PER_HOUR } from '../requests/kernel-memory.ts';
import type { LineMark } from '../sightings/line-mark.ts';
import { type EpochSeconds, SECONDS_PER_HOUR } from '../sightings/week.ts';
import type { EpochHour } from './log-tally.ts';

/**
 * The marks of the counted lines of one clock hour of a log (G4): of all of them, or, where these would be more than
 * 512, of those whose top bits, `level` many, are 0.
 */
export interface HourMarks {
  hour: EpochHour;
  lines: number;
  level: number;
  /** second of the hour * 2^32 + mark, ascending. */
  entries: Float64Array;
}

const SECOND = 2 ** 32;

/** Whether a mark belongs to the sample of this level. */
export function isSampled(mark: number, level: number): boolean {
  return mark < 2 ** (32 - level);
}

export function entryOf(time: EpochSeconds, mark: LineMark): number {
  return (time % SECONDS_PER_HOUR) * SECOND + mark;
}

export function markOfEntry(entry: number): number {
  return entry % SECOND;
}

interface Hour {
  lines: number;
  level: number;
  entries: number[];
}

/** Gathers marks by hour. What comes out does not depend on the order in which they came. */
export class MarksByHour {
  readonly #hours = new Map<EpochHour, Hour>();

  add(time: EpochSeconds, mark: LineMark): void {
    const hour = this.#hourOf(Math.floor(time / SECONDS_PER_HOUR) as EpochHour);
    hour.lines++;
    if (!isSampled(mark, hour.level)) return;
    hour.entries.push(entryOf(time, mark));
    thin(hour);
  }

  /** Adds what was gathered elsewhere of an hour. */
  addHour({ hour, lines, level, entries }: HourMarks): void {
    const sum = this.#hourOf(hour);
    sum.lines += lines;
    sum.level = Math.max(sum.level, level);
    for (const entry of entries) sum.entries.push(entry);
    sum.entries = sum.entries.filter((entry) => isSampled(markOfEntry(entry), sum.level));
    thin(sum);
  }

  /** By hour, ascending. */
  all(): HourMarks[] {
    return [...this.#hours]
      .sort(([a], [b]) => a - b)
      .map(([hour, { lines, level, entries }]) => ({ hour, lines, level, entries: Float64Array.from(entries).sort() }));
  }

  #hourOf(hour: EpochHour): Hour {
    const known = this.#hours.get(hour) ?? { lines: 0, level: 0, entries: [] };
    this.#hours.set(hour, known);
    return known;
  }
}

function thin(hour: Hour): void {
  while (hour.entries.length > MARKS_PER_HOUR) {
    hour.level++;
    hour.entries = hour.entries.filter((entry) => isSampled(markOfEntry(entry), hour.level));
  }
}
