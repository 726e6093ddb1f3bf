import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { System } from '../../../src/flow/sightings/system.ts';
import type { EpochSeconds, Week } from '../../../src/flow/sightings/week.ts';
import { SECONDS_PER_WEEK, weekStart } from '../../../src/flow/sightings/week.ts';
import { networkColumns } from '../../../src/flow/tallies/log-tally.ts';
import { type Database, openDatabase } from '../../../src/flow/vault/database.ts';
import { closeWeeks, MOST_NETWORKS, recordNetworks } from '../../../src/flow/vault/networks.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { readWithKernel } from '../../support/readers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noRandomness } from '../../support/vault-contents.ts';
import { checkIn, MONDAY, WEEK } from '../../support/vault-logs.ts';

const folder = temporaryFolder();
const NEXT = (WEEK + 1) as Week;
/** The first second at which the week may be closed (P4). */
const CLOSING = (weekStart(WEEK) + SECONDS_PER_WEEK + 8 * 86_400) as EpochSeconds;

const system = (osName: string): System => ({ client: 'libdnf', osName, osVersion: '', osVariant: '', osArch: '' });

let vaults = 0;
function newVault(): { path: string; database: Database } {
  const path = join(folder, `vault-${++vaults}.sqlite`);
  return { path, database: openDatabase(path, 'write') };
}

function record(database: Database, week: Week, osName: string, networks: bigint[], networkKey?: string): void {
  database.transaction(() =>
    recordNetworks(
      database,
      { networks: networkColumns([{ week, system: 0, networks }]), systems: [system(osName)], networkKey },
      randomBytes,
    ),
  );
}

function close(database: Database, now: EpochSeconds): void {
  database.transaction(() => closeWeeks(database, now));
}

const held = (database: Database) =>
  database.all('SELECT week, os_name, count(*) AS n FROM network GROUP BY week, os_name').map(Object.values);
const closed = (database: Database) =>
  database.all('SELECT week, os_name, networks FROM network_count').map(Object.values);
const keys = (database: Database) =>
  database.all('SELECT week, key FROM week_key').map((row) => Buffer.from(row['key'] as Uint8Array));

describe('distinct networks (P3)', () => {
  test('P3: at most three a week and os name, in one log and over many', () => {
    const { database } = newVault();
    record(database, WEEK, 'A', [1n]);
    record(database, WEEK, 'A', [1n, 2n]);
    assert.deepEqual(held(database), [[WEEK, 'A', 2]]);
    record(database, WEEK, 'A', [3n, 4n, 5n]);
    record(database, WEEK, 'A', [6n]);
    record(database, WEEK, 'B', [1n, 2n, 3n, 4n, 5n]);
    record(database, NEXT, 'A', [1n]);
    assert.deepEqual(held(database), [
      [WEEK, 'A', MOST_NETWORKS],
      [WEEK, 'B', MOST_NETWORKS],
      [NEXT, 'A', 1],
    ]);
    database.close();
  });

  test('P3: two systems of one os name share their three', () => {
    const { database } = newVault();
    const systems = [system('A'), { ...system('A'), osVersion: '9' }];
    const sightings = [
      { week: WEEK, system: 0, networks: [1n, 2n] },
      { week: WEEK, system: 1, networks: [2n, 3n, 4n] },
    ];
    database.transaction(() => recordNetworks(database, { networks: networkColumns(sightings), systems }, randomBytes));
    assert.deepEqual(held(database), [[WEEK, 'A', 3]]);
    database.close();
  });

  test('P3: what is kept is HMAC-SHA-256 with the key of the week, and differs from week to week and name to name', () => {
    const { database } = newVault();
    const network = 0x0a010200n;
    record(database, WEEK, 'A', [network]);
    record(database, WEEK, 'B', [network]);
    record(database, NEXT, 'A', [network]);
    const hashes = database
      .all('SELECT hash FROM network ORDER BY week, os_name')
      .map((row) => Buffer.from(row['hash'] as Uint8Array).toString('hex'));
    assert.equal(new Set(hashes).size, 3);
    const [key] = keys(database);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(network);
    assert.equal(hashes[0], createHmac('sha256', key!).update('A\0').update(bytes).digest('hex'));
    assert.equal(key!.length, 32);
    assert.notDeepEqual(key, keys(database)[1]);
    database.close();
  });

  test('P3: marks of servers are not added to each other, because nobody knows which are of one network', () => {
    const { path, database } = newVault();
    const [one, other] = ['00000000000000aa', '00000000000000bb'];
    record(database, WEEK, 'A', [7n], one);
    record(database, WEEK, 'A', [8n], other);
    record(database, WEEK, 'A', [9n]);
    const counts = () => {
      const vault = Vault.open(path, 'read', noRandomness);
      const found = [...vault.networks(WEEK).names];
      vault.close();
      return found;
    };
    assert.deepEqual(counts(), [['A', 1]], 'one company, seen by two servers and in a log, is one network');
    record(database, WEEK, 'A', [7n, 10n], one);
    assert.deepEqual(counts(), [['A', 2]]);
    record(database, WEEK, 'A', [11n, 12n, 13n], one);
    assert.deepEqual(counts(), [['A', 3]]);
    assert.deepEqual(
      held(database),
      [[WEEK, 'A', MOST_NETWORKS + 2]],
      'three of one key, and one of each other origin',
    );
    close(database, CLOSING);
    assert.deepEqual(closed(database), [[WEEK, 'A', 3]]);
    database.close();
  });

  test('P3: a vault without networks needs no key', () => {
    const { database } = newVault();
    database.transaction(() => recordNetworks(database, { networks: networkColumns([]), systems: [] }, noRandomness));
    assert.deepEqual(keys(database), []);
    database.close();
  });
});

