import type { MarginRange } from './margins.ts';

/** By the number of the margin. There need not be one of each. */
export type Ranges = readonly (MarginRange | undefined)[];

/** A row that waits for its number. */
export interface RowToRound {
  count: number;
  /** The numbers of the margins it counts in. Rows that count in the same ones have the same list, or one equal to it. */
  margins: readonly number[];
  /** It must not become the nearest multiple, but the other neighbour. */
  isTurned?: boolean;
}

export interface Rounded {
  /** In the order of the rows; multiples of k. */
  numbers: number[];
  /** Margins that these numbers miss; none where all are met. */
  missed: { range: MarginRange; by: number }[];
}

/**
 * Controlled rounding: each number becomes a neighbouring multiple of k, so that every margin is met. It begins with the
 * nearest ones, and changes one number, or two at once, as long as that brings the margins nearer to the truth. That
 * always ends at the same numbers; where it ends beside a margin that could be met, the caller withholds something,
 * and what is published is as right as before.
 */
export function roundTogether(rows: readonly RowToRound[], ranges: Ranges, k: number): Rounded {
  const search = new Search(rows, ranges, k);
  const outOfReach = search.outOfReach();
  if (outOfReach.length > 0) return { numbers: search.numbers, missed: outOfReach };
  for (let pairs = 0; pairs < MOST_PAIRS; pairs++) {
    while (search.improveByOne());
    if (rows.length > MOST_ROWS_OF_PAIRS || !search.improveByTwo()) break;
  }
  return { numbers: search.numbers, missed: search.missed() };
}

/** Margins that are missed even if all of their rows are rounded one way. */
export function outOfReach(rows: readonly RowToRound[], ranges: Ranges, k: number): Rounded['missed'] {
  return new Search(rows, ranges, k).outOfReach();
}

/** To change two at once is slow, and where it is not soon enough it mostly leads nowhere. */
const MOST_PAIRS = 100;
const MOST_ROWS_OF_PAIRS = 500;

/** A miss outweighs any distance from the truth that is within the range. */
const MISS = 1e6;

/**
 * Rows that count in the same margins: each of them gains the same by going up, or by going down. There are thousands of
 * rows, and far fewer such groups.
 */
interface Alike {
  margins: readonly number[];
  rows: number[];
  /** The first row that can go up or down; -1: none can; undefined: nobody looked since one of them changed. */
  firstUp: number | undefined;
  firstDown: number | undefined;
}

class Search {
  readonly numbers: number[];
  /** What a row's number changes by if it becomes the other one: k, -k, or 0 where there is no other. */
  readonly #changes: number[];
  readonly #ranges: Ranges;
  readonly #k: number;
  readonly #alike: readonly Alike[];
  readonly #alikeOf: readonly Alike[];
  /** Those that rows count in, as they come up. */
  readonly #margins: readonly number[];
  /** By margin: what its rows add up to, and what would be gained by k more and by k less. */
  readonly #values: Float64Array;
  readonly #up: Float64Array;
  readonly #down: Float64Array;

