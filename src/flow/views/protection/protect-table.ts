import { countOf, type Group } from './group.ts';
import { keysOf, type Margin, type MarginRange, rangesOf, truthsOf } from './margins.ts';
import { begin, type Coarsening, type Placed, type PlacingRule, place, placeCells } from './place-cells.ts';
import {
  type Cell,
  compareKeys,
  type Member,
  type ProtectedRow,
  type ProtectedTable,
  remembered,
  rowKey,
} from './protected-table.ts';
import { roundTogether } from './round-together.ts';
import { LARGE } from './rounding.ts';

export interface ProtectionRule extends PlacingRule {
  /** What to give up, one after the other. */
  coarsenings: readonly Coarsening[];
  /** The numbers that are to be right to within less than k. */
  margins: readonly Margin[];
  /** What some of them must be, as another table has said it. */
  said: ReadonlyMap<string, number>;
  /** What is withheld last of all. */
  last: Margin | undefined;
  /** The one without which nothing is shown, if there is one. */
  essential: Margin | undefined;
}

/**
 * One disjoint table, in which every margin that is shown is within less than k of the truth. A margin that no choice of
 * numbers can meet is withheld: rows that bear its name give it up. Where the total itself cannot be met there is no row.
 */
export function protectTable(cells: readonly Cell[], asked: ProtectionRule): ProtectedTable {
  // Cells are placed again for each name that is given up. Cells that become alike are given the same array.
  const alike = new Map<string, readonly string[]>();
  const coarsenings = asked.coarsenings.map((coarsening) =>
    remembered((dimensions) => {
      const coarse = coarsening(dimensions);
      const key = rowKey(coarse);
      const known = alike.get(key) ?? coarse;
      alike.set(key, known);
      return known;
    }),
  );
  const rule = { ...asked, isKnown: remembered(asked.isKnown), coarsenings, keyOf: remembered(rowKey) };
  const keysIn = remembered((dimensions) => keysOf(dimensions, rule.margins));
  const byId = new Map(cells.map((cell) => [rowKey(cell.dimensions), cell]));
  if (byId.size < cells.length) throw new Error('table: expected distinct cells, found two of the same dimensions');
  const sorted = [...byId].sort(([a], [b]) => compareKeys(a, b)).map(([, cell]) => cell);
  const ranges = rangesOf(truthsOf(sorted, rule.margins), rule.k);
  for (const [key, number] of rule.said) ranges.set(key, { key, truth: number, least: number, most: number });
  const essential = essentialKeys(sorted, rule);
  const withheld = withoutOwnRow(sorted, ranges, rule);
  const begun = sorted.map((cell) => begin(cell, rule));
  const attempt = (withheld: ReadonlySet<string>) => {
    const isWithheld = (dimensions: readonly string[]) =>
      withheld.size > 0 && keysIn(dimensions).some((key) => withheld.has(key));
    const placed = place(begun, rule.coarsenings, isWithheld, rule);
    const rows = [...placed.rows].sort(([a], [b]) => compareKeys(a, b)).map(([, row]) => row);
    const rounded = roundTogether(
      // A continent is no country: such rows are in no number that has a truth of its own.
      rows.map(({ dimensions, group }) => ({
        count: countOf(group),
        keys: keysIn(dimensions).filter((key) => ranges.has(key)),
      })),
      ranges,
      rule.k,
    );
    return { placed, ...rounded };
  };
  const givenUp: string[] = [];
  for (;;) {
    const { placed, numbers, missed } = attempt(withheld);
    if (missed.length === 0) {
      const better = begun.length > MOST_CELLS ? undefined : withNamesBack(givenUp, withheld, attempt, ranges);
      return tableOf(better?.placed ?? placed, better?.numbers ?? numbers, rule.k);
    }
    if (loosen(missed, ranges, essential, rule)) continue;
    const no = new Set([...withheld, ...essential]);
    const next = nextWithheld(placed, missed, ranges, no, rule, keysIn);
    if (next === undefined) return emptyTable(sorted, rule);
    withheld.add(next);
    givenUp.push(next);
  }
}

/** Of many cells to look for names that can come back takes too long; and large ones among them are few. */
const MOST_CELLS = 500;
const MOST_BACK = 8;

/** What is left when names come back that were given up before others were, and need not have been. The largest first. */
function withNamesBack<Try extends { missed: readonly unknown[] }>(
  givenUp: readonly string[],
  all: ReadonlySet<string>,
  attempt: (withheld: ReadonlySet<string>) => Try,
  ranges: ReadonlyMap<string, MarginRange>,
): Try | undefined {
  const largest = givenUp.toSorted((a, b) => ranges.get(b)!.truth - ranges.get(a)!.truth || compareKeys(a, b));
  let withheld = all;
  let best: Try | undefined;
  for (const key of largest.slice(0, MOST_BACK)) {
    const fewer = new Set([...withheld].filter((one) => one !== key));
    const found = attempt(fewer);
    if (found.missed.length > 0) continue;
    [withheld, best] = [fewer, found];
  }
  return best;
}

