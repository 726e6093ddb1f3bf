import { CellLists } from './cell-lists.ts';
import type { Combination, Combinations } from './combinations.ts';
import { canBeRow, type Group, largestOf, type Placing } from './group.ts';
import type { Partition } from './partition.ts';
import { type Cell, type Member, rowKey } from './protected-table.ts';

export interface PlacingRule {
  /** The fewest systems of a row, and what counts are rounded to. */
  k: number;
  /** The fewest networks of a row. */
  networks: number;
  /**
   * Whether a small cell all of whose names are shown by others stays without a row. Rounding makes up for it; in a row
   * that gives up one of its names it would be missing there.
   */
  leavesSmall: boolean;
  partition: Partition;
}

export interface Placed {
  rows: ReadonlyMap<Combination, Group>;
  /** Those that no row could take without giving one of them away. */
  left: Group;
}

/** Puts each cell into a row, as `Placement` does. */
export function placeCells(placings: Group, combinations: Combinations, rule: PlacingRule): Placed {
  const placement = new Placement(placings, combinations, rule);
  placement.place();
  return placement.placed();
}

/** Cells before they are placed: all of them wait. */
export function placingsOf(cells: readonly Cell[], combinations: Combinations, rule: PlacingRule): Placing[] {
  return cells.map((cell, at) => {
    const names = combinations.of(cell.dimensions);
    const least = largestOf(cell);
    const member = memberOf(cell, least, combinations.isKnown(names), rule);
    const hasOwnRow = member.isShown && mayHaveRow(member.id, least, rule);
    return { member, cell, names, least, hasOwnRow, at };
  });
}

/** R5: rows that come and go tell that a count has passed k. */
function mayHaveRow(id: string, least: number, { k, partition }: PlacingRule): boolean {
  return partition.kind === 'fresh' || partition.rows.has(id) || least >= 2 * k;
}

/** A cell that is hidden for its size has fewer than k. One hidden for its names or networks may have any number. */
function memberOf(cell: Cell, least: number, isKnown: boolean, { k, networks }: PlacingRule): Member {
  return {
    id: rowKey(cell.dimensions),
    systems: cell.systems,
    isShown: least >= k && isKnown && (cell.networks?.count ?? Infinity) >= networks,
    atMost: isKnown && cell.systems < k ? k - 1 : undefined,
  };
}

/**
 * Where the cells of a table stand. A cell with k systems from enough networks gets a row for itself; of the others,
 * those that agree in what a coarsening leaves share one, by the first coarsening by which they have k systems from enough
 * networks and give nobody away.
 *
 * What holds for each row by itself: an outsider who knows its members, why each is hidden and which groups on the way
 * were too small, but no counts, cannot show that any hidden cell has a system, nor how many to within k / 2. What
 * several rows, tables and revisions say together is for the audit.
 *
 * Cells are placed again for each name that is given up, so what that takes is kept, by the places of the cells in the
 * list: to make rows and groups anew each time took ten times as long for 34,000 cells.
 */
export class Placement {
  readonly #placings: Group;
  /** Of each cell. */
  readonly #names: Int32Array;
  readonly #combinations: Combinations;
  readonly #rule: PlacingRule;
  readonly #rows: CellLists;
  /** Of one coarsening. */
  readonly #groups: CellLists;
  /** Those that stand in no row. */
  #left: number[] = [];
  /** Of each cell; -1 is none. */
  readonly #rowOf: Int32Array;
  /**
   * By cell and coarsening: whether its group was too small for a row. Who knows the rules can tell that each such group
   * had fewer than k systems.
   */
  readonly #tooSmall: Uint8Array;
  /** The row of the last revision, of each cell. */
  readonly #before: readonly (Combination | undefined)[];

  constructor(placings: Group, combinations: Combinations, rule: PlacingRule) {
    this.#placings = placings;
    this.#names = Int32Array.from(placings, ({ names }) => names);
    this.#combinations = combinations;
    this.#rule = rule;
    const counts = placings.map(({ cell }) => cell.systems);
    this.#rows = new CellLists(counts);
    this.#groups = new CellLists(counts);
    this.#rowOf = new Int32Array(placings.length);
    this.#tooSmall = new Uint8Array(placings.length * combinations.coarsenings);
    this.#before = rowsBefore(placings, combinations, rule);
  }