  constructor(rows: readonly RowToRound[], ranges: Ranges, k: number) {
    const nearest = rows.map(({ count }) => Math.max(k, Math.floor(count / k + 0.5) * k));
    const changes = rows.map(({ count }, row) => otherMultiple(count, nearest[row]!, k) - nearest[row]!);
    this.numbers = nearest.map((number, row) => (rows[row]!.isTurned ? number + changes[row]! : number));
    this.#changes = changes.map((change, row) => (rows[row]!.isTurned ? -change : change));
    this.#ranges = ranges;
    this.#k = k;
    const alike = new Map<readonly number[], Alike>();
    this.#alikeOf = rows.map(({ margins }, row) => {
      const known = alike.get(margins);
      known?.rows.push(row);
      if (known !== undefined) return known;
      const own = margins.filter((margin) => ranges[margin] !== undefined);
      const one = { margins: own, rows: [row], firstUp: undefined, firstDown: undefined };
      alike.set(margins, one);
      return one;
    });
    this.#alike = [...alike.values()];
    this.#margins = [...new Set(this.#alike.flatMap(({ margins }) => margins))];
    this.#values = new Float64Array(ranges.length);
    this.#up = new Float64Array(ranges.length);
    this.#down = new Float64Array(ranges.length);
    for (const { margins, rows: own } of this.#alike) {
      const sum = own.reduce((all, row) => all + this.numbers[row]!, 0);
      for (const margin of margins) this.#values[margin] = this.#values[margin]! + sum;
    }
    for (const margin of this.#margins) this.#noteGains(margin);
  }

  missed(): Rounded['missed'] {
    return this.#lacking().map((margin) => {
      const [range, value] = [this.#ranges[margin]!, this.#values[margin]!];
      return { range, by: value < range.least ? value - range.least : value - range.most };
    });
  }

  #lacking(): number[] {
    return this.#margins.filter((margin) => missOf(this.#ranges[margin]!, this.#values[margin]!) > 0);
  }

  /** Margins that are missed even if all of their rows are rounded one way. */
  outOfReach(): Rounded['missed'] {
    const most = this.#values.slice();
    const least = this.#values.slice();
    for (const { margins, rows } of this.#alike) {
      let [up, down] = [0, 0];
      for (const row of rows) {
        up += Math.max(0, this.#changes[row]!);
        down += Math.min(0, this.#changes[row]!);
      }
      for (const margin of margins) {
        most[margin] = most[margin]! + up;
        least[margin] = least[margin]! + down;
      }
    }
    return this.#margins.flatMap((margin) => {
      const range = this.#ranges[margin]!;
      const isFar = most[margin]! < range.least || least[margin]! > range.most;
      return isFar ? [{ range, by: Math.min(most[margin]! - range.least, 0) }] : [];
    });
  }

  /** Of rows that gain the same, the first. */
  improveByOne(): boolean {
    let best = -1;
    let most = 0;
    const offer = (row: number, gain: number) => {
      if (row >= 0 && (gain > most || row < best)) [best, most] = [row, gain];
    };
    for (const alike of this.#alike) {
      const up = sumOf(alike.margins, this.#up);
      if (up > 0 && up >= most) offer(this.#firstUp(alike), up);
      const down = sumOf(alike.margins, this.#down);
      if (down > 0 && down >= most) offer(this.#firstDown(alike), down);
    }
    if (best >= 0) this.#change(best);
    return best >= 0;
  }

  #firstUp(alike: Alike): number {
    alike.firstUp ??= alike.rows.find((row) => this.#changes[row]! > 0) ?? -1;
    return alike.firstUp;
  }

  #firstDown(alike: Alike): number {
    alike.firstDown ??= alike.rows.find((row) => this.#changes[row]! < 0) ?? -1;
    return alike.firstDown;
  }

  /** Of rows that stand in a margin that is missed, each with every other. */
  improveByTwo(): boolean {
    const rowsOf = (margin: number) => [...this.numbers.keys()].filter((row) => this.#marginsOf(row).includes(margin));
    for (const first of new Set(this.#lacking().flatMap(rowsOf))) {
      const own = this.#gain(first);
      this.#change(first);
      let best = -1;
      let gain = -own;
      for (let second = 0; second < this.numbers.length; second++) {
        if (second === first) continue;
        const more = this.#gain(second);
        if (more > gain) [best, gain] = [second, more];
      }
      if (best >= 0) {
        this.#change(best);
        return true;
      }
      this.#change(first);
    }
    return false;
  }

  #marginsOf(row: number): readonly number[] {
    return this.#alikeOf[row]!.margins;
  }

  #gain(row: number): number {
    const change = this.#changes[row]!;
    return change === 0 ? 0 : sumOf(this.#marginsOf(row), change > 0 ? this.#up : this.#down);
  }

  #change(row: number): void {
    const change = this.#changes[row]!;
    const alike = this.#alikeOf[row]!;
    this.numbers[row] = this.numbers[row]! + change;
    this.#changes[row] = -change;
    alike.firstUp = undefined;
    alike.firstDown = undefined;
    for (const margin of alike.margins) {
      this.#values[margin] = this.#values[margin]! + change;
      this.#noteGains(margin);
    }
  }

  #noteGains(margin: number): void {
    const [range, value] = [this.#ranges[margin]!, this.#values[margin]!];
    const now = cost(range, value);
    this.#up[margin] = now - cost(range, value + this.#k);
    this.#down[margin] = now - cost(range, value - this.#k);
  }
}

function sumOf(margins: readonly number[], gains: Float64Array): number {
  let sum = 0;
  for (const margin of margins) sum += gains[margin]!;
  return sum;
}

function missOf({ least, most }: MarginRange, value: number): number {
  return Math.max(0, least - value, value - most);
}

function cost(range: MarginRange, value: number): number {
  return missOf(range, value) * MISS + (value - range.truth) ** 2;
}

/** The other neighbour; the same number where there is none. */
function otherMultiple(count: number, number: number, k: number): number {
  if (count % k === 0) return number;
  const other = number < count ? number + k : number - k;
  return other < k ? number : other;
}
