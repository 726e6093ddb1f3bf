import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createServer } from 'node:tls';
import { parse } from 'csv-parse/sync';
import { copy } from '../../src/commands/copy.ts';
import { foldSpool } from '../../src/commands/fold-spool.ts';
import { ingest } from '../../src/commands/ingest.ts';
import { openCluster, openVault } from '../../src/commands/open-vault.ts';
import { type EpochSeconds, mondayOf, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { oneServer, PASSWORD, USER } from '../support/clickhouse.ts';
import { rollcall } from '../support/command-line.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { arrivalOf } from '../support/nginx-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { recutLogs } from '../support/recut.ts';
import { selfSigned } from '../support/self-signed.ts';
import { openOnDisk } from '../support/spool-on-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeIn } from '../support/travelling.ts';
import { handIn, publishData, saysOf } from '../support/vault-anywhere.ts';
import { checkIn, MONDAY, WEEK } from '../support/vault-logs.ts';

/** A vault in ClickHouse says what a vault in SQLite says: one server, without ZooKeeper. */

const seed = testSeed();
const folder = temporaryFolder();
process.env['ROLLCALL_CLICKHOUSE_PASSWORD'] = PASSWORD;
const server = await oneServer({ after }, folder);
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

  test('V11 V10: encrypted it asks no server that nobody vouches for; a password is in no message', async (context) => {
    const vault = newDatabase();
    await handIn(vault, [writeIn(folder, 'tls.log', checkIn({ time: MONDAY }))], SOON);
    const { key, cert } = selfSigned('localhost');
    const proxy = createServer({ key, cert }, (client) => {
      const inside = connect(server.port, '127.0.0.1');
      client.pipe(inside).pipe(client);
      for (const socket of [client, inside]) {
        socket.on('error', () => {
          client.destroy();
          inside.destroy();
        });
      }
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    context.after(() => proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const place = `clickhouse://${USER}@localhost:${port}/${vault.split('/').at(-1)}?tls=yes`;
    const trusted = await rollcall(['report', '--vault', place], {
      env: { NODE_EXTRA_CA_CERTS: writeIn(folder, 'ca.pem', cert) },
    });
    assert.equal(trusted.code, 0, trusted.err);
    assert.match(trusted.out, /^1 system checked in/);
    const env = { ROLLCALL_CLICKHOUSE_PASSWORD: 'a wrong word' };
    const refused = [
      { run: await rollcall(['report', '--vault', place]), says: /no server answers \(DEPTH_ZERO_SELF_SIGNED_CERT\)/ },
      { run: await rollcall(['report', '--vault', vault], { env }), says: /the server refuses this user.*\(19\d\)/ },
      { run: await rollcall(['report', '--vault', newDatabase()]), says: /there is no vault at this address/ },
      { run: await rollcall(['recount', '--vault', vault, 'x.log']), says: /recount works on a vault in SQLite only/ },
    ];
    for (const { run, says } of refused) {
      assert.equal(run.code, 2);
      assert.match(run.err, says);
      assert.doesNotMatch(run.err + run.out, /wrong word|only "for" tests/);
    }
  });

  test('V8 R12: handing in says what counting in SQLite says: of addresses that tell nothing, and of what does not count', async () => {
    const proxied = fleetLog(WEEK, EVERYDAY).replaceAll(/^\S+/gm, '10.0.0.7');
    const wrong = checkIn({ time: MONDAY, agent: 'curl/8' });
    const paths = [
      writeIn(folder, 'proxied.log', proxied),
      writeIn(folder, 'wrong.log', wrong),
      join(folder, 'none.log'),
    ];
    const [inCluster, inFile] = await Promise.all(
      [newDatabase(), join(folder, 'said.sqlite')].map(async (vault) => {
        const terminal = capture();
        const code = await ingest(paths, { vault, source: 'mirror1', workers: 1 }, terminal, clockAt(SOON));
        assert.equal(code, 1);
        return terminal.outText();
      }),
    );
    const about = (said: string, what: RegExp) => what.exec(said)?.[0];
    assert.match(inCluster!, /ADDRESSES SAY NOTHING: 1 source/);
    assert.equal(about(inCluster!, /ADDRESSES(?:.*\n){4}/), about(inFile!, /ADDRESSES(?:.*\n){4}/));
    for (const said of [inCluster!, inFile!])
      assert.match(said, /wrong\.log: none of its 1 check-in counts \(agent 1\)/);
  });

  test('V8 I1: a log that was changed is handed in and does not count, and whoever reads is told', async () => {
    const vault = newDatabase();
    const lines = Array.from({ length: 60 }, (_, i) => checkIn({ time: MONDAY + i * 60, host: `198.51.${i}.7` }));
    await handIn(vault, [writeIn(folder, 'changed.log', lines.join(''))], SOON);
    const others = lines.map((line, i) => (i > 20 && i < 40 ? line.replace('198.51.', '203.77.') : line));
    await handIn(vault, [writeIn(folder, 'changed.log', others.join(''))], SOON);
    const terminal = capture();
    const opened = await openVault(vault, terminal);
    assert.equal(
      opened.vault.weeks().reduce((sum, { hits }) => sum + hits, 0),
      60,
    );
    await opened.close();
    assert.match(
      terminal.errText(),
      /NOT counted: 1 log\n +\S*changed\.log: it holds some of the lines that were counted/,
    );
  });

  test('V8 V9 V11: the commands of docs/setups do what is said of them', (context) => {
    const here = temporaryFolder(context);
    const readme = readFileSync(join(import.meta.dirname, '../../docs/setups/README.md'), 'utf8');
    const [, section] = readme.split('## A vault in ClickHouse');
    const [ingesting, publishing, reporting, verifying, there, back, ...others] = section!
      .split('\n')
      .flatMap((line) => /^ {4}(rollcall .*?)(?: +# .*)?$/.exec(line)?.[1] ?? []);
    assert.deepEqual(others, []);
    const log = writeIn(here, 'mirrorlist.log.1', fleetLog(WEEK, EVERYDAY));
    const main = join(import.meta.dirname, '../../src/main.ts');
    writeIn(here, 'rollcall', `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    chmodSync(join(here, 'rollcall'), 0o755);
    const env: Record<string, string> = {
      PATH: `${here}:${process.env['PATH']}`,
      ROLLCALL_CLICKHOUSE_PASSWORD_FILE: writeIn(here, 'clickhouse.password', `${PASSWORD}\n`),
    };
    assert.match(section!, /export ROLLCALL_CLICKHOUSE_PASSWORD_FILE=/);
    const shell = (command: string, vault: string) => {
      const text = command.replace('/var/log/nginx/mirrorlist.log*', log).replace('/srv/count', join(here, 'site'));
      const run = spawnSync('dash', ['-c', text], { cwd: here, env: { ...env, vault }, encoding: 'utf8' });
      assert.equal(run.status, 0, run.stdout + run.stderr);
      return run.stdout;
    };
    const [first, second] = [newDatabase(), newDatabase()];
    assert.match(shell(ingesting!, first), /^Handed in [\d,]+ check-ins in 1 log/);
    assert.match(shell(publishing!, first), /Publication 1 is in/);
    assert.match(shell(reporting!, first), /systems checked in in the week of/);
    assert.match(shell(verifying!, first), /is sound/);
    assert.match(shell(back!, first), /compared on both sides/);
    assert.match(shell(there!, second), /compared on both sides/);
  });

  test('P7 V8: epochs that several runs end at once, while others hand in and publish, lose and double nothing', async () => {
    const [vault, file] = [newDatabase(), join(folder, 'epochs.sqlite')];
    const logs = [0, 1, 2, 3, 4, 5].map((day) =>
      writeIn(folder, `day-${day}.log`, fleetLog(WEEK, EVERYDAY, { from: day * 24, until: day * 24 + 24 })),
    );
    await handIn(file, logs, SOON);
    await handIn(vault, logs.slice(0, 2), SOON);
    for (const place of [2, 4]) {
      const early = await openCluster(vault, 'write', capture());
      await handIn(vault, logs.slice(place, place + 1), SOON);
      const late = await openCluster(vault, 'write', capture());
      const publishing = await openCluster(vault, 'write', capture());
      const published = { distribution: 'almalinux', revisions: [], manifest: { number: place, text: `${place}` } };
      const [first, second, , publication] = await Promise.allSettled([
        late.cluster.settle(late.working, SOON),
        early.cluster.settle(early.working, SOON),
        handIn(vault, logs.slice(place + 1, place + 2), SOON),
        publishing.cluster.recordPublication(publishing.working, {
          ...published,
          confirmed: [],
          views: [],
          state: undefined,
        }),
      ]);
      assert.equal(`${first!.status} ${second!.status}`, 'fulfilled fulfilled');
      for (const { close } of [early, late, publishing]) await close();
      const read = await openVault(vault, capture());
      const manifests = read.vault.manifests('almalinux');
      assert.equal(manifests.includes(`${place}`), publication!.status === 'fulfilled');
      await read.close();
    }
    assert.deepEqual(await saysOf(vault), await saysOf(file));
    await handIn(vault, logs, SOON);
    assert.deepEqual(await saysOf(vault), await saysOf(file));
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
