import { OTHER } from '../publication/tables.ts';
import { combine, type Group, hasNetworks, hiddenCell, isSafe, shownCell, withoutRow } from './group.ts';
import type { Partition } from './partition.ts';
import { type Cell, compareKeys, type ProtectedRow, type ProtectedTable, rowKey } from './protected-table.ts';
import { roundTo } from './rounding.ts';

export interface RollUpRule {
  /** The fewest systems of a row, and what counts are rounded to. */
  k: number;
  /** The fewest networks of a row. */
  networks: number;
  /** What to give up, one after the other: dimensions to coarser dimensions. */
  steps: readonly RollStep[];
  partition: Partition;
}

export type RollStep = (dimensions: readonly string[]) => readonly string[];

/** Steps that replace one column after the other by `other`. */
export function rollColumns(order: readonly number[]): RollStep[] {
  return order.map((column) => (dimensions) => dimensions.with(column, OTHER));
}

/**
 * One disjoint table. A cell with k systems from enough networks gets a row; the others are rolled up, step by step,
 * until their group has k systems from enough networks and gives nobody away; what never does is dropped.
 *
 * What holds for each row by itself: an outsider who knows its members, why each is hidden and which groups on the way
 * were too small, but no counts, reckons that the row has at least k systems, and that each such cell and group has
 * fewer than k. From this and the row's number no hidden cell can be shown to have any system, nor is its count known
 * to within k / 2. It does not hold for who also knows that every cell that could be in the row has systems, and asks
 * why the row is safe. What several tables and revisions say together is for the audit.
 */
export function rollUp(cells: readonly Cell[], rule: RollUpRule): ProtectedTable {
  const byId = new Map(cells.map((cell) => [rowKey(cell.dimensions), cell]));
  if (byId.size < cells.length) throw new Error('roll-up: expected distinct cells, found two of the same dimensions');
  const rows: Rows = new Map();
  const left = placeAll(byId, rows, rule);
  if (rule.partition.kind !== 'revision') return toTable(rows, left, rule.k);
  const unplaced = left.flatMap(({ members }) => members.map(({ id }): [string, Cell] => [id, byId.get(id)!]));
  return toTable(rows, placeAll(new Map(unplaced), rows, { ...rule, partition: { kind: 'fresh' } }), rule.k);
}

type Rows = Map<string, { dimensions: readonly string[]; group: Group }>;

/** A group that has no row yet. */
interface Waiting {
  dimensions: readonly string[];
  standsFrom: number;
  group: Group;
}

function placeAll(cells: ReadonlyMap<string, Cell>, rows: Rows, rule: RollUpRule): Group[] {
  let waiting = placeCells(cells, rows, rule);
  rule.steps.forEach((step, index) => {
    const rolled = waiting.map((item) => ({ ...item, dimensions: step(item.dimensions) }));
    waiting = placeGroups(rolled, index + 1, rows, rule);
  });
  return waiting.map(({ group }) => group);
}

function placeCells(cells: ReadonlyMap<string, Cell>, rows: Rows, rule: RollUpRule): Waiting[] {
  const waiting: Waiting[] = [];
  for (const [id, cell] of cells) {
    const { dimensions, standsFrom } = cell;
    if (mayStand(id, cell, rule)) addRow(rows, dimensions, shownCell(id, cell));
    else waiting.push({ dimensions, standsFrom, group: hiddenCell(id, cell, mostOfHidden(cell, rule)) });
  }
  return waiting;
}

function mayStand(id: string, cell: Cell, rule: RollUpRule): boolean {
  return cell.systems >= threshold(id, rule) && cell.standsFrom === 0 && hasEnoughNetworks(cell, rule);
}

function threshold(id: string, { k, partition }: RollUpRule): number {
  if (partition.kind === 'fresh' || partition.rows.has(id)) return k;
  return partition.kind === 'week-before' ? 2 * k : Infinity;
}

function hasEnoughNetworks({ networks }: Cell, rule: RollUpRule): boolean {
  return networks === undefined || networks.count >= rule.networks;
}

/** A cell that is hidden for its size has fewer than that size. One hidden for its name or networks may have any number. */
function mostOfHidden(cell: Cell, rule: RollUpRule): number | undefined {
  if (cell.systems < rule.k) return rule.k - 1;
  const waitsForMore = rule.partition.kind === 'week-before' && cell.standsFrom === 0 && hasEnoughNetworks(cell, rule);
  return waitsForMore ? 2 * rule.k - 1 : undefined;
}

function placeGroups(waiting: readonly Waiting[], level: number, rows: Rows, rule: RollUpRule): Waiting[] {
  const early = waiting.filter(({ standsFrom }) => standsFrom > level);
  const ready = Map.groupBy(
    waiting.filter(({ standsFrom }) => standsFrom <= level),
    ({ dimensions }) => rowKey(dimensions),
  );
  return [...early, ...[...ready].flatMap(([key, items]) => placeGroup(key, items, rows, rule))];
}

/** What still waits. Who alone may have any number stands out of a group of small ones, so these are shown without it. */
function placeGroup(key: string, items: readonly Waiting[], rows: Rows, rule: RollUpRule): Waiting[] {
  const { dimensions } = items[0]!;
  const small = items.filter(({ group }) => group.most < Infinity);
  for (const some of [items, small]) {
    if (some.length === 0) continue;
    const row = withRowThere(combine(groupsOf(some)), rows.get(key)?.group);
    if (!isRow(key, row, rule)) continue;
    addRow(rows, dimensions, row);
    return items.filter((item) => !some.includes(item)).map((item) => ({ ...item, standsFrom: 0 }));
  }
  return [{ dimensions, standsFrom: 0, group: withoutRow(combine(groupsOf(items)), rule.k) }];
}

function groupsOf(items: readonly Waiting[]): Group[] {
  return items.map(({ group }) => group);
}

/** A row of the same name can be there already: of a cell that has `other` in that column itself. */
function withRowThere(group: Group, there: Group | undefined): Group {
  return there === undefined ? group : combine([there, group]);
}

function isRow(key: string, group: Group, { k, networks, partition }: RollUpRule): boolean {
  const isKnown = partition.kind !== 'revision' || partition.rows.has(key);
  return isKnown && group.systems >= k && hasNetworks(group, networks) && isSafe(group, k);
}

function addRow(rows: Rows, dimensions: readonly string[], group: Group): void {
  rows.set(rowKey(dimensions), { dimensions, group });
}

function toTable(rows: Rows, left: readonly Group[], k: number): ProtectedTable {
  const sorted = [...rows].sort(([a], [b]) => compareKeys(a, b));
  return {
    k,
    rows: sorted.map(
      ([, { dimensions, group }]): ProtectedRow => ({
        dimensions,
        systems: roundTo(k, group.systems),
        members: inOrder(group),
      }),
    ),
    dropped: left.flatMap(({ members }) => members).sort((a, b) => compareKeys(a.id, b.id)),
  };
}

function inOrder({ members }: Group) {
  return members.toSorted((a, b) => compareKeys(a.id, b.id));
}
