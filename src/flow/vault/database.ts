import { closeSync, existsSync, fstatSync, readSync } from 'node:fs';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { makePrivateFile, openRegularFile, type Sharing } from '../../regular-file.ts';
import { errorCode } from '../bytes/file-fault.ts';
import { checksumOf, type Stored } from './checksum.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { damaged, VaultFault } from './vault-fault.ts';

/** How long a second writer waits before it is refused (V4). */
const BUSY_MILLISECONDS = 30_000;

export type Row = Record<string, Stored>;

/** The vault's SQLite file, with prepared statements kept and SQLite's errors turned into faults that say what to do. */
export class Database {
  readonly #path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, sqlite: DatabaseSync) {
    this.#path = path;
    this.#sqlite = sqlite;
  }

  all(sql: string, ...values: Stored[]): Row[] {
    return this.#guard(() => this.#prepared(sql).all(...(values as SQLInputValue[])) as Row[]);
  }

  /** As `all`, one row at a time: for tables that need not fit in memory. */
  *each(sql: string, ...values: Stored[]): Generator<Row> {
    const rows = this.#guard(() => this.#prepared(sql).iterate(...(values as SQLInputValue[])));
    for (;;) {
      const next = this.#guard(() => rows.next());
      if (next.done) return;
      yield next.value as Row;
    }
  }

  /** As `all`, each row a list of its columns: for tens of thousands, as objects with names take three times as long. */
  allColumns(sql: string, ...values: Stored[]): Stored[][] {
    return this.#guard(() => {
      // Not one of those that are kept, which answer with names.
      const statement = this.#sqlite.prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...(values as SQLInputValue[])) as unknown as Stored[][];
    });
  }

  get(sql: string, ...values: Stored[]): Row | undefined {
    return this.#guard(() => this.#prepared(sql).get(...(values as SQLInputValue[])) as Row | undefined);
  }

  /** Answers the id of the row inserted last. */
  run(sql: string, ...values: Stored[]): number {
    return this.#guard(() => Number(this.#prepared(sql).run(...(values as SQLInputValue[])).lastInsertRowid));
  }

  /** As `run`, once for each row: what stands around a call of SQLite otherwise takes as long as SQLite itself. */
  runEach(sql: string, rows: number, valuesOf: (row: number) => Stored[]): void {
    this.#guard(() => {
      const statement = this.#prepared(sql);
      for (let row = 0; row < rows; row++) statement.run(...(valuesOf(row) as SQLInputValue[]));
    });
  }

  exec(sql: string): void {
    this.#guard(() => this.#sqlite.exec(sql));
  }

  /** All of it or nothing. Waits for another writer, and reads the state that one left. */
  transaction<Result>(work: () => Result): Result {
    return this.#enclosed('BEGIN IMMEDIATE', work);
  }

  /** Reads that belong together see one committed state. */
  snapshot<Result>(work: () => Result): Result {
    return this.#enclosed('BEGIN', work);
  }

  /** As `snapshot`, for work that waits for others in between. Nothing else may be asked of this database meanwhile. */
  async snapshotWhile<Result>(work: () => Promise<Result>): Promise<Result> {
    this.exec('BEGIN');
    try {
      return await work();
    } finally {
      this.#rollBack();
    }
  }

  #enclosed<Result>(begin: string, work: () => Result): Result {
    this.exec(begin);
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** What went wrong before is the news, not that a damaged file cannot be rolled back either. */
  #rollBack(): void {
    try {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
    } catch {
      this.close();
    }
  }

  /**
   * Copies into an empty file what is committed at this moment, while others may write: `work` reads the same state first.
   * Without the transaction around it SQLite would begin anew after each of their commits.
   */
  async copyTo<Result>(path: string, work: () => Result, onProgress: (share: number) => void): Promise<Result> {
    this.exec('BEGIN');
    try {
      const result = work();
      await backup(this.#sqlite, path, {
        rate: PAGES_AT_ONCE,
        progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / totalPages),
      });
      return result;
    } catch (error) {
      throw toFault(error, path);
    } finally {
      this.#rollBack();
    }
  }

  /** Whether SQLite finds its pages in order. */
  isSound(): boolean {
    return this.get('PRAGMA quick_check(1)')?.['quick_check'] === 'ok';
  }

  /** Brings all of the write-ahead log into the file. False if readers were in the way for so long. */
  emptyWal(milliseconds: number): boolean {
    this.exec(`PRAGMA busy_timeout = ${milliseconds}`);
    try {
      return Number(this.get('PRAGMA wal_checkpoint(TRUNCATE)')?.['busy']) === 0;
    } finally {
      this.exec(`PRAGMA busy_timeout = ${BUSY_MILLISECONDS}`);
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw toFault(error, this.#path);
    }
  }
}

/** 256 KB: what moves between two looks at the progress. */
const PAGES_AT_ONCE = 64;

/** SQLite's own result codes, without the extended part. */
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

function toFault(error: unknown, path: string): unknown {
  const options = { cause: error };
  if (error instanceof RangeError) return damaged(`${path}: a number beyond 2^53`, options);
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  switch (error.errcode & 0xff) {
    case SQLITE_BUSY:
      return new VaultFault('busy', `another run is writing to ${path}; try again when it has ended`, options);
    case SQLITE_READONLY:
      return new VaultFault(
        'unusable',
        `${path} cannot be written: check the permissions of the file and its folder`,
        options,
      );
    case SQLITE_FULL:
      return new VaultFault(
        'unusable',
        `no space left to write ${path}; nothing of this log was kept. Make room and run again`,
        options,
      );
    case SQLITE_IOERR:
      return new VaultFault(
        'unusable',
        `${path} could not be read or written (${error.message}); check the disk`,
        options,
      );
    case SQLITE_CANTOPEN:
      return new VaultFault(
        'unusable',
        `${path} cannot be opened: check that its folder exists and can be written`,
        options,
      );
    // The statements are always the same: if one has an error, the tables are not those it was written for.
    case SQLITE_ERROR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(`${path}: ${error.message}`, options);
    default:
      return error;
  }
}

