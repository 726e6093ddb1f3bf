import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
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
  return a.week - b.week || compareSystems(a, b) || a.sysAge - b.sysAge || compareRepositories(a, b);
}

export function compareSystems(a: SystemFields, b: SystemFields): number {
  return (
    compareText(a.osName, b.osName) ||
    compareText(a.osVersion, b.osVersion) ||
    compareText(a.osVariant, b.osVariant) ||
    compareText(a.osArch, b.osArch)
  );
}

export function compareRequests(a: Request, b: Request): number {
  return a.age - b.age || compareRepositories(a, b);
}

function compareRepositories(a: RepositoryFields, b: RepositoryFields): number {
  return compareText(a.repoTag, b.repoTag) || compareText(a.repoArch, b.repoArch);
}

type SystemFields = Omit<System, 'client'>;
type RepositoryFields = Omit<Request, 'age'>;

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Totals that cannot be read or written; the message names file, row and column, never a row's contents. */
export class TotalsError extends Error {
  override readonly name = 'TotalsError';
}
