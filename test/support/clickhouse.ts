import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Real servers of ClickHouse and ZooKeeper on loopback, as Debian brings them, each stopped by its own id. */

export const USER = 'counter';
export const PASSWORD = 'only "for" tests';
/** As the servers' configuration calls it. */
export const CLUSTER = 'counting';

/** By default the test or the file that is running. */
interface Owner {
  after(cleanUp: () => unknown): void;
}

export interface ClickHouseServer {
  port: number;
  tcpPort: number;
  start(): Promise<void>;
  /** -9: nothing is put in order. */
  kill(): Promise<void>;
  /** The lines of a query's answer. */
  query(sql: string): Promise<string[]>;
}

/** One server, without ZooKeeper. */
export async function oneServer(owner: Owner, folder: string): Promise<ClickHouseServer> {
  const server = await newServer(join(folder, 'server'), '');
  owner.after(() => server.kill());
  await server.start();
  return server;
}

/** Two shards of two replicas, in the order shard 1, shard 1, shard 2, shard 2. */
export async function cluster(owner: Owner, folder: string): Promise<ClickHouseServer[]> {
  const zookeeper = await startZooKeeper(join(folder, 'zookeeper'));
  owner.after(() => zookeeper.kill());
  const ports = await freePorts(4);
  const replica = (tcpPort: number) =>
    `<replica><host>127.0.0.1</host><port>${tcpPort}</port><user>${USER}</user><password>${escaped(PASSWORD)}</password></replica>`;
  const shard = (tcpPorts: readonly number[]) =>
    `<shard><internal_replication>true</internal_replication>${tcpPorts.map(replica).join('')}</shard>`;
  const together = `
    <zookeeper><node><host>127.0.0.1</host><port>${zookeeper.port}</port></node><session_timeout_ms>6000</session_timeout_ms></zookeeper>
    <remote_servers><${CLUSTER}>${shard(ports.slice(0, 2))}${shard(ports.slice(2))}</${CLUSTER}></remote_servers>
    <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>`;
  const servers = await Promise.all(
    ports.map((tcpPort, place) => {
      const macros = `<macros><shard>${place < 2 ? 1 : 2}</shard><replica>node${place + 1}</replica></macros>`;
      return newServer(join(folder, `node${place + 1}`), together + macros, tcpPort);
    }),
  );
  owner.after(() => Promise.all(servers.map((server) => server.kill())));
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

async function newServer(folder: string, together: string, givenPort?: number): Promise<ClickHouseServer> {
  mkdirSync(folder, { recursive: true });
  const [port, interserverPort, freePort] = await freePorts(3);
  const tcpPort = givenPort ?? freePort!;
  const config = join(folder, 'config.xml');
  writeFileSync(
    config,
    `<yandex>
      <logger><level>warning</level><log>${folder}/server.log</log><errorlog>${folder}/error.log</errorlog></logger>
      <http_port>${port}</http_port><tcp_port>${tcpPort}</tcp_port>
      <interserver_http_port>${interserverPort}</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>
      <listen_host>127.0.0.1</listen_host>
      <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
      <users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
      <mark_cache_size>10485760</mark_cache_size><timezone>UTC</timezone>${together}
    </yandex>`,
  );
  // Before version 20 a server passes on to another one what only that can drop, and says that it is this user.
  const asThemselves = `<default><password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default>`;
  writeFileSync(
    join(folder, 'users.xml'),
    `<yandex>
      <profiles><default><load_balancing>in_order</load_balancing></default></profiles>
      <quotas><default/></quotas>
      <users><${USER}><password>${escaped(PASSWORD)}</password><networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota></${USER}>${asThemselves}</users>
    </yandex>`,
  );
  let child: ChildProcess | undefined;
  const query = async (sql: string) => {
    const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: sql,
      headers: { authorization },
      signal: AbortSignal.timeout(QUERY_MILLISECONDS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text.split('\n').filter((line) => line !== '');
  };
  const server: ClickHouseServer = {
    port: port!,
    tcpPort,
    query,
    start: async () => {
      child = spawn('/usr/sbin/clickhouse-server', [`--config-file=${config}`], { stdio: 'ignore', cwd: folder });
      const started = child;
      for (;;) {
        if (hasEnded(started))
          throw new Error(`clickhouse-server ended with ${started.exitCode}: ${lastFault(`${folder}/error.log`)}`);
        try {
          await query('SELECT 1');
          return;
        } catch {
          await delay(20);
        }
      }
    },
    kill: () => killed(child),
  };
  return server;
}

function lastFault(log: string): string {
  return (
    readFileSync(log, 'utf8')
      .match(/DB::Exception: .*/g)
      ?.at(-1) ?? 'it said nothing'
  );
}

async function startZooKeeper(folder: string): Promise<{ port: number; kill(): Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const [port] = await freePorts(1);
  const config = join(folder, 'zoo.cfg');
  writeFileSync(
    config,
    `tickTime=500\ndataDir=${folder}\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`,
  );
  const classPath = `${folder}:/usr/share/java/zookeeper.jar`;
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const child = spawn(
    'java',
    ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, main, config],
    {
      stdio: 'ignore',
      cwd: folder,
    },
  );
  // Its port is open before it serves, and a server that starts in between falls over it.
  while (!(await answers(port!))) {
    if (hasEnded(child)) throw new Error('ZooKeeper has ended before it answered');
    await delay(50);
  }
  return { port: port!, kill: () => killed(child) };
}

const ANSWER_MILLISECONDS = 500;
const QUERY_MILLISECONDS = 30_000;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes;
    });
    // Asked at the wrong moment it takes the question and never answers.
    socket.setTimeout(ANSWER_MILLISECONDS, () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(said.includes('Mode: ')));
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Below those that the system gives to connections: a server that was killed must find its own again. */
const FIRST_PORT = 12_000;
const PORTS = 18_000;
/** Other test files look for some at the same time. */
const PORTS_OF_A_FILE = 32;
let tried = (process.pid * PORTS_OF_A_FILE) % PORTS;

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST_PORT + (tried++ % PORTS);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const holder = createServer();
    holder.on('error', () => resolve(false));
    holder.listen(port, '127.0.0.1', () => holder.close(() => resolve(true)));
  });
}
