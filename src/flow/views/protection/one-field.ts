import { countOf, type Group, networksOf } from './group.ts';
import { type MarginRange, rangeAround } from './margins.ts';
import { type Cell, compareKeys, type ProtectedRow } from './protected-table.ts';
import { type Rounded, roundTogether } from './round-together.ts';
import { roundTo } from './rounding.ts';

/** Systems, and what they are also counted in with others, such as the ages of established ones. */
export interface Counted {
  count: number;
  together: string | undefined;
}

/** A row that waits for its number. */
export interface CountedRow extends Counted {
  dimensions: readonly string[];
  isTurned: boolean;
  members: ProtectedRow['members'];
}

/**
 * Numbers that add up to exactly `total`: each row's, those counted together, and the rest that has no row are within
 * less than k of the truth. The rest is what is missing to the total, so it tells nothing that the others do not tell, but
 * that there is one: so a rest of fewer than k has no number, if the others can make up for it. Then all that are counted
 * together are in that number, shown or not.
 *
 * It can always be had: let the total be the rounded sum of all. The sum of the rows rounded down is no more than what
 * is needed, that of the rows rounded up no less, and between them each multiple of k is the sum of some.
 */
export function numberRows(
  rows: readonly CountedRow[],
  unshown: readonly Counted[],
  total: number,
  k: number,
  nameOfRest: readonly string[],
): ProtectedRow[] {
  const rest = sumOfCounts(unshown);
  const isTogether = unshown.some(({ together }) => together !== undefined);
  // The sum of all is the first margin.
  const together = [...new Set([...rows, ...unshown].flatMap((counted) => counted.together ?? []))];
  const marginsOf = new Map<string | undefined, number[]>([[undefined, [0]]]);
  for (const [at, name] of together.entries()) marginsOf.set(name, [0, at + 1]);
  const toRound = rows.map((row) => {
    return { count: row.count, margins: marginsOf.get(row.together)!, isTurned: row.isTurned };
  });
  const nearest = toRound.map((row) => ({ ...row, isTurned: false }));
  const withoutRest = [rangeOfRows(total, 0, k), ...rangesTogether(together, [...rows, ...unshown], k)];
  const withRest = [rangeOfRows(total, rest, k, isTogether), ...rangesTogether(together, rows, k)];
  const tries = [...(rest < k ? [withoutRest] : []), withRest].flatMap((ranges) =>
    [toRound, nearest].map((some) => () => roundTogether(some, ranges, k)),
  );
  const numbers = numbersOfBest(tries);
  if (numbers === undefined)
    throw new Error(`rows of ${nameOfRest}: expected numbers that add up to ${total}, found none`);
  const shown = rows.map(({ dimensions, members }, row) => ({ dimensions, systems: numbers[row]!, members }));
  const left = total - numbers.reduce((sum, number) => sum + number, 0);
  return left === 0 ? shown : [...shown, { dimensions: nameOfRest, systems: left, members: [] }];
}

const ALL = '';

/** The first that misses nothing, or not the sum of all. */
function numbersOfBest(tries: readonly (() => Rounded)[]): number[] | undefined {
  let best: number[] | undefined;
  for (const round of tries) {
    const { numbers, missed } = round();
    if (missed.length === 0) return numbers;
    if (!missed.some(({ range }) => range.key === ALL)) best ??= numbers;
  }
  return best;
}

/** Nothing is left where there is no rest. `isNumbered`: the rest has a number, however few it is. */
function rangeOfRows(total: number, rest: number, k: number, isNumbered = false): MarginRange {
  const truth = total - rest;
  if (rest === 0) return { key: ALL, truth, least: total, most: total };
  const fewest = Math.max(isNumbered ? 1 : 0, rest - k + 1);
  return { key: ALL, truth, least: truth - k + 1, most: total - fewest };
}

function rangesTogether(names: readonly string[], counted: readonly Counted[], k: number): MarginRange[] {
  const truths = new Map<string, number>();
  for (const { count, together } of counted)
    if (together !== undefined) truths.set(together, (truths.get(together) ?? 0) + count);
  return names.map((name) => rangeAround(name, truths.get(name) ?? 0, k));
}

function sumOfCounts(counted: readonly Counted[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}

/** A field of cells, whose values are counted one by one. */
export interface CountedField {
  name: string;
  nameIn: (dimensions: readonly string[]) => string;
  isKnown: (value: string) => boolean;
  /** What stands for values that are not shown. */
  nameOfRest: string;
  /** Whether a value must not become its nearest multiple. */
  isTurned: (value: string) => boolean;
  /** What a value is also counted in with others. */
  together: (value: string) => string | undefined;
}

/** How many systems there are of each value of one field. Values of fewer than k systems or too few networks are the rest. */
export function countByField(
  cells: readonly Cell[],
  { name, nameIn, isKnown, isTurned, together, nameOfRest }: CountedField,
  total: number,
  { k, networks }: { k: number; networks: number },
): ProtectedRow[] {
  const groups = Map.groupBy(cells, ({ dimensions }) => nameIn(dimensions));
  const rows: CountedRow[] = [];
  const unshown: Counted[] = [];
  for (const [value, group] of [...groups].sort(([a], [b]) => compareKeys(a, b))) {
    const counted = { count: sumOf(group), together: together(value) };
    const isShown = isKnown(value) && counted.count >= k && networksOf(group) >= networks;
    if (isShown) rows.push({ ...counted, dimensions: [name, value], isTurned: isTurned(value), members: [] });
    else unshown.push(counted);
  }
  return numberRows(rows, unshown, total, k, [name, nameOfRest]);
}

/** The number of all of them: the nearest multiple, or the other neighbour. */
export function totalOf(cells: readonly Cell[], k: number, isTurned: boolean): number {
  const sum = sumOf(cells);
  const nearest = roundTo(k, sum);
  return isTurned && sum % k !== 0 ? nearest + (nearest < sum ? k : -k) : nearest;
}

/** The rows of groups, with what is behind them. */
export function rowOfGroup(dimensions: readonly string[], group: Group): CountedRow {
  const members = group.map(({ member }) => member).sort((a, b) => compareKeys(a.id, b.id));
  return { dimensions, count: countOf(group), together: undefined, isTurned: false, members };
}

function sumOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { systems }) => sum + systems, 0);
}
