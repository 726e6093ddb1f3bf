import { setTimeout as delay } from 'node:timers/promises';
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
  for (const statement of statementsFor(connection.address)) await carriedOut(connection, statement);
  for (let looks = 0; !(await haveTables(connection)); looks++) {
    if (looks === MOST_LOOKS)
      throw new VaultFault(
        'unusable',
        'the vault in ClickHouse: its tables are not there yet, as a server of the cluster is down. Start it, and run again',
      );
    await delay(LOOK_MILLISECONDS);
  }
}

const MOST_LOOKS = 120;
const LOOK_MILLISECONDS = 500;

/** The order stands in ZooKeeper: a server that is down or busy carries it out later. */
async function carriedOut({ command }: Connection, statement: string): Promise<void> {
  try {
    await command(statement);
  } catch (error) {
    if (!(error instanceof VaultFault && codeOf(error.cause) === WAITS_FOR_OTHERS)) throw error;
  }
}

const WAITS_FOR_OTHERS = 159;

export function statementsFor({ database, cluster }: ClusterAddress): string[] {
  const table = (name: string, columns: string, engine: string, key: string) =>
    `CREATE TABLE IF NOT EXISTS ${database}.${name}${on} (${columns}) ENGINE = ${engine} PARTITION BY epoch ORDER BY ${key}${settings}`;
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  const settings = cluster === undefined ? '' : KILLED_REPLICA;
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

/**
 * A replica that was killed has parts that it had not told ZooKeeper yet: nobody was told that they are written, and it sets
 * them aside. Of a table of few rows they are too many for it by default, and it would not start without a hand.
 */
const KILLED_REPLICA = ' SETTINGS replicated_max_ratio_of_wrong_parts = 1';

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

export async function dropPartition(connection: Connection, table: string, partition: string): Promise<void> {
  const { database, cluster } = connection.address;
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  await carriedOut(connection, `ALTER TABLE ${database}.${table}${on} DROP PARTITION ${partition}`);
}
