import { createCipheriv } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Week } from '../sightings/week.ts';
import { ALL_SYSTEMS, type LogTally, PARTS } from '../tallies/log-tally.ts';
import { cellKey, splitKey } from './cells.ts';
import type { CellIds } from './cells-by-week.ts';
import type { Database } from './database.ts';
import { type Dictionaries, textOf } from './dictionary.ts';
import {
  addSummaries,
  emptySummary,
  type NetworkSummary,
  readSummary,
  WHOLE_WEEK,
  writeSummary,
} from './network-summary.ts';
import { closeWeeks, keyOfWeek, MOST_NETWORKS, type RandomBytes, recordNetworks } from './networks.ts';
import { medianOf, type ToldApart, tellApart } from './one-network.ts';
import {
  type AddressSums,
  addressSums,
  emptySpread,
  hiddenHits,
  largestPairs,
  noHits,
  orderOfParts,
  type PartHits,
  packSpread,
  pairKey,
  type Spread,
  splitPair,
  sumOfParts,
  unpackSources,
  unpackSpread,
  whySilent,
} from './spread.ts';

/** The origin of what was read of addresses; another one is the key that a server marked networks with (P3). */
const ADDRESSES = '';

interface ChangedWeek {
  week: Week;
  origin: string;
  spread: Spread;
  secret: WeekSecret;
  isChanged: boolean;
}

/** What a week's key makes of parts and networks. */
interface WeekSecret {
  order: Uint8Array;
  hashesOf: (systems: Uint32Array, networks: BigUint64Array) => BigUint64Array;
}

/**
 * The networks of the weeks that transactions change. As with cubes, in each of them a week is written once, however many
 * logs add to it. It is read once, also in many transactions, as long as nobody else writes to the vault.
 */
export class WeekNetworks {
  readonly #database: Database;
  readonly #randomBytes: RandomBytes;
  #weeks = new Map<string, ChangedWeek>();
  /** As the last transaction has left them, and what SQLite calls the state that other programs have left. */
  #kept = new Map<string, ChangedWeek>();
  #version: unknown;
  /** By key: of a hundred thousand small logs most are of the weeks of those before. */
  readonly #secrets = new Map<string, WeekSecret>();

  constructor(database: Database, randomBytes: RandomBytes) {
    this.#database = database;
    this.#randomBytes = randomBytes;
  }

  /** A transaction begins. What one that failed has changed is not there, and what others have is not known. */
  begin(): void {
    const version = this.#database.get('PRAGMA data_version')?.['data_version'];
    this.#weeks = version === this.#version ? this.#kept : new Map();
    this.#kept = new Map();
    this.#version = version;
  }

  /** Weeks are changed by others. */
  forget(): void {
    this.#kept = new Map();
  }

  /** The transaction is on the disk. */
  committed(): void {
    this.#kept = this.#weeks;
  }

