import type { LineMark } from '../sightings/line-mark.ts';
import { type EpochSeconds, SECONDS_PER_HOUR } from '../sightings/week.ts';
import { hoursOf, type MarkColumns } from './hour-marks.ts';
import type { LogTally } from './log-tally.ts';

/**
 * The candidates of a log one by one, in their order: what of a tally goes into the sealed part of a file, so that any of
 * its lines can be left out. Above so many there is none: as many as there are marks of a log without a sample (G4).
 */
export const MOST_LISTED = 2_097_152;

/** In `row`: of rejections, and not of cells. */
export const OF_REJECTIONS = 2 ** 31;

export interface LineColumns {
  /** The row of the tally's cells in which the candidate is counted, or that of its rejections and OF_REJECTIONS. */
  row: Uint32Array;
  /** Where its mark stands among those of the tally; 0 of what is rejected. */
  place: Uint32Array;
  /** Of all networks (P3). */
  part: Uint8Array;
  /** Which line showed a network that its system had not shown before, up to three. */
  networkLine: Uint32Array;
  network: BigUint64Array;
}

/** Whoever takes down line by line what a reader sums up. */
export interface LineTaker {
  /** Beside the tally of the same lines; undefined if there are too many. */
  columns(tally: LogTally): LineColumns | undefined;
}

/** Takes down what the plain reader sums up. */
export class LineRecorder implements LineTaker {
  readonly #row = new Growing();
  readonly #part = new Growing();
  readonly #mark = new Growing();
  readonly #time = new Growing();
  readonly #networkLine: number[] = [];
  readonly #network: bigint[] = [];

  counted(row: number, { time, part, mark }: { time: EpochSeconds; part: number; mark: LineMark }): void {
    this.#add(row, time, part, mark);
  }

  rejected(row: number): void {
    this.#add(OF_REJECTIONS + row, 0, 0, 0);
  }

  /** Of the line that is counted next. */
  network(network: bigint): void {
    this.#networkLine.push(this.#row.length);
    this.#network.push(network);
  }

  columns({ marks }: LogTally): LineColumns | undefined {
    const { length } = this.#row;
    if (length > MOST_LISTED) return undefined;
    const row = this.#row.numbers();
    return {
      row,
      place: placesOf(row, this.#time.numbers(), this.#mark.numbers(), marks),
      part: Uint8Array.from(this.#part.numbers()),
      networkLine: Uint32Array.from(this.#networkLine),
      network: BigUint64Array.from(this.#network),
    };
  }

  #add(row: number, time: number, part: number, mark: number): void {
    // What is too much is counted only.
    if (this.#row.length > MOST_LISTED) return;
    this.#row.push(row);
    this.#time.push(time);
    this.#part.push(part);
    this.#mark.push(mark);
  }
}

/** Marks stand in the order of hours, seconds and marks. */
export function placesOf(row: Uint32Array, time: Uint32Array, mark: Uint32Array, { marks }: MarkColumns): Uint32Array {
  const counted = Uint32Array.from(row.keys()).filter((line) => row[line]! < OF_REJECTIONS);
  if (counted.length !== marks.length) throw new Error('a line that was counted has no mark');
  const places = new Uint32Array(row.length);
  counted.sort((a, b) => time[a]! - time[b]! || mark[a]! - mark[b]!);
  for (const [place, line] of counted.entries()) places[line] = place;
  return places;
}

/** When the line of each mark was written. */
export function timesOf(marks: MarkColumns): Uint32Array {
  const times = new Uint32Array(marks.marks.length);
  let place = 0;
  for (const { hour, seconds } of hoursOf(marks)) {
    for (const second of seconds) times[place++] = hour * SECONDS_PER_HOUR + second;
  }
  return times;
}

export class Growing {
  #numbers = new Uint32Array(1024);
  length = 0;

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length++] = number;
  }

  numbers(): Uint32Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.length);
  }
}
