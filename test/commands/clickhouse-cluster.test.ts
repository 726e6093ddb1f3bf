import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type EpochSeconds, type Week, weekOf, weekStart } from '../../src/flow/sightings/week.ts';
import { CLUSTER, type ClickHouseServer, cluster, PASSWORD, USER } from '../support/clickhouse.ts';
import { ended, start } from '../support/command-line.ts';
import { dueAt, Press } from '../support/press.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { recutLogs } from '../support/recut.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeIn } from '../support/travelling.ts';
import { handIn, publishData, saysOf } from '../support/vault-anywhere.ts';
import { checkIn } from '../support/vault-logs.ts';

/** Two shards of two replicas, ingesters and servers that are killed, and one SQLite vault that all is compared with. */

const seed = testSeed();
const random = seededRandom(seed);
const INGESTERS = 4;
/** Whose weeks are not to be closed yet (P4), for those who look at the clock. */
const LAST_WEEK = (weekOf(Math.floor(Date.now() / 1000) as EpochSeconds) - 1) as Week;

process.env['ROLLCALL_CLICKHOUSE_PASSWORD'] = PASSWORD;
const folder = temporaryFolder();
const servers = await cluster({ after }, folder);
const press = new Press({ after });
const logs = recutLogs(random, weekStart(LAST_WEEK), { servers: 2, days: 7, linesADay: 150 }).map(({ lines }, place) =>
  writeIn(folder, `${place}.log`, lines.map(({ text }) => text).join('')),
);
await handIn(press.vault, logs, dueAt(LAST_WEEK));

/** Asked in this order. */
function vaultAt(...asked: readonly ClickHouseServer[]): string {
  const hosts = asked.map(({ port }) => `127.0.0.1:${port}`);
  return `clickhouse://${USER}@${hosts.join(',')}/rollcall?cluster=${CLUSTER}`;
}

async function factsIn(server: ClickHouseServer): Promise<number> {
  try {
    const [count] = await server.query("SELECT count() FROM rollcall.fact WHERE kind = 'contribution'");
    return Number(count);
  } catch {
    return 0;
  }
}

const MOST_POLLS = 500;

/** A replica has what another has written a little later. */
async function becomes(server: ClickHouseServer, sql: string, expected: readonly string[]): Promise<void> {
  for (let polls = 0; polls < MOST_POLLS; polls++) {
    if ((await server.query(sql)).join() === expected.join()) return;
    await delay(20);
  }
  assert.deepEqual(await server.query(sql), expected);
}

test(`V8 V10: ingesters at once, one of them and a replica killed, come to the vault of one who counts in SQLite (seed ${seed})`, async () => {
  const vault = vaultAt(...servers);
  const share = Math.ceil(logs.length / INGESTERS);
  const argsOf = (ingester: number) => {
    // Each has some that another has too.
    const own = logs.slice(ingester * share, (ingester + 1) * share + 2);
    return ['ingest', '--vault', vault, '--source', 'mirror1', '--workers', '1', ...own];
  };
  const children = Array.from({ length: INGESTERS }, (_, ingester) => start(argsOf(ingester)));
  const ends = children.map(ended);
  let isOver = false;
  void Promise.race(ends).then(() => {
    isOver = true;
  });
  while (!isOver && (await factsIn(servers[3]!)) < 1) await delay(5);
  children[0]!.kill('SIGKILL');
  await servers[0]!.kill();
  const [killed, ...others] = await Promise.all(ends);
  for (const { code, err } of others) assert.equal(code, 0, err);
  const again = await ended(start(argsOf(0)));
  assert.equal(again.code, 0, again.err);
  assert.ok(killed!.signal === 'SIGKILL' || killed!.code === 0);
  const expected = await saysOf(press.vault);
  assert.deepEqual(await saysOf(vault), expected);
  await servers[0]!.start();
  assert.deepEqual(await saysOf(vault), expected);
});

test('V9 P7: it publishes the same bytes, before and after its weeks are closed, and then holds no tally and no key', async () => {
  const vault = vaultAt(...servers);
  const out = press.path('from-cluster');
  for (const due of [dueAt(LAST_WEEK), dueAt((LAST_WEEK + 2) as Week)]) {
    await publishData(press.vault, press.out, due);
    await publishData(vault, out, due);
    assert.equal(press.fingerprint(out), press.fingerprint());
  }
  for (const [place, minute] of [1, 2].entries()) {
    const log = [writeIn(folder, 'late.log', checkIn({ time: weekStart(LAST_WEEK) + minute * 60 }))];
    for (const each of [vault, press.vault]) await handIn(each, log, dueAt((LAST_WEEK + 2) as Week));
    const left = ['part', 'state'].map((kind) => `${place + 1}\t${kind}`);
    await becomes(servers[2]!, 'SELECT DISTINCT epoch, kind FROM rollcall.fact ORDER BY kind', left);
    await becomes(servers[2]!, 'SELECT DISTINCT epoch FROM rollcall.piece', [String(place + 1)]);
    assert.deepEqual(await saysOf(vault), await saysOf(press.vault));
  }
});

test('V10: a shard that is down is an error that says what to do, and a replica is none', async () => {
  await servers[2]!.kill();
  const vault = vaultAt(servers[0]!, servers[1]!);
  const expected = await saysOf(press.vault);
  assert.deepEqual(await saysOf(vault), expected);
  await servers[3]!.kill();
  await assert.rejects(
    () => saysOf(vault),
    /a shard does not answer, and nothing was read\. Start one of its replicas/,
  );
  await servers[2]!.start();
  assert.deepEqual(await saysOf(vault), expected);
});
