import { VaultFault } from '../vault-fault.ts';
import type { ClusterAddress } from './address.ts';
import { type Connection, codeOf } from './connection.ts';

/**
 * Two tables. `piece` holds the bytes of all facts, spread over the shards. `fact` says which facts there are, and of how many
 * pieces; each server has all of it, so that whoever is asked knows what the others must bring.
 *
 * Both are parted by epoch, as an epoch is dropped at once (P7). A row that is written twice stays one, or is read as one.
 */
const FACT = `epoch UInt32, kind String, id String, sha256 String, pieces UInt32, bytes UInt64, about String`;
const FACT_KEY = '(kind, id, sha256)';
const PIECE = 'epoch UInt32, sha256 String, number UInt32, content String';
const PIECE_KEY = '(sha256, number)';

/** Makes what is not there. On a cluster each server must have the macros `shard` and `replica`. */
export async function makeTables(connection: Connection): Promise<void> {
  for (const statement of statementsFor(connection.address)) await connection.command(statement);
}

export function statementsFor({ database, cluster }: ClusterAddress): string[] {
  const table = (name: string, columns: string, engine: string, key: string) =>
    `CREATE TABLE IF NOT EXISTS ${database}.${name}${on} (${columns}) ENGINE = ${engine} PARTITION BY epoch ORDER BY ${key}`;
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  const statements = [`CREATE DATABASE IF NOT EXISTS ${database}${on}`];
  if (cluster === undefined) {
    const engine = 'ReplacingMergeTree()';
    return [...statements, table('piece', PIECE, engine, PIECE_KEY), table('fact', FACT, engine, FACT_KEY)];
  }
  const engine = (place: string, replica: string) =>
    `ReplicatedReplacingMergeTree('/clickhouse/rollcall/${database}/${place}', '${replica}')`;
  return [
    ...statements,
    table('piece_local', PIECE, engine('{shard}/piece', '{replica}'), PIECE_KEY),
    `CREATE TABLE IF NOT EXISTS ${database}.piece${on} (${PIECE})
      ENGINE = Distributed(${cluster}, ${database}, piece_local, cityHash64(sha256, number))`,
    table('fact', FACT, engine('all/fact', '{shard}-{replica}'), FACT_KEY),
  ];
}

export async function haveTables({ address: { database }, rows }: Connection): Promise<boolean> {
  const [found] = await rows(
    `SELECT name FROM system.tables WHERE database = '${database}' AND name IN ('fact', 'piece')`,
  );
  return found!.length === 2;
}

/** Really deleted, and not only marked so: of keys nothing else will do. */
export async function dropEpoch(connection: Connection, epoch: number): Promise<void> {
  const pieces = connection.address.cluster === undefined ? 'piece' : 'piece_local';
  for (const table of [pieces, 'fact']) await dropPartition(connection, table, String(epoch));
}

export async function dropPartition(
  { address: { database, cluster }, command }: Connection,
  table: string,
  partition: string,
): Promise<void> {
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  try {
    await command(`ALTER TABLE ${database}.${table}${on} DROP PARTITION ${partition}`);
  } catch (error) {
    // A replica that is down drops it when it is back: the order stands in ZooKeeper.
    if (!(error instanceof VaultFault && codeOf(error.cause) === WAITS_FOR_OTHERS)) throw error;
  }
}

const WAITS_FOR_OTHERS = 159;
