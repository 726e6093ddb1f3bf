import { closeSync, fstatSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { openRegularFile } from '../../regular-file.ts';
import type { Request } from '../sightings/request.ts';
import { isSoundDatabase, openForeignDatabase, plainTables } from './foreign-database.ts';
import { RowTaker, type TotalsSeen, type TotalsSink } from './row-taker.ts';
import { TotalsError, type TotalsRow } from './totals.ts';
import { LONGEST_RECORD, TotalsCsv } from './totals-csv.ts';
import { totalsPieces } from './totals-database.ts';
import { requireColumns, type TotalsSystem } from './totals-rules.ts';

export interface TotalsRead {
  rows: TotalsRow[];
  /** The number of each row in the file: the first after the header is 1. Blank rows are none. */
  numbers: number[];
  /** Rows with `sys_age = -1`: daily addresses, which are not check-ins (X4). */
  leftOut: number;
}

export interface ReadingOptions {
  /** Any number that nobody can guess, so that no file can be made that takes long to read. */
  seed: number;
  /** How much of the file has been read, in bytes. */
  onProgress?: (done: number, all: number) => Promise<void>;
}

const SQLITE_MAGIC = 'SQLite format 3\0';
const BLOCK_BYTES = 1024 * 1024;
const ROWS_BETWEEN = 65_536;

/**
 * Reads published totals, CSV or SQLite by the file's first bytes. Any row that cannot be meant this way ends the
 * reading with an error that names the file, the row (the first after the header is row 1) and the column, and never
 * repeats what the row says: it may come from strangers.
 */
export async function readTotals(path: string): Promise<TotalsRead> {
  const systems: TotalsSystem[] = [];
  const requests: Request[] = [];
  const rows: TotalsRow[] = [];
  const numbers: number[] = [];
  const sink: TotalsSink = {
    numberOfSystem: (system) => systems.push(system) - 1,
    numberOfRequest: (request) => requests.push(request) - 1,
    row: (week, system, request, hits, row) => sink.rowWithNames(week, systems[system]!, requests[request]!, hits, row),
    rowWithNames: (week, { osName, osVersion, osVariant, osArch }, { age, repoTag, repoArch }, hits, row) => {
      rows.push({ week, hits, osName, osVersion, osVariant, osArch, sysAge: age, repoTag, repoArch });
      numbers.push(row);
    },
  };
  const { leftOut, faults } = await eachOfTotals(path, sink, { seed: 0 });
  const [first] = faults.values();
  if (first !== undefined) throw first;
  return { rows, numbers, leftOut };
}

/** As `readTotals`, row by row, in memory that does not grow with them; a row whose week is known takes only that with it. */
export async function eachOfTotals(path: string, sink: TotalsSink, options: ReadingOptions): Promise<TotalsSeen> {
  const taker = new RowTaker(path, sink);
  try {
    if (isDatabase(path)) await readDatabase(path, taker, options);
    else await readCsv(path, taker, options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new TotalsError(`${path}: cannot be read (${error.message}); check the path, its permissions and the file`, {
      cause: error,
    });
  }
  return taker;
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

async function readCsv(path: string, taker: RowTaker, { seed, onProgress }: ReadingOptions): Promise<void> {
  const csv = new TotalsCsv(path, taker, seed);
  const file = openRegularFile(path);
  try {
    const { size } = fstatSync(file);
    const block = Buffer.allocUnsafe(LONGEST_RECORD + BLOCK_BYTES);
    let held = 0;
    for (let done = 0; ; ) {
      const read = readSync(file, block, held, block.length - held, null);
      held += read;
      const taken = csv.push(block.subarray(0, held), read === 0);
      block.copyWithin(0, taken, held);
      held -= taken;
      if (read === 0) break;
      done += read;
      await onProgress?.(done, size);
      await setImmediate();
    }
    csv.end();
  } finally {
    closeSync(file);
  }
}

async function readDatabase(path: string, taker: RowTaker, { seed, onProgress }: ReadingOptions): Promise<void> {
  if (!(await isSoundDatabase(path)))
    throw new TotalsError(`${path}: expected a readable SQLite database with the table countme_totals; it is damaged`);
  const database = openForeignDatabase(path);
  try {
    if (!plainTables(database).includes('countme_totals'))
      throw new TotalsError(`${path}: expected a plain table countme_totals, with rows that are stored`);
    const columns = database.prepare('PRAGMA main.table_info(countme_totals)').all();
    const names = columns.map(({ name }) => String(name));
    requireColumns(path, names);
    const { size } = statSync(path);
    const [{ all }] = database.prepare('SELECT count(*) AS "all" FROM main.countme_totals').all() as [{ all: number }];
    const csv = new TotalsCsv(path, taker, seed);
    let told = 0;
    for (const piece of totalsPieces(database, names)) {
      if (piece.kind === 'lines') csv.push(piece.lines, true);
      else for (const record of piece.records) taker.takeRecord(record);
      if (taker.rows - told < ROWS_BETWEEN) continue;
      told = taker.rows;
      await onProgress?.((taker.rows / all) * size, size);
      await setImmediate();
    }
  } finally {
    database.close();
  }
}
