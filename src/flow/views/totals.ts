import type { Week } from '../sightings/week.ts';

/** One row in the schema in which Fedora publishes its totals. Free text may be empty. */
export interface TotalsRow {
  week: Week;
  hits: number;
  osName: string;
  osVersion: string;
  osVariant: string;
  osArch: string;
  sysAge: 1 | 2 | 3 | 4;
  repoTag: string;
  repoArch: string;
}

/** The order of X3: equal totals are equal files. Plain code units, so no locale has a say. */
export function sortTotals(rows: readonly TotalsRow[]): TotalsRow[] {
  return rows.toSorted(compareKeys);
}

/** Zero for two rows that stand for the same week and the same fields, whatever their hits. */
export function compareKeys(a: TotalsRow, b: TotalsRow): number {
  return a.week - b.week || compareSystems(a, b) || compareRequests(a, b);
}

export type TotalsSystem = Pick<TotalsRow, 'osName' | 'osVersion' | 'osVariant' | 'osArch'>;

export function compareSystems(a: TotalsSystem, b: TotalsSystem): number {
  return (
    compareText(a.osName, b.osName) ||
    compareText(a.osVersion, b.osVersion) ||
    compareText(a.osVariant, b.osVariant) ||
    compareText(a.osArch, b.osArch)
  );
}

export type TotalsRequest = Pick<TotalsRow, 'sysAge' | 'repoTag' | 'repoArch'>;

export function compareRequests(a: TotalsRequest, b: TotalsRequest): number {
  return a.sysAge - b.sysAge || compareText(a.repoTag, b.repoTag) || compareText(a.repoArch, b.repoArch);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Totals that cannot be read or written; the message names file, row and column, never a row's contents. */
export class TotalsError extends Error {
  override readonly name = 'TotalsError';
}
