import type { Combination, Combinations } from './combinations.ts';
import { canBeRow, countOf, type Group, largestOf, type Placing } from './group.ts';
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

/**
 * Puts each cell into a row. A cell with k systems from enough networks gets one for itself; of the others, those that
 * agree in what a coarsening leaves share one, by the first coarsening by which they have k systems from enough networks
 * and give nobody away.
 *
 * What holds for each row by itself: an outsider who knows its members, why each is hidden and which groups on the way
 * were too small, but no counts, cannot show that any hidden cell has a system, nor how many to within k / 2. What
 * several rows, tables and revisions say together is for the audit.
 */
export function placeCells(placings: Group, combinations: Combinations, rule: PlacingRule): Placed {
  const { rows, left, ...uncoarsened } = placeUncoarsened(placings, combinations, rule);
  let { waiting } = uncoarsened;
  const groups = { number: 0 };
  for (let at = 0; at < combinations.coarsenings && waiting.length > 0; at++) {
    waiting = placeByOne(waiting, at, combinations, rows, groups, rule);
  }
  return { rows, left: [...left, ...waiting] };
}

/** Cells before they are placed: all of them wait. */
export function placingsOf(cells: readonly Cell[], combinations: Combinations, rule: PlacingRule): Placing[] {
  return cells.map((cell) => {
    const names = combinations.of(cell.dimensions);
    const least = largestOf(cell);
    const member = memberOf(cell, least, combinations.isKnown(names), rule);
    const hasOwnRow = member.isShown && mayHaveRow(member.id, least, rule);
    return { member, cell, names, margins: combinations.margins(names), least, hasOwnRow, tooSmall: [] };
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

/** Rows that give up no name: those of single cells, and those of the last revision. */
export function placeUncoarsened(
  placings: Group,
  combinations: Combinations,
  rule: PlacingRule,
): { rows: Map<Combination, Group>; left: Placing[]; waiting: Placing[] } {
  const rows = new Map<Combination, Group>();
  const left: Placing[] = [];
  const hidden: Placing[] = [];
  for (const placing of placings) {
    const mayShow = combinations.mayShow(placing.names);
    if (mayShow && placing.hasOwnRow) rows.set(placing.names, [placing]);
    else if (mayShow && rule.leavesSmall) left.push(placing);
    else hidden.push({ ...placing, tooSmall: [] });
  }
  return { rows, left, waiting: placeAsBefore(hidden, rows, combinations, rule) };
}

/** R6: a cell stays in the row in which it was published, where that can still be one. */
function placeAsBefore(
  waiting: Placing[],
  rows: Map<Combination, Group>,
  combinations: Combinations,
  { k, networks, partition }: PlacingRule,
): Placing[] {
  if (partition.kind !== 'revision') return waiting;
  const byRow = Map.groupBy(waiting, ({ member }) => partition.rowOf.get(member.id) ?? '');
  const left = byRow.get('') ?? [];
  byRow.delete('');
  for (const [key, group] of byRow) {
    const names = combinations.of(JSON.parse(key) as string[]);
    const whole = [...(rows.get(names) ?? []), ...group];
    if (combinations.mayShow(names) && canBeRow(whole, k, networks)) rows.set(names, whole);
    else for (const placing of group) left.push(placing);
  }
  return left;
}

function placeByOne(
  waiting: Group,
  at: number,
  combinations: Combinations,
  rows: Map<Combination, Group>,
  groups: { number: number },
  { k, networks }: PlacingRule,
): Placing[] {
  const left: Placing[] = [];
  const byRow = new Map<Combination, Placing[]>();
  for (const placing of waiting) {
    const names = combinations.coarser(placing.names, at);
    const group = combinations.mayShow(names) ? byRow.get(names) : left;
    if (group === undefined) byRow.set(names, [placing]);
    else group.push(placing);
  }
  for (const [names, group] of byRow) {
    const there = rows.get(names) ?? [];
    const number = ++groups.number;
    const count = countOf(group);
    const placed = count + countOf(there) < k ? [] : thoseOfRow(group, there, k, networks);
    if (placed.length > 0) rows.set(names, [...there, ...placed]);
    if (placed.length === 0 && group.length > 1 && count < k)
      for (const one of group) {
        one.tooSmall.push(number);
        left.push(one);
      }
    // Either all, or all that are small.
    else if (placed.length < group.length)
      for (const one of group) if (placed.length === 0 || one.member.atMost === undefined) left.push(one);
  }
  return left;
}

/** Who alone may have any number stands out of a group of small ones, so these are shown without it. */
function thoseOfRow(group: Group, there: Group, k: number, networks: number): Group {
  const small = group.filter(({ member }) => member.atMost !== undefined);
  const tries = small.length === group.length ? [group] : [group, small];
  return tries.find((some) => some.length > 0 && canBeRow([...there, ...some], k, networks)) ?? [];
}