/** Large margins that are missed may fall short by a hundredth. Whether there were any that did not yet. */
function loosen(
  missed: readonly { range: MarginRange; by: number }[],
  ranges: Map<string, MarginRange>,
  essential: ReadonlySet<string>,
  { k }: ProtectionRule,
): boolean {
  const tight = missed.flatMap(({ range, by }) => {
    const least = range.truth - Math.floor(range.truth / LARGE);
    const isLarge = range.truth >= LARGE * k && least < range.least;
    return by <= 0 && isLarge && !essential.has(range.key) ? [{ ...range, least }] : [];
  });
  for (const range of tight) ranges.set(range.key, range);
  return tight.length > 0;
}

/**
 * Names none of whose cells has a row of its own are withheld: cells that are all known to be small, and to be more than
 * a few together, would be shown to exist. So nobody can tell whether they are small, or many and withheld. Of check-ins
 * that is not so where there are so many cells that any of them can be empty, by age too.
 */
function withoutOwnRow(
  cells: readonly Cell[],
  ranges: ReadonlyMap<string, MarginRange>,
  rule: ProtectionRule,
): Set<string> {
  const own = [...placeCells(cells, [], () => false, rule).rows.values()];
  const shown = new Set(own.flatMap(({ dimensions }) => keysOf(dimensions, rule.margins)));
  const cellsOf = new Map<string, number>();
  for (const { dimensions } of cells)
    for (const key of keysOf(dimensions, rule.margins)) cellsOf.set(key, (cellsOf.get(key) ?? 0) + 1);
  const areMany = ({ key, truth }: MarginRange) =>
    rule.essential === undefined && cellsOf.get(key)! >= ENOUGH * Math.ceil((truth + rule.k) / (rule.k - 1));
  return new Set(
    [...ranges.values()].filter((range) => !shown.has(range.key) && !areMany(range)).map(({ key }) => key),
  );
}

/** Times as many cells as would do for one row of all of them. */
const ENOUGH = 2;

/**
 * A margin is missed by what stands in rows that do not bear its name, or in none. Of the names of such cells, and of the
 * margins that are missed, the smallest is given up: its cells can share rows then.
 */
function nextWithheld(
  { rows, left }: Placed,
  missed: readonly { range: MarginRange }[],
  ranges: ReadonlyMap<string, MarginRange>,
  no: ReadonlySet<string>,
  { last }: ProtectionRule,
  keysIn: (dimensions: readonly string[]) => readonly string[],
): string | undefined {
  const lacking = new Set(missed.map(({ range }) => range.key));
  const candidates = new Set(lacking);
  const note = ({ cell }: Group[number], shown: readonly string[]) => {
    const keys = keysIn(cell.dimensions);
    if (keys.some((key) => lacking.has(key) && !shown.includes(key))) for (const key of keys) candidates.add(key);
  };
  for (const { dimensions, group } of rows.values()) {
    const shown = keysIn(dimensions);
    for (const placing of group) note(placing, shown);
  }
  for (const placing of left) note(placing, []);
  const smallest = [...candidates]
    .filter((key) => ranges.has(key) && !no.has(key))
    .sort((a, b) => ranges.get(a)!.truth - ranges.get(b)!.truth || compareKeys(a, b));
  const lastKeys = new Set(
    [...rows.values()].flatMap(({ dimensions, group }) => [
      last?.(dimensions),
      ...group.map(({ cell }) => last?.(cell.dimensions)),
    ]),
  );
  return smallest.find((key) => !lastKeys.has(key)) ?? smallest[0];
}

function essentialKeys(cells: readonly Cell[], { essential }: ProtectionRule): Set<string> {
  return new Set(cells.flatMap(({ dimensions }) => essential?.(dimensions) ?? []));
}

function tableOf({ rows, left }: Placed, numbers: readonly number[], k: number): ProtectedTable {
  const sorted = [...rows].sort(([a], [b]) => compareKeys(a, b));
  const mostOf = mostByRows(
    sorted.map(([, { dimensions }]) => dimensions),
    k,
  );
  return {
    k,
    controlled: true,
    rows: sorted.map(
      ([, { dimensions, group }], row): ProtectedRow => ({
        dimensions,
        systems: numbers[row]!,
        members: membersOf(group).map(mostOf),
      }),
    ),
    dropped: membersOf(left).map(mostOf),
  };
}

/** Whoever sees that rows bear each of a cell's names takes it for too small for one; else they may be withheld. */
function mostByRows(rows: readonly (readonly string[])[], k: number): (member: Member) => Member {
  const names = (rows[0] ?? []).map((_, column) => new Set(rows.map((dimensions) => dimensions[column]!)));
  return (member) => {
    const dimensions = JSON.parse(member.id) as string[];
    const isExpected = rows.length > 0 && dimensions.every((name, column) => names[column]!.has(name));
    return { ...member, atMost: isExpected && member.systems < k ? k - 1 : undefined };
  };
}

export function emptyTable(cells: readonly Cell[], rule: PlacingRule): ProtectedTable {
  const { left } = placeCells(cells, [], () => true, rule);
  return { k: rule.k, controlled: true, rows: [], dropped: membersOf(left) };
}

function membersOf(group: Group) {
  return group.map(({ member }) => member).sort((a, b) => compareKeys(a.id, b.id));
}
