import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { countLogs, type LogReport } from '../../../src/commands/count-logs.ts';
import { simulate } from '../../../src/fleet/simulate.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { VaultFault } from '../../../src/flow/vault/vault-fault.ts';
import { type Ended, ended, rollcall, start } from '../../support/command-line.ts';
import { newReaders } from '../../support/in-process.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contentsOf, contentsOfFile, findingsIn, hitsIn } from '../../support/vault-contents.ts';
import { hourlyLog, WEEK } from '../../support/vault-logs.ts';

const folder = temporaryFolder();
const seed = testSeed();
const inCi = process.env['CI'] !== undefined;
const readers = newReaders(2);
after(() => readers.close());

let names = 0;
const newPath = (name: string) => join(folder, `${++names}-${name}`);

/** 30 archives of two servers. */
const fleet = join(folder, 'fleet');
mkdirSync(fleet);
await simulate({ out: fleet, systems: 60, weeks: 15, firstWeek: (WEEK - 40) as Week, seed: 1, gzip: true });
const archives = ['mirror1', 'mirror2'].flatMap((mirror) =>
  readdirSync(join(fleet, mirror)).map((name) => join(fleet, mirror, name)),
);

/** Six logs of one week each. */
const few = Array.from({ length: 6 }, (_, i) => {
  const path = join(folder, 'few', `week-${i}`, 'access.log');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, hourlyLog((WEEK + i) as Week, { repo: `r${i}` }));
  return path;
});

/** As `rollcall ingest`, in this process: to heal a vault and to look what the healing did. */
async function count(path: string, logs: readonly string[]): Promise<LogReport[]> {
  const vault = Vault.open(path, 'write', randomBytes);
  try {
    const options = { readers, vault, mode: 'add' as const, source: undefined, ahead: 8, onProgress: () => {} };
    const reports: LogReport[] = [];
    for await (const report of countLogs(discover(logs), options)) reports.push(report);
    return reports;
  } finally {
    vault.close();
  }
}

async function cleanContents(logs: readonly string[]): Promise<string> {
  const path = newPath('clean.sqlite');
  await count(path, logs);
  return contentsOfFile(path);
}

/** A vault may not be there yet, or be empty: nothing was committed then. Anything else must be sound. */
function assertSound(path: string, what: string): void {
  if (!existsSync(path)) return;
  try {
    assert.deepEqual(findingsIn(path), [], what);
  } catch (error) {
    if (!(error instanceof VaultFault)) throw error;
    assert.match(error.message, /is empty/, what);
  }
}

function assertIsFault(run: Ended, what: string): void {
  assert.equal(run.code, 2, `${what}: ${run.out}${run.err}`);
  assert.match(run.err, /^rollcall: /m, what);
  assert.doesNotMatch(run.err, /unexpected|\n\s+at /, what);
}

const wholeFleet = await cleanContents(archives);
const wholeFew = await cleanContents(few);

/** Does the work for 0 and so on, two at a time. */
async function inTwoLanes(times: number, work: (place: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all([lane(), lane()]);
}

function preload(name: string, source: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, source);
  return pathToFileURL(path).href;
}

/** Tells the test when a transaction begins (b), when its COMMIT starts (c) and when it is through (d). */
const MARKS = preload(
  'marks',
  `import { writeSync } from 'node:fs';
   import { DatabaseSync } from 'node:sqlite';
   import { isMainThread } from 'node:worker_threads';
   if (isMainThread) {
     const exec = DatabaseSync.prototype.exec;
     let writes = false;
     DatabaseSync.prototype.exec = function (sql) {
       if (sql === 'COMMIT' && writes) writeSync(3, 'c');
       const result = exec.call(this, sql);
       if (sql === 'BEGIN IMMEDIATE') { writes = true; writeSync(3, 'b'); }
       if (sql === 'COMMIT' && writes) { writes = false; writeSync(3, 'd'); }
       return result;
     };
   }`,
);

