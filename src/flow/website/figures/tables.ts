import { type AgeScale, commonScale } from '../../views/age-scale.ts';
import { accountColumn, type PublishedAccount } from '../../views/definition/accounts.ts';
import { hasNumber, headlineWeek, type NumberedWeek } from '../../views/publication/headline-week.ts';
import type { Annotation, MarginRow, Publication, PublishedWeek, SystemsRow } from '../../views/publication/tables.ts';
import { mondayOf } from '../../views/publication/week-name.ts';
import { type Figure, rowsOf, type Where } from './figure.ts';

/** The published tables, with what every page asks of them computed once. */
export interface Tables {
  publication: Publication;
  /** Of `publication.weeks`, in their order. */
  mondays: readonly string[];
  /** The base table's rows of the systems that the headline counts, by week. */
  systems: ReadonlyMap<number, readonly SystemsRow[]>;
  /** The same systems by one field at a time. */
  margins: ReadonlyMap<number, readonly MarginRow[]>;
  /** The week that stands for now on all pages. */
  shown: CountedWeek | undefined;
  /** What the ages mean (M4). */
  ages: AgeScale | 'mixed';
  /** Each number is within less than this of the truth; 1 where they are not rounded. */
  step: number;
}

/** A week that has numbers. */
export interface CountedWeek extends NumberedWeek {
  monday: string;
}

export type NumberOfWeek =
  | 'systems'
  | 'low'
  | 'high'
  | 'established'
  | 'newOrShortLived'
  | 'ageUnknown'
  | 'ageImplausible'
  | 'crossRelease'
  | 'coverage'
  | 'uaUnknownShare'
  | 'excluded';

/** As the columns are called in `weeks.csv`. */
const WEEK_COLUMNS: Record<NumberOfWeek, string> = {
  systems: 'systems',
  low: 'low',
  high: 'high',
  established: 'established',
  newOrShortLived: 'new_or_shortlived',
  ageUnknown: 'age_unknown',
  ageImplausible: 'age_implausible',
  crossRelease: 'cross_release',
  coverage: 'coverage',
  uaUnknownShare: 'ua_unknown_share',
  excluded: 'excluded',
};

export function indexTables(publication: Publication): Tables {
  const headline = new Set(publication.distribution.headline);
  const shown = headlineWeek(publication);
  const rows = publication.systems.filter(({ os }) => headline.has(os));
  return {
    publication,
    mondays: publication.weeks.map(({ week }) => mondayOf(week)),
    systems: Map.groupBy(rows, ({ week }) => week),
    margins: Map.groupBy(publication.margins, ({ week }) => week),
    shown: shown && countedWeek(shown),
    ages: commonScale(rows.map(({ client }) => client)),
    step: publication.protection.kind === 'small-groups' ? publication.protection.k : 1,
  };
}

/** As they stood when the week in that place was the newest. */
export function tablesUntil(tables: Tables, place: number): Tables {
  const publication = { ...tables.publication, weeks: tables.publication.weeks.slice(0, place + 1) };
  const shown = headlineWeek(publication);
  return { ...tables, publication, mondays: tables.mondays.slice(0, place + 1), shown: shown && countedWeek(shown) };
}

export function countedWeek(week: PublishedWeek): CountedWeek | undefined {
  return hasNumber(week) ? { ...week, monday: mondayOf(week.week) } : undefined;
}

/** Of quality A or B, or imported without a grade. */
export function isTrusted({ systems, grade }: PublishedWeek): boolean {
  return systems !== null && grade !== 'C' && grade !== 'X';
}

/** Changes are computed from such weeks only: trusted, and it is known how near the truth their numbers are. */
export function isComparable(week: PublishedWeek): week is PublishedWeek & { within: number } {
  return isTrusted(week) && week.within !== null;
}

/** Undefined where the week has no such number. */
export function weekFigure(week: PublishedWeek, name: NumberOfWeek): Figure | undefined {
  const value = week[name];
  return value === null ? undefined : { value, of: weekFormula(mondayOf(week.week), name) };
}

/** Undefined where the week's check-ins were not told apart. */
export function accountFigure(week: PublishedWeek, account: PublishedAccount): Figure | undefined {
  if (week.accounts === null) return undefined;
  const of = rowsOf('weeks', { week_start: mondayOf(week.week) }, accountColumn(account));
  return { value: week.accounts[account], of };
}

export function weekFormula(monday: string, name: NumberOfWeek): string {
  return rowsOf('weeks', { week_start: monday }, WEEK_COLUMNS[name]);
}

export function systemsOf(week: CountedWeek): Figure {
  return { value: week.systems, of: weekFormula(week.monday, 'systems') };
}

export type Column = 'version' | 'edition' | 'arch' | 'age' | 'client';
export type Filter = Partial<Record<Column, readonly (string | number)[]>>;

/** The systems of a week with these fields: of one field as that is counted by itself, of several by the rows of all. */
export function countSystems(tables: Tables, week: CountedWeek, filter: Filter): Figure {
  const wanted = Object.entries(filter) as [Column, readonly (string | number)[]][];
  const [only = ['os', undefined] as const, ...more] = wanted;
  if (more.length === 0) {
    const [column, values] = only;
    const own = (tables.margins.get(week.week) ?? []).filter(({ field }) => field === column);
    const fitting = own.filter(({ value }) => values === undefined || values.some((one) => String(one) === value));
    const value = fitting.reduce((sum, row) => sum + row.systems, 0);
    return { value, of: systemsFormula(tables, week.monday, filter) };
  }
  const rows = tables.systems.get(week.week) ?? [];
  const value = rows
    .filter((row) => wanted.every(([column, values]) => values.includes(row[column])))
    .reduce((sum, row) => sum + row.systems, 0);
  return { value, of: systemsFormula(tables, week.monday, filter) };
}

/** `monday` may be `*`: the week of the table's row. */
export function systemsFormula(tables: Tables, monday: string, filter: Filter): string {
  const [only, ...more] = Object.entries(filter);
  if (only === undefined) return rowsOf('margins', { week_start: monday, field: 'os' }, 'systems');
  if (more.length === 0) return rowsOf('margins', { week_start: monday, field: only[0], value: only[1] }, 'systems');
  const where: Where = { week_start: monday, os: tables.publication.distribution.headline, ...filter };
  return rowsOf('systems', where, 'systems');
}

/** What happened in the weeks after `from`, up to and with `to`. Mondays. */
export function annotationsBetween(tables: Tables, from: string, to: string): readonly Annotation[] {
  const sunday = new Date(Date.parse(to) + 6 * 86_400_000).toISOString().slice(0, 10);
  return tables.publication.annotations.filter(({ date }) => date > from && date <= sunday);
}