  /** `ids` are the vault's for the places in the tally's lists. */
  add(tally: LogTally, source: number, ids: CellIds): void {
    recordNetworks(this.#database, tally, this.#randomBytes);
    const origin = tally.networkKey ?? ADDRESSES;
    const { spread, networks } = tally;
    for (let row = 0; row < spread.week.length; row++) {
      const { spread: sums, secret } = this.#of(spread.week[row] as Week, origin);
      const { order } = secret;
      const [system, request] = [spread.system[row]!, spread.request[row]!];
      if (system !== ALL_SYSTEMS) {
        sums.pairs.add(pairKey(ids.systems[system]!, ids.requests[request]!), spread.hits, order, row * PARTS);
        continue;
      }
      // Countries are few, and all of them together are what the source brought.
      sums.countries.add(ids.countries[request]!, spread.hits, order, row * PARTS);
      sums.sources.add(source, spread.hits, order, row * PARTS);
    }
    for (const [week, rows] of Map.groupBy(networks.week.keys(), (row) => networks.week[row] as Week)) {
      const { spread: sums, secret } = this.#of(week, origin);
      const systems = Uint32Array.from(rows, (row) => ids.systems[networks.system[row]!]!);
      const hashes = secret.hashesOf(
        systems,
        BigUint64Array.from(rows, (row) => networks.network[row]!),
      );
      for (const [i, system] of systems.entries()) {
        const known = sums.networks.get(system);
        if (known === undefined) sums.networks.set(system, [hashes[i]!]);
        else if (known.length < MOST_NETWORKS && !known.includes(hashes[i]!)) known.push(hashes[i]!);
      }
    }
  }

  /** The spread of a week as it is on the disk, where this program has written it last. */
  writtenSpread(week: Week, origin: string): Spread | undefined {
    const version = this.#database.get('PRAGMA data_version')?.['data_version'];
    return version === this.#version ? this.#kept.get(`${week} ${origin}`)?.spread : undefined;
  }

  write(): void {
    for (const changed of this.#weeks.values()) {
      const { week, origin, spread, isChanged } = changed;
      if (!isChanged) {
        // Logs come for it no longer.
        this.#weeks.delete(`${week} ${origin}`);
        continue;
      }
      changed.isChanged = false;
      spread.pairs = largestPairs(spread.pairs);
      this.#database.run(
        'INSERT OR REPLACE INTO network_spread (week, origin, spread) VALUES (?, ?, ?)',
        week,
        origin,
        packSpread([week, crc32(origin)], spread),
      );
    }
  }

  #of(week: Week, origin: string): ChangedWeek {
    const name = `${week} ${origin}`;
    const known = this.#weeks.get(name);
    if (known !== undefined) {
      known.isChanged = true;
      return known;
    }
    const key = keyOfWeek(this.#database, week, this.#randomBytes);
    const spread = readSpreads(this.#database, week).get(origin) ?? emptySpread();
    const made = { week, origin, spread, secret: this.#secretOf(key), isChanged: true };
    this.#weeks.set(name, made);
    return made;
  }

  #secretOf(key: Uint8Array): WeekSecret {
    const name = Buffer.from(key).toString('latin1');
    const secret = this.#secrets.get(name) ?? { order: orderOfParts(key), hashesOf: hashesBy(key) };
    this.#secrets.set(name, secret);
    return secret;
  }
}

const BLOCK_BYTES = 16;

/** The system goes in too: the same network under two names cannot be recognised. */
function hashesBy(key: Uint8Array): WeekSecret['hashesOf'] {
  // One block of a cipher by itself is as good as an HMAC here, and to start one for each network takes ten times as long.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return (systems, networks) => {
    const blocks = new DataView(new ArrayBuffer(systems.length * BLOCK_BYTES));
    for (const [row, system] of systems.entries()) {
      blocks.setUint32(row * BLOCK_BYTES + 4, system);
      blocks.setBigUint64(row * BLOCK_BYTES + 8, networks[row]!);
    }
    const hashed = cipher.update(blocks);
    return BigUint64Array.from(systems, (_, row) => hashed.readBigUInt64BE(row * BLOCK_BYTES));
  };
}

type WrittenSpread = (week: Week, origin: string) => Spread | undefined;

/** By origin. */
function readSpreads(database: Database, week: Week, written: WrittenSpread = () => undefined): Map<string, Spread> {
  const origins = database
    .all('SELECT origin FROM network_spread WHERE week = ?', week)
    .map((row) => String(row['origin']));
  return new Map(
    origins.map((origin) => {
      const read = () =>
        database.get('SELECT spread FROM network_spread WHERE week = ? AND origin = ?', week, origin)?.['spread'];
      return [origin, written(week, origin) ?? unpackSpread([week, crc32(origin)], read())];
    }),
  );
}

