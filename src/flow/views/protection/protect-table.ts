import { countOf, type Group } from './group.ts';
import { keysOf, type Margin, type MarginRange, rangesOf, truthsOf } from './margins.ts';
import { type Coarsening, type Placed, type PlacingRule, placeCells } from './place-cells.ts';
import {
  type Cell,
  compareKeys,
  type Member,
  type ProtectedRow,
  type ProtectedTable,
  rowKey,
} from './protected-table.ts';
import { roundTogether } from './round-together.ts';

export interface ProtectionRule extends PlacingRule {
  /** What to give up, one after the other. */
  coarsenings: readonly Coarsening[];
  /** The numbers that are to be right to within less than k. */
  margins: readonly Margin[];
  /** What some of them must be, as another table has said it. */
  said: ReadonlyMap<string, number>;
  /** What is withheld last of all. */
  last: Margin | undefined;
  /** The one without which nothing is shown. Undefined: what cannot be right is shown as near as can be. */
  essential: Margin | undefined;
}

/**
 * One disjoint table, in which every margin that is shown is within less than k of the truth. A margin that no choice of
 * numbers can meet is withheld: rows that bear its name give it up. Where the total itself cannot be met there is no row.
 */
export function protectTable(cells: readonly Cell[], rule: ProtectionRule): ProtectedTable {
  const byId = new Map(cells.map((cell) => [rowKey(cell.dimensions), cell]));
  if (byId.size < cells.length) throw new Error('table: expected distinct cells, found two of the same dimensions');
  const sorted = [...byId].sort(([a], [b]) => compareKeys(a, b)).map(([, cell]) => cell);
  const ranges = rangesOf(truthsOf(sorted, rule.margins), rule.k);
  for (const [key, number] of rule.said) ranges.set(key, { key, truth: number, least: number, most: number });
  const essential = essentialKeys(sorted, rule);
  const withheld = withoutOwnRow(sorted, ranges, rule);
  for (;;) {
    const isWithheld = (dimensions: readonly string[]) =>
      withheld.size > 0 && keysOf(dimensions, rule.margins).some((key) => withheld.has(key));
    const placed = placeCells(sorted, rule.coarsenings, isWithheld, rule);
    const rows = [...placed.rows].sort(([a], [b]) => compareKeys(a, b)).map(([, row]) => row);
    const { numbers, missed } = roundTogether(
      // A continent is no country: such rows are in no number that has a truth of its own.
      rows.map(({ dimensions, group }) => ({
        count: countOf(group),
        keys: keysOf(dimensions, rule.margins).filter((key) => ranges.has(key)),
      })),
      ranges,
      rule.k,
    );
    if (missed.length === 0 || rule.essential === undefined) return tableOf(placed, numbers, rule.k);
    if (loosen(missed, ranges, essential, rule)) continue;
    const next = nextWithheld(placed, missed, ranges, new Set([...withheld, ...essential]), rule);
    if (next === undefined) return emptyTable(sorted, rule);
    withheld.add(next);
  }
}

/** Of so many times k systems, a hundredth may be in rows that do not name them. */
const LARGE = 100;

/** Large margins that are missed may fall short by a hundredth of what another table says. Whether there were any. */
function loosen(
  missed: readonly { range: MarginRange }[],
  ranges: Map<string, MarginRange>,
  essential: ReadonlySet<string>,
  { k, said }: ProtectionRule,
): boolean {
  const tight = missed.filter(({ range: { key, least, most } }) => {
    return least === most && !essential.has(key) && said.get(key)! >= LARGE * k;
  });
  for (const { range } of tight)
    ranges.set(range.key, { ...range, least: range.most - Math.floor(range.most / LARGE) });
  return tight.length > 0;
}

/**
 * Names none of whose cells has a row of its own are withheld: cells that are all known to be small, and to be more than
 * a few together, would be shown to exist. So nobody can tell whether they are small, or many and withheld.
 */
function withoutOwnRow(
  cells: readonly Cell[],
  ranges: ReadonlyMap<string, MarginRange>,
  rule: ProtectionRule,
): Set<string> {
  if (rule.essential === undefined) return new Set();
  const own = [...placeCells(cells, [], () => false, rule).rows.values()];
  const shown = new Set(own.flatMap(({ dimensions }) => keysOf(dimensions, rule.margins)));
  return new Set([...ranges.keys()].filter((key) => !shown.has(key)));
}

/**
 * A margin is missed by what stands in rows that do not bear its name, or in none. Of the names of such cells, and of the
 * margins that are missed, the smallest is given up: its cells can share rows then.
 */
function nextWithheld(
  { rows, left }: Placed,
  missed: readonly { range: MarginRange }[],
  ranges: ReadonlyMap<string, MarginRange>,
  no: ReadonlySet<string>,
  { margins, last }: ProtectionRule,
): string | undefined {
  const lacking = new Set(missed.map(({ range }) => range.key));
  const candidates = new Set(lacking);
  const note = ({ cell }: Group[number], shown: readonly string[]) => {
    const keys = keysOf(cell.dimensions, margins);
    if (keys.some((key) => lacking.has(key) && !shown.includes(key))) for (const key of keys) candidates.add(key);
  };
  for (const { dimensions, group } of rows.values()) {
    const shown = keysOf(dimensions, margins);
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