/** To SQLite no file, but a database that ends with the process. */
const IN_MEMORY = ':memory:';

/** `read`: the vault must exist. `write`: it is made if need be. Either brings an older one to this schema. */
export type Access = 'read' | 'write';

export function openDatabase(
  path: string,
  access: Access,
  { migrations = MIGRATIONS, sharing = 'owner' }: { migrations?: readonly string[]; sharing?: Sharing } = {},
): Database {
  const exists = existsSync(path);
  if (!exists && access === 'read') {
    throw new VaultFault(
      'unusable',
      `there is no vault at ${path}: name it with --vault, or make one with "rollcall ingest"`,
    );
  }
  if (exists) checkFile(path);
  else if (path !== IN_MEMORY) makeFile(path, sharing);
  const database = new Database(path, open(path));
  try {
    prepare(database, path, access, migrations);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** SQLite would make it for everybody to read, and gives its `-wal` the permissions that the file has. */
function makeFile(path: string, sharing: Sharing): void {
  try {
    makePrivateFile(path, sharing);
  } catch (error) {
    throw new VaultFault('unusable', `${path} cannot be made: check that its folder exists and can be written`, {
      cause: error,
    });
  }
}

function open(path: string): DatabaseSync {
  try {
    // Not opened read-only even for reading: the first to come after a crash must be able to bring in the WAL.
    return new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
  } catch (error) {
    throw toFault(error, path);
  }
}

function prepare(database: Database, path: string, access: Access, migrations: readonly string[]): void {
  // One state: another run may be making the vault at this moment.
  const { version, application, isEmpty } = database.snapshot(() => ({
    version: Number(database.get('PRAGMA user_version')?.['user_version']),
    application: Number(database.get('PRAGMA application_id')?.['application_id']),
    isEmpty: Number(database.get('SELECT count(*) AS n FROM sqlite_schema')?.['n']) === 0,
  }));
  if (!isEmpty && application !== APPLICATION_ID) {
    throw new VaultFault('unusable', `${path} is a SQLite database, but not a vault of Rollcall: name another file`);
  }
  if (version > migrations.length) {
    throw new VaultFault(
      'unusable',
      `${path} was written by a newer Rollcall (schema ${version}, this one knows ${migrations.length}): upgrade Rollcall`,
    );
  }
  if (isEmpty && access === 'read') {
    throw new VaultFault('unusable', `${path} is empty: make a vault with "rollcall ingest"`);
  }
  // A power cut after COMMIT must not take the commit back (FULL), and deleted keys of closed weeks must not stay in
  // free pages (secure_delete).
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON',
  );
  if (version < migrations.length) migrate(database, version, migrations);
  else checkTables(database, path, migrations);
}

/** A flipped bit in the definition of a table makes SQLite read its rows as something else, without an error (E08). */
function checkTables(database: Database, path: string, migrations: readonly string[]): void {
  const definitions = 'SELECT type, name, tbl_name, sql FROM sqlite_schema';
  const found = new Set(database.all(definitions).map((row) => JSON.stringify(row)));
  const model = new DatabaseSync(':memory:');
  try {
    for (const step of migrations) model.exec(step);
    const expected = model.prepare(definitions).all();
    // Indexes and views that somebody added do no harm.
    if (!expected.every((row) => found.has(JSON.stringify(row))))
      throw damaged(`${path}: a table is not as it was made`);
  } finally {
    model.close();
  }
}

function migrate(database: Database, version: number, migrations: readonly string[]): void {
  database.transaction(() => {
    // Another process may have migrated while this one waited for the lock.
    const current = Number(database.get('PRAGMA user_version')?.['user_version']);
    for (const step of migrations.slice(Math.max(version, current))) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}

const HEADER = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/** A file cut short opens without complaint until a lost page is read; its header tells at once (E08). */
function checkFile(path: string): void {
  let file: number;
  try {
    file = openRegularFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOTFILE')
      throw new VaultFault('unusable', `${path} is not a file: name the vault's file with --vault`, { cause: error });
    throw new VaultFault('unusable', `${path} cannot be opened: check that it is a file that you may read`, {
      cause: error,
    });
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES || header.toString('latin1', 0, 16) !== HEADER) {
      throw damaged(`${path} does not begin like a SQLite file`);
    }
    const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    const pages = header.readUInt32BE(28);
    if (size < pages * pageSize && !existsSync(`${path}-wal`)) {
      throw damaged(`${path} has ${size} bytes, its header speaks of ${pages * pageSize}; the file was cut short`);
    }
  } finally {
    closeSync(file);
  }
}

/** Reads a row's values and checks that they are the ones that were written (V2). */
export function checked(table: string, row: Row): Row {
  const { checksum, ...values } = row;
  if (checksum !== checksumOf(Object.values(values))) throw withoutChecksum(table);
  return values;
}

/** As `checked`, of a row as a list of its columns, the checksum last. It is taken off. */
export function checkedColumns(table: string, columns: Stored[]): Stored[] {
  const checksum = columns.pop();
  if (checksum !== checksumOf(columns)) throw withoutChecksum(table);
  return columns;
}

function withoutChecksum(table: string): VaultFault {
  return damaged(`a row of the table ${table} does not have its checksum`);
}

/** A row's values with their checksum, to be bound in the order of the columns. */
export function sealed(...values: Stored[]): Stored[] {
  return [...values, checksumOf(values)];
}
