import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { countLogs } from '../../../src/commands/count-logs.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { openDatabase } from '../../../src/flow/vault/database.ts';
import { MIGRATIONS } from '../../../src/flow/vault/schema.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { VaultFault } from '../../../src/flow/vault/vault-fault.ts';
import { rollcall } from '../../support/command-line.ts';
import { newReaders } from '../../support/in-process.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contentsOf, noRandomness } from '../../support/vault-contents.ts';
import { checkIn, hourlyLog, MONDAY, WEEK } from '../../support/vault-logs.ts';

const folder = temporaryFolder();
const seed = testSeed();
const readers = newReaders();
after(() => readers.close());

async function count(path: string, logs: Record<string, string>): Promise<void> {
  const vault = Vault.open(path, 'write', randomBytes);
  for (const [name, text] of Object.entries(logs)) {
    const log = join(folder, name);
    writeFileSync(log, text);
    const options = { readers, vault, mode: 'add' as const, source: undefined, ahead: 1, onProgress: () => {} };
    for await (const report of countLogs(discover([log]), options)) {
      assert.match(report.status, /^(counted|continued)$/, report.reason);
    }
  }
  vault.close();
}

/** Systems, repositories and rejections of many kinds, so that every table has some pages. */
function manyKinds(name: string, week: number, lines: number): string {
  let text = '';
  for (let i = 0; i < lines; i++) {
    const agent = `libdnf (${name} Linux ${i % 60}.${i % 7}; variant-${i % 11}; Linux.x86_64)`;
    const fields = { time: week + i * 60, host: `20.${i % 200}.7.1`, repo: `repo-${i % 90}`, age: 1 + (i % 4), agent };
    text += checkIn(i % 50 === 0 ? { ...fields, status: 503 } : i % 31 === 0 ? { ...fields, age: 7 } : fields);
  }
  return text;
}

const original = join(folder, 'original.sqlite');
await count(original, {
  'one.log': manyKinds('Alma', MONDAY, 900),
  'two.log': manyKinds('Rocky', MONDAY + 86_400, 900),
});
await count(original, {
  'one.log': manyKinds('Alma', MONDAY, 1000),
  'three.log': hourlyLog((WEEK + 1) as Week),
  'quiet.log': '192.0.2.1 - - [04/Aug/2025:00:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n',
});

const bytes = readFileSync(original);
const PAGE = bytes.readUInt16BE(16);
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

const TABLES = [
  'system',
  'request',
  'country',
  'source',
  'log',
  'log_state',
  'rejection',
  'tally',
  'cube',
  'hours',
  'week_key',
  'network',
  'network_count',
  'network_spread',
  'network_summary',
];

interface Look {
  /** What totals and report would read, or undefined if they are refused. */
  contents: string | undefined;
  findings: string[];
  /** Every row of every table. */
  rows: string | undefined;
}

/** Opens, reads and verifies as the commands do. Anything but a VaultFault fails the test. */
function look(path: string): Look {
  const refused = (error: unknown): undefined => {
    if (!(error instanceof VaultFault)) throw error;
    assert.match(error.message, /Nothing was changed|name another file|upgrade Rollcall|is empty|check/);
    return undefined;
  };
  let vault: Vault;
  try {
    vault = Vault.open(path, 'read', noRandomness);
  } catch (error) {
    refused(error);
    return { contents: undefined, findings: ['it cannot be opened'], rows: undefined };
  }
  try {
    let contents: string | undefined;
    try {
      contents = contentsOf(vault);
    } catch (error) {
      contents = refused(error);
    }
    const findings = findingsOf(vault);
    return { contents, findings, rows: findings.length > 0 ? undefined : allRows(path) };
  } finally {
    vault.close();
  }
}

function findingsOf(vault: Vault): string[] {
  try {
    return vault.verify();
  } catch (error) {
    if (!(error instanceof VaultFault)) throw error;
    return [error.message];
  }
}

function allRows(path: string): string {
  const database = openDatabase(path, 'read');
  try {
    const tables = TABLES.map((table) =>
      database.all(`SELECT * FROM ${table}`).map((row) => Object.values(row).map(text)),
    );
    return JSON.stringify(tables);
  } finally {
    database.close();
  }
}

function text(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}