/** What was told so far, and a promise of the n-th begin. */
function watchMarks(child: ChildProcess, begins: number): { told: () => string; begun: Promise<void> } {
  let told = '';
  const begun = new Promise<void>((resolve) => {
    const pipe = child.stdio[3] as Readable;
    pipe.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (told.split('b').length > begins) resolve();
    });
    pipe.on('close', resolve);
  });
  return { told: () => told, begun };
}

describe('killed', { concurrency: 2 }, () => {
  const kills = inCi ? 60 : 16;

  test(`E01 G7: ${kills} SIGKILLs while 30 archives are counted: nothing lost, nothing double (seed ${seed})`, async (context) => {
    const whole = await timed(newPath('timing.sqlite'));
    const found = {
      'before a transaction': 0,
      'in a transaction': 0,
      'in a commit': 0,
      'after a commit': 0,
      'ran through': 0,
    };
    await Promise.all([0, 1].map((lane) => killAgainAndAgain(lane, kills / 2, whole, found)));
    context.diagnostic(JSON.stringify(found));
    assert.ok(found['in a transaction'] + found['in a commit'] > 0, 'some kills hit a transaction');
  });

  async function timed(path: string): Promise<number> {
    const run = await rollcall(['ingest', '--vault', path, ...archives]);
    assert.equal(run.code, 0, run.err);
    assert.equal(contentsOfFile(path), wholeFleet);
    return run.milliseconds;
  }

  async function killAgainAndAgain(
    lane: number,
    times: number,
    whole: number,
    found: Record<string, number>,
  ): Promise<void> {
    const random = seededRandom(seed + lane);
    let path = newPath('killed.sqlite');
    for (let kill = 0; kill < times; kill++) {
      const child = start(['ingest', '--workers', '1', '--vault', path, ...archives], { node: ['--import', MARKS] });
      const end = ended(child);
      const { told, begun } = watchMarks(child, 1 + random.below(8));
      // Half of the kills at any moment, half of them just after a transaction has begun.
      if (kill % 2 === 0) await sleep(random.below(whole * 1.1));
      else await begun.then(() => sleep(random.below(6)));
      child.kill('SIGKILL');
      const run = await end;
      const last = told().at(-1);
      const where = { b: 'in a transaction', c: 'in a commit', d: 'after a commit' };
      found[run.code === 0 ? 'ran through' : (where[last as 'b'] ?? 'before a transaction')]!++;
      // Every other time the next run finds the WAL as the kill left it.
      if (random.chance(0.5)) assertSound(path, `kill ${kill}, seed ${seed + lane}`);
      if (random.chance(0.25) || run.code === 0) {
        await assertHealed(path, `kill ${kill}, seed ${seed + lane}`);
        path = newPath('killed.sqlite');
      }
    }
    await assertHealed(path, `after all kills, seed ${seed + lane}`);
  }

  async function assertHealed(path: string, what: string): Promise<void> {
    const reports = await count(path, archives);
    assert.ok(
      reports.every(({ status }) => status === 'counted' || status === 'already-counted'),
      what,
    );
    assert.equal(contentsOfFile(path), wholeFleet, what);
    assertSound(path, what);
    rmSync(path);
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`E04: ${signal} in the middle of a batch ends the run before its end, twice too (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      for (let round = 0; round < 2; round++) {
        const path = newPath('stopped.sqlite');
        const child = start(['ingest', '--workers', '1', '--vault', path, ...archives], { node: ['--import', MARKS] });
        const end = ended(child);
        await watchMarks(child, 1 + random.below(4)).begun;
        child.kill(signal);
        if (round === 1) child.kill(signal);
        const run = await end;
        assert.ok(run.signal === signal || run.code! > 0, `${run.signal} ${run.code}`);
        assertSound(path, `round ${round}`);
        await count(path, archives);
        assert.equal(contentsOfFile(path), wholeFleet);
      }
    });
  }

  test('E07: the lock of a killed process does not stop the next run', async () => {
    const path = newPath('locked.sqlite');
    await count(path, few.slice(0, 3));
    const script = join(folder, 'lock.mjs');
    writeFileSync(
      script,
      `import { DatabaseSync } from 'node:sqlite';
       const database = new DatabaseSync(${JSON.stringify(path)});
       database.exec("BEGIN IMMEDIATE; DELETE FROM cube; UPDATE log SET name = 'half done'");
       process.stdout.write('locked');
       setInterval(() => {}, 1000);`,
    );
    const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    const run = await rollcall(['ingest', '--vault', path, ...few]);
    assert.equal(run.code, 0, run.err);
    assert.equal(contentsOfFile(path), wholeFew);
    assertSound(path, 'after the lock');
  });
});

describe('failing file operations', { concurrency: 2 }, () => {
  /** In the threads that read logs, the n-th call to the file system fails. */
  const FAULTS = preload(
    'faults',
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     import { isMainThread } from 'node:worker_threads';
     if (!isMainThread) {
       const { openSync, closeSync, fstatSync, readSync, read } = fs;
       const { FAIL_AT, FAIL_AS } = process.env;
       // Only calls on logs: a reader that cannot start is another case.
       const logs = new Set();
       let calls = 0;
       const fault = (syscall) => {
         fs.writeSync(3, '.');
         if (++calls !== Number(FAIL_AT)) return undefined;
         return Object.assign(new Error(FAIL_AS + ': injected'), { code: FAIL_AS, syscall });
       };
       const failing = (syscall, call) => (fd, ...rest) => {
         const error = logs.has(fd) ? fault(syscall) : undefined;
         if (error !== undefined) throw error;
         return call(fd, ...rest);
       };
       // A short read is no fault: the rest comes with the next call.
       const lengthOf = (length) => (FAIL_AS === 'SHORT' ? Math.ceil(length / 2) : length);
       fs.openSync = (path, ...rest) => {
         if (!String(path).includes('.log')) return openSync(path, ...rest);
         const error = fault('open');
         if (error !== undefined) throw error;
         const fd = openSync(path, ...rest);
         logs.add(fd);
         return fd;
       };
       fs.closeSync = (fd) => {
         logs.delete(fd);
         closeSync(fd);
       };
       fs.fstatSync = failing('fstat', fstatSync);
       fs.readSync = failing('read', (fd, into, at, length, position) => readSync(fd, into, at, lengthOf(length), position));
       fs.read = (fd, into, at, length, position, done) => {
         const error = logs.has(fd) ? fault('read') : undefined;
         if (error !== undefined) process.nextTick(done, error, 0);
         else read(fd, into, at, lengthOf(length), position, done);
       };
       syncBuiltinESMExports();
     }`,
  );

  const small = join(folder, 'small.log.gz');
  writeFileSync(small, gzipSync(readFileSync(few[0]!)));
  const logs = [small, few[1]!, few[2]!];

  /** Runs with the n-th call failing. Answers what became of it and how many calls were made. */
  async function ingestFailing(path: string, n: number, code: string): Promise<{ run: Ended; calls: number }> {
    const child = start(['ingest', '--json', '--workers', '1', '--vault', path, ...logs], {
      node: ['--import', FAULTS],
      env: { FAIL_AT: String(n), FAIL_AS: code },
    });
    const { told } = watchMarks(child, Number.POSITIVE_INFINITY);
    const run = await ended(child);
    return { run, calls: told().length };
  }

  for (const code of inCi ? ['EIO', 'EMFILE'] : ['EIO']) {
    test(`E02: the n-th call of a reader fails with ${code}, for every n: its log is named, the others are counted`, async (context) => {
      const whole = await cleanContents(logs);
      const { run, calls } = await ingestFailing(newPath('faultless.sqlite'), 0, code);
      assert.equal(run.code, 0, run.err);
      context.diagnostic(`${calls} calls`);
      assert.ok(calls >= 4 * logs.length);
      // Every call with CI set; else each third, another third on another day.
      const every = inCi ? 1 : 3;
      const first = seed % every;
      await inTwoLanes(Math.ceil((calls - first) / every), async (step) => {
        const place = first + step * every;
        const path = newPath('faulty.sqlite');
        const what = `call ${place + 1} of ${calls}`;
        const { run } = await ingestFailing(path, place + 1, code);
        assert.equal(run.code, 1, `${what}: ${run.out}${run.err}`);
        const reports = run.out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as LogReport);
        const faulty = reports.filter(({ status }) => status !== 'counted');
        assert.equal(reports.length, logs.length);
        assert.equal(faulty.length, 1, `${what}: ${run.out}`);
        assert.match(faulty[0]!.status, /^(damaged|refused)$/);
        assert.match(faulty[0]!.reason ?? '', new RegExp(`${code}|too many files`));
        assert.equal(faulty[0]!.counted, 0);
        assertSound(path, what);
        await count(path, logs);
        assert.equal(contentsOfFile(path), whole, what);
      });
    });
  }

  test('E02: short reads change nothing', async () => {
    const path = newPath('short-reads.sqlite');
    const run = await rollcall(['ingest', '--vault', path, ...logs], {
      node: ['--import', FAULTS],
      env: { FAIL_AT: '0', FAIL_AS: 'SHORT' },
    });
    assert.equal(run.code, 0, run.err);
    assert.equal(contentsOfFile(path), await cleanContents(logs));
  });

  test(`E02 E03: the vault may grow no further, at every second page: a fault, nothing half, and the next run heals (seed ${seed})`, async (context) => {
    // In blocks of 512 bytes; a page has 8. Which pages, is by chance.
    const step = inCi ? 16 : 128;
    let faults = 0;
    for (let limit = 8 * seededRandom(seed).below(2); ; limit += step) {
      const path = newPath('limited.sqlite');
      const shell = `ulimit -f ${limit}; exec "$@"`;
      const run = await rollcall(['ingest', '--vault', path, ...few], { shell });
      if (run.code === 0) {
        assert.equal(contentsOfFile(path), wholeFew);
        break;
      }
      faults++;
      assertIsFault(run, `${limit} blocks`);
      assertSound(path, `${limit} blocks`);
      const reports = await count(path, few);
      assert.ok(reports.every(({ status }) => status === 'counted' || status === 'already-counted'));
      assert.equal(contentsOfFile(path), wholeFew, `${limit} blocks`);
    }
    context.diagnostic(`${faults} sizes were too small`);
    assert.ok(faults > 2);
  });
});