/** What is known of a week's networks, whether it is closed or not: to close it changes nothing of this. */
export function summaryOf(
  database: Database,
  dictionaries: Dictionaries,
  week: Week,
  written?: WrittenSpread,
): NetworkSummary {
  const spreads = [...readSpreads(database, week, written).values()];
  const closed = readSummary(database, week);
  if (spreads.length === 0) return closed;
  const silenceOfWeek = (whole: AddressSums) => silenceOf(database, week, whole);
  return addSummaries(closed, summarise(spreads, dictionaries, silenceOfWeek));
}

/** So many weeks are looked back, and so many of them must tell something. */
const WEEKS_BEFORE = 4;
const FEWEST_BEFORE = 3;

/**
 * Why the addresses of a week, or of a source in it, say nothing. Where nearly all come from few networks and from elsewhere
 * half of what came from there in the weeks before, a stranger floods: in front of a proxy nothing would come from there.
 */
export function silenceOf(
  database: Database,
  week: Week,
  sums: AddressSums,
  source?: number,
): ReturnType<typeof whySilent> {
  const silence = whySilent(sums);
  if (silence !== 'few') return silence;
  const usual = usualElsewhere(database, week, source);
  return usual !== undefined && elsewhereIn(sums) * 2 >= usual ? undefined : silence;
}

function usualElsewhere(database: Database, week: Week, only: number | undefined): number | undefined {
  const before = database
    .all('SELECT week FROM cube WHERE week < ? ORDER BY week DESC LIMIT ?', week, WEEKS_BEFORE)
    .map((row) => [...sourcesOf(database, Number(row['week']) as Week)])
    .map((sources) => sources.filter(([source]) => (only === undefined ? source !== WHOLE_WEEK : source === only)))
    .filter((sources) => sources.length > 0 && sources.every(([, sums]) => whySilent(sums) === undefined))
    .map((sources) => sources.reduce((sum, [, sums]) => sum + elsewhereIn(sums), 0))
    .sort((a, b) => a - b);
  return before.length < FEWEST_BEFORE ? undefined : before[before.length >> 1];
}

function elsewhereIn({ located, heaviestThree }: AddressSums): number {
  return located - heaviestThree;
}

/** The sources of a week, whether it is closed or not: as `summaryOf` gives them, for much less. */
export function sourcesOf(database: Database, week: Week): NetworkSummary['sources'] {
  const rows = database.all('SELECT origin, spread FROM network_spread WHERE week = ?', week);
  const open = rows.map((row) => unpackSources([week, crc32(String(row['origin']))], row['spread']));
  const closed = readSummary(database, week);
  return addSummaries(closed, { ...emptySummary(), sources: sumsOfSources(open) }).sources;
}

function sumsOfSources(open: readonly Spread['sources'][]): NetworkSummary['sources'] {
  const sums = new Map<number, AddressSums>();
  for (const source of new Set(open.flatMap((sources) => [...sources.keys()]))) {
    const ofSource = open.map((sources) => sources.get(source)).filter((hits) => hits !== undefined);
    sums.set(source, addressSums(ofSource));
  }
  return sums;
}

/** P4: keys, hashes and the spread go, the summary stays. Answers how many weeks were closed. */
export function closeNetworks(
  database: Database,
  dictionaries: Dictionaries,
  now: Parameters<typeof closeWeeks>[1],
  written: WrittenSpread,
): number {
  return closeWeeks(database, now, (week) => {
    const summary = summaryOf(database, dictionaries, week, written);
    if (summary.sources.size > 0) writeSummary(database, week, summary);
    database.run('DELETE FROM network_spread WHERE week = ?', week);
  });
}

/**
 * How many of each cell's hits are told apart: those of its country, and what is more than these of other countries of
 * the same system and request. A log that was replaced may have left more to tell apart than there is.
 */
