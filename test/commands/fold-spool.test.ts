import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { foldSpool } from '../../src/commands/fold-spool.ts';
import { ingest } from '../../src/commands/ingest.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { weekOf } from '../../src/flow/sightings/week.ts';
import { parseAddress } from '../../src/geo/address.ts';
import { countryOf } from '../../src/geo/country-table.ts';
import { embeddedCountryTable } from '../../src/geo/load.ts';
import type { Spool } from '../../src/mirrors/counting/spool.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { arrivalOf, nginxLine, type WireRequest } from '../support/nginx-log.ts';
import { openOnDisk } from '../support/spool-on-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contentsOfFile, findingsIn, hitsIn } from '../support/vault-contents.ts';
import { MONDAY, SOON, WEEK } from '../support/vault-logs.ts';

const HOUR = 3_600;

function request(number: number, time: number): WireRequest {
  return {
    address: number % 5 === 0 ? `2001:db8:${number}::1` : `10.0.${number % 250}.7`,
    time,
    method: number % 11 === 10 ? 'HEAD' : 'GET',
    target: `/mirrorlist/${8 + (number % 3)}/baseos?arch=x86_64&countme=${1 + (number % 5)}`,
    agent: number % 13 === 12 ? 'curl/8' : `libdnf (AlmaLinux 9.${number % 4}; generic; Linux.x86_64)`,
    status: number % 17 === 16 ? 404 : 200,
  };
}

const table = embeddedCountryTable();

/** With the country that a log of the same requests would be counted with. */
function arriveAs(spool: Spool, wire: WireRequest): void {
  spool.arrive({ ...arrivalOf(wire), country: countryOf(table, parseAddress(wire.address)) });
}

function take(spool: Spool, from: number, until: number, time: number): void {
  for (let number = from; number < until; number++) arriveAs(spool, request(number, time));
}

interface Place {
  folder: string;
  vault: string;
  fold(time?: number): Promise<string[]>;
  segments(): string[];
}

function newPlace(context: TestContext): Place {
  const base = temporaryFolder(context);
  const folder = join(base, 'spool');
  const vault = join(base, 'vault.sqlite');
  const fold = async (time: number = SOON) => {
    const terminal = capture();
    const reports = await foldSpool(folder, { vault }, terminal, clockAt(time as EpochSeconds));
    assert.equal(terminal.outText() + terminal.errText(), '');
    return reports.map(({ status, candidates }) => `${status} ${candidates}`);
  };
  const segments = () => readdirSync(folder).filter((name) => name.endsWith('.spool'));
  return { folder, vault, fold, segments };
}

const ingested = async (vault: string, args: string[]) => {
  const terminal = capture();
  const code = await ingest(args, { vault, json: true }, terminal, clockAt(SOON as EpochSeconds));
  const reports = terminal
    .outText()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: string; source: string; counted: number });
  return { code, reports };
};

/** The contents of a vault, with the rejections of all logs together. */
function countsOf(vault: string): unknown {
  const { cells, rejections } = JSON.parse(contentsOfFile(vault)) as { cells: unknown; rejections: string[] };
  const sums = new Map<string, number>();
  for (const row of rejections) {
    const [, key, count] = /^(.*) (\d+)$/.exec(row)!;
    sums.set(key!, (sums.get(key!) ?? 0) + Number(count));
  }
  return { cells, rejections: [...sums].sort(), hits: hitsIn(vault) };
}