/** Makes a file system of this size, or says why it cannot. The test removes it. */
function mountSmallDisk(path: string, size: string): string | undefined {
  mkdirSync(path, { recursive: true });
  const user = `uid=${process.getuid!()},gid=${process.getgid!()}`;
  const command = ['mount', '-t', 'tmpfs', '-o', `size=${size},${user}`, 'tmpfs', path];
  const run = process.getuid!() === 0 ? spawnSync('mount', command.slice(1)) : spawnSync('sudo', ['-n', ...command]);
  return run.status === 0 ? undefined : `no disk can be mounted here: ${run.stderr?.toString().trim() ?? 'no mount'}`;
}

function unmount(path: string): void {
  if (process.getuid!() === 0) spawnSync('umount', [path]);
  else spawnSync('sudo', ['-n', 'umount', path]);
}

describe('a full disk', () => {
  const disk = join(folder, 'disk');
  const trouble = mountSmallDisk(disk, '4m');
  after(() => unmount(disk));
  // In CI a disk that cannot be mounted is a failure, not a gap.
  const skip = inCi ? false : (trouble ?? false);

  beforeEach(() => {
    for (const name of readdirSync(disk)) rmSync(join(disk, name));
  });

  /** Leaves so much room on the disk. */
  function fillUp(room: number): string {
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024 - room - 8192));
    return filler;
  }

  test('the disk of these tests is there', { skip }, () => assert.equal(trouble, undefined));

  test('E03: full while counting: a fault that says so, nothing damaged, and the next run heals', {
    skip,
  }, async () => {
    for (const room of [0, 8_192, 40_960, 100_000, 140_000, 200_000]) {
      const path = join(disk, 'vault.sqlite');
      const filler = fillUp(room);
      const run = await rollcall(['ingest', '--vault', path, ...few]);
      if (run.code !== 0) {
        assertIsFault(run, `${room} bytes`);
        assert.match(run.err, /no space left|could not be read or written|cannot be opened/);
      }
      rmSync(filler);
      assertSound(path, `${room} bytes`);
      await count(path, few);
      assert.equal(contentsOfFile(path), wholeFew, `${room} bytes`);
      rmSync(path);
    }
  });

  test('E03: full while a counted vault grows: what was counted stays', { skip }, async () => {
    const path = join(disk, 'grows.sqlite');
    await count(path, few.slice(0, 2));
    const before = contentsOfFile(path);
    const filler = fillUp(statSync(path).size + 4096);
    const run = await rollcall(['ingest', '--vault', path, ...few]);
    assertIsFault(run, 'no room');
    rmSync(filler);
    assert.equal(contentsOfFile(path), before);
    await count(path, few);
    assert.equal(contentsOfFile(path), wholeFew);
    rmSync(path);
  });

  test('E03 E10: full while writing totals: the old files stay, nothing half is left', { skip }, async () => {
    const path = newPath('full-export.sqlite');
    await count(path, archives);
    const csv = join(disk, 'totals.csv');
    const database = join(disk, 'totals.db');
    writeFileSync(csv, 'the old totals\n');
    writeFileSync(database, 'the old database\n');
    const before = readdirSync(disk).sort();
    for (const target of [
      ['--csv', csv],
      ['--sqlite', database],
    ]) {
      const filler = fillUp(20_000);
      const run = await rollcall(['totals', '--all-weeks', '--vault', path, ...target]);
      assertIsFault(run, target.join(' '));
      assert.match(run.err, /could not be written .*what was there before is unchanged/);
      rmSync(filler);
    }
    assert.deepEqual(readdirSync(disk).sort(), before);
    assert.equal(readFileSync(csv, 'utf8'), 'the old totals\n');
    assert.equal(readFileSync(database, 'utf8'), 'the old database\n');
    const again = await rollcall(['totals', '--all-weeks', '--vault', path, '--csv', csv, '--sqlite', database]);
    assert.equal(again.code, 0, again.err);
    assert.match(readFileSync(csv, 'utf8'), /^week_start,/);
  });
});

