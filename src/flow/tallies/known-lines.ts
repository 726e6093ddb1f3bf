import type { Sighting } from '../sightings/judge.ts';
import type { OrderedMarks } from './hour-marks.ts';
import type { EpochHour } from './log-tally.ts';
import { hourOf } from './sighting-sums.ts';

/** Lines of a log that were counted before, by hour: all of them, or those with these marks. */
export type KnownLines = { hour: EpochHour; lines: OrderedMarks | 'all' }[];

/** Finds known lines again while their log is read once more. Each mark stands for one line. */
export class LinesToLeaveOut {
  readonly #known: KnownLines;
  readonly #hours = new Map<EpochHour, Map<number, number> | 'all'>();

  constructor(known: KnownLines) {
    this.#known = known;
    this.startAgain();
  }

  /** As if none had been found yet. */
  startAgain(): void {
    for (const { hour, lines } of this.#known) {
      this.#hours.set(hour, lines === 'all' ? lines : countEach(lines.marks));
    }
  }

  take({ time, mark }: Pick<Sighting, 'time' | 'mark'>): boolean {
    const hour = this.#hours.get(hourOf(time));
    if (hour === undefined || mark === undefined) return false;
    if (hour === 'all') return true;
    const left = hour.get(mark) ?? 0;
    if (left > 0) hour.set(mark, left - 1);
    return left > 0;
  }
}

function countEach(marks: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}
