import type { MarginRange } from './margins.ts';

/** A row that waits for its number. */
export interface RowToRound {
  count: number;
  /** The margins it counts in. */
  keys: readonly string[];
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
export function roundTogether(
  rows: readonly RowToRound[],
  ranges: ReadonlyMap<string, MarginRange>,
  k: number,
): Rounded {
  const search = new Search(rows, ranges, k);
  const outOfReach = search.outOfReach();
  if (outOfReach.length > 0) return { numbers: search.numbers, missed: outOfReach };
  for (let pairs = 0; pairs < MOST_PAIRS; pairs++) {
    while (search.improveByOne());
    if (rows.length > MOST_ROWS_OF_PAIRS || !search.improveByTwo()) break;
  }
  return { numbers: search.numbers, missed: search.missed() };
}

/** To change two at once is slow, and where it is not soon enough it mostly leads nowhere. */
const MOST_PAIRS = 100;
const MOST_ROWS_OF_PAIRS = 500;

interface Sum {
  range: MarginRange;
  value: number;
  rows: number[];
}

/** A miss outweighs any distance from the truth that is within the range. */
const MISS = 1e6;

class Search {
  readonly numbers: number[];
  readonly #others: number[];
  readonly #sumsOf: Sum[][];
  readonly #sums: Sum[];
  /** What each row would gain by its other number; NaN where one of its sums has changed. */
  readonly #gains: Float64Array;

  constructor(rows: readonly RowToRound[], ranges: ReadonlyMap<string, MarginRange>, k: number) {
    const sums = new Map<string, Sum>();
    const nearest = rows.map(({ count }) => Math.max(k, Math.floor(count / k + 0.5) * k));
    const others = rows.map(({ count }, row) => otherMultiple(count, nearest[row]!, k));
    this.numbers = nearest.map((number, row) => (rows[row]!.isTurned ? others[row]! : number));
    this.#others = others;
    this.#sumsOf = rows.map(({ keys }, row) =>
      keys.map((key) => {
        const sum = sums.get(key) ?? { range: ranges.get(key)!, value: 0, rows: [] };
        sums.set(key, sum);
        sum.value += this.numbers[row]!;
        sum.rows.push(row);
        return sum;
      }),
    );
    this.#sums = [...sums.values()];
    this.#gains = new Float64Array(rows.length).fill(NaN);
  }

  missed(): Rounded['missed'] {
    return this.#sums.flatMap(({ range, value }) => {
      const by = value < range.least ? value - range.least : Math.max(0, value - range.most);
      return by === 0 ? [] : [{ range, by }];
    });
  }

  /** Margins that are missed even if all of their rows are rounded one way. */
  outOfReach(): Rounded['missed'] {
    return this.#sums.flatMap(({ range, rows }) => {
      let [most, least] = [0, 0];
      for (const row of rows) {
        most += Math.max(this.numbers[row]!, this.#others[row]!);
        least += Math.min(this.numbers[row]!, this.#others[row]!);
      }
      return most < range.least || least > range.most ? [{ range, by: Math.min(most - range.least, 0) }] : [];
    });
  }

  improveByOne(): boolean {
    let best = -1;
    let gain = 0;
    for (let row = 0; row < this.numbers.length; row++) {
      const own = this.#gain(row);
      if (own > gain) [best, gain] = [row, own];
    }
    if (best >= 0) this.#change(best);
    return best >= 0;
  }

  /** Of rows that stand in a margin that is missed, each with every other. */
  improveByTwo(): boolean {
    const lacking = this.#sums.filter(({ range, value }) => value < range.least || value > range.most);
    const rows = new Set(lacking.flatMap((sum) => sum.rows));
    for (const first of rows) {
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

  #gain(row: number): number {
    if (Number.isNaN(this.#gains[row]!)) this.#gains[row] = this.#gainNow(row);
    return this.#gains[row]!;
  }

  #gainNow(row: number): number {
    const change = this.#others[row]! - this.numbers[row]!;
    let gain = 0;
    if (change === 0) return gain;
    for (const { range, value } of this.#sumsOf[row]!) gain += cost(range, value) - cost(range, value + change);
    return gain;
  }

  #change(row: number): void {
    const change = this.#others[row]! - this.numbers[row]!;
    [this.numbers[row], this.#others[row]] = [this.#others[row]!, this.numbers[row]!];
    for (const sum of this.#sumsOf[row]!) {
      sum.value += change;
      for (const other of sum.rows) this.#gains[other] = NaN;
    }
  }
}

function cost({ least, most, truth }: MarginRange, value: number): number {
  const miss = Math.max(0, least - value, value - most);
  return miss * MISS + (value - truth) ** 2;
}

/** The other neighbour; the same number where there is none. */
function otherMultiple(count: number, number: number, k: number): number {
  if (count % k === 0) return number;
  const other = number < count ? number + k : number - k;
  return other < k ? number : other;
}
