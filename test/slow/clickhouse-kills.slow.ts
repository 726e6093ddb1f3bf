import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { oneServer, PASSWORD, USER } from '../support/clickhouse.ts';
import { ended, start } from '../support/command-line.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { recutLogs } from '../support/recut.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeIn } from '../support/travelling.ts';
import { handIn, saysOf } from '../support/vault-anywhere.ts';
import { MONDAY } from '../support/vault-logs.ts';

const seed = testSeed();
const INGESTERS = 3;
const KILLS_OF_A_LOG = 2;
const now = Math.floor(Date.now() / 1000) as EpochSeconds;

process.env['ROLLCALL_CLICKHOUSE_PASSWORD'] = PASSWORD;
const folder = temporaryFolder();
const server = await oneServer({ after }, folder);

test(`V8 P7: ingesters of weeks that are over, each killed twice while it hands in or ends the epoch (seed ${seed})`, async (context) => {
  const random = seededRandom(seed);
  const vault = `clickhouse://${USER}@127.0.0.1:${server.port}/rollcall`;
  const file = join(folder, 'all.sqlite');
  const sizes = { servers: 2, days: 5, linesADay: 60 };
  const logs = recutLogs(random, MONDAY, sizes).map(({ lines }, place) =>
    writeIn(folder, `${place}.log`, lines.map(({ text }) => text).join('')),
  );
  await handIn(file, logs, now);
  const left = [...logs];
  let kills = 0;
  const count = async () => {
    for (let log = left.shift(); log !== undefined; log = left.shift()) {
      for (let tries = 0; ; tries++) {
        const child = start(['ingest', '--vault', vault, '--source', 'mirror1', '--workers', '1', log]);
        const end = ended(child);
        if (tries < KILLS_OF_A_LOG) void delay(500 + random.below(1_500)).then(() => child.kill('SIGKILL'));
        const { code, err } = await end;
        if (code === 0) break;
        assert.equal(code, null, err);
        kills++;
      }
    }
  };
  await Promise.all(Array.from({ length: INGESTERS }, count));
  context.diagnostic(`${kills} kills of ${logs.length} ingesters`);
  assert.ok(kills > logs.length / 2);
  assert.deepEqual(countedIn(await saysOf(vault)), countedIn(await saysOf(file)));
  await handIn(vault, logs, now);
  assert.deepEqual(countedIn(await saysOf(vault)), countedIn(await saysOf(file)));
});

/** Without what rests on networks: a week that is closed before its last log has fewer of them (P4). */
function countedIn(said: unknown): unknown {
  const {
    weeks,
    addresses: _,
    ...others
  } = said as { weeks: { cells: unknown; rejections: unknown }[]; addresses: unknown };
  return { ...others, weeks: weeks.map(({ cells, rejections }) => ({ cells, rejections })) };
}
