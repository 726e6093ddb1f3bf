import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { appendTotals, writeTotalsDatabase } from '../totals-write.ts';
import { hashFile } from './disk.ts';
import { fileAt } from './growing-file.ts';
import type { KeptFiles } from './kept-files.ts';
import type { Cell, Column, Table } from './table.ts';

const AFFINITY: Record<Column['type'], string> = {
  date: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'INTEGER',
  string: 'TEXT',
};

/**
 * `data/systems.sqlite`, with one table for each given one, and `data/totals.db`. SQLite writes to files only: they are
 * made in the folder `scratch`, where that of totals stays, which may be large. Equal tables are equal bytes with the same version of Node.
 */
export async function databaseFiles(
  publication: Publication,
  tables: readonly Table[],
  rowsOfTotals: number,
  scratch: string,
  kept: KeptFiles,
): Promise<OutputFile[]> {
  return [
    await databaseFile('systems.sqlite', tables[0]!.rows.length, scratch, async (path) => fillDatabase(path, tables)),
    await totalsDatabase(publication, rowsOfTotals, join(scratch, 'totals.db'), kept),
  ];
}

async function totalsDatabase(
  { totals: { weeks, of } }: Publication,
  rows: number,
  path: string,
  kept: KeptFiles,
): Promise<OutputFile> {
  if (kept.totals === undefined) await writeTotalsDatabase(path, eachOf(weeks, of));
  else {
    const { at, until } = kept.totals;
    const later = weeks.filter((week) => week > until);
    await copyFile(at, path);
    appendTotals(path, eachOf(later, of));
  }
  const { size } = await stat(path);
  return fileAt(path, size, hashFile(path), { path: 'data/totals.db', mediaType: DATABASE_TYPE, rows });
}

function* eachOf<Rows>(weeks: readonly Week[], of: (week: Week) => Rows): Generator<Rows> {
  for (const week of weeks) yield of(week);
}

const DATABASE_TYPE = 'application/vnd.sqlite3';

async function databaseFile(
  name: string,
  rows: number,
  scratch: string,
  write: (path: string) => Promise<void>,
): Promise<OutputFile> {
  const path = join(scratch, name);
  try {
    await rm(path, { force: true });
    await write(path);
    return { path: `data/${name}`, bytes: await readFile(path), mediaType: DATABASE_TYPE, rows };
  } finally {
    await rm(path, { force: true });
  }
}

function fillDatabase(path: string, tables: readonly Table[]): void {
  const database = new DatabaseSync(path);
  try {
    // The file is thrown away if this fails, so a journal would protect nothing.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
    for (const table of tables) fillTable(database, table);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

function fillTable(database: DatabaseSync, { name, key, columns, rows }: Table): void {
  const definitions = columns.map(definitionOf).join(', ');
  database.exec(`CREATE TABLE ${name} (${definitions}, PRIMARY KEY (${key.map(quoted).join(', ')})) WITHOUT ROWID`);
  const insert = database.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
  for (const row of rows) insert.run(...row.map(storedValue));
}

function definitionOf({ name, type, isOptional }: Column): string {
  return `${quoted(name)} ${AFFINITY[type]}${isOptional ? '' : ' NOT NULL'}`;
}

/** Some columns have the names of SQL's own words, such as `release`. */
function quoted(name: string): string {
  return `"${name}"`;
}

function storedValue(cell: Cell): string | number | null {
  return typeof cell === 'boolean' ? Number(cell) : cell;
}