  place(): void {
    let waiting = this.placeUncoarsened();
    for (let at = 0; at < this.#combinations.coarsenings && waiting.length > 0; at++)
      waiting = this.#placeByOne(waiting, at);
    this.#left.push(...waiting);
  }

  /** Only into rows that give up no name: those of single cells, and those of the last revision. Who waits for another. */
  placeUncoarsened(): number[] {
    this.#rows.clear();
    this.#left = [];
    this.#tooSmall.fill(0);
    this.#rowOf.fill(-1);
    const hidden: number[] = [];
    for (const { names, hasOwnRow, at } of this.#placings) {
      const mayShow = this.#combinations.mayShow(names);
      if (mayShow && hasOwnRow) this.#add(names, at);
      else if (mayShow && this.#rule.leavesSmall) this.#left.push(at);
      else hidden.push(at);
    }
    return this.#before.length === 0 ? hidden : this.#placeAsBefore(hidden);
  }

  /** In the order in which they came up. */
  get rows(): readonly Combination[] {
    return this.#rows.names;
  }

  countOf(row: Combination): number {
    return this.#rows.countOf(row);
  }

  /** The row in which a cell stands; undefined: in none. */
  rowOf(cell: number): Combination | undefined {
    const row = this.#rowOf[cell]!;
    return row < 0 ? undefined : row;
  }

  /** The cells of a row. */
  group(row: Combination): Placing[] {
    return this.#placingsOf(this.#rows.cellsOf(row));
  }

  #placingsOf(cells: readonly number[]): Placing[] {
    return cells.map((cell) => this.#placings[cell]!);
  }

  /** Those that no row could take without giving one of them away. */
  left(): Placing[] {
    return this.#placingsOf(this.#left);
  }

  placed(): Placed {
    return { rows: new Map(this.rows.map((row) => [row, this.group(row)])), left: this.left() };
  }

  /** R6: a cell stays in the row in which it was published, where that can still be one. */
  #placeAsBefore(waiting: readonly number[]): number[] {
    const byRow = Map.groupBy(waiting, (cell) => this.#before[cell]);
    const left = byRow.get(undefined) ?? [];
    byRow.delete(undefined);
    for (const [names, cells] of byRow) {
      if (!this.#combinations.mayShow(names!) || !this.#joinRow(names!, cells)) left.push(...cells);
    }
    return left;
  }

  #placeByOne(waiting: readonly number[], at: number): number[] {
    const left: number[] = [];
    const groups = this.#groups;
    groups.clear();
    for (const cell of waiting) {
      const names = this.#combinations.coarser(this.#names[cell]!, at);
      if (this.#combinations.mayShow(names)) groups.add(names, cell);
      else left.push(cell);
    }
    for (const names of groups.names) {
      const isEnough = groups.countOf(names) + this.#rows.countOf(names) >= this.#rule.k;
      const placed = isEnough ? this.#placeSome(names, groups.cellsOf(names)) : 'none';
      if (placed === 'none') this.#noteTooSmall(names, at);
      for (let cell = groups.firstOf(names); cell >= 0; cell = groups.next(cell))
        if (placed === 'none' || (placed === 'small' && !this.#isSmall(cell))) left.push(cell);
    }
    return left;
  }

  /** Either all, or all that are small: who alone may have any number stands out of a group of small ones. */
  #placeSome(names: Combination, cells: readonly number[]): 'all' | 'small' | 'none' {
    if (this.#joinRow(names, cells)) return 'all';
    const small = cells.filter((cell) => this.#isSmall(cell));
    const areSome = small.length > 0 && small.length < cells.length;
    return areSome && this.#joinRow(names, small) ? 'small' : 'none';
  }

  #noteTooSmall(names: Combination, at: number): void {
    const groups = this.#groups;
    const first = groups.firstOf(names);
    if (groups.next(first) < 0 || groups.countOf(names) >= this.#rule.k) return;
    for (let cell = first; cell >= 0; cell = groups.next(cell))
      this.#tooSmall[cell * this.#combinations.coarsenings + at] = 1;
  }

  #isSmall(cell: number): boolean {
    return this.#placings[cell]!.member.atMost !== undefined;
  }

  /** Whether they can. */
  #joinRow(row: Combination, cells: readonly number[]): boolean {
    const { k, networks } = this.#rule;
    const whole = this.#placingsOf([...this.#rows.cellsOf(row), ...cells]);
    if (!canBeRow(whole, k, networks, (small, needed) => this.#areIndependent(small, needed))) return false;
    for (const cell of cells) this.#add(row, cell);
    return true;
  }

  #areIndependent(group: Group, needed: number): boolean {
    const { coarsenings } = this.#combinations;
    const taken = new Set<number>();
    let found = 0;
    for (const { at: cell, names } of group) {
      if (found >= needed) break;
      const numbers: number[] = [];
      for (let at = 0; at < coarsenings; at++)
        if (this.#tooSmall[cell * coarsenings + at] === 1)
          numbers.push(this.#combinations.coarser(names, at) * coarsenings + at);
      if (numbers.some((number) => taken.has(number))) continue;
      for (const number of numbers) taken.add(number);
      found++;
    }
    return found >= needed;
  }

  #add(row: Combination, cell: number): void {
    this.#rows.add(row, cell);
    this.#rowOf[cell] = row;
  }
}

/** None where there is no last revision. */
function rowsBefore(
  placings: Group,
  combinations: Combinations,
  { partition }: PlacingRule,
): (Combination | undefined)[] {
  if (partition.kind !== 'revision') return [];
  return placings.map(({ member }) => {
    const row = partition.rowOf.get(member.id);
    return row === undefined ? undefined : combinations.of(JSON.parse(row) as string[]);
  });
}
