import { WITHHELD } from '../publication/tables.ts';

/** Names the number that a row or a cell is counted in; undefined: in none of this kind. */
export type Margin = (dimensions: readonly string[]) => string | undefined;

/** What the published rows that name it must add up to: the true number within less than k. */
export interface MarginRange {
  key: string;
  truth: number;
  least: number;
  most: number;
}

/** The number of all rows that agree in some columns, such as a version's; and are of `scope`, such as the headline. */
export function marginOf(
  name: string,
  columns: readonly number[],
  scope: (dimensions: readonly string[]) => boolean = () => true,
): Margin {
  const first: Branch = { next: new Map() };
  return (dimensions) => {
    for (const column of columns) if (dimensions[column] === WITHHELD) return undefined;
    if (!scope(dimensions)) return undefined;
    let branch = first;
    for (const column of columns) branch = branchOf(branch, dimensions[column]!);
    branch.key ??= JSON.stringify([name, ...columns.map((column) => dimensions[column]!)]);
    return branch.key;
  };
}

/** Keys by the values of one column after the other: each is asked for thousands of times. */
interface Branch {
  key?: string;
  next: Map<string, Branch>;
}

function branchOf({ next }: Branch, value: string): Branch {
  const known = next.get(value);
  if (known !== undefined) return known;
  const branch = { next: new Map() };
  next.set(value, branch);
  return branch;
}

/** What is true within less than k. */
export function rangeAround(key: string, truth: number, k: number): MarginRange {
  return { key, truth, least: truth - k + 1, most: truth + k - 1 };
}