export function takenFrom(
  cells: readonly { key: number; hits: number }[],
  toldApart: ReadonlyMap<number, number>,
): number[] {
  const left = new Map<number, number>();
  const pairOf = (key: number) => {
    const { system, request } = splitKey(key);
    return pairKey(system, request);
  };
  for (const [key, checkIns] of toldApart) left.set(pairOf(key), checkIns + (left.get(pairOf(key)) ?? 0));
  const taken = cells.map(() => 0);
  const take = (place: number, most: number) => {
    const pair = pairOf(cells[place]!.key);
    const some = Math.min(most, left.get(pair) ?? 0, cells[place]!.hits - taken[place]!);
    taken[place]! += some;
    left.set(pair, (left.get(pair) ?? 0) - some);
  };
  for (const [place, { key }] of cells.entries()) take(place, toldApart.get(key) ?? 0);
  const bySize = cells.map((_, place) => place).filter((place) => (left.get(pairOf(cells[place]!.key)) ?? 0) > 0);
  for (const place of bySize.sort((a, b) => cells[b]!.hits - cells[a]!.hits)) take(place, Number.POSITIVE_INFINITY);
  return taken;
}

/** Reads all that is kept of them. */
export function weeksWithSpread(database: Database): Week[] {
  const weeks = database.all('SELECT DISTINCT week FROM network_spread').map((row) => Number(row['week']) as Week);
  for (const week of weeks) readSpreads(database, week);
  return weeks;
}

function summarise(
  spreads: readonly Spread[],
  dictionaries: Dictionaries,
  silenceOfWeek: (whole: AddressSums) => ReturnType<typeof whySilent>,
): NetworkSummary {
  const summary = emptySummary();
  const whole = addressSums(spreads.map(totalOf));
  summary.sources.set(WHOLE_WEEK, whole);
  for (const [source, sums] of sumsOfSources(spreads.map(({ sources }) => sources))) summary.sources.set(source, sums);
  for (const { pairs, networks } of spreads) {
    for (const [key, hits] of pairs) {
      const { system } = splitPair(key);
      const known = summary.systems.get(system) ?? { located: 0, hidden: 0, networks: 0 };
      const hidden = hiddenHits(hits);
      summary.systems.set(system, {
        located: known.located + sumOfParts(hits) - hidden,
        hidden: known.hidden + hidden,
        networks: Math.max(known.networks, networks.get(system)?.length ?? 0),
      });
    }
  }
  // Behind few proxies every network is one of theirs.
  if (silenceOfWeek(whole) !== 'few') {
    for (const spread of spreads) noteToldApart(summary, spread, dictionaries);
  }
  return summary;
}

function totalOf({ sources }: Spread): PartHits {
  const total = noHits();
  for (const [, hits] of sources) for (let part = 0; part < PARTS; part++) total[part]! += hits[part]!;
  return total;
}

function noteToldApart({ toldApart }: NetworkSummary, spread: Spread, dictionaries: Dictionaries): void {
  const ids = Array.from(spread.pairs.keys(), splitPair);
  const systems = dictionaries.systems.some(new Set(ids.map(({ system }) => system)));
  const requests = dictionaries.requests.some(new Set(ids.map(({ request }) => request)));
  const pairs = Array.from(spread.pairs, ([key, hits]) => {
    const { system, request } = splitPair(key);
    return { key, hits, system: textOf(systems, system), request: textOf(requests, request) };
  });
  const found: ToldApart[] = tellApart(pairs);
  const countries = new Map([...new Set(found.map(({ part }) => part))].map((part) => [part, countryOf(spread, part)]));
  for (const { key, part, checkIns } of found) {
    const { system, request } = splitPair(key);
    const cell = cellKey(system, request, countries.get(part)!);
    toldApart.set(cell, checkIns + (toldApart.get(cell) ?? 0));
  }
}

/** That of the network which brings so much of a part: the one that stands out there most. */
function countryOf({ countries }: Spread, part: number): number {
  const more = (hits: PartHits) => hits[part]! - medianOf(hits);
  let found = { country: 0, more: 0 };
  for (const [country, hits] of countries) if (more(hits) > found.more) found = { country, more: more(hits) };
  return found.country;
}