describe('readers that die (E05)', { concurrency: 2 }, () => {
  /** Kills the thread that reads a log with such a name. */
  const DEATHS = preload(
    'deaths',
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     import { isMainThread } from 'node:worker_threads';
     if (!isMainThread) {
       const openSync = fs.openSync;
       fs.openSync = (path, ...rest) => {
         const how = /die-by-(\\w+)/.exec(String(path))?.[1];
         if (how === 'exit') process.exit(7);
         if (how === 'string') throw 'not an error at all';
         if (how === 'error') throw new Error('a mistake in the program');
         if (how === 'memory') { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }
         return openSync(path, ...rest);
       };
       syncBuiltinESMExports();
     }`,
  );

  for (const [how, workers] of [
    ['exit', 1],
    ['exit', 2],
    ['string', 1],
    ['error', 2],
    ['memory', 1],
  ] as const) {
    test(`E05: by ${how}, with ${workers} of them: its log is damaged, all others are counted, the run ends with 1`, async () => {
      const path = newPath('deaths.sqlite');
      const poison = newPath(`die-by-${how}.log`);
      cpSync(few[0]!, poison);
      const logs = [few[1]!, poison, few[2]!, poison, few[3]!];
      const run = await rollcall(['ingest', '--json', '--workers', String(workers), '--vault', path, ...logs], {
        node: ['--import', DEATHS],
      });
      assert.equal(run.code, 1, run.out + run.err);
      const reports = run.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as LogReport);
      assert.deepEqual(
        reports.map(({ status }) => status),
        ['counted', 'damaged', 'counted', 'damaged', 'counted'],
      );
      assert.match(reports[1]!.reason ?? '', /reading it stopped.*nothing of it was counted/);
      assert.equal(contentsOfFile(path), await cleanContents([few[1]!, few[2]!, few[3]!]));
      assertSound(path, how);
    });
  }
});

describe('at the same time (E06, V4)', { concurrency: 2 }, () => {
  test('E06: two runs make one new vault of the same logs: counted once', async () => {
    for (let round = 0; round < (inCi ? 20 : 2); round++) {
      const path = newPath('same.sqlite');
      const runs = await Promise.all([0, 1].map(() => rollcall(['ingest', '--vault', path, ...few])));
      for (const run of runs) assert.equal(run.code, 0, run.err);
      assert.equal(contentsOfFile(path), wholeFew);
      assertSound(path, `round ${round}`);
    }
  });

  test('E06: four runs with logs of their own and one that all have', async () => {
    const path = newPath('different.sqlite');
    const parts = [0, 1, 2, 3].map((part) => archives.filter((_, i) => i % 4 === part || i === 0));
    const runs = await Promise.all(parts.map((logs) => rollcall(['ingest', '--vault', path, ...logs])));
    for (const run of runs) assert.equal(run.code, 0, run.err);
    assert.equal(contentsOfFile(path), wholeFleet);
    assertSound(path, 'four runs');
  });

  test('E06: two runs continue the same growing log: counted once', async () => {
    const path = newPath('growing.sqlite');
    const log = newPath('growing.log');
    for (const until of [20, 90, 168]) {
      writeFileSync(log, hourlyLog(WEEK, { until }));
      const runs = await Promise.all([0, 1].map(() => rollcall(['ingest', '--vault', path, log])));
      for (const run of runs) assert.equal(run.code, 0, run.out + run.err);
      assert.equal(hitsIn(path), until);
    }
    assertSound(path, 'growing');
  });

  test('E06 V4: whoever reads meanwhile sees one committed state', async (context) => {
    const path = newPath('read.sqlite');
    await count(path, archives.slice(0, 1));
    const child = start(['ingest', '--workers', '1', '--vault', path, ...archives]);
    const end = ended(child);
    const states = new Set<string>();
    let looks = 0;
    while (child.exitCode === null) {
      const vault = Vault.open(path, 'read', randomBytes);
      const [first, second] = vault.snapshot(() => [vault.weeks(), vault.weeks()]);
      assert.deepEqual(first, second, 'no week changes under a reader');
      assert.deepEqual(vault.verify(), [], 'ledger and cube agree at every moment');
      states.add(contentsOf(vault));
      looks++;
      vault.close();
      await sleep(2);
    }
    assert.equal((await end).code, 0);
    assert.equal(contentsOfFile(path), wholeFleet);
    context.diagnostic(`${looks} looks, ${states.size} states`);
    assert.ok(looks > 3);
  });

  /** Holds the write lock of a vault until it is told to let go. */
  async function holdLock(path: string): Promise<() => Promise<void>> {
    const script = newPath('hold.mjs');
    writeFileSync(
      script,
      `import { DatabaseSync } from 'node:sqlite';
       const database = new DatabaseSync(${JSON.stringify(path)});
       database.exec('BEGIN IMMEDIATE');
       process.stdout.write('locked');
       process.stdin.on('data', () => { database.exec('COMMIT'); process.exit(); });`,
    );
    const holder = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return async () => {
      holder.stdin.end('go');
      await new Promise((resolve) => holder.once('close', resolve));
    };
  }

  test('V4: a second writer waits for the first', async () => {
    const path = newPath('waits.sqlite');
    await count(path, few.slice(0, 1));
    const letGo = await holdLock(path);
    const run = rollcall(['ingest', '--vault', path, ...few]);
    await sleep(1500);
    await letGo();
    assert.equal((await run).code, 0);
    assert.equal(contentsOfFile(path), wholeFew);
  });

  const thirty = inCi ? false : 'takes 30 seconds: runs with CI set';
  test('V4: and is refused after 30 seconds, with what to do', { skip: thirty }, async () => {
    const path = newPath('refused.sqlite');
    await count(path, few.slice(0, 1));
    const letGo = await holdLock(path);
    const run = await rollcall(['ingest', '--vault', path, ...few]);
    await letGo();
    assertIsFault(run, 'busy');
    assert.match(run.err, /another run is writing to .*; try again when it has ended/);
    await count(path, few);
    assert.equal(contentsOfFile(path), wholeFew);
  });
});

describe('output that nobody reads (E12)', () => {
  const vault = newPath('output.sqlite');

  test('E12: --json | head -1 ends quietly', async () => {
    const lines = newPath('lines.txt');
    const args = ['ingest', '--json', '--workers', '1', '--vault', vault, ...archives];
    const run = await rollcall(args, { shell: '"$@" | head -1 > "$LINES"', env: { LINES: lines } });
    assert.equal(run.code, 0);
    assert.equal(run.err, '');
    assert.equal(readFileSync(lines, 'utf8').split('\n').length, 2);
    assertSound(vault, 'head');
    await count(vault, archives);
    assert.equal(contentsOfFile(vault), wholeFleet);
  });

  test('E12: a reader that goes away at once, for every command', async () => {
    await count(vault, archives);
    const csv = newPath('piped.csv');
    const commands = [
      ['report', '--vault', vault],
      ['verify', '--vault', vault],
      ['totals', '--all-weeks', '--vault', vault, '--csv', csv],
      ['ingest', '--json', '--vault', vault, ...archives],
      ['--help'],
    ];
    for (const args of commands) {
      const child = start(args);
      child.stdout?.destroy();
      const run = await ended(child);
      assert.equal(run.err, '', args[0]);
      assert.equal(run.code, 0, args[0]);
    }
  });

  test('E12: without a terminal there are no colours and no progress bar', async () => {
    for (const args of [
      ['report', '--vault', vault],
      ['ingest', '--vault', vault, ...archives],
    ]) {
      const run = await rollcall(args);
      assert.equal(run.code, 0);
      assert.doesNotMatch(run.out + run.err, /[\x00-\x09\x0b-\x1f\x7f]/, args[0]);
    }
  });
});

describe('determinism (E15, C4)', () => {
  test(`E15 C4 X3: any order of logs and any number of readers give the same bytes (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const files = new Set<string>();
    for (const workers of [1, 2, 8]) {
      for (let round = 0; round < (inCi ? 4 : 1); round++) {
        const keys = new Map(archives.map((path) => [path, random.below(2 ** 30)]));
        const shuffled = archives.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
        const path = newPath('order.sqlite');
        const csv = newPath('order.csv');
        const run = await rollcall(['ingest', '--workers', String(workers), '--vault', path, ...shuffled]);
        assert.equal(run.code, 0, run.err);
        assert.equal((await rollcall(['totals', '--all-weeks', '--vault', path, '--csv', csv])).code, 0);
        files.add(readFileSync(csv, 'utf8'));
      }
    }
    assert.equal(files.size, 1);
    assert.ok([...files][0]!.split('\r\n').length > 100);
  });
});
