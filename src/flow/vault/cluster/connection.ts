import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { VaultFault } from '../vault-fault.ts';
import type { ClusterAddress } from './address.ts';

export type ClusterRow = Record<string, string | number>;

/** The servers of a vault, asked one after the other; what can be tried again is. */
export interface Connection {
  readonly address: ClusterAddress;
  /** The answers to all of these, of one server. */
  rows(...queries: string[]): Promise<ClusterRow[][]>;
  /** The same rows twice are as good as once: every row that is written here says so by its key. */
  insert(table: string, rows: readonly ClusterRow[]): Promise<void>;
  command(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** A replica that was killed is replaced by its sibling within some seconds, and a busy server has room again. */
const WAITS_MILLISECONDS = [100, 300, 1_000, 2_000, 3_000];
const REQUEST_MILLISECONDS = 120_000;
/** Servers that are down must not hold up what is to be dropped: they do it when they are back. */
const DDL_SECONDS = 5;

const SETTINGS = {
  // Acknowledged when it is on the disk of a replica, and not when somebody has promised to bring it there.
  insert_distributed_sync: 1,
  // Less than all is no answer.
  skip_unavailable_shards: 0,
  distributed_ddl_task_timeout: String(DDL_SECONDS),
} as const;

/** Loads the client where there is a cluster: nobody else needs it. */
export async function connect(address: ClusterAddress, password: string): Promise<Connection> {
  const { ClickHouseLogLevel, createClient } = await import('@clickhouse/client');
  const clients = address.hosts.map(({ host, port }) =>
    createClient({
      url: `${address.isEncrypted ? 'https' : 'http'}://${host}:${port}`,
      username: address.user,
      password,
      request_timeout: REQUEST_MILLISECONDS,
      clickhouse_settings: { ...SETTINGS },
      // It would write queries to standard error, and the faults that are thrown here say what to do.
      log: { level: ClickHouseLogLevel.OFF },
    }),
  );
  const each = <Result>(what: string, work: (client: ClickHouseClient) => Promise<Result>) =>
    tryEach(clients, what, work);
  return {
    address,
    rows: (...queries) =>
      each('read', async (client) => {
        const answers: ClusterRow[][] = [];
        for (const query of queries) {
          const result = await client.query({ query, format: 'JSONEachRow' });
          answers.push(await result.json<ClusterRow>());
        }
        return answers;
      }),
    insert: async (table, rows) => {
      if (rows.length === 0) return;
      const insert = (client: ClickHouseClient, settings: ClickHouseSettings) =>
        client.insert({ table, values: rows, format: 'JSONEachRow', clickhouse_settings: settings });
      if (address.cluster === undefined || !(await writtenTwice(clients, (client) => insert(client, QUORUM))))
        await each('written', (client) => insert(client, {}));
    },
    command: async (sql) => {
      await each('changed', (client) => client.command({ query: sql }));
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

async function tryEach<Result>(
  clients: readonly ClickHouseClient[],
  what: string,
  work: (client: ClickHouseClient) => Promise<Result>,
): Promise<Result> {
  let last: unknown;
  for (const wait of [...WAITS_MILLISECONDS, undefined]) {
    for (const client of clients) {
      try {
        return await work(client);
      } catch (error) {
        if (!mayPass(error)) throw explained(error, what);
        last = error;
      }
    }
    if (wait !== undefined) await delay(wait);
  }
  throw explained(last, what);
}

/** On the disks of two replicas before it is acknowledged: the one that took it may be lost in the next moment. */
const QUORUM = { insert_quorum: '2', insert_quorum_timeout: 4_000 } as const;
/** Before version 20 one writer at a time is heard, and the others are told to try again. */
const QUORUM_TRIES = 12;
const QUORUM_WAIT_MILLISECONDS = 25;
const QUORUM_IS_BUSY = 286;

/** False if no second replica is there, or it does not come to it: one that is down must not stop those who count. */
async function writtenTwice(
  clients: readonly ClickHouseClient[],
  insert: (client: ClickHouseClient) => Promise<unknown>,
): Promise<boolean> {
  let place = 0;
  for (let tries = 1; tries <= QUORUM_TRIES && place < clients.length; tries++) {
    try {
      await insert(clients[place]!);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) place++;
      else if (code !== QUORUM_IS_BUSY) return false;
      else await delay(QUORUM_WAIT_MILLISECONDS * tries);
    }
  }
  return false;
}

/** ClickHouse's numbers for what is over when servers are back, less busy, or have made tables that others have. */
const PASSING: readonly number[] = [
  60, 81, 164, 202, 203, 209, 210, 225, 232, 236, 242, 244, 252, 279, 285, 286, 319, 439, 499, 999,
];
const NO_SHARD = 279;
const REFUSED = [192, 193, 194, 195, 497, 516];
const NO_ZOOKEEPER = [225, 242, 999];
const NO_DATABASE = [60, 81];

/** The number that ClickHouse gives its error; undefined of what the network says. */
export function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && /^\d+$/.test(String(error.code)) ? String(error.code) : undefined;
  const found = code ?? /Code: (\d+)/.exec(error.message)?.[1];
  return found === undefined ? undefined : Number(found);
}

function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return PASSING.includes(code);
  // What the network says; but a certificate does not become another one.
  return error instanceof Error && !('code' in error && /CERT|TLS|SSL/.test(String(error.code)));
}

/** Without the text of the server, which may quote what was sent. */
function explained(error: unknown, what: string): VaultFault {
  const options = { cause: error };
  const code = codeOf(error);
  const nothing = `nothing was ${what}`;
  const fault = (text: string) => new VaultFault('unusable', `the vault in ClickHouse: ${text}`, options);
  if (code === undefined) {
    const system = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return fault(
      `no server answers${system}, and ${nothing}. Look whether it runs, and at the address; then run again`,
    );
  }
  if (code === NO_SHARD)
    return fault(`a shard does not answer, and ${nothing}. Start one of its replicas, and run again`);
  if (REFUSED.includes(code))
    return fault(
      `the server refuses this user, or what it wants to do (${code}). Look at its name, at ROLLCALL_CLICKHOUSE_PASSWORD, and at its rights`,
    );
  if (NO_ZOOKEEPER.includes(code))
    return fault(`a server has lost ZooKeeper (${code}), and ${nothing}. Start it, and run again`);
  if (NO_DATABASE.includes(code))
    return fault('there is none at this address: name it with --vault, or make one with "rollcall ingest"');
  return fault(`the server answered with error ${code}, and ${nothing}. Its log says more`);
}
