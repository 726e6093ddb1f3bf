import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Sharing } from '../../regular-file.ts';
import { mondayOf, sundayOf, type Week } from '../sightings/week.ts';
import { replaceFile } from './files/replace-file.ts';
import { compareKeys, sortTotals, TotalsError, type TotalsRow } from './totals.ts';

const HEADER = [
  'week_start',
  'week_end',
  'hits',
  'os_name',
  'os_version',
  'os_variant',
  'os_arch',
  'sys_age',
  'repo_tag',
  'repo_arch',
];
const ROWS_PER_WRITE = 10_000;

/** `totals.csv` (X1), in the order of X3. Rows that stand for the same week and fields are an error. */
export async function writeTotalsCsv(
  path: string,
  rows: readonly TotalsRow[],
  sharing: Sharing = 'owner',
): Promise<void> {
  const sorted = sortedWithoutDuplicates(rows);
  const write = async (temporary: string) => {
    const file = await open(temporary, 'w');
    try {
      // Not `write`, which on a disk that fills up writes a part and says nothing.
      for (const piece of csvPieces(sorted)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  };
  await replaceTotals(path, write, sharing);
}

/** `totals.db` (X2), in the order of X3. Rows that stand for the same week and fields are an error. */
export async function writeTotalsDatabase(
  path: string,
  rows: readonly TotalsRow[],
  sharing: Sharing = 'owner',
): Promise<void> {
  const byWeek = Map.groupBy(sortedWithoutDuplicates(rows), ({ week }) => week);
  await replaceTotals(
    path,
    (temporary) => fillDatabase(temporary, [...byWeek.keys()], (week) => byWeek.get(week)!),
    sharing,
  );
}

/** The same of rows that are made when they are asked for, sorted, week by week. */
export async function writeTotalsByWeek(path: string, weeks: readonly Week[], of: RowsOfWeek): Promise<void> {
  await replaceTotals(path, (temporary) => fillDatabase(temporary, weeks, of), 'owner');
}

/** To a database as these functions write it: with weeks behind its last one it is what they would have written at once. */
export function appendTotals(path: string, weeks: readonly Week[], of: RowsOfWeek): void {
  inDatabase(path, (database) => insertWeeks(database, weeks, of));
}

type RowsOfWeek = (week: Week) => readonly TotalsRow[];

function sortedWithoutDuplicates(rows: readonly TotalsRow[]): TotalsRow[] {
  const sorted = sortTotals(rows);
  const twice = sorted.findIndex((row, index) => index > 0 && compareKeys(sorted[index - 1]!, row) === 0);
  if (twice > 0) {
    throw new TotalsError(
      `totals of week ${mondayOf(sorted[twice]!.week)}: expected one row for each set of fields, found two`,
    );
  }
  return sorted;
}

/** As `writeTotalsCsv`, to a stream that is open already. */
export async function printTotalsCsv(out: Writable, rows: readonly TotalsRow[]): Promise<void> {
  const sorted = sortedWithoutDuplicates(rows);
  await pipeline(Readable.from(csvPieces(sorted)), out, { end: false });
}

function* csvPieces(rows: readonly TotalsRow[]): Generator<string> {
  yield toCsv([HEADER]);
  for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
    yield toCsv(rows.slice(start, start + ROWS_PER_WRITE).map(toFields));
  }
}

function toCsv(records: readonly (readonly (string | number)[])[]): string {
  // The library knows only its own record delimiter as a reason to quote; a lone CR or LF is one too.
  return stringify(records as (string | number)[][], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
}

function toFields(row: TotalsRow): (string | number)[] {
  return [
    mondayOf(row.week),
    sundayOf(row.week),
    row.hits,
    row.osName,
    row.osVersion,
    row.osVariant,
    row.osArch,
    row.sysAge,
    row.repoTag,
    row.repoArch,
  ];
}

function fillDatabase(path: string, weeks: readonly Week[], of: RowsOfWeek): void {
  inDatabase(path, (database) => {
    database.exec(`
      CREATE TABLE countme_totals (hits INTEGER NOT NULL, weeknum INTEGER NOT NULL, os_name TEXT NOT NULL, os_version TEXT NOT NULL, os_variant TEXT NOT NULL, os_arch TEXT NOT NULL, sys_age INTEGER NOT NULL, repo_tag TEXT NOT NULL, repo_arch TEXT NOT NULL);
      CREATE INDEX weeknum_idx on countme_totals (weeknum)`);
    insertWeeks(database, weeks, of);
  });
}

function inDatabase(path: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path);
  try {
    // Nobody reads the file before it is renamed, so a journal would protect nothing.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    work(database);
  } finally {
    database.close();
  }
}

/** A transaction for each week: SQLite counts them in the file, and one week more must not tell that it came later. */
function insertWeeks(database: DatabaseSync, weeks: readonly Week[], of: RowsOfWeek): void {
  const insert = database.prepare('INSERT INTO countme_totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const week of weeks) {
    database.exec('BEGIN');
    for (const { hits, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch } of of(week)) {
      insert.run(hits, week, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch);
    }
    database.exec('COMMIT');
  }
}

async function replaceTotals(
  path: string,
  write: (temporary: string) => Promise<void> | void,
  sharing: Sharing,
): Promise<void> {
  try {
    await replaceFile(path, write, sharing);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const advice = 'check folder, permissions and free space; what was there before is unchanged';
    throw new TotalsError(`${path} could not be written (${error.message}): ${advice}`, { cause: error });
  }
}
