import { MARKS_PER_BLOCK } from '../requests/kernel-memory.ts';
import type { LineMark } from '../sightings/line-mark.ts';
import { type EpochSeconds, SECONDS_PER_HOUR } from '../sightings/week.ts';
import type { EpochHour } from './log-tally.ts';

/** Marks of lines of one clock hour, in the order of their seconds; of one second, in their own. */
export interface OrderedMarks {
  marks: Uint32Array;
  /** Of each, the second of the hour. */
  seconds: Uint16Array;
}

/**
 * The marks of the counted lines of one clock hour of a log (G4): of all of them, or, where the log has too many,
 * of those whose top bits, `level` many, are 0.
 */
export interface HourMarks extends OrderedMarks {
  hour: EpochHour;
  lines: number;
  level: number;
}

/** The hours of a log, ascending, in columns; the marks of one stand behind those of the one before. */
export interface MarkColumns extends OrderedMarks {
  hour: Uint32Array;
  lines: Uint32Array;
  /** How many marks there are of each. */
  count: Uint32Array;
  level: Uint8Array;
}

export const NO_MARKS: MarkColumns = {
  hour: new Uint32Array(),
  lines: new Uint32Array(),
  count: new Uint32Array(),
  level: new Uint8Array(),
  marks: new Uint32Array(),
  seconds: new Uint16Array(),
};

const SECOND = 2 ** 32;

/** Whether a mark belongs to the sample of this level. To that of 33 belongs none: all lines may have one mark. */
export function isSampled(mark: number, level: number): boolean {
  return level === 0 || (level < 33 && mark >>> (32 - level) === 0);
}

/** Views, not copies. */
export function hoursOf({ hour, lines, count, level, marks, seconds }: MarkColumns): HourMarks[] {
  let end = 0;
  return Array.from(hour, (value, row) => {
    const from = end;
    end += count[row]!;
    return {
      hour: value as EpochHour,
      lines: lines[row]!,
      level: level[row]!,
      marks: marks.subarray(from, end),
      seconds: seconds.subarray(from, end),
    };
  });
}

