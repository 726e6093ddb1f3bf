import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Stored } from './checksum.ts';
import { checkedColumns, type Database, sealed } from './database.ts';
import { damaged } from './vault-fault.ts';

const READ_ALL_FACTOR = 4;
const MOST_RECURRING = 262_144;
/** A flooded week has fewer. */
const MOST_KNOWN = 131_072;

function keyOf(columns: readonly Stored[]): string {
  return columns.join('\0');
}

/** Ids of values in one of the vault's dictionaries. An id, once given, is never given to another value. */
export class Dictionary<Value> {
  readonly #database: Database;
  readonly #table: string;
  readonly #toColumns: (value: Value) => (string | number)[];
  readonly #fromColumns: (columns: readonly Stored[]) => Value;
  // Put together once: a text of its own for each value would be hashed again to find its statement.
  readonly #insert: string;
  readonly #selectId: string;
  readonly #selectAll: string;
  readonly #recurring = new Map<Value, number>();
  readonly #read = new Map<number, Value>();

  constructor(
    database: Database,
    table: string,
    columns: readonly string[],
    toColumns: (value: Value) => (string | number)[],
    fromColumns: (columns: readonly Stored[]) => Value,
  ) {
    this.#database = database;
    this.#table = table;
    this.#toColumns = toColumns;
    this.#fromColumns = fromColumns;
    const places = columns.map(() => '?').join(', ');
    this.#insert = `INSERT INTO ${table} (id, ${columns.join(', ')}, checksum) VALUES (?, ${places}, ?)`;
    this.#selectId = `SELECT id FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(' AND ')}`;
    this.#selectAll = `SELECT id, ${columns.join(', ')}, checksum FROM ${table}`;
  }

  find(value: Value): number | undefined {
    const row = this.#database.get(this.#selectId, ...this.#toColumns(value));
    return row === undefined ? undefined : Number(row['id']);
  }

  /**
   * The ids of values, no two of which are the same; new ones are entered. Within a transaction. A log can bring twenty
   * thousand of them: they are not remembered to find one that comes twice, which the table refuses.
   */
  idsOf(values: readonly Value[]): Uint32Array {
    const { entries, greatest } = this.#size();
    const known = this.#lookUp(values.length, entries);
    const ids = new Uint32Array(values.length);
    const fresh: number[] = [];
    for (let place = 0; place < values.length; place++) {
      const id = known?.(values[place]!);
      if (id === undefined) fresh.push(place);
      else ids[place] = id;
    }
    this.#database.runEach(this.#insert, fresh.length, (row) => {
      const place = fresh[row]!;
      const id = greatest + 1 + row;
      ids[place] = id;
      return sealed(id, ...this.#toColumns(values[place]!));
    });
    return ids;
  }

  /**
   * As `idsOf`, of values that come again as the same objects: of an import each week names the systems of the others. What
   * is known by that must be forgotten when a transaction fails, as an id may then be another value's.
   */
  idsOfRecurring(values: readonly Value[]): Uint32Array {
    if (this.#recurring.size > MOST_RECURRING) this.#recurring.clear();
    const fresh = values.filter((value) => !this.#recurring.has(value));
    const ids = this.idsOf(fresh);
    for (const [place, value] of fresh.entries()) this.#recurring.set(value, ids[place]!);
    return Uint32Array.from(values, (value) => this.#recurring.get(value)!);
  }

  /** How to look up the id of a value; undefined if there is none yet. */
  #lookUp(values: number, entries: number): ((value: Value) => number | undefined) | undefined {
    if (entries === 0) return undefined;
    if (values * READ_ALL_FACTOR <= entries) return (value) => this.find(value);
    // Many values against few entries: one read of them all is faster than a look-up for each.
    const ids = this.#idsByKey();
    return (value) => ids.get(keyOf(this.#toColumns(value)));
  }

  /** No id is greater: 0 if there is none. */
  greatest(): number {
    return Number(this.#database.get(`SELECT coalesce(max(id), 0) AS greatest FROM ${this.#table}`)!['greatest']);
  }

  #size(): { entries: number; greatest: number } {
    const row = this.#database.get(`SELECT count(*) AS entries, coalesce(max(id), 0) AS greatest FROM ${this.#table}`)!;
    return { entries: Number(row['entries']), greatest: Number(row['greatest']) };
  }

  #idsByKey(): Map<string, number> {
    const rows = this.#database.allColumns(this.#selectAll);
    const ids = new Map<string, number>();
    for (const row of rows) {
      const [id, ...columns] = checkedColumns(this.#table, row);
      ids.set(keyOf(columns), Number(id));
    }
    return ids;
  }

  /** All values by id. */
  all(): Map<number, Value> {
    return this.#toValues(this.#database.allColumns(this.#selectAll));
  }

  /** Those of some ids: of a week, where all would be those of ten years. */
  some(ids: Iterable<number>): Map<number, Value> {
    const wanted = JSON.stringify([...ids]);
    const rows = this.#database.allColumns(`${this.#selectAll} WHERE id IN (SELECT value FROM json_each(?))`, wanted);
    return this.#toValues(rows);
  }

  /** As `some`, of which what was read stays known: a hundred logs of a flooded week ask for the same thousands. */
  known(ids: Iterable<number>): ReadonlyMap<number, Value> {
    if (this.#read.size > MOST_KNOWN) this.#read.clear();
    const missing = [...ids].filter((id) => !this.#read.has(id));
    if (missing.length > 0) for (const [id, value] of this.some(missing)) this.#read.set(id, value);
    return this.#read;
  }

  /** A transaction has failed: ids that it gave are given again. */
  forget(): void {
    this.#read.clear();
    this.#recurring.clear();
  }

  #toValues(rows: readonly Stored[][]): Map<number, Value> {
    const values = new Map<number, Value>();
    for (const row of rows) {
      const [id, ...columns] = checkedColumns(this.#table, row);
      values.set(Number(id), this.#fromColumns(columns));
    }
    return values;
  }
}

export interface Dictionaries {
  systems: Dictionary<System>;
  requests: Dictionary<Request>;
  countries: Dictionary<string>;
  sources: Dictionary<string>;
}

export function dictionariesOf(database: Database): Dictionaries {
  return {
    systems: new Dictionary<System>(
      database,
      'system',
      ['client', 'os_name', 'os_version', 'os_variant', 'os_arch'],
      (system) => [system.client, system.osName, system.osVersion, system.osVariant, system.osArch],
      ([client, osName, osVersion, osVariant, osArch]) => ({
        client: String(client),
        osName: String(osName),
        osVersion: String(osVersion),
        osVariant: String(osVariant),
        osArch: String(osArch),
      }),
    ),
    requests: new Dictionary<Request>(
      database,
      'request',
      ['sys_age', 'repo_tag', 'repo_arch'],
      (request) => [request.age, request.repoTag, request.repoArch],
      ([age, repoTag, repoArch]) => ({
        age: Number(age) as Age,
        repoTag: String(repoTag),
        repoArch: String(repoArch),
      }),
    ),
    countries: textDictionary(database, 'country', 'code'),
    sources: textDictionary(database, 'source', 'label'),
  };
}

function textDictionary(database: Database, table: string, column: string): Dictionary<string> {
  return new Dictionary<string>(
    database,
    table,
    [column],
    (text) => [text],
    ([text]) => String(text),
  );
}

/** Looks up an id that a cell refers to. */
export function textOf<Value>(values: ReadonlyMap<number, Value>, id: number): Value {
  const value = values.get(id);
  if (value === undefined) throw damaged('a cell refers to an entry that no dictionary holds');
  return value;
}