describe('a spool is counted like a log', () => {
  test('C2 C6: a spool and an access log of the same requests come to the same vault', async (context) => {
    const place = newPlace(context);
    const { spool, at } = openOnDisk(context, place.folder, MONDAY);
    const lines: string[] = [];
    for (let hour = 0; hour < 4; hour++) {
      const time = MONDAY + hour * HOUR + 100;
      at(time);
      take(spool, hour * 100, hour * 100 + 100, time);
      for (let number = hour * 100; number < hour * 100 + 100; number++) lines.push(nginxLine(request(number, time)));
      await spool.flush();
    }
    await spool.close();
    assert.equal(place.segments().length, 4);
    await place.fold();

    const log = join(place.folder, '../access.log');
    const byLog = join(place.folder, '../by-log.sqlite');
    writeFileSync(log, `${lines.join('\n')}\n`, 'latin1');
    await ingested(byLog, [log]);
    assert.deepEqual(countsOf(place.vault), countsOf(byLog));
    assert.deepEqual(findingsIn(place.vault), []);
  });

  test('G2 G3: segments are counted while they grow, continued, and removed when they have ended', async (context) => {
    const place = newPlace(context);
    const { spool, at } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 30, MONDAY);
    await spool.flush();
    assert.deepEqual(await place.fold(), ['counted 30']);
    assert.deepEqual(await place.fold(), ['already-counted 0']);
    take(spool, 30, 70, MONDAY);
    await spool.flush();
    assert.deepEqual(await place.fold(), ['continued 40']);
    at(MONDAY + HOUR);
    take(spool, 70, 80, MONDAY + HOUR);
    await spool.flush();
    assert.deepEqual(await place.fold(), ['already-counted 0', 'counted 10']);
    assert.equal(place.segments().length, 1, 'the hour that is over is put away');
    await spool.close();
    assert.deepEqual(await place.fold(), ['already-counted 0']);
    assert.deepEqual(place.segments(), []);
    assert.deepEqual(await place.fold(), []);
    assert.deepEqual(findingsIn(place.vault), []);
  });

  test('G2: ingest by hand counts a spool once, in any order and under any name, and removes nothing', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 30, MONDAY);
    await spool.close();
    const [name] = place.segments();
    const first = await ingested(place.vault, [place.folder]);
    assert.deepEqual(
      first.reports.map(({ status, source }) => ({ status, source })),
      [{ status: 'counted', source: place.folder }],
    );
    copyFileSync(join(place.folder, name!), join(place.folder, '../copy'));
    const again = await ingested(place.vault, [join(place.folder, '../copy'), place.folder]);
    assert.deepEqual(
      again.reports.map(({ status }) => status),
      ['already-counted', 'already-counted'],
    );
    assert.deepEqual([first.code, again.code, place.segments()], [0, 0, [name]]);
    assert.deepEqual(await place.fold(), ['already-counted 0']);
    assert.deepEqual(place.segments(), []);
  });

  test('E06 G5: processes that share an hour, and one that was restarted in it, all count', async (context) => {
    const place = newPlace(context);
    const rigs = [openOnDisk(context, place.folder, MONDAY), openOnDisk(context, place.folder, MONDAY)];
    for (const [nth, { spool }] of rigs.entries()) {
      take(spool, nth * 20, nth * 20 + 20, MONDAY);
      await spool.close();
    }
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 20, MONDAY);
    await spool.close();
    assert.deepEqual((await place.fold()).sort(), ['counted 20', 'counted 20', 'counted 20']);
  });

  test('P3: the processes of a server have one key, and it does not outlive the week', async (context) => {
    const place = newPlace(context);
    const key = (week: number) => `.network-key-${week}`;
    const one = openOnDisk(context, place.folder, MONDAY);
    openOnDisk(context, place.folder, MONDAY);
    const secret = readFileSync(join(place.folder, key(WEEK)), 'latin1');
    assert.match(secret, /^[0-9a-f]{16} [0-9a-f]{64}\n$/);
    const next = MONDAY + 7 * 24 * HOUR;
    one.at(next);
    take(one.spool, 0, 1, next);
    assert.deepEqual(
      readdirSync(place.folder).filter((name) => name.startsWith('.')),
      [key(weekOf(next as EpochSeconds))],
    );
    assert.notEqual(readFileSync(join(place.folder, key(WEEK + 1)), 'latin1'), secret);
    await one.spool.close();
  });
});

