import { countOf, type Group, networksOf } from './group.ts';
import type { MarginRange } from './margins.ts';
import { type Cell, compareKeys, type ProtectedRow } from './protected-table.ts';
import { type Rounded, roundTogether } from './round-together.ts';
import { roundTo } from './rounding.ts';

/** A row that waits for its number. */
export interface CountedRow {
  dimensions: readonly string[];
  count: number;
  /** What it is also counted in with others, such as the ages of established systems. */
  together: string | undefined;
  isTurned: boolean;
  members: ProtectedRow['members'];
}

/**
 * Numbers that add up to exactly `total`: each row's, those counted together, and the rest that has no row are within
 * less than k of the truth. The rest is what is missing to the total, so it tells nothing that the others do not tell, but
 * that there is one: so a rest of fewer than k has no number, if the others can make up for it.
 *
 * It can always be had: let the total be the rounded sum of all. The sum of the rows rounded down is no more than what
 * is needed, that of the rows rounded up no less, and between them each multiple of k is the sum of some.
 */
export function numberRows(
  rows: readonly CountedRow[],
  rest: number,
  total: number,
  k: number,
  nameOfRest: readonly string[],
): ProtectedRow[] {
  const ranges = new Map<string, MarginRange>();
  for (const [key, some] of Map.groupBy(rows, ({ together }) => together)) {
    const truth = some.reduce((sum, { count }) => sum + count, 0);
    if (key !== undefined) ranges.set(key, { key, truth, least: truth - k + 1, most: truth + k - 1 });
  }
  const toRound = rows.map(({ count, together, isTurned }) => {
    return { count, keys: together === undefined ? [ALL] : [ALL, together], isTurned };
  });
  const nearest = toRound.map((row) => ({ ...row, isTurned: false }));
  const tries = [...(rest < k ? [0] : []), rest].flatMap((missing) => {
    const all = { key: ALL, truth: total - missing, ...rangeOfRows(total, missing, k) };
    const rangesOfTry = new Map(ranges).set(ALL, all);
    return [toRound, nearest].map((some) => () => roundTogether(some, rangesOfTry, k));
  });
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

/** Nothing is left where there is no rest. */
function rangeOfRows(total: number, rest: number, k: number): { least: number; most: number } {
  if (rest === 0) return { least: total, most: total };
  return { least: total - rest - k + 1, most: total - Math.max(0, rest - k + 1) };
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
  const rows = [...groups]
    .filter(([value, group]) => isKnown(value) && sumOf(group) >= k && networksOf(group) >= networks)
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([value, group]): CountedRow => {
      return {
        dimensions: [name, value],
        count: sumOf(group),
        together: together(value),
        isTurned: isTurned(value),
        members: [],
      };
    });
  const rest = sumOf(cells) - rows.reduce((sum, { count }) => sum + count, 0);
  return numberRows(rows, rest, total, k, [name, nameOfRest]);
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
