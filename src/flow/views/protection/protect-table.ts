import { type Combination, type CombinationRule, Combinations, type MarginNumber } from './combinations.ts';
import type { Group, Placing } from './group.ts';
import { type Margin, type MarginRange, rangeAround } from './margins.ts';
import { Placement, type PlacingRule, placingsOf } from './place-cells.ts';
import {
  type Cell,
  compareKeys,
  type Member,
  type ProtectedRow,
  type ProtectedTable,
  rowKey,
} from './protected-table.ts';
import { outOfReach, type Ranges, type Rounded, roundTogether } from './round-together.ts';
import { LARGE } from './rounding.ts';

/** Margins are the numbers that are to be right to within less than k. */
export interface ProtectionRule extends PlacingRule, CombinationRule {
  /** What some of the margins must be, as another table has said it. */
  said: ReadonlyMap<string, number>;
  /** What is withheld last of all: one of the margins. */
  last: Margin | undefined;
  /** The one of the margins without which nothing is shown, if there is one. */
  essential: Margin | undefined;
}

/**
 * One disjoint table, in which every margin that is shown is within less than k of the truth. A margin that no choice of
 * numbers can meet is withheld: rows that bear its name give it up. Where the total itself cannot be met there is no row.
 */
export function protectTable(cells: readonly Cell[], rule: ProtectionRule): ProtectedTable {
  const combinations = new Combinations(cells[0]?.dimensions.length ?? 0, rule);
  const placings = placingsOf(inOrder(cells), combinations, rule);
  if (combinations.count < cells.length)
    throw new Error('table: expected distinct cells, found two of the same dimensions');
  const ranges = rangesOf(placings, combinations, rule);
  const { essential: whole } = rule;
  const essential = new Set(whole && placings.flatMap(({ names }) => combinations.marginOf(names, whole) ?? []));
  const placement = new Placement(placings, combinations, rule);
  const withheld = withoutOwnRow(placement, placings, ranges, combinations, rule);
  const attempt = (names: ReadonlySet<MarginNumber>) => tryWithout(names, placement, ranges, combinations, rule.k);
  const givenUp: MarginNumber[] = [];
  for (;;) {
    const found = attempt(withheld);
    if (found.missed === undefined) {
      const isLarge = placings.length > MOST_CELLS;
      const best = (isLarge ? undefined : withNamesBack(givenUp, withheld, attempt, ranges)) ?? found;
      return tableOf(best.rows, best.left, best.numbers, combinations, rule.k);
    }
    if (loosen(found.missed, ranges, essential, combinations, rule)) continue;
    const no = new Set([...withheld, ...essential]);
    const next = nextWithheld(placement, placings, found.missed, ranges, no, combinations, rule);
    if (next === undefined) return { k: rule.k, controlled: true, rows: [], dropped: membersOf(placings) };
    withheld.add(next);
    givenUp.push(next);
  }
}

function inOrder(cells: readonly Cell[]): Cell[] {
  const keyed = cells.map((cell) => ({ cell, key: rowKey(cell.dimensions) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ cell }) => cell);
}

/** True numbers are those of all cells: also of those that have no row. */
function rangesOf(placings: Group, combinations: Combinations, { k, said }: ProtectionRule): MarginRange[] {
  const truths: number[] = [];
  for (const { names, cell } of placings)
    for (const margin of combinations.margins(names)) truths[margin] = (truths[margin] ?? 0) + cell.systems;
  const ranges = truths.map((truth, margin) => rangeAround(combinations.marginKey(margin), truth, k));
  for (const [key, number] of said)
    ranges[combinations.marginNumber(key)] = { key, truth: number, least: number, most: number };
  return ranges;
}

/** The margins that were missed; or rows with their numbers. */
type Attempt = { missed: Rounded['missed'] } | NumberedRows;

interface NumberedRows {
  missed?: undefined;
  rows: readonly RowOfGroup[];
  numbers: readonly number[];
  left: Group;
}

interface RowOfGroup {
  names: Combination;
  group: Group;
}

function tryWithout(
  withheld: ReadonlySet<MarginNumber>,
  placement: Placement,
  ranges: Ranges,
  combinations: Combinations,
  k: number,
): Attempt {
  combinations.withhold(withheld);
  placement.place();
  const toRound = (names: Combination) => ({
    count: placement.countOf(names),
    margins: combinations.margins(names),
  });
  // Sorting takes longer than to see that it was in vain.
  const far = outOfReach(placement.rows.map(toRound), ranges, k);
  if (far.length > 0) return { missed: far };
  const rows = placement.rows.toSorted((a, b) => compareKeys(combinations.key(a), combinations.key(b)));
  const { numbers, missed } = roundTogether(rows.map(toRound), ranges, k);
  if (missed.length > 0) return { missed };
  return { rows: rows.map((names) => ({ names, group: placement.group(names) })), numbers, left: placement.left() };
}

/** Of many cells to look for names that can come back takes too long; and large ones among them are few. */
const MOST_CELLS = 500;
const MOST_BACK = 8;

