import { closeSync, createReadStream, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { TextDecoderStream } from 'node:stream/web';
import { CsvError, parse } from 'csv-parse';
import { openRegularFile } from '../../regular-file.ts';
import type { EpochSeconds, Week } from '../sightings/week.ts';
import { mondayOf, sundayOf, weekOf } from '../sightings/week.ts';
import { isSoundDatabase, openForeignDatabase, plainTables } from './foreign-database.ts';
import { TotalsError, type TotalsRow } from './totals.ts';

export interface TotalsRead {
  rows: TotalsRow[];
  /** The number of each row in the file: the first after the header is 1. Blank rows are none. */
  numbers: number[];
  /** Rows with `sys_age = -1`: daily addresses, which are not check-ins (X4). */
  leftOut: number;
}

export interface TotalsByWeek extends TotalsRead {
  /** The first row of a week that cannot be meant, by week. None of its rows may be used: nobody knows what it says. */
  faults: ReadonlyMap<Week, TotalsError>;
}

type Cell = string | null;
type TotalsRecord = { readonly [column: string]: Cell | undefined };

const TEXT_COLUMNS = ['os_name', 'os_version', 'os_variant', 'os_arch', 'repo_tag', 'repo_arch'];
const COLUMNS = ['hits', 'sys_age', ...TEXT_COLUMNS];
const KNOWN_COLUMNS = [...COLUMNS, 'weeknum', 'week_start', 'week_end'];
/** Ten names. A quote that is never closed would otherwise take all that follows into memory. */
const LONGEST_RECORD = 1024 * 1024;
const SQLITE_MAGIC = 'SQLite format 3\0';

/**
 * Reads published totals, CSV or SQLite by the file's first bytes. Any row that cannot be meant this way ends the
 * reading with an error that names the file, the row (the first after the header is row 1) and the column, and never
 * repeats what the row says: it may come from strangers.
 */
export async function readTotals(path: string): Promise<TotalsRead> {
  const { faults, ...read } = await readTotalsByWeek(path);
  const [first] = faults.values();
  if (first !== undefined) throw first;
  return read;
}

/** As `readTotals`, but a row whose week is known takes that week with it and no other. */
export async function readTotalsByWeek(path: string): Promise<TotalsByWeek> {
  const builder = totalsBuilder(path);
  try {
    if (isDatabase(path)) await readDatabase(path, builder.add);
    else await readCsv(path, builder.add);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new TotalsError(`${path}: cannot be read (${error.message}); check the path, its permissions and the file`, {
      cause: error,
    });
  }
  return builder.result;
}

/** By a descriptor that is never that of a pipe, which would be waited for. */
function isDatabase(path: string): boolean {
  const file = openRegularFile(path);
  try {
    const start = Buffer.alloc(SQLITE_MAGIC.length);
    return start.toString('latin1', 0, readSync(file, start, 0, start.length, 0)) === SQLITE_MAGIC;
  } finally {
    closeSync(file);
  }
}

async function readCsv(path: string, add: (record: TotalsRecord) => void): Promise<void> {
  let hasHeader = false;
  const parser = parse({
    bom: true,
    max_record_size: LONGEST_RECORD,
    // Files that were put together have both, and a spreadsheet leaves blank rows behind.
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    columns: (header: string[]) => {
      hasHeader = true;
      requireColumns(path, header);
      return header;
    },
  });
  const text = Readable.toWeb(createReadStream(path, { fd: openRegularFile(path) })).pipeThrough(
    new TextDecoderStream('utf-8', { fatal: true }),
  );
  const source = Readable.fromWeb(text);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const record of parser as AsyncIterable<TotalsRecord>) add(record);
    if (!hasHeader) requireColumns(path, []);
  } catch (error) {
    source.destroy();
    const read = parser.info.records;
    // The parser's own messages quote the row.
    if (error instanceof CsvError)
      throw new TotalsError(`${path}: row ${read + 1}: not well-formed CSV (${error.code})`);
    if (error instanceof TypeError) throw new TotalsError(`${path}: after row ${read}: expected UTF-8 text`);
    throw error;
  }
}

async function readDatabase(path: string, add: (record: TotalsRecord) => void): Promise<void> {
  if (!(await isSoundDatabase(path)))
    throw new TotalsError(`${path}: expected a readable SQLite database with the table countme_totals; it is damaged`);
  const database = openForeignDatabase(path);
  try {
    if (!plainTables(database).includes('countme_totals'))
      throw new TotalsError(`${path}: expected a plain table countme_totals, with rows that are stored`);
    const columns = database.prepare('PRAGMA main.table_info(countme_totals)').all();
    const names = columns.map(({ name }) => String(name));
    requireColumns(path, names);
    const wanted = [...COLUMNS, 'weeknum', 'week_start', 'week_end'].filter((name) => names.includes(name));
    // As text, numbers are judged by the same rules as in CSV, whichever type the column has.
    const list = wanted.map((name) => `CAST(${name} AS TEXT) AS ${name}`).join(', ');
    const rows = database.prepare(`SELECT ${list} FROM main.countme_totals ORDER BY rowid`).iterate();
    for (const row of rows) add(row as TotalsRecord);
  } finally {
    database.close();
  }
}

