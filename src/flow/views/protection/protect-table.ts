import { type Combination, type CombinationRule, Combinations } from './combinations.ts';
import { countOf, type Group, type Placing } from './group.ts';
import { type Margin, type MarginRange, rangesOf, truthsOf } from './margins.ts';
import { type Placed, type PlacingRule, placeCells, placeUncoarsened, placingsOf } from './place-cells.ts';
import { type Cell, compareKeys, type Member, type ProtectedRow, type ProtectedTable } from './protected-table.ts';
import { roundTogether } from './round-together.ts';
import { LARGE } from './rounding.ts';

/** Margins are the numbers that are to be right to within less than k. */
export interface ProtectionRule extends PlacingRule, CombinationRule {
  /** What some of the margins must be, as another table has said it. */
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
export function protectTable(cells: readonly Cell[], rule: ProtectionRule): ProtectedTable {
  const combinations = new Combinations(cells[0]?.dimensions.length ?? 0, rule);
  const placings = placingsOf(cells, combinations, rule).sort((a, b) => compareKeys(a.member.id, b.member.id));
  if (combinations.count < cells.length)
    throw new Error('table: expected distinct cells, found two of the same dimensions');
  const ranges = rangesOf(truthsOf(placings), rule.k);
  for (const [key, number] of rule.said) ranges.set(key, { key, truth: number, least: number, most: number });
  const essential = new Set(cells.flatMap(({ dimensions }) => rule.essential?.(dimensions) ?? []));
  const withheld = withoutOwnRow(placings, ranges, combinations, rule);
  const attempt = (names: ReadonlySet<string>) => {
    combinations.withhold(names);
    const placed = placeCells(placings, combinations, rule);
    const rows = [...placed.rows]
      .map(([names, group]): RowToNumber => ({ key: keyOf(names, group, combinations), names, group }))
      .sort((a, b) => compareKeys(a.key, b.key));
    const rounded = roundTogether(
      // A continent is no country: such rows are in no number that has a truth of its own.
      rows.map(({ names, group }) => ({
        count: countOf(group),
        keys: combinations.margins(names).filter((key) => ranges.has(key)),
      })),
      ranges,
      rule.k,
    );
    return { placed, rows, ...rounded };
  };
  const givenUp: string[] = [];
  for (;;) {
    const found = attempt(withheld);
    const { placed, missed } = found;
    if (missed.length === 0) {
      const isLarge = placings.length > MOST_CELLS;
      const best = (isLarge ? undefined : withNamesBack(givenUp, withheld, attempt, ranges)) ?? found;
      return tableOf(best.rows, best.placed.left, best.numbers, combinations, rule.k);
    }
    if (loosen(missed, ranges, essential, rule)) continue;
    const no = new Set([...withheld, ...essential]);
    const next = nextWithheld(placed, missed, ranges, no, combinations, rule);
    if (next === undefined) return { k: rule.k, controlled: true, rows: [], dropped: membersOf(placings) };
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
  placings: Group,
  ranges: ReadonlyMap<string, MarginRange>,
  combinations: Combinations,
  rule: ProtectionRule,
): Set<string> {
  const { rows } = placeUncoarsened(placings, combinations, rule);
  const shown = new Set([...rows.keys()].flatMap((names) => combinations.margins(names)));
  const cellsOf = new Map<string, number>();
  for (const { margins } of placings) for (const key of margins) cellsOf.set(key, (cellsOf.get(key) ?? 0) + 1);
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
  combinations: Combinations,
  { last }: ProtectionRule,
): string | undefined {
  const lacking = new Set(missed.map(({ range }) => range.key));
  const candidates = new Set(lacking);
  const note = ({ margins }: Placing, shown: readonly string[]) => {
    if (margins.some((key) => lacking.has(key) && !shown.includes(key))) for (const key of margins) candidates.add(key);
  };
  for (const [names, group] of rows) {
    const shown = combinations.margins(names);
    for (const placing of group) if (placing.names !== names) note(placing, shown);
  }
  for (const placing of left) note(placing, []);
  const smallest = [...candidates]
    .filter((key) => ranges.has(key) && !no.has(key))
    .sort((a, b) => ranges.get(a)!.truth - ranges.get(b)!.truth || compareKeys(a, b));
  if (last === undefined) return smallest[0];
  const lastKeys = new Set<string | undefined>();
  for (const [names, group] of rows) {
    lastKeys.add(last(combinations.dimensions(names)));
    for (const { cell } of group) lastKeys.add(last(cell.dimensions));
  }
  return smallest.find((key) => !lastKeys.has(key)) ?? smallest[0];
}

interface RowToNumber {
  key: string;
  names: Combination;
  group: Group;
}

function tableOf(
  rows: readonly RowToNumber[],
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

/** A cell knows its own. */
function keyOf(names: Combination, group: Group, combinations: Combinations): string {
  const [first] = group;
  return first!.names === names ? first!.member.id : combinations.key(names);
}
