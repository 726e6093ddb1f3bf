import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Names and numbers: what has more in one field is no table of these. */
const LONGEST_FIELD = 1024 * 1024;
const SHORTEST_MILLISECONDS = 20_000;
const BYTES_PER_SECOND = 2 * 1024 * 1024;

/**
 * Run by a process of its own, as nothing can interrupt SQLite here. Pages that lead to each other in circles, or many times
 * to the same, make a file of 40 KB endless; `quick_check` passes over each page once.
 */
const CHECK = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1], { readOnly: true, limits: { length: ${LONGEST_FIELD} } });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
  const found = database.prepare('PRAGMA quick_check(1)').all();
  process.exitCode = found.length === 1 && Object.values(found[0])[0] === 'ok' ? 0 : 3;
`;

/** Whether a database that may come from anybody can be read to its end, and in a time that its size explains. */
export async function isSoundDatabase(path: string): Promise<boolean> {
  const timeout = SHORTEST_MILLISECONDS + Math.ceil((statSync(path).size / BYTES_PER_SECOND) * 1000);
  return await new Promise((tell) => {
    execFile(
      process.execPath,
      ['--no-warnings', '--eval', CHECK, resolve(path)],
      { timeout, killSignal: 'SIGKILL' },
      (error) => tell(error === null),
    );
  });
}

/**
 * Open for reading what is stored, and nothing else: no field that is longer than any name, nothing of the schema is
 * trusted. To be asked of a sound database only.
 */
export function openForeignDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, limits: { length: LONGEST_FIELD } });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
  return database;
}

/**
 * The names of its plain tables: no view, which can be endless, no virtual table, which is a program, and none with columns
 * that are computed, as what they are computed of could be of any size.
 */
export function plainTables(database: DatabaseSync): string[] {
  // Not by the functions of these names: a view of the file could bear them.
  const tables = database.prepare('PRAGMA main.table_list').all();
  return tables
    .filter(({ schema, type, name }) => schema === 'main' && type === 'table' && !String(name).startsWith('sqlite_'))
    .map(({ name }) => String(name))
    .filter((name) => isStored(database, name))
    .sort();
}

function isStored(database: DatabaseSync, table: string): boolean {
  const columns = database.prepare(`PRAGMA main.table_xinfo(${quoted(table)})`).all();
  return columns.every(({ hidden }) => hidden === 0);
}

/** A name of the file as SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