function requireColumns(path: string, names: readonly string[]): void {
  const missing = COLUMNS.filter((name) => !names.includes(name));
  if (!names.includes('weeknum') && !names.includes('week_start')) missing.unshift('week_start');
  if (missing.length > 0)
    throw new TotalsError(`${path}: expected a table of totals, missing column ${missing.join(', ')}`);
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    const known = KNOWN_COLUMNS.includes(name) ? name : `${at + 1}`;
    if (seen.has(name)) throw new TotalsError(`${path}: expected a table of totals, column ${known} stands twice`);
    seen.add(name);
  }
}

function totalsBuilder(path: string): { add: (record: TotalsRecord) => void; result: TotalsByWeek } {
  const faults = new Map<Week, TotalsError>();
  const result: TotalsByWeek = { rows: [], numbers: [], leftOut: 0, faults };
  const weeks = new Map<string, Week>();
  // A few hundred names stand in millions of rows: each is kept once.
  const texts = new Map<string, string>();
  let seen = 0;

  const fault = (column: string, expected: string) =>
    new TotalsError(`${path}: row ${seen}: ${column}: expected ${expected}`);

  const textOf = (record: TotalsRecord, column: string): string => {
    const cell = record[column];
    if (typeof cell !== 'string') throw fault(column, 'text');
    const known = texts.get(cell);
    if (known !== undefined) return known;
    texts.set(cell, cell);
    return cell;
  };

  const numberOf = (record: TotalsRecord, column: string, expected: string): number => {
    const cell = record[column];
    if (typeof cell !== 'string' || !/^-?\d+$/.test(cell)) throw fault(column, expected);
    const value = Number(cell);
    if (!Number.isSafeInteger(value)) throw fault(column, expected);
    return value;
  };

  const weekFromDates = (record: TotalsRecord): Week => {
    const start = record.week_start ?? '';
    const end = record.week_end;
    const key = `${start}/${end}`;
    const known = weeks.get(key);
    if (known !== undefined) return known;
    const week = weekOfMonday(start);
    if (week === null) throw fault('week_start', 'a Monday as in 2020-02-10');
    if (end !== undefined && dayOf(end ?? '') !== sundayOf(week)) {
      throw fault('week_end', 'the Sunday of the same week');
    }
    weeks.set(key, week);
    return week;
  };

  const weekFromNumber = (record: TotalsRecord): Week => {
    const week = numberOf(record, 'weeknum', 'a week number of 0 or more') as Week;
    if (week < 0 || week > 400_000) throw fault('weeknum', 'a week number of 0 or more');
    // Whoever added a column of the other kind may have shifted it.
    if (record.week_start !== undefined && weekFromDates(record) !== week)
      throw fault('week_start', 'the Monday of the week that weeknum names');
    return week;
  };

  const add = (record: TotalsRecord): void => {
    seen += 1;
    // Daily addresses have weeks that are none.
    if (record.sys_age === '-1') {
      result.leftOut += 1;
      return;
    }
    const week = record.weeknum === undefined ? weekFromDates(record) : weekFromNumber(record);
    try {
      addRow(record, week);
    } catch (error) {
      if (!(error instanceof TotalsError)) throw error;
      if (!faults.has(week)) faults.set(week, error);
    }
  };

  const addRow = (record: TotalsRecord, week: Week): void => {
    const age = numberOf(record, 'sys_age', '1, 2, 3 or 4');
    if (!isAge(age)) throw fault('sys_age', '1, 2, 3 or 4');
    const hits = numberOf(record, 'hits', 'a whole number of 1 or more');
    if (hits < 1) throw fault('hits', 'a whole number of 1 or more');
    const row = {
      week,
      hits,
      osName: textOf(record, 'os_name'),
      osVersion: textOf(record, 'os_version'),
      osVariant: textOf(record, 'os_variant'),
      osArch: textOf(record, 'os_arch'),
      sysAge: age,
      repoTag: textOf(record, 'repo_tag'),
      repoArch: textOf(record, 'repo_arch'),
    };
    result.numbers.push(seen);
    result.rows.push(row);
  };

  return { add, result };
}

function isAge(value: number): value is 1 | 2 | 3 | 4 {
  return value >= 1 && value <= 4;
}

/** The day of `2020-02-10` or, as SQLite's DATETIME columns have it, `2020-02-10 00:00:00`; empty if neither. */
function dayOf(text: string): string {
  return /^(\d{4}-\d{2}-\d{2})([ T]00:00:00)?$/.exec(text)?.[1] ?? '';
}

function weekOfMonday(text: string): Week | null {
  const day = dayOf(text);
  const time = Date.parse(`${day}T00:00:00Z`) / 1000;
  if (Number.isNaN(time)) return null;
  const week = weekOf(time as EpochSeconds);
  // Some engines read 2020-02-31 as a day in March; only a day that reads back as itself is one.
  return week >= 0 && mondayOf(week) === day ? week : null;
}