const sound = look(original);
const copy = join(folder, 'copy.sqlite');

/** Looks at a damaged copy: either the damage is reported, or nothing that can be read has changed. */
function lookAtCopy(damaged: Uint8Array, what: string, everyRow = true): 'reported' | 'unchanged' | 'only verify' {
  for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
  writeFileSync(copy, damaged);
  const before = sha256(copy);
  let seen: Look;
  try {
    seen = look(copy);
  } catch (error) {
    throw new Error(`${what}: an error that is no VaultFault`, { cause: error });
  }
  if (seen.findings.length === 0) {
    assert.equal(seen.contents, sound.contents, `${what}: other totals, and verify says nothing`);
    if (everyRow) assert.equal(seen.rows, sound.rows, `${what}: other rows, and verify says nothing`);
    return 'unchanged';
  }
  assert.equal(sha256(copy), before, `${what}: the file was changed`);
  return seen.contents === undefined || seen.contents === sound.contents ? 'reported' : 'only verify';
}

describe('a damaged vault (E08, V2, V5)', () => {
  test('the vault of these tests is sound and has many pages', () => {
    assert.deepEqual(sound.findings, []);
    assert.ok(bytes.length / PAGE > 40, `${bytes.length / PAGE} pages`);
    for (const [place, rows] of (JSON.parse(sound.rows!) as unknown[][]).entries()) {
      if (!['network_count', 'network_summary'].includes(TABLES[place]!)) assert.ok(rows.length > 0, TABLES[place]);
    }
  });

  test(`E08 V5: cut to many lengths, it is refused and left as it is (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const lengths = new Set([1, 15, 16, 99, 100, 101, PAGE - 1, bytes.length - 1, bytes.length - PAGE]);
    for (let length = PAGE; length < bytes.length; length += PAGE) lengths.add(length);
    for (let i = 0; i < 50; i++) lengths.add(1 + random.below(bytes.length - 1));
    for (const length of lengths) {
      assert.equal(lookAtCopy(bytes.subarray(0, length), `${length} bytes`), 'reported', `${length} bytes`);
    }
  });

  test(`E08 V2: one bit flipped anywhere is reported, or nothing read has changed (seed ${seed})`, (context) => {
    const random = seededRandom(seed);
    const found = { reported: 0, unchanged: 0, 'only verify': 0 };
    const perPage = process.env['CI'] === undefined ? 2 : 8;
    for (let page = 0; page < bytes.length / PAGE; page++) {
      // The header of the file and the headers of the pages are small and matter most.
      const places = page === 0 ? Array.from({ length: 100 }, (_, i) => i) : [0, 3, 5];
      for (let i = 0; i < perPage; i++) places.push(random.below(PAGE));
      for (const place of places) {
        const flipped = Uint8Array.from(bytes);
        const bit = random.below(8);
        flipped[page * PAGE + place]! ^= 1 << bit;
        found[lookAtCopy(flipped, `page ${page + 1}, byte ${place}, bit ${bit}`)]++;
      }
    }
    context.diagnostic(JSON.stringify(found));
    assert.ok(found.reported > 100);
  });

  test(`E08 V2: a page of zeros, and a page that stands in for another (seed ${seed})`, () => {
    const random = seededRandom(seed);
    for (let page = 0; page < bytes.length / PAGE; page++) {
      const zeroed = Uint8Array.from(bytes);
      zeroed.fill(0, page * PAGE, (page + 1) * PAGE);
      lookAtCopy(zeroed, `page ${page + 1} of zeros`);
      const misplaced = Uint8Array.from(bytes);
      const other = random.below(bytes.length / PAGE);
      misplaced.set(bytes.subarray(other * PAGE, (other + 1) * PAGE), page * PAGE);
      // An empty page in the place of a table of networks is a table without networks.
      lookAtCopy(misplaced, `page ${other + 1} in the place of page ${page + 1}`, false);
    }
  });

  /** Changes that SQLite itself takes for sound. */
  const edits: [string, string][] = [
    ['the hits of a log', 'UPDATE log SET counted = counted + 1 WHERE id = 1'],
    ['the name of a log', "UPDATE log SET name = 'other.log' WHERE id = 1"],
    [
      'the hours of a log',
      'UPDATE hours SET counted = seen WHERE log = 1; UPDATE hours SET seen = zeroblob(21) WHERE log = 1',
    ],
    ['the marks of an hour', 'UPDATE counted_hour SET marks = zeroblob(4) WHERE id = 1'],
    ['an hour with its marks, gone', 'DELETE FROM counted_hour WHERE id = 1'],
    ['what was known of a log', 'UPDATE log_reading SET known = known + 1 WHERE log = 1'],
    ['a name', "UPDATE system SET os_name = 'Other' WHERE id = 3"],
    [
      'two names, exchanged',
      'UPDATE request SET id = 99999 WHERE id = 1; UPDATE request SET id = 1 WHERE id = 2; UPDATE request SET id = 2 WHERE id = 99999',
    ],
    ['a country', "UPDATE country SET code = 'XX' WHERE id = 1"],
    ['a source', "UPDATE source SET label = 'elsewhere' WHERE id = 1"],
    ['an identity', 'UPDATE log_state SET sha256 = zeroblob(32) WHERE log = 1'],
    ['an older state', 'DELETE FROM log_state WHERE log = 1'],
    ['a rejection', 'UPDATE rejection SET count = count + 1 WHERE log = 1'],
    ['a reason', "UPDATE rejection SET reason = 'other' WHERE reason = 'status'"],
    ['a rejection, gone', 'DELETE FROM rejection WHERE log = 1'],
    ['the cells of a week', 'UPDATE cube SET cells = (SELECT cells FROM tally WHERE log = 1)'],
    ['a week, gone', 'DELETE FROM cube'],
    ['a week, moved', 'UPDATE cube SET week = week + 10'],
    ['what a log brought', 'DELETE FROM tally WHERE log = 1'],
    ['what a log brought, moved', 'UPDATE tally SET week = week + 10'],
    ['a log, gone', 'PRAGMA foreign_keys = OFF; DELETE FROM log WHERE id = 2'],
    ['the hours', "UPDATE hours SET seen = x'ffffffffffffffffffffffffffffffffffffffffff'"],
    ['the key of a week', 'UPDATE week_key SET key = zeroblob(32)'],
    ['the key of a week, gone', 'DELETE FROM week_key'],
    ['a network', 'UPDATE network SET hash = zeroblob(32) WHERE rowid IN (SELECT rowid FROM network LIMIT 1)'],
    ['the name of a network', "UPDATE network SET os_name = os_name || 'x'"],
    ['how check-ins spread', 'UPDATE network_spread SET spread = zeroblob(40)'],
    ['how check-ins spread, moved', 'UPDATE network_spread SET week = week + 10'],
    ['how check-ins spread, under another key', "UPDATE network_spread SET origin = '00000000000000aa'"],
  ];
  for (const [what, sql] of edits) {
    test(`V2 verify finds a change by hand: ${what}`, () => {
      copyFileSync(original, copy);
      const database = new DatabaseSync(copy);
      database.exec(
        sql.replace('rowid IN (SELECT rowid FROM network LIMIT 1)', 'hash = (SELECT hash FROM network LIMIT 1)'),
      );
      database.close();
      const vault = Vault.open(copy, 'read', noRandomness);
      const findings = vault.verify();
      vault.close();
      assert.notDeepEqual(findings, []);
      // P1: no finding tells what a row held.
      assert.doesNotMatch(findings.join('\n'), /Alma|Rocky|one\.log/);
    });
  }
});

describe('files that are no vault (E08, V5)', () => {
  const foreign = new DatabaseSync(join(folder, 'foreign.sqlite'));
  foreign.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  foreign.close();
  writeFileSync(join(folder, 'text.sqlite'), 'no database at all\n'.repeat(400));
  writeFileSync(join(folder, 'short.sqlite'), 'SQLite');
  const table: [string, string, RegExp][] = [
    ['a text file', 'text.sqlite', /does not begin like a SQLite file.*Nothing was changed/s],
    ['six bytes', 'short.sqlite', /does not begin like a SQLite file/],
    ['another SQLite database', 'foreign.sqlite', /not a vault of Rollcall: name another file/],
  ];
  const commands = (path: string): string[][] => [
    ['verify', '--vault', path],
    ['report', '--vault', path],
    ['totals', '--all-weeks', '--csv', join(folder, 'never.csv'), '--vault', path],
    ['ingest', '--vault', path, join(folder, 'one.log')],
    ['recount', '--vault', path, join(folder, 'one.log')],
    ['import', '--vault', path, join(folder, 'import.csv')],
  ];
  writeFileSync(
    join(folder, 'import.csv'),
    'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch\r\n2025-08-04,2025-08-10,5,AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64\r\n',
  );
  for (const [what, name, message] of table) {
    test(`E08 V5: ${what}: every command ends with 2, says so, and leaves it as it is`, async () => {
      const path = join(folder, name);
      const before = sha256(path);
      const runs = await Promise.all(commands(path).map((args) => rollcall(args)));
      for (const run of runs) {
        assert.equal(run.code, 2, run.err);
        assert.match(run.err, message);
        assert.doesNotMatch(run.err, /unexpected|\n\s+at /);
      }
      assert.equal(sha256(path), before);
      assert.equal(existsSync(join(folder, 'never.csv')), false);
      assert.deepEqual([existsSync(`${path}-wal`), existsSync(`${path}-journal`)], [false, false]);
    });
  }

  test('E08 V5: a vault that was cut short: every command ends with 2 and leaves it as it is', async () => {
    const path = join(folder, 'cut.sqlite');
    writeFileSync(path, bytes.subarray(0, bytes.length - PAGE));
    const before = sha256(path);
    for (const run of await Promise.all(commands(path).map((args) => rollcall(args)))) {
      assert.equal(run.code, 2, run.err);
      assert.match(run.err, /cut short.*Nothing was changed/s);
    }
    assert.equal(sha256(path), before);
  });

  test('V5: logs that are read side by side against a damaged ledger: one sentence, exit code 2', async () => {
    const path = join(folder, 'ledger.sqlite');
    copyFileSync(original, path);
    const database = new DatabaseSync(path);
    database.exec('UPDATE log_state SET sha256 = zeroblob(32) WHERE log = 1');
    database.close();
    const before = sha256(path);
    const logs = Array.from({ length: 8 }, (_, i) => join(folder, `beside-${i}.log`));
    for (const [i, name] of logs.entries()) writeFileSync(name, checkIn({ time: MONDAY, repo: `beside-${i}` }));
    for (const workers of ['1', '4']) {
      const run = await rollcall(['ingest', '--workers', workers, '--vault', path, ...logs]);
      assert.equal(run.code, 2, run.err);
      assert.match(run.err, /^rollcall: the vault is damaged: a row of the table log_state .*\n$/);
      assert.equal(sha256(path), before);
    }
  });

  test('V5: verify names the findings of a damaged vault and ends with 1', async () => {
    const path = join(folder, 'findings.sqlite');
    copyFileSync(original, path);
    const database = new DatabaseSync(path);
    database.exec('UPDATE log SET counted = counted + 1 WHERE id = 1');
    database.close();
    const run = await rollcall(['verify', '--vault', path]);
    assert.equal(run.code, 1);
    assert.match(run.err, /is damaged, 1 finding:\n {2}.*\n.*Keep the file, restore a backup/s);
  });

  test('E08: a folder, and a path in a folder that is not there', async () => {
    const [isFolder, nowhere] = await Promise.all([
      rollcall(['ingest', '--vault', folder, join(folder, 'one.log')]),
      rollcall(['ingest', '--vault', join(folder, 'no', 'vault.sqlite'), join(folder, 'one.log')]),
    ]);
    assert.equal(isFolder.code, 2);
    assert.match(isFolder.err, /is not a file|cannot be opened/);
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.err, /check that its folder exists/);
  });
});

function runScript(script: string) {
  const path = join(folder, 'script.mjs');
  writeFileSync(path, script);
  return spawnSync(process.execPath, [path], { encoding: 'utf8' });
}

/** A module of the program, as a script imports it. */
function source(path: string): string {
  return JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
}

/** A vault as a killed process leaves it: the last commits are only in the WAL. */
function withWal(name: string, log: string): string {
  const path = join(folder, name);
  writeFileSync(join(folder, `${name}.log`), log);
  copyFileSync(original, path);
  const script = `
    const { Vault } = await import(${source('flow/vault/vault.ts')});
    const { countLogs } = await import(${source('commands/count-logs.ts')});
    const { discover } = await import(${source('flow/bytes/discover.ts')});
    const { startReaders } = await import(${source('commands/start-readers.ts')});
    const { randomBytes } = await import('node:crypto');
    const vault = Vault.open(${JSON.stringify(path)}, 'write', randomBytes);
    const options = { readers: startReaders({}, 1.9e9), vault, mode: 'add', ahead: 1, onProgress: () => {} };
    for await (const report of countLogs(discover([${JSON.stringify(join(folder, `${name}.log`))}]), options)) {
      if (report.status !== 'counted') throw new Error(report.reason);
    }
    process.kill(process.pid, 'SIGKILL');`;
  const run = runScript(script);
  assert.equal(run.signal, 'SIGKILL', run.stderr);
  assert.ok(readFileSync(`${path}-wal`).length > 0);
  return path;
}

describe('the WAL beside a vault (E08)', () => {
  const log = hourlyLog((WEEK + 2) as Week);
  const clean = join(folder, 'clean.sqlite');
  copyFileSync(original, clean);

  test('E01: the commits of a killed process are in the WAL and are read', async () => {
    const path = withWal('wal-kept.sqlite', log);
    await count(clean, { 'wal-clean.log': log });
    assert.equal(look(path).contents, look(clean).contents);
    assert.deepEqual(look(path).findings, []);
  });

  test('E08: with the WAL deleted the vault is an older state, ledger and cube together; counting again heals it', async () => {
    const path = withWal('wal-deleted.sqlite', log);
    rmSync(`${path}-wal`);
    rmSync(`${path}-shm`, { force: true });
    const older = look(path);
    assert.deepEqual(older.findings, []);
    assert.equal(older.contents, sound.contents);
    await count(path, { 'wal-deleted.sqlite.log': log });
    assert.equal(look(path).contents, look(clean).contents);
  });

  test(`E08: a WAL that was cut or changed loses its last commits at most (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const path = withWal('wal-damaged.sqlite', log);
    const [base, wal] = [readFileSync(path), readFileSync(`${path}-wal`)];
    const after = look(path);
    for (let round = 0; round < 40; round++) {
      const damaged = Uint8Array.from(wal.subarray(0, round % 2 === 0 ? random.below(wal.length) : wal.length));
      if (round % 2 === 1) damaged[random.below(wal.length)]! ^= 1 << random.below(8);
      rmSync(`${path}-shm`, { force: true });
      writeFileSync(path, base);
      writeFileSync(`${path}-wal`, damaged);
      const seen = look(path);
      assert.deepEqual(seen.findings, [], `round ${round}`);
      assert.ok(seen.contents === sound.contents || seen.contents === after.contents, `round ${round}`);
    }
  });

  test('E08: with the WAL of another vault, nothing wrong is read without being reported', async () => {
    const path = withWal('wal-own.sqlite', log);
    const own = look(path);
    const other = join(folder, 'wal-other.sqlite');
    await count(other, { 'other.log': hourlyLog((WEEK + 3) as Week, { repo: 'other' }) });
    const otherBase = readFileSync(other);
    const foreign = withWal('wal-foreign.sqlite', hourlyLog((WEEK + 4) as Week, { repo: 'foreign' }));
    copyFileSync(`${foreign}-wal`, `${path}-wal`);
    rmSync(`${path}-shm`, { force: true });
    const seen = look(path);
    const known = [own.contents, sound.contents, look(foreign).contents];
    assert.ok(seen.findings.length > 0 || known.includes(seen.contents));

    writeFileSync(other, otherBase);
    const second = withWal('wal-second.sqlite', log);
    copyFileSync(`${second}-wal`, `${other}-wal`);
    const mixed = look(other);
    assert.notDeepEqual(mixed.findings, [], 'two vaults in one');
    assert.equal(mixed.contents, undefined, 'and nothing is read from them');
  });
});

