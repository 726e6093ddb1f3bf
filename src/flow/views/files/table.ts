import { mondayOf, type Week } from '../../sightings/week.ts';
import { FORMER_METHODS, METHOD, type PublishedWeek } from '../publication/tables.ts';

export type Cell = string | number | boolean | null;

/** One column, said once: files of every format and their descriptions are made from it. */
export interface Column {
  name: string;
  type: 'date' | 'integer' | 'number' | 'boolean' | 'string';
  description: string;
  /** May be empty: null in JSON, Parquet and SQLite. */
  isOptional?: true;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  values?: readonly string[];
}

export interface Table {
  /** The name of its file, without an ending, and of its table in SQLite. */
  name: string;
  title: string;
  /** Columns that no two rows share. */
  key: readonly string[];
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
}

/** A column and where its cells come from. */
export interface Field<Row> extends Column {
  of: (row: Row) => Cell;
}

export function tableOf<Row>(
  about: Pick<Table, 'name' | 'title' | 'key'>,
  fields: readonly Field<Row>[],
  rows: readonly Row[],
): Table {
  return {
    ...about,
    columns: fields.map(({ of: _, ...column }) => column),
    rows: rows.map((row) => fields.map((field) => field.of(row))),
  };
}

/** Rows as objects with the columns' names, for JSON. */
export function recordsOf(table: Table): Record<string, Cell>[] {
  return table.rows.map((row) => recordOf(table, row));
}

export function recordOf(table: Table, row: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(table.columns.map(({ name }, i) => [name, row[i]!]));
}

interface OfWeek {
  week: Week;
}

/** Every table begins with them. */
export const WEEK_START: Field<OfWeek> = {
  name: 'week_start',
  type: 'date',
  description: 'The Monday of the week; weeks begin at 00:00 UTC.',
  of: ({ week }) => mondayOf(week),
};
export const WEEK_NUMBER: Field<OfWeek> = {
  name: 'weeknum',
  type: 'integer',
  minimum: 0,
  description: 'Weeks since Monday 1970-01-05.',
  of: ({ week }) => week,
};
const METHOD_COLUMN: Column = {
  name: 'method',
  type: 'string',
  description:
    'The rules of counting that made the numbers of the week. Those of different methods are not comparable.',
};
export const METHOD_FIELD: Field<PublishedWeek> = { ...METHOD_COLUMN, of: methodOf };

/** A week keeps the numbers of its method: only of today's it is known how near they are (R14). */
function methodOf({ systems, within }: PublishedWeek): string {
  return systems !== null && within === null ? FORMER_METHODS.at(-1)! : METHOD;
}
export const QUALITY: Omit<Column, 'name'> = {
  type: 'string',
  isOptional: true,
  values: ['A', 'B', 'C', 'X'],
  description:
    'How good the logs of the week are, not how many systems asked. A: 98 % of the logs and more; B: 90 %; C: less, unexplained loss, or repositories that disagree by more than 25 %; what no definition counts (2 % of the check-ins and more) makes it B; X: excluded. Empty: imported totals.',
};
export const COVERAGE: Column = {
  name: 'coverage',
  type: 'number',
  isOptional: true,
  minimum: 0,
  maximum: 1,
  description: 'Share of the expected logs that were read. Empty: imported totals.',
};
export const REVISION: Column = {
  name: 'revision',
  type: 'integer',
  minimum: 0,
  description: 'How often the week was published: 1 at first, more after corrections.',
};

/** The last columns of every table but `weeks`: what its week is worth. */
export function qualityFields(weeks: readonly PublishedWeek[]): Field<OfWeek>[] {
  const find = weekFinder(weeks);
  return [
    { name: 'quality', ...QUALITY, of: (row) => find(row).grade },
    { ...COVERAGE, of: (row) => find(row).coverage },
    { ...REVISION, of: (row) => find(row).revision },
    methodFieldOf(weeks),
  ];
}

/** The method of a row's week. */
export function methodFieldOf(weeks: readonly PublishedWeek[]): Field<OfWeek> {
  const find = weekFinder(weeks);
  return { ...METHOD_COLUMN, of: (row) => methodOf(find(row)) };
}

function weekFinder(weeks: readonly PublishedWeek[]): (row: OfWeek) => PublishedWeek {
  const byNumber = new Map(weeks.map((week) => [week.week, week]));
  return ({ week }) => {
    const found = byNumber.get(week);
    if (found === undefined) throw new RangeError(`rows of week ${mondayOf(week)}: expected the week among the weeks`);
    return found;
  };
}