/** Counts a log as one of a source of its own. */
function recordLog(vault: Vault, log: string): void {
  const { sha256, tally } = readWithKernel(Buffer.from(log));
  const { candidates } = tally;
  const name = `log ${++logs}`;
  const states = { front: undefined, whole: true, begins: undefined, knownStates: vault.statesAt(tally.firstHour) };
  const how = { origin: 'log' as const, mode: 'add' as const, format: 'combined', isMarked: true, leftOut: [] };
  const offer = { name, source: name, ...how, sha256, candidates, tally };
  const [outcome] = vault.record([{ ...offer, ...states }]);
  assert.equal(outcome?.status, 'counted');
}

let logs = 0;

describe('how check-ins spread (P3)', () => {
  const PAIRS = [
    { host: '151.101.1.9', repo: 'baseos-9' },
    { host: '8.8.8.8', repo: 'baseos-9' },
    { host: '2606:4700::9', repo: 'baseos-9' },
    { host: '10.1.2.3', repo: 'epel-9' },
    { host: '-', repo: 'epel-9' },
    { host: '133.11.7.7', repo: 'epel-9' },
  ];

  /** Counts lines cut into logs, and answers all that is known of the week's networks. */
  function known(logs: readonly (readonly { at: number; line: number }[])[]) {
    const path = join(folder, `spread-${++vaults}.sqlite`);
    const vault = Vault.open(path, 'write', randomBytes);
    for (const log of logs) {
      const lines = log.map(({ at, line }) => {
        const { host, repo } = PAIRS[line % PAIRS.length]!;
        return checkIn({ time: MONDAY + at * 61, host, repo, age: 1 + (line % 4) });
      });
      recordLog(vault, lines.join(''));
    }
    assert.deepEqual(vault.verify(), []);
    const { names, silence, systems } = vault.networks(WEEK);
    const cells = vault.split(WEEK).counted.map((cell) => JSON.stringify(cell));
    const addresses = vault.addresses([WEEK]).reduce((sum, { located }) => sum + located, 0);
    vault.close();
    return { names, silence, systems, cells: cells.sort(), addresses };
  }

  test(`P3 C4: the order of lines and logs has no say in it (seed ${testSeed()})`, () => {
    const random = seededRandom(testSeed());
    const lines = Array.from({ length: 300 }, (_, at) => ({ at, line: random.below(3) === 0 ? at : at - (at % 6) }));
    const whole = known([lines]);
    const [found] = whole.systems;
    const count = (wanted: (host: string) => boolean) =>
      lines.filter(({ line }) => wanted(PAIRS[line % PAIRS.length]!.host)).length;
    const isHidden = (host: string) => host === '-' || host.startsWith('10.');
    assert.deepEqual([found!.located, found!.hidden], [count((host) => !isHidden(host)), count(isHidden)]);
    for (let round = 0; round < 5; round++) {
      const logs: (typeof lines)[] = Array.from({ length: 1 + random.below(6) }, () => []);
      for (const line of lines.toSorted(() => random.below(3) - 1)) logs[random.below(logs.length)]!.push(line);
      assert.deepEqual(known(logs.filter((log) => log.length > 0)), whole);
    }
  });
});

