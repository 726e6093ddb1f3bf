import type { Combination } from './combinations.ts';

/** Lists of cells by combination, in flat lists that are used again. A cell stands in one of them at most. */
export class CellLists {
  /** Of each cell. */
  readonly #counts: readonly number[];
  readonly #next: Int32Array;
  /** By combination; -1 is none. */
  #first = new Int32Array(0);
  #last = new Int32Array(0);
  #sums = new Float64Array(0);
  #names: Combination[] = [];

  constructor(counts: readonly number[]) {
    this.#counts = counts;
    this.#next = new Int32Array(counts.length);
  }

  /** Those that have a list, in the order in which they got one. */
  get names(): readonly Combination[] {
    return this.#names;
  }

  clear(): void {
    for (const names of this.#names) {
      this.#first[names] = -1;
      this.#sums[names] = 0;
    }
    this.#names = [];
  }

  add(names: Combination, cell: number): void {
    if (names >= this.#first.length) this.#grow(names);
    if (this.#first[names] === -1) {
      this.#first[names] = cell;
      this.#names.push(names);
    } else this.#next[this.#last[names]!] = cell;
    this.#last[names] = cell;
    this.#next[cell] = -1;
    this.#sums[names] = this.#sums[names]! + this.#counts[cell]!;
  }

  /** Of all cells of a list; 0 where there is none. */
  countOf(names: Combination): number {
    return this.#sums[names] ?? 0;
  }

  cellsOf(names: Combination): number[] {
    const cells: number[] = [];
    for (let cell = this.firstOf(names); cell >= 0; cell = this.next(cell)) cells.push(cell);
    return cells;
  }

  /** -1 where there is none. */
  firstOf(names: Combination): number {
    return this.#first[names] ?? -1;
  }

  /** The one behind a cell in its list; -1 where there is none. */
  next(cell: number): number {
    return this.#next[cell]!;
  }

  #grow(names: Combination): void {
    const length = Math.max(1024, 2 * (names + 1));
    const [first, last, sums] = [new Int32Array(length).fill(-1), new Int32Array(length), new Float64Array(length)];
    first.set(this.#first);
    last.set(this.#last);
    sums.set(this.#sums);
    [this.#first, this.#last, this.#sums] = [first, last, sums];
  }
}
