import { WITHHELD } from '../publication/tables.ts';
import type { Cell } from './protected-table.ts';

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
  return (dimensions) => {
    const values = columns.map((column) => dimensions[column]!);
    return values.includes(WITHHELD) || !scope(dimensions) ? undefined : JSON.stringify([name, ...values]);
  };
}

export function keysOf(dimensions: readonly string[], margins: readonly Margin[]): string[] {
  return margins.flatMap((margin) => margin(dimensions) ?? []);
}

/** True numbers, of all cells: also of those that have no row. */
export function truthsOf(cells: readonly Cell[], margins: readonly Margin[]): Map<string, number> {
  const truths = new Map<string, number>();
  for (const { dimensions, systems } of cells)
    for (const key of keysOf(dimensions, margins)) truths.set(key, (truths.get(key) ?? 0) + systems);
  return truths;
}

export function rangesOf(truths: ReadonlyMap<string, number>, k: number): Map<string, MarginRange> {
  return new Map([...truths].map(([key, truth]) => [key, { key, truth, least: truth - k + 1, most: truth + k - 1 }]));
}