describe('closing a week (P4)', () => {
  test('P4: not before 8 days after its end; then key and hashes go and the number stays', () => {
    const { database } = newVault();
    record(database, WEEK, 'A', [1n, 2n]);
    record(database, WEEK, 'B', [1n, 2n, 3n]);
    record(database, NEXT, 'A', [1n]);
    close(database, (CLOSING - 1) as EpochSeconds);
    assert.equal(keys(database).length, 2);
    assert.deepEqual(closed(database), []);
    close(database, CLOSING);
    assert.deepEqual(held(database), [[NEXT, 'A', 1]]);
    assert.equal(keys(database).length, 1);
    assert.deepEqual(closed(database), [
      [WEEK, 'A', 2],
      [WEEK, 'B', 3],
    ]);
    close(database, CLOSING);
    assert.deepEqual(
      closed(database),
      [
        [WEEK, 'A', 2],
        [WEEK, 'B', 3],
      ],
      'closing again changes nothing',
    );
    database.close();
  });

  test('P4: what arrives late can only raise the number to its own', () => {
    const { database } = newVault();
    record(database, WEEK, 'A', [1n, 2n]);
    close(database, CLOSING);
    const arrives = (networks: bigint[]) => {
      record(database, WEEK, 'A', networks);
      close(database, CLOSING);
      assert.deepEqual(keys(database), []);
      return closed(database);
    };
    assert.deepEqual(arrives([9n]), [[WEEK, 'A', 2]], 'one network does not lower two');
    assert.deepEqual(
      arrives([1n, 9n]),
      [[WEEK, 'A', 2]],
      'and is not added to them: nobody knows whether it is one of them',
    );
    assert.deepEqual(arrives([7n, 8n, 9n]), [[WEEK, 'A', 3]]);
    assert.deepEqual(arrives([1n]), [[WEEK, 'A', 3]]);
    database.close();
  });

  test('P4: a week that was closed gets a new key when lines come late', () => {
    const { database } = newVault();
    record(database, WEEK, 'A', [1n]);
    const [first] = keys(database);
    close(database, CLOSING);
    record(database, WEEK, 'A', [1n]);
    assert.notDeepEqual(keys(database)[0], first);
    database.close();
  });
});

/** Names of the vault's files whose bytes hold one of these secrets. */
function filesWith(path: string, secrets: readonly Buffer[]): string[] {
  return ['', '-wal', '-shm', '-journal']
    .map((suffix) => path + suffix)
    .filter((file) => existsSync(file))
    .filter((file) => {
      const bytes = readFileSync(file);
      return secrets.some((secret) => bytes.includes(secret));
    });
}

const seed = testSeed();