describe('versions (E09, V3)', () => {
  const now = MIGRATIONS.length;
  const next = "ALTER TABLE log ADD COLUMN note TEXT NOT NULL DEFAULT ''; CREATE TABLE extra (a INTEGER) STRICT;";
  const versionOf = (path: string) => {
    const database = new DatabaseSync(path, { readOnly: true });
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
    database.close();
    return { version, tables };
  };
  const vaultCopy = (name: string) => {
    copyFileSync(original, join(folder, name));
    return join(folder, name);
  };

  test('E09 V3: an empty file is brought to the newest schema, through all steps', () => {
    const path = join(folder, 'from-zero.sqlite');
    writeFileSync(path, '');
    openDatabase(path, 'write', { migrations: [...MIGRATIONS, next] }).close();
    assert.equal(versionOf(path).version, now + 1);
    openDatabase(path, 'write', { migrations: [...MIGRATIONS, next] }).close();
    assert.equal(versionOf(path).version, now + 1);
  });

  test('E09 V3: an older vault is migrated, and keeps what it holds', () => {
    const path = vaultCopy('older.sqlite');
    const database = openDatabase(path, 'write', { migrations: [...MIGRATIONS, next] });
    assert.equal(database.all('SELECT note FROM log').length, 4);
    database.close();
    assert.equal(versionOf(path).version, now + 1);
  });

  test('E09 V3: a vault of the first schema is brought to this one', () => {
    const path = vaultCopy('first-schema.sqlite');
    const database = new DatabaseSync(path);
    database.exec(
      'DROP TABLE log_front; DROP INDEX log_length; DROP TABLE published_week; DROP TABLE publication; DROP TABLE confirmed_week; DROP TABLE log_reading; DROP TABLE counted_hour; DROP TABLE network_spread; DROP TABLE network_summary; DROP TABLE published_view; DROP TABLE publication_state; PRAGMA user_version = 1',
    );
    database.close();
    const withoutSpread = (JSON.parse(sound.rows!) as unknown[][]).with(TABLES.indexOf('network_spread'), []);
    assert.deepEqual(look(path), { ...sound, rows: JSON.stringify(withoutSpread) });
    assert.equal(versionOf(path).version, now);
  });

  test('E09 V3: a migration that fails in its middle leaves the old version as it was', () => {
    const path = vaultCopy('failing.sqlite');
    const before = versionOf(path);
    for (const broken of ['SELECT no_such_function()', 'INSERT INTO no_such_table VALUES (1)']) {
      assert.throws(() =>
        openDatabase(path, 'write', { migrations: [...MIGRATIONS, next, `CREATE TABLE half (a); ${broken}`] }),
      );
      assert.deepEqual(versionOf(path), before);
      assert.equal(look(path).contents, sound.contents);
      assert.deepEqual(look(path).findings, []);
    }
    openDatabase(path, 'write', { migrations: [...MIGRATIONS, next] }).close();
    assert.equal(versionOf(path).version, now + 1);
  });

  test('E09: a process killed in the middle of a migration leaves the old version as it was', () => {
    const path = vaultCopy('killed.sqlite');
    const script = `
      const { DatabaseSync } = await import('node:sqlite');
      const { openDatabase } = await import(${source('flow/vault/database.ts')});
      const exec = DatabaseSync.prototype.exec;
      DatabaseSync.prototype.exec = function (sql) {
        if (sql === 'KILL') process.kill(process.pid, 'SIGKILL');
        return exec.call(this, sql);
      };
      openDatabase(${JSON.stringify(path)}, 'write', { migrations: ${JSON.stringify([...MIGRATIONS.map(() => ''), next, 'KILL'])} });`;
    const run = runScript(script);
    assert.equal(run.signal, 'SIGKILL', run.stderr);
    assert.equal(versionOf(path).version, now);
    assert.equal(look(path).contents, sound.contents);
    assert.deepEqual(look(path).findings, []);
  });

  test('E09 V3: a vault of a newer Rollcall is refused and left as it is', async () => {
    const path = vaultCopy('newer.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    const before = sha256(path);
    for (const access of ['read', 'write'] as const) {
      assert.throws(() => openDatabase(path, access), {
        name: 'VaultFault',
        kind: 'unusable',
        message: /upgrade Rollcall/,
      });
    }
    const run = await rollcall(['report', '--vault', path]);
    assert.equal(run.code, 2);
    assert.match(run.err, /newer Rollcall .*upgrade Rollcall\n$/);
    assert.equal(sha256(path), before);
  });
});
