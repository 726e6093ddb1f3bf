import { createHmac } from 'node:crypto';
import type { System } from '../sightings/system.ts';
import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../sightings/week.ts';
import type { NetworkColumns } from '../tallies/log-tally.ts';
import type { Stored } from './checksum.ts';
import { checked, type Database, sealed } from './database.ts';

/** Three are enough to tell one company's fleet from a distribution; more would only be more to guard (P3). */
export const MOST_NETWORKS = 3;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
/** The origin of networks that were read of addresses. */
const ADDRESSES = '';
/** A mirror that hands in its logs once a week is heard before the key is destroyed (P4). */
export const CLOSES_AFTER_SECONDS = 8 * 86_400;

export type RandomBytes = (size: number) => Uint8Array;

/** Where networks come from: read of addresses, or marks that a server made with a key of its own (P3). */
export interface SeenNetworks {
  networks: NetworkColumns;
  systems: readonly System[];
  networkKey?: string | undefined;
}

/**
 * Keeps hashes of the networks in which an os name was seen, at most three a week and origin. Within a transaction.
 *
 * A network that two servers marked cannot be recognised, and neither one that was marked here and read of an address
 * there. So each key's hashes stand apart, and the most that one of them shows is what is known.
 */
export function recordNetworks(database: Database, seen: SeenNetworks, randomBytes: RandomBytes): void {
  const origin = seen.networkKey ?? ADDRESSES;
  for (const [week, byName] of groupByWeekAndName(seen.networks, seen.systems)) {
    const key = keyOfWeek(database, week, randomBytes);
    for (const [osName, networks] of byName) {
      const held = readNetworks(database, 'week = ? AND os_name = ?', week, osName).filter(isFrom(origin));
      const known = new Set(held.map(({ hash }) => hash));
      for (const network of networks) {
        if (known.size >= MOST_NETWORKS) break;
        const hash = hashNetwork(key, osName, network);
        if (known.has(hash.toString('hex'))) continue;
        known.add(hash.toString('hex'));
        database.run(
          'INSERT INTO network (week, os_name, hash, checksum) VALUES (?, ?, ?, ?)',
          ...sealed(week, osName, Buffer.concat([Buffer.from(origin, 'hex'), hash])),
        );
      }
    }
  }
}

/**
 * Destroys the keys and hashes of the weeks that are over, and leaves how many networks there were (P4). A week that is
 * counted again afterwards gets a new key, and can only raise the number. Answers how many weeks were closed.
 */
export function closeWeeks(database: Database, now: EpochSeconds, onClose: (week: Week) => void = () => {}): number {
  const over = readKeys(database).filter(
    ({ week }) => weekStart(week) + SECONDS_PER_WEEK + CLOSES_AFTER_SECONDS <= now,
  );
  for (const { week } of over) {
    onClose(week);
    for (const [osName, count] of heldCounts(database, week)) {
      const networks = Math.max(count, closedCount(database, week, osName));
      database.run(
        'INSERT OR REPLACE INTO network_count (week, os_name, networks, checksum) VALUES (?, ?, ?, ?)',
        ...sealed(week, osName, networks),
      );
    }
    database.run('DELETE FROM network WHERE week = ?', week);
    database.run('DELETE FROM week_key WHERE week = ?', week);
  }
  return over.length;
}

/** How many distinct networks each os name was seen in, of a week that is closed or not. At most three. */
export function networkCounts(database: Database, week: Week): Map<string, number> {
  const counts = heldCounts(database, week);
  for (const { osName, networks } of readNetworkCounts(database, week)) {
    counts.set(osName, Math.max(networks, counts.get(osName) ?? 0));
  }
  return counts;
}

/** For each os name, the most networks that one origin shows. */
function heldCounts(database: Database, week: Week): Map<string, number> {
  const held = readNetworks(database, 'week = ?', week);
  const counts = new Map<string, number>();
  for (const origin of new Set(held.map((row) => row.origin))) {
    const ofOrigin = new Map<string, number>();
    for (const { osName } of held.filter(isFrom(origin))) ofOrigin.set(osName, (ofOrigin.get(osName) ?? 0) + 1);
    for (const [osName, count] of ofOrigin) counts.set(osName, Math.max(count, counts.get(osName) ?? 0));
  }
  return counts;
}

function readNetworkCounts(database: Database, week: Week): { osName: string; networks: number }[] {
  return database
    .all('SELECT week, os_name, networks, checksum FROM network_count WHERE week = ?', week)
    .map((stored) => {
      const row = checked('network_count', stored);
      return { osName: String(row['os_name']), networks: Number(row['networks']) };
    });
}

function closedCount(database: Database, week: Week, osName: string): number {
  const row = database.get(
    'SELECT week, os_name, networks, checksum FROM network_count WHERE week = ? AND os_name = ?',
    week,
    osName,
  );
  return row === undefined ? 0 : Number(checked('network_count', row)['networks']);
}

function groupByWeekAndName(seen: NetworkColumns, systems: readonly System[]): Map<Week, Map<string, bigint[]>> {
  const weeks = new Map<Week, Map<string, bigint[]>>();
  for (let row = 0; row < seen.network.length; row++) {
    const week = seen.week[row] as Week;
    const byName = weeks.get(week) ?? new Map<string, bigint[]>();
    weeks.set(week, byName);
    const { osName } = systems[seen.system[row]!]!;
    const known = byName.get(osName);
    const network = seen.network[row]!;
    if (known === undefined) byName.set(osName, [network]);
    else if (known.length < MOST_NETWORKS && !known.includes(network)) known.push(network);
  }
  return weeks;
}

export function keyOfWeek(database: Database, week: Week, randomBytes: RandomBytes): Uint8Array {
  const [known] = readKeys(database, 'week = ?', week);
  if (known !== undefined) return known.key;
  const key = randomBytes(KEY_BYTES);
  database.run('INSERT INTO week_key (week, key, checksum) VALUES (?, ?, ?)', ...sealed(week, key));
  return key;
}

export function readKeys(database: Database, where = '1', ...values: number[]): { week: Week; key: Uint8Array }[] {
  return database.all(`SELECT week, key, checksum FROM week_key WHERE ${where}`, ...values).map((stored) => {
    const row = checked('week_key', stored);
    return { week: Number(row['week']) as Week, key: row['key'] as Uint8Array };
  });
}

/** A hash, with the key that the network was marked with before; `origin` is empty if it was read of an address. */
export interface HeldNetwork {
  week: Week;
  osName: string;
  origin: string;
  hash: string;
}

export function readNetworks(database: Database, where = '1', ...values: Stored[]): HeldNetwork[] {
  return database.all(`SELECT week, os_name, hash, checksum FROM network WHERE ${where}`, ...values).map((stored) => {
    const row = checked('network', stored);
    const bytes = Buffer.from(row['hash'] as Uint8Array);
    const hashAt = bytes.length - HASH_BYTES;
    const origin = bytes.toString('hex', 0, hashAt);
    return {
      week: Number(row['week']) as Week,
      osName: String(row['os_name']),
      origin,
      hash: bytes.toString('hex', hashAt),
    };
  });
}

function isFrom(origin: string): (held: HeldNetwork) => boolean {
  return (held) => held.origin === origin;
}

/** The os name goes in too: the same network under two names cannot be recognised. */
function hashNetwork(key: Uint8Array, osName: string, network: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(network);
  return createHmac('sha256', key).update(osName).update('\0').update(bytes).digest();
}
