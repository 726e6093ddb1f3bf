import type { Sighting } from '../sightings/judge.ts';
import { entryOf } from './hour-marks.ts';
import type { EpochHour } from './log-tally.ts';
import { hourOf } from './sighting-sums.ts';

/** Lines of a log that were counted before, by hour: all of them, or those with these marks (as in HourMarks). */
export type KnownLines = { hour: EpochHour; entries: Float64Array | 'all' }[];

/** Finds known lines again while their log is read once more. Each entry stands for one line. */
export class LinesToLeaveOut {
  readonly #hours: Map<EpochHour, Map<number, number> | 'all'>;

  constructor(known: KnownLines) {
    this.#hours = new Map(known.map(({ hour, entries }) => [hour, entries === 'all' ? entries : countEach(entries)]));
  }

  take({ time, mark }: Pick<Sighting, 'time' | 'mark'>): boolean {
    const hour = this.#hours.get(hourOf(time));
    if (hour === undefined || mark === undefined) return false;
    if (hour === 'all') return true;
    const entry = entryOf(time, mark);
    const left = hour.get(entry) ?? 0;
    if (left > 0) hour.set(entry, left - 1);
    return left > 0;
  }
}

function countEach(entries: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const entry of entries) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return counts;
}
