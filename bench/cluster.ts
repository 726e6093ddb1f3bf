import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../src/fleet/random.ts';
import { type EpochSeconds, type Week, weekOf } from '../src/flow/sightings/week.ts';
import { CLUSTER, type ClickHouseServer, cluster, PASSWORD, USER } from '../test/support/clickhouse.ts';
import { runRollcall } from './measure.ts';
import type { Bench, Row } from './results.ts';
import { writeYearsOfLogs } from './years-of-logs.ts';

const WEEKS = 52;
const TALLIES = 2_000;
const INGESTERS = 32;
const KILLED = 4;
const FIRST_WEEK = (weekOf(Math.floor(Date.now() / 1000) as EpochSeconds) - WEEKS) as Week;

/** Many ingesters on two shards of two replicas, some of them and a replica killed, beside one ingester and one file. */
export async function benchCluster(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-cluster-'));
  const cleanUps: (() => unknown)[] = [];
  process.env['ROLLCALL_CLICKHOUSE_PASSWORD'] = PASSWORD;
  try {
    const key = join(folder, 'tally.key');
    await runRollcall(['tally-key', key]);
    const tallies = await makeTallies(folder, key);
    const servers = await cluster({ after: (cleanUp: () => unknown) => cleanUps.push(cleanUp) }, folder);
    const vaultIn = (database: string) =>
      `clickhouse://${USER}@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${database}?cluster=${CLUSTER}`;
    const file = join(folder, 'vault.sqlite');
    const inFile = await ingest(file, key, tallies);
    const alone = await ingest(vaultIn('alone'), key, tallies);
    const many = await ingestTogether(vaultIn('many'), key, tallies, servers);
    const expected = await totalsOf(file, folder);
    const read = process.hrtime.bigint();
    const found = await totalsOf(vaultIn('many'), folder);
    const seconds = Number(process.hrtime.bigint() - read) / 1e9;
    const differing = linesBeside(expected, found) + linesBeside(expected, await totalsOf(vaultIn('alone'), folder));
    return {
      name: 'cluster',
      text: `Whole processes, servers and ingesters on this machine: ClickHouse 18.16, two shards of two replicas, and ZooKeeper.
${TALLIES} tallies of ${WEEKS} weeks; ${KILLED} of the ingesters and a replica are killed by -9 on the way, and what was killed is run or started again.`,
      rows: [
        {
          what: 'rows of totals that differ from one SQLite vault, of both',
          ours: String(differing),
          peer: '',
          theirs: String(expected.length),
          figure: differing,
          target: 0,
          unit: '',
        },
        time(`${INGESTERS} ingesters at once, with kills`, many, 'one ingester', alone, 4),
        time('one ingester, ClickHouse', alone, 'one ingester, SQLite', inFile, 8),
        time('totals of all weeks, ClickHouse', seconds, 'ingest, SQLite', inFile, 2),
      ],
      peers: '',
    };
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    rmSync(folder, { recursive: true, force: true });
  }
}

function time(what: string, ours: number, peer: string, theirs: number, target: number): Row {
  return {
    what,
    ours: `${ours.toFixed(1)} s`,
    peer,
    theirs: `${theirs.toFixed(1)} s`,
    figure: ours / theirs,
    target,
    unit: 'x',
  };
}

/** Days of three servers, some of them in two parts, each tallied by itself. Their files. */
async function makeTallies(folder: string, key: string): Promise<string[]> {
  const logs = join(folder, 'logs');
  writeYearsOfLogs(logs, FIRST_WEEK, WEEKS);
  const days = readdirSync(logs).flatMap((server) =>
    readdirSync(join(logs, server)).map((day) => [server, day] as const),
  );
  for (const [server, day] of days.slice(0, TALLIES - days.length)) {
    const path = join(logs, server, day);
    const lines = readFileSync(path, 'latin1').split(/(?<=\n)/);
    const half = lines.length / 2;
    writeFileSync(`${path}.a`, lines.slice(0, half).join(''));
    writeFileSync(path, lines.slice(half).join(''));
    renameSync(path, `${path}.b`);
  }
  const out = join(folder, 'tallies');
  for (const server of readdirSync(logs))
    await runRollcall(['tally', '--key', key, '--source', server, '--out', out, join(logs, server)]);
  const tallies = readdirSync(out).map((name) => join(out, name));
  if (tallies.length !== TALLIES) throw new Error(`${tallies.length} tallies: expected ${TALLIES}`);
  return tallies;
}

async function ingest(vault: string, key: string, tallies: readonly string[]): Promise<number> {
  return (await runRollcall(['ingest', '--vault', vault, '--key', key, ...tallies])).seconds;
}

async function ingestTogether(
  vault: string,
  key: string,
  tallies: readonly string[],
  servers: readonly ClickHouseServer[],
): Promise<number> {
  const random = createRandom(7);
  const shuffled = tallies.map((tally) => ({ tally, at: random.below(2 ** 30) })).sort((a, b) => a.at - b.at);
  const start = (ingester: number) => {
    const own = shuffled.filter((_, place) => place % INGESTERS === ingester).map(({ tally }) => tally);
    const args = ['dist/main.cjs', 'ingest', '--workers', '1', '--vault', vault, '--key', key, ...own];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const started = process.hrtime.bigint();
  const children = Array.from({ length: INGESTERS }, (_, ingester) => start(ingester));
  const ends = children.map(endOf);
  await hasFacts(servers[3]!, 100);
  for (const child of children.slice(0, KILLED)) child.kill('SIGKILL');
  await hasFacts(servers[3]!, 300);
  await servers[0]!.kill();
  await hasFacts(servers[3]!, 800, 100);
  await servers[0]!.start();
  for (const [ingester, code] of (await Promise.all(ends)).entries()) {
    if (code === 0) continue;
    if (ingester >= KILLED) throw new Error(`ingester ${ingester} ended with ${code}`);
    const again = await endOf(start(ingester));
    if (again !== 0) throw new Error(`ingester ${ingester}, run again, ended with ${again}`);
  }
  return Number(process.hrtime.bigint() - started) / 1e9;
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** As many contributions as that, or as there will be: an epoch may have ended. */
async function hasFacts(server: ClickHouseServer, count: number, most = 1_000): Promise<void> {
  for (let polls = 0; polls < most; polls++) {
    const sql = "SELECT count() FROM many.fact WHERE kind = 'contribution'";
    const [found] = await server.query(sql).catch(() => ['0']);
    if (Number(found) >= count) return;
    await delay(50);
  }
}

async function totalsOf(vault: string, folder: string): Promise<string[]> {
  const csv = join(folder, 'totals.csv');
  mkdirSync(folder, { recursive: true });
  await runRollcall(['totals', '--vault', vault, '--all-weeks', '--csv', csv]);
  return readFileSync(csv, 'utf8').split('\r\n').slice(0, -1);
}

function linesBeside(expected: readonly string[], found: readonly string[]): number {
  const own = new Set(expected);
  const others = new Set(found);
  return expected.filter((line) => !others.has(line)).length + found.filter((line) => !own.has(line)).length;
}
