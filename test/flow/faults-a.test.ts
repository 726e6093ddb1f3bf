import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { countLogs, type LogReport } from '../../src/commands/count-logs.ts';
import { discover } from '../../src/flow/bytes/discover.ts';
import { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { assertCountedOnce, ended, outcomes, rollcall, start, totalsOf, Workplace } from '../support/command-line.ts';
import { checkInLines, logLine, logOfLines } from '../support/log-lines.ts';
import { RULES } from '../support/readers.ts';
import { compressed, needs } from './bytes/pouring.ts';

/** Three stretches of one server's log that follow each other. */
const FIRST = checkInLines('2025-03-03T10:00:00Z', 70);
const SECOND = checkInLines('2025-03-03T11:10:00Z', 90);
const THIRD = checkInLines('2025-03-03T12:40:00Z', 80);

describe('files and rotation', { concurrency: 2 }, () => {
  test('A01 G2 one file under many names in one run is counted once', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    symlinkSync('access.log', place.path('symbolic.log'));
    linkSync(place.path('access.log'), place.path('hard.log'));
    const run = await place.ingest([
      'access.log',
      './access.log',
      'symbolic.log',
      'hard.log',
      place.path('access.log'),
    ]);
    assert.deepEqual(outcomes(run), ['counted 70', ...new Array<string>(4).fill('already-counted 0')]);
    assert.ok(run.logs.slice(1).every(({ reason, candidates }) => reason === 'access.log' && candidates === 0));
    assert.equal(run.code, 0);
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['already-counted 0']);
    await assertCountedOnce(place, FIRST);
  });

  test('A02 A03 G1 one content in every container and compression is counted once', needs('zstd'), async (context) => {
    const place = new Workplace(context);
    const bytes = logOfLines(FIRST);
    place.write('a.log', bytes);
    place.write('b.log.gz', gzipSync(bytes, { level: 1 }));
    place.write('c.log.gz', gzipSync(bytes, { level: 9 }));
    const cut = 5_000;
    place.write('d.log.gz', Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]));
    place.write('e.log.zst', compressed('zstd', ['-19', '-c'], bytes));
    place.write('f.log.xz', compressed('xz', ['-c'], bytes));
    place.write('g.log.bz2', compressed('bzip2', ['-c'], bytes));
    place.write('h.log', FIRST.map((line) => `${line}\r\n`).join(''));
    utimesSync(place.path('c.log.gz'), 500_000_000, 500_000_000);
    execFileSync('gzip', ['-k', '-S', '.named', 'a.log'], { cwd: place.folder });
    const names = ['d.log.gz', 'a.log', 'b.log.gz', 'c.log.gz', 'e.log.zst', 'f.log.xz', 'g.log.bz2', 'h.log'];
    const run = await place.ingest([...names, 'a.log.named']);
    assert.deepEqual(outcomes(run), ['counted 70', ...new Array<string>(8).fill('already-counted 0')]);
    await assertCountedOnce(place, FIRST);
  });

  test('A04 G3 a log that was renamed between two runs is continued, and the new one counted', async (context) => {
    for (const order of [
      ['access.log', 'access.log.1'],
      ['access.log.1', 'access.log'],
    ]) {
      const place = new Workplace(context);
      place.write('access.log', FIRST);
      assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 70']);
      appendFileSync(place.path('access.log'), logOfLines(SECOND));
      renameSync(place.path('access.log'), place.path('access.log.1'));
      place.write('access.log', THIRD);
      const run = await place.ingest(order);
      assert.deepEqual(outcomes(run).sort(), ['continued 90', 'counted 80']);
      await assertCountedOnce(place, [...FIRST, ...SECOND, ...THIRD]);
    }
  });

  test('A06 G3 two rotations between two runs, the older one compressed', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    place.write('access.log.2.gz', gzipSync(logOfLines([...FIRST, ...SECOND])));
    place.write('access.log.1', THIRD);
    const fourth = checkInLines('2025-03-03T14:00:00Z', 5);
    place.write('access.log', fourth);
    const run = await place.ingest(['access.log', 'access.log.1', 'access.log.2.gz']);
    assert.deepEqual(outcomes(run), ['counted 5', 'counted 80', 'continued 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND, ...THIRD, ...fourth]);
  });

  test('A07 copytruncate behind a run: the copy is known, the live file begins anew', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    copyFileSync(place.path('access.log'), place.path('access.log.1'));
    truncateSync(place.path('access.log'));
    assert.deepEqual(outcomes(await place.ingest(['access.log', 'access.log.1'])), ['counted 0', 'already-counted 0']);
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    const run = await place.ingest(['access.log.1', 'access.log']);
    assert.deepEqual(outcomes(run), ['already-counted 0', 'counted 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A08 copytruncate ahead of a run: the rest is read from the copy, whenever that is given', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    copyFileSync(place.path('access.log'), place.path('access.log.1'));
    truncateSync(place.path('access.log'));
    appendFileSync(place.path('access.log'), logOfLines(THIRD));
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 80']);
    const run = await place.ingest(['access.log.1', 'access.log']);
    assert.deepEqual(outcomes(run), ['continued 90', 'already-counted 0']);
    await assertCountedOnce(place, [...FIRST, ...SECOND, ...THIRD]);
  });

  test('A05 a writer that goes on in the renamed log: its lines are counted, with those of the new one', async (context) => {
    const place = new Workplace(context);
    const writer = openSync(place.path('access.log'), 'a');
    const write = (lines: readonly string[]) => writeSync(writer, logOfLines(lines));
    write(FIRST);
    await place.ingest(['access.log']);
    renameSync(place.path('access.log'), place.path('access.log.1'));
    write(SECOND.slice(0, 40));
    place.write('access.log', THIRD.slice(0, 30));
    const both = ['access.log.1', 'access.log'];
    assert.deepEqual(outcomes(await place.ingest(both)), ['continued 40', 'counted 30']);
    write(SECOND.slice(40));
    closeSync(writer);
    appendFileSync(place.path('access.log'), logOfLines(THIRD.slice(30)));
    assert.deepEqual(outcomes(await place.ingest(both)), ['continued 50', 'continued 50']);
    await assertCountedOnce(place, [...FIRST, ...SECOND, ...THIRD]);
  });

  test('A10 a log that was truncated, looked at before its first new line was whole, and by a run that was killed', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    truncateSync(place.path('access.log'));
    const [line] = SECOND;
    appendFileSync(place.path('access.log'), line!.slice(0, 60));
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 0']);
    const killed = start(['ingest', '--vault', place.vault, 'access.log'], { cwd: place.folder });
    killed.kill('SIGKILL');
    await ended(killed);
    appendFileSync(place.path('access.log'), `${line!.slice(60)}\n${logOfLines(SECOND.slice(1))}`);
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('B04 a log that nginx still writes as gzip: nothing of it while its last member is cut, then all of it once', async (context) => {
    const place = new Workplace(context);
    const members = [FIRST, SECOND, THIRD].map((lines) => gzipSync(logOfLines(lines)));
    const last = members[2]!;
    place.write('access.log.gz', Buffer.concat([members[0]!, members[1]!]));
    assert.deepEqual(outcomes(await place.ingest(['access.log.gz'])), ['counted 160']);
    for (const cut of [1, last.length - 1]) {
      place.write('access.log.gz', Buffer.concat([members[0]!, members[1]!, last.subarray(0, cut)]));
      const run = await place.ingest(['access.log.gz']);
      assert.equal(run.logs[0]!.status, 'damaged', String(cut));
    }
    place.write('access.log.gz', Buffer.concat(members));
    assert.deepEqual(outcomes(await place.ingest(['access.log.gz'])), ['continued 80']);
    await assertCountedOnce(place, [...FIRST, ...SECOND, ...THIRD]);
  });

  test('A09 a log that was truncated and outgrew its old size is read from its start', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    truncateSync(place.path('access.log'));
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    assert.ok(SECOND.length > FIRST.length);
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A11 another log under the name and the inode of a counted one is new', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    const { ino } = statSync(place.path('access.log'));
    await place.ingest(['access.log']);
    rmSync(place.path('access.log'));
    for (let tries = 0; tries < 50; tries++) {
      place.write(`access.log${tries}`, THIRD.slice(0, 70));
      if (statSync(place.path(`access.log${tries}`)).ino === ino) {
        renameSync(place.path(`access.log${tries}`), place.path('access.log'));
        context.diagnostic('the file system gave the inode again');
        break;
      }
    }
    place.write('access.log', THIRD.slice(0, 70));
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 70']);
    await assertCountedOnce(place, [...FIRST, ...THIRD.slice(0, 70)]);
  });

  test('A12 G2 G3 a restored backup is known, and so is an older state of a log that has grown', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    copyFileSync(place.path('access.log'), place.path('older.log'));
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['continued 90']);
    place.write('restored/mnt/access.log', [...FIRST, ...SECOND]);
    const run = await place.ingest(['--source', 'restored', 'older.log', 'restored/mnt/access.log']);
    assert.deepEqual(outcomes(run), ['already-counted 0', 'already-counted 0']);
    assert.deepEqual(
      run.logs.map(({ reason }) => reason),
      ['access.log', 'access.log'],
    );
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A13 different logs with the same first lines are both counted, as they come from two servers', async (context) => {
    const place = new Workplace(context);
    const front = ['#Version: 1.0', ...[1, 2, 3].map(() => logLine({ target: '/health' }))];
    const here = [...front, ...checkInLines('2025-03-03T10:03:00Z', 60, 1)];
    const there = [...front, ...checkInLines('2025-03-03T10:03:00Z', 60, 2)];
    place.write('mirror1/access.log', here);
    place.write('mirror2/access.log', there);
    const run = await place.ingest(['mirror1', 'mirror2']);
    assert.deepEqual(outcomes(run), ['counted 60', 'counted 60']);
    await assertCountedOnce(place, [...here, ...there]);
  });

  test('G4 A13 of a log that begins like an earlier state of a counted log and then differs, the rest is counted', async (context) => {
    const place = new Workplace(context);
    place.write('mirror1/access.log', FIRST.slice(0, 2));
    await place.ingest(['mirror1']);
    place.write('mirror1/access.log', FIRST);
    await place.ingest(['mirror1']);
    const there = [...FIRST.slice(0, 2), ...checkInLines('2025-03-03T10:02:00Z', 30, 2)];
    place.write('mirror2/access.log', there);
    const rest = await place.ingest(['--source', 'mirror2', 'mirror2']);
    assert.deepEqual(outcomes(rest), ['counted 30']);
    await assertCountedOnce(place, [...FIRST, ...there.slice(2)]);
    assert.deepEqual(outcomes(await place.ingest(['mirror2'])), ['already-counted 0']);
  });

  test('A14 a log that is shorter than what was counted of it is never passed over in silence', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    place.write('access.log', FIRST.slice(0, 20));
    const shorter = await place.ingest(['access.log']);
    assert.deepEqual(outcomes(shorter), ['already-counted 0']);
    await assertCountedOnce(place, FIRST);
    place.write('access.log', THIRD.slice(0, 2));
    assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 2']);
    await assertCountedOnce(place, [...FIRST, ...THIRD.slice(0, 2)]);
  });

  test('A15 a file that vanishes before it is opened is refused, and the others go on', async (context) => {
    const place = new Workplace(context);
    place.write('logs/a.log', FIRST);
    place.write('logs/b.log.gz', gzipSync(logOfLines(SECOND)));
    place.write('logs/c.log', THIRD);
    const found = discover([place.path('logs')]);
    rmSync(place.path('logs/b.log.gz'));
    const reports = await count(place, found);
    assert.deepEqual(
      reports.map(({ status, counted }) => `${status} ${counted}`),
      ['counted 70', 'refused 0', 'counted 80'],
    );
    assert.match(reports[1]!.reason!, /no such file/);
    await assertCountedOnce(place, [...FIRST, ...THIRD]);
  });

  test('A16 what is no file is refused and does not hang; the others go on', async (context) => {
    const place = new Workplace(context);
    mkdirSync(place.path('empty-folder'));
    execFileSync('mkfifo', [place.path('pipe.log')]);
    symlinkSync('nowhere', place.path('dangling.log'));
    place.write('sound.log', FIRST);
    const server = createServer().listen(place.path('socket.log'));
    await once(server, 'listening');
    const names = ['empty-folder', 'pipe.log', 'socket.log', '/dev/zero', 'dangling.log', 'nowhere.log', 'sound.log'];
    const run = await place.ingest(names);
    server.close();
    assert.deepEqual(outcomes(run), [...new Array<string>(6).fill('refused 0'), 'counted 70']);
    const reasons = [/holds no log files/, /FIFO/, /socket/, /device/, /does not exist/, /no such file/];
    reasons.forEach((reason, i) => void assert.match(run.logs[i]!.reason!, reason));
    assert.equal(run.code, 1);
    await assertCountedOnce(place, FIRST);
  });

  test('A17 a file without permission is refused with exit code 1, and the others are counted', async (context) => {
    const place = new Workplace(context);
    place.write('closed.log', FIRST);
    place.write('open.log', SECOND);
    chmodSync(place.path('closed.log'), 0);
    const run = await place.ingest(['closed.log', 'open.log'], { unprivileged: true });
    assert.deepEqual(outcomes(run), ['refused 0', 'counted 90']);
    assert.match(run.logs[0]!.reason!, /no permission/);
    assert.equal(run.code, 1);
    await assertCountedOnce(place, SECOND);
  });

  test('A17 permission that was lost and given back: what came meanwhile is counted once', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    const nobody = { unprivileged: true };
    assert.deepEqual(outcomes(await place.ingest(['access.log'], nobody)), ['counted 70']);
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    chmodSync(place.path('access.log'), 0);
    const run = await place.ingest(['access.log'], nobody);
    assert.deepEqual([run.code, ...outcomes(run)], [1, 'refused 0']);
    chmodSync(place.path('access.log'), 0o644);
    assert.deepEqual(outcomes(await place.ingest(['access.log'], nobody)), ['continued 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A18 G7 an archive that is still being uploaded contributes nothing until it is whole', async (context) => {
    const place = new Workplace(context);
    const archive = gzipSync(logOfLines([...FIRST, ...SECOND]));
    // Other bytes, so that the archive takes long enough to change while it is read.
    const filling = gzipSync(Buffer.alloc(30_000_000, randomBytes(997).toString('hex')));
    const whole = Buffer.concat([archive, filling]);
    place.write('access.log.gz', whole.subarray(0, whole.length - 4_000));
    let done = false;
    const upload = async () => {
      for (let at = whole.length - 4_000; !done; at++) {
        appendFileSync(place.path('access.log.gz'), whole.subarray(at, at + 1));
        await sleep(2);
      }
    };
    const uploading = upload();
    const run = await place.ingest(['access.log.gz']);
    done = true;
    await uploading;
    assert.deepEqual(outcomes(run), ['damaged 0']);
    assert.match(run.logs[0]!.reason!, /still being written.*try again|cut short/);
    assert.equal(run.code, 1);
    assert.equal((await place.totals()).split('\r\n').length, 2, 'only the header');
    writeFileSync(place.path('access.log.gz'), whole);
    assert.deepEqual(outcomes(await place.ingest(['access.log.gz'])), ['counted 160']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A19 G4 bytes that changed behind the count are refused until --replace is given', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    const changed = FIRST.with(30, FIRST[30]!.replace('AlmaLinux', 'Changed Linux'));
    for (const lines of [changed, [...changed, ...SECOND]]) {
      place.write('access.log', lines);
      const refused = await place.ingest(['access.log']);
      assert.deepEqual(outcomes(refused), ['refused 0']);
      assert.match(refused.logs[0]!.reason!, /access\.log.*--replace/);
      assert.equal(refused.code, 1);
    }
    await assertCountedOnce(place, FIRST);
    const replaced = await place.ingest(['--replace', 'access.log']);
    assert.deepEqual(outcomes(replaced), ['counted 160']);
    assert.equal(replaced.code, 0);
    await assertCountedOnce(place, [...changed, ...SECOND]);
  });

  test('A19 G4 bytes that changed behind an earlier state: the log differs', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    appendFileSync(place.path('access.log'), logOfLines(SECOND));
    await place.ingest(['access.log']);
    const changed = SECOND.with(50, SECOND[50]!.replace('AlmaLinux', 'Changed Linux'));
    place.write('access.log', [...FIRST, ...changed]);
    const refused = await place.ingest(['access.log']);
    assert.deepEqual(outcomes(refused), ['refused 0']);
    assert.match(refused.logs[0]!.reason!, /counted of access\.log, and others in place of the rest/);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
    assert.deepEqual(outcomes(await place.ingest(['--replace', 'access.log'])), ['counted 160']);
    await assertCountedOnce(place, [...FIRST, ...changed]);
  });

  test('A20 G4 hourly logs beside the daily log of the same traffic are known', async (context) => {
    const place = new Workplace(context);
    const day = [...FIRST, ...SECOND, ...THIRD];
    place.write('access.log-20250303', day);
    const hours = ['10', '11', '12', '13'];
    for (const hour of hours) {
      place.write(
        `access.log-2025030${3}${hour}`,
        day.filter((line) => line.includes(`:${hour}:`)),
      );
    }
    const names = hours.map((hour) => `access.log-20250303${hour}`);
    assert.deepEqual(outcomes(await place.ingest(['access.log-20250303'])), ['counted 240']);
    const run = await place.ingest(names);
    assert.deepEqual(outcomes(run), new Array<string>(4).fill('already-counted 0'));
    assert.equal(run.code, 0);
    await assertCountedOnce(place, day);
  });

  test('A20 G4 the daily log behind its hourly logs continues the first, and the rest of it is known', async (context) => {
    const place = new Workplace(context);
    const day = [...FIRST, ...SECOND];
    place.write('access.log.3', FIRST);
    place.write('access.log.2', SECOND);
    place.write('access.log-20250303', day);
    const run = await place.ingest(['access.log.3', 'access.log.2', 'access.log-20250303']);
    assert.deepEqual(outcomes(run), ['counted 70', 'counted 90', 'already-counted 0']);
    await assertCountedOnce(place, day);
    assert.deepEqual(outcomes(await place.ingest(['--replace', 'access.log-20250303'])), ['counted 160']);
    await assertCountedOnce(place, day);
  });

  test('A20 G4 of standard input that is partly known nothing is counted, and the way to count it is named', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    await place.ingest(['access.log']);
    const both = logOfLines([...FIRST.slice(20), ...SECOND]);
    const refused = await place.ingest(['-'], { input: both });
    assert.deepEqual(outcomes(refused), ['refused 0']);
    assert.match(refused.logs[0]!.reason!, /standard input cannot be read once more .*: write it to a file/);
    assert.equal(refused.code, 1);
    await assertCountedOnce(place, FIRST);
    place.write('joined.log', [...FIRST.slice(20), ...SECOND]);
    assert.deepEqual(outcomes(await place.ingest(['joined.log'])), ['counted 90']);
    await assertCountedOnce(place, [...FIRST, ...SECOND]);
  });

  test('A21 G6 logs of two servers with one name are kept apart by their source', async (context) => {
    const place = new Workplace(context);
    const [here, there] = [checkInLines('2025-03-03T10:00:00Z', 50, 1), checkInLines('2025-03-03T10:00:00Z', 50, 2)];
    const run = await place.ingest(['--source', 'mirror1', '-'], { input: logOfLines(here) });
    assert.deepEqual(outcomes(run), ['counted 50']);
    assert.equal(run.logs[0]!.source, 'mirror1');
    const named = await place.ingest(['--source', 'mirror2', '-'], { input: logOfLines(there) });
    assert.deepEqual(outcomes(named), ['counted 50']);
    await assertCountedOnce(place, [...here, ...there]);
  });

  test('A21 G2 equal logs of two servers are one log, unlike in the catalogue', async (context) => {
    const place = new Workplace(context);
    place.write('mirror1/access.log', FIRST.slice(0, 1));
    place.write('mirror2/access.log', FIRST.slice(0, 1));
    const run = await place.ingest(['mirror1', 'mirror2']);
    assert.deepEqual(outcomes(run), ['counted 1', 'already-counted 0']);
  });

  test('A22 names with line feeds, quotes, options and bytes that are not UTF-8 stand on one line', async (context) => {
    const place = new Workplace(context);
    const names = ['-rf', 'a"b.log', 'line\nfeed.log', 'escape\x1b[31m.log', '\u202egnp.log'].map((name) =>
      Buffer.from(name),
    );
    names.push(Buffer.concat([Buffer.from('latin'), Buffer.of(0xe4), Buffer.from('.log')]));
    mkdirSync(place.path('logs'));
    names.forEach((name, i) => {
      const path = Buffer.concat([Buffer.from(`${place.path('logs')}/`), name]);
      writeFileSync(path, logOfLines(FIRST.slice(i * 10, i * 10 + 10)));
    });
    const run = await place.ingest(['--source', 'odd names', 'logs']);
    assert.deepEqual(outcomes(run), new Array<string>(6).fill('counted 10'));
    assert.equal(run.out.split('\n').length, 7);
    for (const { log } of run.logs) assert.doesNotMatch(log, /[\p{C}\n]/u);
    const dashed = await place.ingest(['--source', 'odd names', '--', '-rf'], { cwd: place.path('logs') });
    assert.equal(dashed.logs[0]!.log, '-rf');
    const people = await rollcall(['ingest', '--vault', place.vault, 'logs'], { cwd: place.folder });
    assert.doesNotMatch(people.out.replaceAll('\n', ''), /\p{C}/u);
    await assertCountedOnce(place, FIRST.slice(0, 60));
  });

  test('A22 500 small files', async (context) => {
    const place = new Workplace(context);
    const lines = checkInLines('2025-03-03T00:00:00Z', 500);
    mkdirSync(place.path('logs'));
    for (const [i, line] of lines.entries()) writeFileSync(place.path(`logs/access.log.${i}`), `${line}\n`);
    const started = performance.now();
    const run = await place.ingest(['logs']);
    context.diagnostic(`${((performance.now() - started) / 1000).toFixed(1)} s for 500 files`);
    assert.equal(run.logs.length, 500);
    assert.ok(run.logs.every(({ status, counted }) => status === 'counted' && counted === 1));
    await assertCountedOnce(place, lines);
  });

  test('A23 a folder for the vault that is missing or cannot be written is a fault at the start', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    mkdirSync(place.path('closed'), { mode: 0o555 });
    for (const vault of ['missing/rollcall.sqlite', 'closed/rollcall.sqlite', 'access.log']) {
      const run = await rollcall(['ingest', '--json', '--vault', vault, 'access.log'], {
        cwd: place.folder,
        unprivileged: true,
      });
      assert.equal(run.code, 2, vault);
      assert.equal(run.out, '');
      assert.match(run.err, /^rollcall: .*(missing|closed|access\.log)/);
      assert.doesNotMatch(run.err, /unexpected error/);
    }
    assert.deepEqual(readFileSync(place.path('access.log')), logOfLines(FIRST));
  });

  test('H01 a mistake on the command line ends at once with exit code 2', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', FIRST);
    const mistakes = [
      ['ingest'],
      ['ingest', '--workers', 'many', 'access.log'],
      ['ingest', '--nonsense', 'access.log'],
      ['ingest', '--format', 'nonsense', 'access.log'],
      ['ingest', '--geo', 'missing.mmdb', 'access.log'],
      ['recount', '--format', 'nonsense', 'access.log'],
      ['recount', '--vault', 'missing/rollcall.sqlite', 'access.log'],
      ['totals'],
      ['nonsense'],
    ];
    for (const args of mistakes) {
      const run = await rollcall(args, { cwd: place.folder });
      assert.equal(run.code, 2, args.join(' '));
      assert.equal(run.out, '');
      assert.doesNotMatch(run.err, /unexpected error/);
    }
  });

  test('A23 logs in a folder that cannot be written are counted', async (context) => {
    const place = new Workplace(context);
    place.write('logs/access.log', FIRST);
    chmodSync(place.path('logs'), 0o555);
    const run = await place.ingest(['logs'], { unprivileged: true });
    assert.deepEqual(outcomes(run), ['counted 70']);
  });

  test('A24 G8 an empty file and one of newlines hold nothing, and are no error', async (context) => {
    const place = new Workplace(context);
    place.write('empty.log', '');
    place.write('empty.log.gz', gzipSync(''));
    place.write('newlines.log', '\n\r\n\n');
    place.write('no-end.log', '\n\n\r');
    const names = ['empty.log', 'empty.log.gz', 'newlines.log', 'no-end.log'];
    for (let again = 0; again < 2; again++) {
      const run = await place.ingest(names);
      assert.deepEqual(outcomes(run), new Array<string>(4).fill('counted 0'));
      assert.ok(run.logs.every(({ candidates, rejected }) => candidates === 0 && Object.keys(rejected).length === 0));
      assert.equal(run.code, 0);
    }
    assert.equal((await place.totals()).split('\r\n').length, 2, 'only the header');
  });

  test('U2 U4 C4 files in any order, whole or in pieces, come to the same totals', async (context) => {
    const all = [...FIRST, ...SECOND, ...THIRD];
    const expected = await totalsOf(context, all);
    for (const [order, workers] of [
      [['3.log', '1.log', '2.log'], '1'],
      [['2.log', '3.log', '1.log'], '2'],
      [['1.log', '2.log', '3.log'], '3'],
    ] as const) {
      const place = new Workplace(context);
      place.write('1.log', FIRST);
      place.write('2.log', SECOND);
      place.write('3.log', THIRD);
      await place.ingest(['--source', 'server', '--workers', workers, ...order]);
      await place.ingest(['--source', 'server', ...order]);
      assert.equal(await place.totals(), expected);
    }
  });
});

/** As `ingest` does it, for logs that were listed before. */
async function count(place: Workplace, found: ReturnType<typeof discover>): Promise<LogReport[]> {
  const readers = new LogReaders({ rules: RULES, format: undefined, geoFile: undefined });
  const vault = Vault.open(place.path(place.vault), 'write', randomBytes);
  try {
    const reports: LogReport[] = [];
    const options = { readers, vault, mode: 'add', source: undefined, ahead: 8, onProgress: () => {} } as const;
    for await (const report of countLogs(found, options)) reports.push(report);
    return reports;
  } finally {
    vault.close();
    await readers.close();
  }
}
