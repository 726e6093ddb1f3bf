import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { copy } from '../../src/commands/copy.ts';
import { foldSpool } from '../../src/commands/fold-spool.ts';
import { openVault } from '../../src/commands/open-vault.ts';
import { type EpochSeconds, mondayOf, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { oneServer, PASSWORD, USER } from '../support/clickhouse.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { arrivalOf } from '../support/nginx-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { recutLogs } from '../support/recut.ts';
import { openOnDisk } from '../support/spool-on-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeIn } from '../support/travelling.ts';
import { handIn, publishData, saysOf } from '../support/vault-anywhere.ts';
import { MONDAY, WEEK } from '../support/vault-logs.ts';

/** A vault in ClickHouse says what a vault in SQLite says: one server, without ZooKeeper. */

const seed = testSeed();
const folder = temporaryFolder();
process.env['ROLLCALL_CLICKHOUSE_PASSWORD'] = PASSWORD;
const server = await oneServer({ after } as never, folder);
let databases = 0;

function newDatabase(): string {
  return `clickhouse://${USER}@127.0.0.1:${server.port}/rollcall_${++databases}`;
}

/** Of a file that was published, as ClickHouse would write them. */
function rowsIn(file: string, columns: readonly string[]): string[] {
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return rows.map((row) => columns.map((column) => row[column]).join('\t')).sort();
}

/** The examples for those who ask in SQL. */
function queriesIn(text: string): string[] {
  const blocks = text.split(/^ {4}-- .*\n/m).slice(1);
  return blocks.map((block) => /^(?: {4}.*\n)+/.exec(`${block}\n`)![0]);
}

function requestAt(time: number, number: number) {
  const agent = `libdnf (AlmaLinux 9.${number % 4}; generic; Linux.x86_64)`;
  const target = `/mirrorlist/9/baseos?arch=x86_64&countme=${1 + (number % 4)}`;
  return { method: 'GET', target, status: number % 7 === 0 ? 404 : 200, time, agent, address: `198.51.${number}.7` };
}

const SOON = (MONDAY + 8 * 86_400) as EpochSeconds;
const LAST = 2;
const week = (number: number) => (WEEK + number) as Week;

describe('a vault in ClickHouse', () => {
  test(`V8: logs cut in any way come to the vault that SQLite comes to, whoever hands them in (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const pieces = recutLogs(random, MONDAY, { servers: 2, days: 3, linesADay: 60 });
    const paths = pieces.map(({ lines }, place) =>
      writeIn(folder, `${place}.log`, lines.map(({ text }) => text).join('')),
    );
    const [cluster, file] = [newDatabase(), join(folder, 'all.sqlite')];
    const half = Math.ceil(paths.length / 2);
    const said = await Promise.all(
      [paths.slice(half), paths.slice(0, half)].map((part) => handIn(cluster, part, SOON)),
    );
    assert.match(said[0]!, /^Handed in \d+ check-ins in \d+ logs/);
    await handIn(file, paths, SOON);
    assert.deepEqual(await saysOf(cluster), await saysOf(file));
    assert.match(await handIn(cluster, paths, SOON), new RegExp(`already counted: ${paths.length} logs`));
    assert.deepEqual(await saysOf(cluster), await saysOf(file));
  });

  test('V9 V12: what is published of it is published of SQLite, byte for byte, in SQL cell by cell, and from a copy', async (context) => {
    const press = new Press(context);
    const cluster = newDatabase();
    const out = press.path('from-cluster');
    const steps = [
      { from: 0, until: LAST, due: LAST - 1 },
      { from: LAST, until: LAST + 1, due: LAST },
    ];
    for (const { from, until, due } of steps) {
      const log = Array.from({ length: until - from }, (_, i) => fleetLog(week(from + i), EVERYDAY)).join('');
      await press.count(log, dueAt(week(due)));
      await handIn(cluster, [press.write('log', log)], dueAt(week(due)));
      await publishData(press.vault, press.out, dueAt(week(due)));
      await publishData(cluster, out, dueAt(week(due)));
      assert.equal(press.fingerprint(out), press.fingerprint());
      assert.match(await publishData(cluster, out, dueAt(week(due))), /^Nothing has changed/m);
      // What is asked in SQL is what stands in the files.
      const database = cluster.split('/').at(-1);
      const columns = 'week_start, os, version, arch, age, systems';
      assert.deepEqual(
        (await server.query(`SELECT ${columns} FROM ${database}.systems`)).sort(),
        rowsIn(press.path('site/data/systems.csv'), columns.split(', ')),
      );
      const [newest] = await server.query(`SELECT max(week_start), count() FROM ${database}.weeks WHERE systems > 0`);
      assert.equal(newest, `${mondayOf(week(due))}\t${due + 1}`);
    }
    const asked = queriesIn(readFileSync(join(import.meta.dirname, '../../docs/setups/README.md'), 'utf8'));
    assert.equal(asked.length, 3);
    for (const query of asked)
      assert.ok((await server.query(query.replaceAll('rollcall.', `${cluster.split('/').at(-1)}.`))).length > LAST);
    const [file, second] = [press.path('copy.sqlite'), newDatabase()];
    const terminal = capture();
    assert.equal(await copy({ vault: cluster, to: file }, terminal, dueAt(week(LAST))), 0);
    assert.equal(await copy({ vault: press.vault, to: second }, terminal, dueAt(week(LAST))), 0);
    assert.match(terminal.outText(), /compared on both sides/);
    for (const [place, vault] of [file, second].entries()) {
      const other = press.path(`from-copy-${place}`);
      await publishData(vault, other, dueAt(week(LAST)));
      assert.equal(press.fingerprint(other), press.fingerprint());
    }
    await assert.rejects(() => copy({ vault: press.vault, to: cluster }, terminal, dueAt(week(LAST))), /so it stays/);
  });

  test('V8 W3: a spool is folded into it as into SQLite, and its finished segments are gone then', async (context) => {
    const [cluster, file] = [newDatabase(), join(folder, 'spool.sqlite')];
    const start = weekStart(WEEK) + 3_600;
    const place = join(folder, 'spool');
    mkdirSync(place);
    const { spool, at } = openOnDisk(context, place, start);
    for (const [number, hour] of [0, 0, 0, 1, 1].entries()) {
      at(start + hour * 3_600);
      for (let i = 0; i < 20; i++) spool.arrive(arrivalOf(requestAt(start + hour * 3_600, number * 20 + i)));
      await spool.flush();
    }
    await spool.close();
    const names = readdirSync(place).filter((name) => name.endsWith('.spool'));
    assert.equal(names.length, 2);
    const kept = new Map(names.map((name) => [name, readFileSync(join(place, name), 'latin1')]));
    // A copy that was made after the first batch is handed in too, before it and once more later.
    const [[name, text]] = [...kept].sort() as [[string, string]];
    const end = text.indexOf('\n', text.indexOf('\n. 1 ') + 1) + 1;
    const earlier = writeIn(folder, name, text.slice(0, end));
    assert.match(await handIn(cluster, [earlier], SOON, place), /Handed in \d+ check-ins in 1 log/);
    for (const vault of [cluster, file]) {
      for (const [name, text] of kept) writeIn(place, name, text);
      const reports = await foldSpool(place, { vault }, capture(), clockAt(SOON));
      assert.deepEqual(
        reports.map(({ status }) => status),
        ['counted', 'counted'],
      );
      assert.deepEqual(
        readdirSync(place).filter((name) => name.endsWith('.spool')),
        [],
      );
    }
    assert.deepEqual(await saysOf(cluster), await saysOf(file));
    assert.match(await handIn(cluster, [earlier], SOON, place), /already counted: 1 log/);
    assert.deepEqual(await saysOf(cluster), await saysOf(file));
  });

  test('V9: of two runs that publish at once one is told so, and what the other has published stands', async () => {
    const vault = newDatabase();
    await handIn(vault, [writeIn(folder, 'one.log', fleetLog(WEEK, EVERYDAY))], SOON);
    const runs = [await openVault(vault, capture()), await openVault(vault, capture())];
    const publish = (run: number) =>
      runs[run]!.shared!.recordPublication(
        'almalinux',
        [{ week: WEEK, revision: 1, content: Buffer.from(`by ${run}`) }],
        { number: 1, text: `by ${run}` },
      );
    const results = await Promise.allSettled([publish(0), publish(1)]);
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    assert.ok(failed.length > 0);
    for (const reason of failed) assert.match(reason, /another run has published from this vault in the meantime/);
    for (const run of runs) await run.close();
    const read = await openVault(vault, capture());
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    assert.deepEqual(read.vault.manifests('almalinux'), winner === -1 ? [] : [`by ${winner}`]);
    await read.close();
  });
});
