import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSoundDatabase, openForeignDatabase, plainTables, quoted } from '../foreign-database.ts';
import { type PublishedRows, TableFault } from './published-rows.ts';

/**
 * All tables of a published SQLite file. It may come from anybody: nothing in it is run, views and triggers are not looked
 * at. SQLite reads files only, so one is made in the folder `scratch`, and removed. Throws `TableFault`.
 */
export async function databaseRows(path: string, bytes: Uint8Array, scratch: string): Promise<PublishedRows[]> {
  const file = join(scratch, 'published.sqlite');
  try {
    await writeFile(file, bytes);
    if (!(await isSoundDatabase(file))) throw new TableFault(`${path}: expected a sound database of SQLite`);
    return readTables(path, file);
  } finally {
    await rm(file, { force: true });
  }
}

function readTables(path: string, file: string): PublishedRows[] {
  const database = openForeignDatabase(file);
  try {
    return plainTables(database).map((name) => {
      const select = database.prepare(`SELECT * FROM main.${quoted(name)}`);
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
