import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type PublishedRows, TableFault } from './published-rows.ts';

/**
 * All tables of a published SQLite file. It may come from anybody: nothing in it is run, views and triggers are not looked
 * at. SQLite reads files only, so one is made in the folder `scratch`, and removed. Throws `TableFault`.
 */
export async function databaseRows(path: string, bytes: Uint8Array, scratch: string): Promise<PublishedRows[]> {
  const file = join(scratch, 'published.sqlite');
  try {
    await writeFile(file, bytes);
    return readTables(path, file);
  } finally {
    await rm(file, { force: true });
  }
}

/** But those with cells that are not stored: what they are computed of could be of any size. */
const TABLES = `
  SELECT name FROM sqlite_master AS own WHERE type = 'table'
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(own.name) WHERE hidden <> 0) ORDER BY name`;

function readTables(path: string, file: string): PublishedRows[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec('PRAGMA trusted_schema = OFF');
    const names = database.prepare(TABLES).all();
    return names.map(({ name }) => {
      const select = database.prepare(`SELECT * FROM "${String(name).replaceAll('"', '""')}"`);
      select.setReturnArrays(true);
      const columns = select.columns().map((column) => column.name);
      const rows = select.all() as unknown as (string | number | null)[][];
      return { path: `${path}: ${name}`, columns, rows: rows.map((row) => row.map(textOf)) };
    });
  } catch {
    throw new TableFault(`${path}: expected a database of SQLite`);
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string {
  return value === null ? '' : String(value);
}
