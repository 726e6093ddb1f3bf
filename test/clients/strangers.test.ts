import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { Workplace } from '../support/command-line.ts';
import { countByOracle } from '../support/oracle.ts';
import { type Random, seededRandom, testSeed } from '../support/random.ts';
import { readWithKernel } from '../support/readers.ts';
import { strangersBytes } from '../support/strangers.ts';
import { problemWithServer, startWebServer, WEB_SERVERS, type WebServer } from '../support/web-servers.ts';

const HONEST = 300;
const STRANGERS = 1_000;
/** Strangers come first, as many as the format of a log is recognised by. */
const FIRST = 400;
const AT_ONCE = 25;
/** The server sends away who says nothing more for a second; most do not wait for that. */
const PATIENCE_MILLISECONDS = [100, 1_500] as const;
const SELDOM = 31;

const seed = testSeed();

for (const name of WEB_SERVERS) {
  const problem = problemWithServer(name);
  const skip = problem !== undefined && !process.env['CI'] ? problem : false;
  const title = `L7 L8 L9 L11 whatever strangers send to ${name}, each honest check-in is counted (seed ${seed})`;
  test(title, { skip }, async (context) => {
    const server = await startWebServer(context, name);
    await visit(server, seededRandom(seed));
    await server.stop();
    await assertCounted(context, server.log);
  });
}

/** A log of nothing but what strangers did, then of them and honest systems by turns. */
async function visit({ port }: WebServer, random: Random): Promise<void> {
  const connections: string[] = [];
  for (let stranger = 0; stranger < STRANGERS; stranger++) connections.push(strangersBytes(random));
  for (let system = 0; system < HONEST; system++) {
    connections.splice(FIRST + random.below(connections.length - FIRST), 0, honestBytes(system));
  }
  const next = connections.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [, bytes] of next) await converse(port, bytes);
    }),
  );
}

function honestBytes(system: number): string {
  const target = ['/mirrorlist/9/baseos?countme=2', '/metalink/10/baseos&countme=2'][system % 2];
  return [
    `GET ${target} HTTP/1.1`,
    'Host: mirrors.example.org',
    'User-Agent: libdnf (Honest Linux 9.6; generic; Linux.x86_64)',
    'Connection: close',
    '',
    '',
  ].join('\r\n');
}

/** Honest systems wait for their answer; strangers only a while. */
function converse(port: number, bytes: string): Promise<void> {
  const isHonest = bytes.includes('Honest Linux');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    const patience = PATIENCE_MILLISECONDS[bytes.length % SELDOM === 0 ? 1 : 0];
    if (!isHonest) socket.setTimeout(patience, () => socket.destroy());
  });
}

async function assertCounted(context: TestContext, log: string): Promise<void> {
  const message = `ROLLCALL_TEST_SEED=${seed}`;
  const place = new Workplace(context);
  copyFileSync(log, place.path('access.log'));
  const run = await place.ingest(['access.log']);
  assert.equal(run.code, 0, message);
  const [{ status, candidates, counted, rejected } = assert.fail(message)] = run.logs;
  assert.equal(status, 'counted', message);
  // Whatever stands in it, a line is of the server's format.
  const { tally } = readWithKernel(readFileSync(log));
  assert.equal(tally.misfits, 0, message);
  const { rows: _, ...expected } = countByOracle(readFileSync(log), Date.now() / 1000);
  assert.deepEqual({ candidates, counted, rejected }, expected, message);
  assert.ok(rejected['malformed']! > STRANGERS / 20, `${message}: strangers were strange`);
  const rows = parse(await place.totals(), { columns: true }) as Record<string, string>[];
  const honest = rows.filter((row) => row['os_name'] === 'Honest Linux');
  assert.equal(
    honest.reduce((sum, row) => sum + Number(row['hits']), 0),
    HONEST,
    message,
  );
}
