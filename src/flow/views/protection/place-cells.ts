import { canBeRow, countOf, type Group, type Placing } from './group.ts';
import type { Partition } from './partition.ts';
import { type Cell, rowKey } from './protected-table.ts';

/** What to give up: the dimensions of a cell to coarser ones. */
export type Coarsening = (dimensions: readonly string[]) => readonly string[];

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
  /** Whether all names of a row may be shown. */
  isKnown: (dimensions: readonly string[]) => boolean;
  partition: Partition;
  /** `rowKey`, for one who remembers. */
  keyOf?: (dimensions: readonly string[]) => string;
}

export interface PlacedRow {
  dimensions: readonly string[];
  group: Group;
}

export interface Placed {
  /** By row key. */
  rows: Map<string, PlacedRow>;
  /** Those that no row could take without giving one of them away. */
  left: Placing[];
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
export function placeCells(cells: readonly Cell[], ...[coarsenings, isWithheld, rule]: HowToPlace): Placed {
  return place(
    cells.map((cell) => begin(cell, rule)),
    coarsenings,
    isWithheld,
    rule,
  );
}

type HowToPlace = [
  coarsenings: readonly Coarsening[],
  /** Names that may be shown, and are not, as rows that bear them would not add up to what is true. */
  isWithheld: (dimensions: readonly string[]) => boolean,
  rule: PlacingRule,
];

/** The same of cells that were begun by this rule: what begins is never changed, and can be placed again. */
export function place(begun: readonly Placing[], ...[coarsenings, isWithheld, rule]: HowToPlace): Placed {
  const mayShow = (dimensions: readonly string[]) => rule.isKnown(dimensions) && !isWithheld(dimensions);
  const rows: Placed['rows'] = new Map();
  let waiting: Placing[] = [];
  for (const placing of begun) {
    const { cell, member } = placing;
    if (member.isShown && mayShow(cell.dimensions) && hasOwnRow(cell, rule)) add(rows, cell.dimensions, [placing]);
    else waiting.push(placing);
  }
  const left = rule.leavesSmall ? waiting.filter(({ cell }) => mayShow(cell.dimensions)) : [];
  if (left.length > 0) waiting = waiting.filter(({ cell }) => !mayShow(cell.dimensions));
  waiting = placeAsBefore(waiting, rows, mayShow, rule);
  const groups = { number: 0 };
  for (const coarsening of coarsenings) {
    if (waiting.length === 0) break;
    waiting = placeByOne(waiting, coarsening, rows, mayShow, groups, rule);
  }
  return { rows, left: [...left, ...waiting] };
}

/** A cell that is hidden for its size has fewer than k. One hidden for its names or networks may have any number. */
export function begin(cell: Cell, { k, networks, isKnown, keyOf = rowKey }: PlacingRule): Placing {
  const id = keyOf(cell.dimensions);
  const isShown = populationOf(cell) >= k && isKnown(cell.dimensions) && (cell.networks?.count ?? Infinity) >= networks;
  const member = {
    id,
    systems: cell.systems,
    isShown,
    atMost: isKnown(cell.dimensions) && cell.systems < k ? k - 1 : undefined,
  };
  return { member, cell, tooSmall: [] };
}

function populationOf(cell: Cell): number {
  if (cell.asking === undefined) return cell.systems;
  return [...cell.asking.byTag.values()].reduce((a, b) => Math.max(a, b), 0);
}

/** R5: rows that come and go tell that a count has passed k. */
function hasOwnRow(cell: Cell, { k, partition }: PlacingRule): boolean {
  if (partition.kind === 'fresh' || partition.rows.has(rowKey(cell.dimensions))) return true;
  return populationOf(cell) >= 2 * k;
}

/** R6: a cell stays in the row in which it was published, where that can still be one. */
function placeAsBefore(
  waiting: readonly Placing[],
  rows: Placed['rows'],
  mayShow: (dimensions: readonly string[]) => boolean,
  rule: PlacingRule,
): Placing[] {
  const { partition } = rule;
  if (partition.kind !== 'revision') return [...waiting];
  const byRow = Map.groupBy(waiting, ({ member }) => partition.rowOf.get(member.id) ?? '');
  const left = byRow.get('') ?? [];
  byRow.delete('');
  for (const [key, group] of byRow) {
    const dimensions = JSON.parse(key) as string[];
    const whole = [...(rows.get(key)?.group ?? []), ...group];
    if (mayShow(dimensions) && canBeRow(whole, rule.k, rule.networks)) add(rows, dimensions, whole);
    else for (const placing of group) left.push(placing);
  }
  return left;
}

function placeByOne(
  waiting: readonly Placing[],
  coarsening: Coarsening,
  rows: Placed['rows'],
  mayShow: (dimensions: readonly string[]) => boolean,
  groups: { number: number },
  { k, networks, keyOf = rowKey }: PlacingRule,
): Placing[] {
  const left: Placing[] = [];
  const byRow = new Map<string, { dimensions: readonly string[]; group: Placing[] }>();
  const rowOf = (dimensions: readonly string[]) => {
    if (!mayShow(dimensions)) return undefined;
    const key = keyOf(dimensions);
    const row = byRow.get(key) ?? { dimensions, group: [] };
    byRow.set(key, row);
    return row;
  };
  // Most are alike: what becomes of them is asked once.
  const known = new Map<readonly string[], ReturnType<typeof rowOf>>();
  for (const placing of waiting) {
    const dimensions = coarsening(placing.cell.dimensions);
    if (!known.has(dimensions)) known.set(dimensions, rowOf(dimensions));
    (known.get(dimensions)?.group ?? left).push(placing);
  }
  for (const [key, { dimensions, group }] of byRow) {
    const there = rows.get(key)?.group ?? [];
    // Who alone may have any number stands out of a group of small ones, so these are shown without it.
    const small = group.filter(({ member }) => member.atMost !== undefined);
    const some = [group, small].find((each) => each.length > 0 && canBeRow([...there, ...each], k, networks));
    if (some !== undefined) add(rows, dimensions, [...there, ...some]);
    const others = some === undefined ? group : group.filter((placing) => !some.includes(placing));
    const isTooSmall = some === undefined && group.length > 1 && countOf(group) < k;
    const number = ++groups.number;
    for (const one of others) left.push(isTooSmall ? { ...one, tooSmall: [...one.tooSmall, number] } : one);
  }
  return left;
}

function add(rows: Placed['rows'], dimensions: readonly string[], group: Group): void {
  rows.set(rowKey(dimensions), { dimensions, group });
}