describe('nothing of a closed week is left in the bytes of the vault', () => {
  test(`P3 P4: key and hashes of many names are gone from file and WAL, while other weeks stay (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const { path, database } = newVault();
    const weeks = [WEEK, NEXT, (WEEK + 2) as Week];
    // Entered in parts, so that SQLite splits, fills and moves pages; names of many lengths.
    const names = Array.from({ length: 400 }, (_, i) => `${'n'.repeat(random.below(60))}${i}`);
    const systems = names.map(system);
    for (let part = 0; part < 40; part++) {
      for (const week of weeks) {
        const sightings = systems.flatMap((_, place) =>
          (place * 7) % 40 === part ? [{ week, system: place, networks: [BigInt(random.below(1e9)), 2n, 3n] }] : [],
        );
        database.transaction(() =>
          recordNetworks(database, { networks: networkColumns(sightings), systems }, randomBytes),
        );
      }
    }
    const secretsOf = (week: Week) => [
      ...database
        .all('SELECT key FROM week_key WHERE week = ?', week)
        .map((row) => Buffer.from(row['key'] as Uint8Array)),
      ...database
        .all('SELECT hash FROM network WHERE week = ?', week)
        .map((row) => Buffer.from(row['hash'] as Uint8Array)),
    ];
    const secrets = secretsOf(WEEK);
    const others = secretsOf(NEXT);
    assert.equal(secrets.length, 1 + 3 * names.length);
    assert.notDeepEqual(filesWith(path, secrets), [], 'the search finds them while they are there');
    database.close();

    const vault = Vault.open(path, 'write', noRandomness);
    vault.closeWeeks(CLOSING);
    const left = secrets.filter((secret) => filesWith(path, [secret]).length > 0);
    assert.equal(left.length, 0, `${left.length} of ${secrets.length} are left while the vault is open`);
    assert.notDeepEqual(filesWith(path, others), [], 'the weeks that are not closed keep theirs');
    assert.deepEqual(vault.verify(), []);
    vault.close();
    assert.deepEqual(filesWith(path, secrets), []);

    const later = Vault.open(path, 'write', noRandomness);
    later.closeWeeks((CLOSING + 2 * SECONDS_PER_WEEK) as EpochSeconds);
    later.close();
    assert.deepEqual(filesWith(path, others), []);
    assert.deepEqual(
      readdirSync(folder).filter((name) => /-(wal|journal)$/.test(name)),
      [],
    );
  });

  test('P3 P4: how check-ins spread is gone from file and WAL with the key', () => {
    const path = join(folder, `vault-${++vaults}.sqlite`);
    const vault = Vault.open(path, 'write', randomBytes);
    for (let log = 0; log < 6; log++) {
      const lines = Array.from({ length: 900 }, (_, line) =>
        checkIn({
          time: MONDAY + line * 60,
          host: `${20 + (line % 90)}.${(line * 7) % 250}.${log}.1`,
          repo: `repo-${line % 40}`,
          agent: `libdnf (Linux ${line % 9}.${line % 7}; generic; Linux.x86_64)`,
        }),
      );
      recordLog(vault, lines.join(''));
    }
    const reader = new DatabaseSync(path, { readOnly: true });
    const spread = Buffer.from(reader.prepare('SELECT spread FROM network_spread').get()!['spread'] as Uint8Array);
    reader.close();
    const pieces = Array.from({ length: 20 }, (_, at) => spread.subarray(at * 200, at * 200 + 40));
    assert.ok(spread.length > 4_000);
    const isThere = (piece: Buffer) => filesWith(path, [piece]).length > 0;
    assert.ok(pieces.filter(isThere).length > 10, 'the search finds them while they are there');
    vault.closeWeeks(CLOSING);
    assert.deepEqual(pieces.filter(isThere), []);
    assert.deepEqual(vault.verify(), []);
    vault.close();
  });

  test('P3 P4: what a reader keeps in the WAL is gone with the next run', () => {
    const { path, database } = newVault();
    record(database, WEEK, 'A', [1n, 2n]);
    const secrets = keys(database);
    const reader = new DatabaseSync(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM network').get();
    database.exec('PRAGMA busy_timeout = 10');
    close(database, CLOSING);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    assert.notDeepEqual(filesWith(path, secrets), [], 'the reader still sees the old state');
    reader.close();
    const vault = Vault.open(path, 'write', noRandomness);
    vault.closeWeeks(CLOSING);
    assert.deepEqual(filesWith(path, secrets), []);
    vault.close();
    database.close();
  });

  test('P4: a run that cannot erase the keys, because a reader sees an old state, says so and does not wait long', () => {
    const { path, database } = newVault();
    record(database, WEEK, 'A', [1n, 2n]);
    const secrets = keys(database);
    database.close();
    const reader = new DatabaseSync(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM network').get();
    const vault = Vault.open(path, 'write', noRandomness);
    assert.equal(vault.closeWeeks(CLOSING), false);
    vault.close();
    reader.close();
    const next = Vault.open(path, 'write', noRandomness);
    assert.equal(next.closeWeeks(CLOSING), true);
    assert.deepEqual(filesWith(path, secrets), []);
    next.close();
  });
});
