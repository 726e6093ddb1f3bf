import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Sharing } from '../../regular-file.ts';
import { mondayOf, sundayOf } from '../sightings/week.ts';
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
const ROWS_PER_WRITE = 1_000;

/** Weeks one after the other, ascending: all of them need not be in memory. */
export type TotalsWeeks = Iterable<readonly TotalsRow[]>;

/** `totals.csv` (X1), in the order of X3. Rows that stand for the same week and fields are an error. */
export async function writeTotalsCsv(path: string, weeks: TotalsWeeks, sharing: Sharing = 'owner'): Promise<void> {
  const write = async (temporary: string) => {
    const file = await open(temporary, 'w');
    try {
      // Not `write`, which on a disk that fills up writes a part and says nothing.
      for (const piece of csvPieces(weeks)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  };
  await replaceTotals(path, write, sharing);
}

/** `totals.db` (X2), in the order of X3. Rows that stand for the same week and fields are an error. */
export async function writeTotalsDatabase(path: string, weeks: TotalsWeeks, sharing: Sharing = 'owner'): Promise<void> {
  await replaceTotals(path, (temporary) => fillDatabase(temporary, weeks), sharing);
}

/** To a database as this writes it: with weeks behind its last one it is what would have been written at once. */
export function appendTotals(path: string, weeks: TotalsWeeks): void {
  inDatabase(path, (database) => insertWeeks(database, weeks));
}

function sortedWithoutDuplicates(rows: readonly TotalsRow[]): readonly TotalsRow[] {
  if (rows.every((row, at) => at === 0 || compareKeys(rows[at - 1]!, row) < 0)) return rows;
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
export async function printTotalsCsv(out: Writable, weeks: TotalsWeeks): Promise<void> {
  await pipeline(Readable.from(csvPieces(weeks)), out, { end: false });
}

function* csvPieces(weeks: TotalsWeeks): Generator<string> {
  yield toCsv([HEADER]);
  for (const week of weeks) {
    const rows = sortedWithoutDuplicates(week);
    for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
      yield toCsv(rows.slice(start, start + ROWS_PER_WRITE).map(toFields));
    }
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

function fillDatabase(path: string, weeks: TotalsWeeks): void {
  inDatabase(path, (database) => {
    database.exec(`
      CREATE TABLE countme_totals (hits INTEGER NOT NULL, weeknum INTEGER NOT NULL, os_name TEXT NOT NULL, os_version TEXT NOT NULL, os_variant TEXT NOT NULL, os_arch TEXT NOT NULL, sys_age INTEGER NOT NULL, repo_tag TEXT NOT NULL, repo_arch TEXT NOT NULL);
      CREATE INDEX weeknum_idx on countme_totals (weeknum)`);
    insertWeeks(database, weeks);
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
function insertWeeks(database: DatabaseSync, weeks: TotalsWeeks): void {
  const insert = database.prepare('INSERT INTO countme_totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const some of weeks) {
    for (const [week, rows] of Map.groupBy(sortedWithoutDuplicates(some), (row) => row.week)) {
      database.exec('BEGIN');
      for (const { hits, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch } of rows) {
        insert.run(hits, week, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch);
      }
      database.exec('COMMIT');
    }
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