/** What is left when names come back that were given up before others were, and need not have been. The largest first. */
function withNamesBack(
  givenUp: readonly MarginNumber[],
  all: ReadonlySet<MarginNumber>,
  attempt: (withheld: ReadonlySet<MarginNumber>) => Attempt,
  ranges: readonly MarginRange[],
): NumberedRows | undefined {
  const largest = givenUp
    .map((margin) => ({ margin, range: ranges[margin]! }))
    .sort((a, b) => bySize(b.range, a.range));
  let withheld = all;
  let best: NumberedRows | undefined;
  for (const { margin } of largest.slice(0, MOST_BACK)) {
    const fewer = new Set([...withheld].filter((one) => one !== margin));
    const found = attempt(fewer);
    if (found.missed !== undefined) continue;
    [withheld, best] = [fewer, found];
  }
  return best;
}

/** Large margins that are missed may fall short by a hundredth. Whether there were any that did not yet. */
function loosen(
  missed: Rounded['missed'],
  ranges: MarginRange[],
  essential: ReadonlySet<MarginNumber>,
  combinations: Combinations,
  { k }: ProtectionRule,
): boolean {
  let isLoosened = false;
  for (const { range, by } of missed) {
    const least = range.truth - Math.floor(range.truth / LARGE);
    const margin = combinations.marginNumber(range.key);
    if (by > 0 || range.truth < LARGE * k || least >= range.least || essential.has(margin)) continue;
    ranges[margin] = { ...range, least };
    isLoosened = true;
  }
  return isLoosened;
}

/**
 * Names none of whose cells has a row of its own are withheld: cells that are all known to be small, and to be more than
 * a few together, would be shown to exist. So nobody can tell whether they are small, or many and withheld. Of check-ins
 * that is not so where there are so many cells that any of them can be empty, by age too.
 */
function withoutOwnRow(
  placement: Placement,
  placings: Group,
  ranges: readonly MarginRange[],
  combinations: Combinations,
  rule: ProtectionRule,
): Set<MarginNumber> {
  placement.placeUncoarsened();
  const shown = new Set(placement.rows.flatMap((names) => combinations.margins(names)));
  const cellsOf: number[] = [];
  for (const { names } of placings)
    for (const margin of combinations.margins(names)) cellsOf[margin] = (cellsOf[margin] ?? 0) + 1;
  const areMany = ({ truth }: MarginRange, margin: MarginNumber) =>
    rule.essential === undefined && (cellsOf[margin] ?? 0) >= ENOUGH * Math.ceil((truth + rule.k) / (rule.k - 1));
  return new Set(ranges.flatMap((range, margin) => (shown.has(margin) || areMany(range, margin) ? [] : [margin])));
}

/** Times as many cells as would do for one row of all of them. */
const ENOUGH = 2;

/**
 * A margin is missed by what stands in rows that do not bear its name, or in none. Of the names of such cells, and of the
 * margins that are missed, the smallest is given up: its cells can share rows then.
 */
function nextWithheld(
  placement: Placement,
  placings: Group,
  missed: Rounded['missed'],
  ranges: readonly MarginRange[],
  no: ReadonlySet<MarginNumber>,
  combinations: Combinations,
  { last }: ProtectionRule,
): MarginNumber | undefined {
  const lacking = new Set(missed.map(({ range }) => combinations.marginNumber(range.key)));
  const candidates = new Set(lacking);
  for (const { names, at } of placings) {
    const row = placement.rowOf(at);
    if (row === names) continue;
    const shown = row === undefined ? [] : combinations.margins(row);
    const own = combinations.margins(names);
    if (own.some((margin) => lacking.has(margin) && !shown.includes(margin)))
      for (const margin of own) candidates.add(margin);
  }
  const smallest = [...candidates].filter((margin) => !no.has(margin)).sort((a, b) => bySize(ranges[a]!, ranges[b]!));
  if (last === undefined) return smallest[0];
  const lastOnes = new Set<MarginNumber | undefined>();
  for (const { names, at } of placings) {
    const row = placement.rowOf(at);
    if (row === undefined) continue;
    lastOnes.add(combinations.marginOf(row, last));
    lastOnes.add(combinations.marginOf(names, last));
  }
  return smallest.find((margin) => !lastOnes.has(margin)) ?? smallest[0];
}

function bySize(a: MarginRange, b: MarginRange): number {
  return a.truth - b.truth || compareKeys(a.key, b.key);
}

function tableOf(
  rows: readonly RowOfGroup[],
  left: Group,
  numbers: readonly number[],
  combinations: Combinations,
  k: number,
): ProtectedTable {
  const dimensions = rows.map(({ names }) => combinations.dimensions(names));
  const membersIn = knownMembers(dimensions, k);
  return {
    k,
    controlled: true,
    rows: rows.map(({ group }, row): ProtectedRow => {
      return { dimensions: dimensions[row]!, systems: numbers[row]!, members: membersIn(group) };
    }),
    dropped: membersIn(left),
  };
}

/** Whoever sees that rows bear each of a cell's names takes it for too small for one; else they may be withheld. */
function knownMembers(rows: readonly (readonly string[])[], k: number): (group: Group) => Member[] {
  const names = (rows[0] ?? []).map((_, column) => new Set(rows.map((dimensions) => dimensions[column]!)));
  const known = ({ member, cell: { dimensions, systems } }: Placing): Member => {
    const isExpected = systems < k && rows.length > 0 && dimensions.every((name, column) => names[column]!.has(name));
    const atMost = isExpected ? k - 1 : undefined;
    return atMost === member.atMost ? member : { ...member, atMost };
  };
  return (group) => group.map(known).sort((a, b) => compareKeys(a.id, b.id));
}

function membersOf(group: Group) {
  return group.map(({ member }) => member).sort((a, b) => compareKeys(a.id, b.id));
}