describe('what a server that died leaves behind', () => {
  test('E01: its segment stays for a day, because nobody can tell that it is dead, and is then put away', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 30, MONDAY);
    await spool.flush();
    const path = join(place.folder, place.segments()[0]!);
    const lastWrite = SOON - 23 * HOUR;
    utimesSync(path, lastWrite, lastWrite);
    assert.deepEqual(await place.fold(), ['counted 30']);
    assert.equal(place.segments().length, 1);
    assert.deepEqual(await place.fold(SOON + 2 * HOUR), ['already-counted 0']);
    assert.deepEqual(place.segments(), []);
  });

  test('E01: a torn end and an empty segment stop nothing', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 30, MONDAY);
    await spool.flush();
    const path = join(place.folder, place.segments()[0]!);
    const whole = readFileSync(path);
    take(spool, 30, 60, MONDAY);
    await spool.flush();
    truncateSync(path, whole.length + 100);
    writeFileSync(join(place.folder, '2025-08-04T00Z-0123456789abcdef.spool'), '');
    writeFileSync(join(place.folder, '2025-08-04T00Z-1123456789abcdef.spool'), 'rollc');
    writeFileSync(join(place.folder, '2025-08-04T00Z-2123456789abcdef.spool'), whole.subarray(0, 40));
    assert.deepEqual((await place.fold()).sort(), ['counted 0', 'counted 0', 'counted 0', 'counted 30']);
    assert.deepEqual(findingsIn(place.vault), []);
  });

  test('A16 W5: a damaged segment, a pipe, a folder and a link to nothing take none of the others with them', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    take(spool, 0, 15, MONDAY);
    await spool.flush();
    take(spool, 15, 30, MONDAY);
    await spool.close();
    const sound = place.segments()[0]!;
    const path = (digit: number) => join(place.folder, `2025-08-04T00Z-${digit}123456789abcde0.spool`);
    const spoilt = readFileSync(join(place.folder, sound));
    spoilt[200]! ^= 1;
    writeFileSync(path(0), spoilt);
    execFileSync('mkfifo', [path(1)]);
    mkdirSync(path(2));
    for (const name of ['a.log', 'b.log', 'c.log']) writeFileSync(join(path(2), name), 'no segment\n');
    symlinkSync('nowhere', path(3));
    const outcomes = await place.fold();
    assert.deepEqual(
      outcomes.filter((outcome) => outcome.startsWith('counted')),
      ['counted 30'],
    );
    assert.ok(outcomes.includes('damaged 0') && outcomes.includes('refused 0'), outcomes.join(', '));
    assert.equal(hitsIn(place.vault) > 0, true);
    assert.equal(place.segments().includes(sound), false, 'what is counted goes');
    assert.ok(place.segments().length >= 3, 'what is not stays');
  });

  test('G7 V5: a damaged segment, and one that is shorter than what was counted of it, are refused and kept', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    for (let batch = 0; batch < 20; batch++) {
      take(spool, batch * 30, batch * 30 + 30, MONDAY);
      await spool.flush();
    }
    const path = join(place.folder, place.segments()[0]!);
    const whole = readFileSync(path);
    assert.deepEqual(await place.fold(), ['counted 600']);
    const spoilt = Buffer.from(whole);
    spoilt[200]! ^= 1;
    writeFileSync(path, spoilt);
    assert.deepEqual(await place.fold(), ['damaged 0']);
    truncateSync(path, whole.length - 10);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    assert.deepEqual(await place.fold(), ['refused 0']);
    assert.equal(place.segments().length, 1);
  });

  test('F08 P1: canary addresses are found neither in the spool nor in the vault made of it', async (context) => {
    const place = newPlace(context);
    const { spool } = openOnDisk(context, place.folder, MONDAY);
    for (const address of ['203.0.113.77', '2001:db8:cafe:beef::4711', '::ffff:203.0.113.77']) {
      const canary = { ...request(0, MONDAY + 754), address };
      spool.arrive(arrivalOf({ ...canary, target: `${canary.target}&ip=${address}` }));
      spool.arrive(arrivalOf({ ...canary, agent: `curl ${address}` }));
    }
    await spool.flush();
    const files = [...place.segments().map((name) => join(place.folder, name))];
    await place.fold();
    files.push(place.vault);
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(MONDAY + 754);
    const traces = ['203.0.113', 'cb00714d', '2001:db8:cafe', '20010db8cafe', 'beef', String(MONDAY + 754)].map(
      (text) => Buffer.from(text),
    );
    for (const file of files) {
      for (const trace of [
        ...traces,
        Buffer.from([203, 0, 113, 77]),
        Buffer.from([77, 113, 0, 203]),
        Buffer.from('20010db8cafe', 'hex'),
        seconds,
      ]) {
        assert.equal(readFileSync(file).indexOf(trace), -1, `a canary stands in ${file}`);
      }
    }
  });
});