/** Gathers marks by hour. What comes out does not depend on the order in which they came. */
export class MarksByHour {
  readonly #most: number;
  readonly #hours = new Map<EpochHour, Gathered>();
  #level = 0;
  #kept = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(time: EpochSeconds, mark: LineMark): void {
    const gathered = this.#at(Math.floor(time / SECONDS_PER_HOUR) as EpochHour);
    gathered.waiting.push((time % SECONDS_PER_HOUR) * SECOND + mark);
    if (gathered.waiting.length === MARKS_PER_BLOCK) this.#sortWaiting(gathered);
  }

  /** Marks of so many lines, or of a sample of them. Answers of which level no more than a sample is kept from here on. */
  addBlock(hour: EpochHour, block: OrderedMarks, lines: number): number {
    this.#keep(this.#at(hour), block, lines);
    return this.#level;
  }

  all(): MarkColumns {
    for (const gathered of this.#hours.values()) this.#sortWaiting(gathered);
    const hours = [...this.#hours].sort(([a], [b]) => a - b);
    const columns: MarkColumns = {
      hour: Uint32Array.from(hours, ([hour]) => hour),
      lines: Uint32Array.from(hours, ([, { lines }]) => lines),
      count: new Uint32Array(hours.length),
      level: new Uint8Array(hours.length).fill(this.#level),
      marks: new Uint32Array(this.#kept),
      seconds: new Uint16Array(this.#kept),
    };
    let end = 0;
    for (const [row, [hour, { blocks }]] of hours.entries()) {
      // Nobody needs them beside the columns: they are as large.
      this.#hours.delete(hour);
      for (const { marks, seconds } of areInOrder(blocks) ? blocks : [mergeAll(blocks)]) {
        columns.count[row]! += marks.length;
        columns.marks.set(marks, end);
        columns.seconds.set(seconds, end);
        end += marks.length;
      }
    }
    return columns;
  }

  #at(hour: EpochHour): Gathered {
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    const gathered: Gathered = { lines: 0, waiting: [], blocks: [] };
    this.#hours.set(hour, gathered);
    return gathered;
  }

  #sortWaiting(gathered: Gathered): void {
    if (gathered.waiting.length === 0) return;
    const sorted = Float64Array.from(gathered.waiting).sort();
    gathered.waiting = [];
    const marks = Uint32Array.from(sorted);
    this.#keep(gathered, { marks, seconds: Uint16Array.from(sorted, (entry) => entry / SECOND) }, marks.length);
  }

  #keep(gathered: Gathered, block: OrderedMarks, lines: number): void {
    gathered.lines += lines;
    const sample = sampleOf(block, this.#level);
    gathered.blocks.push(sample);
    this.#kept += sample.marks.length;
    while (this.#kept > this.#most) this.#thin();
  }

  #thin(): void {
    this.#level++;
    this.#kept = 0;
    for (const gathered of this.#hours.values()) {
      gathered.blocks = gathered.blocks.map((block) => sampleOf(block, this.#level));
      for (const { marks } of gathered.blocks) this.#kept += marks.length;
    }
  }
}

interface Gathered {
  lines: number;
  /** Second of the hour * 2^32 + mark, in any order. */
  waiting: number[];
  blocks: OrderedMarks[];
}

function sampleOf(block: OrderedMarks, level: number): OrderedMarks {
  if (level === 0) return block;
  const { marks, seconds } = block;
  const sample = { marks: new Uint32Array(marks.length), seconds: new Uint16Array(marks.length) };
  let size = 0;
  for (let place = 0; place < marks.length; place++) {
    if (!isSampled(marks[place]!, level)) continue;
    sample.marks[size] = marks[place]!;
    sample.seconds[size++] = seconds[place]!;
  }
  return { marks: sample.marks.slice(0, size), seconds: sample.seconds.slice(0, size) };
}

/** As those of a log that is in order are. */
function areInOrder(blocks: readonly OrderedMarks[]): boolean {
  let last = -1;
  return blocks.every(({ seconds }) => {
    const isBehind = seconds.length === 0 || seconds[0]! > last;
    last = seconds.at(-1) ?? last;
    return isBehind;
  });
}

/** By twos, so that each mark moves as often as the number of blocks can be halved. */
function mergeAll(blocks: readonly OrderedMarks[]): OrderedMarks {
  if (blocks.length < 2) return blocks[0] ?? NO_MARKS;
  const merged: OrderedMarks[] = [];
  for (let place = 0; place < blocks.length; place += 2) {
    const [one, other] = blocks.slice(place, place + 2);
    merged.push(other === undefined ? one! : mergeMarks(one!, other));
  }
  return mergeAll(merged);
}

/** One behind the other, as far as they lie so. */
export function mergeMarks(a: OrderedMarks, b: OrderedMarks): OrderedMarks {
  const size = a.marks.length + b.marks.length;
  const marks = new Uint32Array(size);
  const seconds = new Uint16Array(size);
  const isBefore = (i: number, j: number) =>
    a.seconds[i]! < b.seconds[j]! || (a.seconds[i] === b.seconds[j] && a.marks[i]! <= b.marks[j]!);
  let i = b.marks.length === 0 ? a.marks.length : firstThat(a.marks.length, (place) => !isBefore(place, 0));
  marks.set(a.marks.subarray(0, i));
  seconds.set(a.seconds.subarray(0, i));
  let j = 0;
  for (; i < a.marks.length && j < b.marks.length; ) {
    const takesA = isBefore(i, j);
    marks[i + j] = takesA ? a.marks[i]! : b.marks[j]!;
    seconds[i + j] = takesA ? a.seconds[i]! : b.seconds[j]!;
    if (takesA) i++;
    else j++;
  }
  const [rest, from] = i < a.marks.length ? [a, i] : [b, j];
  marks.set(rest.marks.subarray(from), i + j);
  seconds.set(rest.seconds.subarray(from), i + j);
  return { marks, seconds };
}

/** The first place of `size` for which it is true, as it is for all behind it. */
function firstThat(size: number, isTrue: (place: number) => boolean): number {
  let from = 0;
  let until = size;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (isTrue(middle)) until = middle;
    else from = middle + 1;
  }
  return from;
}
