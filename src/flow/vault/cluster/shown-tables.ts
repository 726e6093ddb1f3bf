import { createHash } from 'node:crypto';
import type { ClusterRow, Connection } from './connection.ts';
import { quoted } from './sql.ts';
import { dropPartition } from './tables.ts';

/**
 * What was published, as tables for those who ask in SQL. Nothing is read of them here: they are made of the publication, as
 * its files are, and hold what everybody may see.
 */
export interface ShownTable {
  name: string;
  /** Columns that no two rows share. */
  key: readonly string[];
  columns: readonly { name: string; type: 'date' | 'integer' | 'number' | 'boolean' | 'string'; isOptional?: true }[];
  rows: readonly (readonly (string | number | boolean | null)[])[];
}

const TYPES = { date: 'Date', integer: 'UInt64', number: 'Float64', boolean: 'UInt8', string: 'String' } as const;
const REQUEST_ROWS = 20_000;
/** Those who are in the middle of one read on. */
const KEPT = 2;
/** Of which publications there are all rows. */
const SHOWN: ShownTable = { name: 'shown', key: [], columns: [], rows: [] };

/** Shows a publication in views named as its files are. Whoever reads sees the one before it, or this one, whole. */
export async function showTables(
  connection: Connection,
  distribution: string,
  publication: number,
  tables: readonly ShownTable[],
): Promise<void> {
  const all = [SHOWN, ...tables];
  await makeShownTables(connection, all);
  const { database } = connection.address;
  const shown = `${database}.${storedName(SHOWN)}`;
  const [found] = await connection.rows(
    `SELECT publication FROM ${shown} WHERE distribution = ${quoted(distribution)} AND publication = ${publication}`,
  );
  if (found!.length > 0) return;
  for (const table of tables) {
    for (let from = 0; from < table.rows.length; from += REQUEST_ROWS) {
      const rows = table.rows.slice(from, from + REQUEST_ROWS).map((row) => rowOf(table, row));
      await connection.insert(
        `${database}.${storedName(table)}`,
        rows.map((row) => ({ distribution, publication, ...row })),
      );
    }
  }
  await connection.insert(shown, [{ distribution, publication }]);
  if (publication <= KEPT) return;
  for (const table of tables)
    await dropPartition(connection, storedName(table), `(${quoted(distribution)}, ${publication - KEPT})`);
}

function rowOf({ columns }: ShownTable, row: ShownTable['rows'][number]): ClusterRow {
  const cells = columns.map(({ name }, place) => {
    const cell = row[place]!;
    return [name, typeof cell === 'boolean' ? Number(cell) : cell] as const;
  });
  return Object.fromEntries(cells) as ClusterRow;
}

/** With what its columns are: those of another Rollcall are another table, and the view leads to the newest. */
function storedName(table: ShownTable): string {
  const digest = createHash('sha256')
    .update(columnsOf(table) + table.key.join())
    .digest('hex');
  return `published_${table.name}_${digest.slice(0, 8)}`;
}

function columnsOf({ columns }: ShownTable): string {
  const own = columns.map(({ name, type, isOptional }) => {
    return `${name} ${isOptional === true ? `Nullable(${TYPES[type]})` : TYPES[type]}`;
  });
  return ['distribution String', 'publication UInt32', ...own].join(', ');
}

async function makeShownTables({ address, rows, command }: Connection, tables: readonly ShownTable[]): Promise<void> {
  const { database, cluster } = address;
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  const [found] = await rows(`SELECT name FROM system.tables WHERE database = '${database}'`);
  const there = new Set(found!.map((row) => row['name']));
  const newest = `SELECT distribution, max(publication) FROM ${database}.${storedName(SHOWN)} GROUP BY distribution`;
  for (const table of tables) {
    const name = storedName(table);
    if (there.has(name)) continue;
    const engine =
      cluster === undefined
        ? 'ReplacingMergeTree()'
        : `ReplicatedReplacingMergeTree('/clickhouse/rollcall/${database}/all/${name}', '{shard}-{replica}')`;
    const key = ['distribution', 'publication', ...table.key].join(', ');
    await command(
      `CREATE TABLE IF NOT EXISTS ${database}.${name}${on} (${columnsOf(table)}) ENGINE = ${engine} PARTITION BY (distribution, publication) ORDER BY (${key})`,
    );
    if (table === SHOWN) continue;
    const columns = ['distribution', 'publication', ...table.columns.map((column) => column.name)].join(', ');
    await command(`DROP TABLE IF EXISTS ${database}.${table.name}${on}`);
    // Rows that were written twice are told apart by nothing.
    await command(
      `CREATE VIEW ${database}.${table.name}${on} AS SELECT DISTINCT ${columns} FROM ${database}.${name} WHERE (distribution, publication) IN (${newest})`,
    );
  }
}
