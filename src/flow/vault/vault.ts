import { createHash } from 'node:crypto';
import type { Sharing } from '../../regular-file.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { EpochSeconds, Week } from '../sightings/week.ts';
import type { EpochHour } from '../tallies/log-tally.ts';
import type { KeptNames } from '../tallies/naming.ts';
import { splitKey, sumOfHits } from './cells.ts';
import { CountedHours, linesByHour } from './counted-hours.ts';
import { type Access, type Database, openDatabase } from './database.ts';
import { type Dictionaries, dictionariesOf, textOf } from './dictionary.ts';
import { familiarGroups, familiarWeeks } from './familiar-weeks.ts';
import {
  type Coverage,
  coverageOf,
  type HourBits,
  hoursIn,
  rhythmOf,
  type SourceHours,
  unionOfHours,
} from './hours.ts';
import type { LogState } from './ledger.ts';
import {
  type RejectionRow,
  readHours,
  readLog,
  readLogs,
  readReadings,
  readRejections,
  readTalliesOf,
  statesAt,
} from './ledger-rows.ts';
import { type NetworkSummary, type SystemNetworks, WHOLE_WEEK } from './network-summary.ts';
import { networkCounts, type RandomBytes, readKeys } from './networks.ts';
import {
  isPublished,
  type NumberedManifest,
  type PublicationState,
  type RevisionView,
  readConfirmed,
  readContent,
  readDistributions,
  readManifest,
  readManifests,
  readRevisionNumbers,
  readRevisions,
  readState,
  readViews,
  type WeekRevision,
  writeConfirmed,
  writeManifest,
  writeRevision,
  writeState,
  writeView,
} from './published.ts';
import { type Offer, type Outcome, record } from './record.ts';
import type { AddressSums, whySilent } from './spread.ts';
import { VaultFault } from './vault-fault.ts';
import { verify } from './verify.ts';
import { readCube, WeekCubes } from './week-cubes.ts';
import { closeNetworks, silenceOf, sourcesOf, summaryOf, takenFrom, WeekNetworks } from './week-networks.ts';

/** One cell of a week, with its text. */
export interface CubeCell {
  system: System;
  request: Request;
  country: string;
  hits: number;
}

export interface WeekSummary {
  week: Week;
  /** Read when it is asked for: to sum up ten years of weeks takes longer than what most want to know of the last. */
  readonly hits: number;
  /** Undefined for a week whose totals were imported. */
  coverage: Coverage | undefined;
}

/** One log's part of a week. */
export interface LogHours {
  source: string;
  week: Week;
  seen: HourBits;
  /** Check-ins counted in an hour, on average over the whole log. */
  rate: number;
}

/** A log of the ledger, as its operator knows it. */
export interface CountedLog {
  name: string;
  source: string;
  candidates: number;
  counted: number;
  /** In which it was read; undefined where the ledger does not keep it. */
  format: string | undefined;
}

/** What is known of the networks of a week, whether it is closed or not. */
export interface NetworksOfWeek {
  /** Why the addresses of the week say nothing; undefined if they do. */
  silence: ReturnType<typeof whySilent>;
  /** Distinct networks by os name as it was written, at most three (P3). */
  names: ReadonlyMap<string, number>;
  /** Of systems of which it was noted; not of those that a vault of schema 4 counted. */
  systems: readonly (SystemNetworks & { system: System })[];
}

/** What the addresses of a source say in a week. */
export interface SourceAddresses {
  source: string;
  week: Week;
  checkIns: number;
  withAddress: number;
  /** Of these, with one that can be a client's: not of this machine, private, shared or link-local. */
  located: number;
  /** Of the located, at most: what came from the thirtieth of all networks that most came from. */
  heaviestNetworkShare: number | undefined;
  /** `hidden`: most have no address that can be a client's. `few`: nearly all are of three networks at most. */
  silence: ReturnType<typeof whySilent>;
}

/** How long to wait for readers, which seldom take a second, before a destroyed key is left in the WAL. */
const ERASING_MILLISECONDS = 3_000;

/** The durable state: ledger and cube in one SQLite file (V1). The only way to them. */
export class Vault {
  readonly #database: Database;
  readonly #dictionaries: Dictionaries;
  readonly #networks: WeekNetworks;
  readonly #countedHours: CountedHours;
  readonly #randomBytes: RandomBytes;
  /** The same in all of a run, as the names that are kept are. */
  #familiarGroups: ReadonlySet<number> | undefined;

  private constructor(database: Database, randomBytes: RandomBytes) {
    this.#database = database;
    this.#randomBytes = randomBytes;
    this.#dictionaries = dictionariesOf(database);
    this.#networks = new WeekNetworks(database, randomBytes);
    this.#countedHours = new CountedHours(database);
  }

  /** Throws a VaultFault if the file cannot be used. */
  static open(path: string, access: Access, randomBytes: RandomBytes, sharing: Sharing = 'owner'): Vault {
    return new Vault(openDatabase(path, access, { sharing }), randomBytes);
  }

  close(): void {
    this.#database.close();
  }

  /** The known states of logs whose first candidate fell in this hour. */
  statesAt(firstHour: EpochHour | undefined): LogState[] {
    return statesAt(this.#database, firstHour);
  }

  /**
   * Records logs in one transaction, in order: all of them with their ledger rows, or none (G7). Stops behind the first
   * that must be read again, as the decision on a later one may depend on it; the others have no outcome then. Throws
   * KeptNamesNeeded, and records nothing, if a week has no room for all names and it was not said which are `kept`.
   */
  record(offers: readonly Offer[], kept?: KeptNames): Outcome[] {
    this.#forgetRead();
    try {
      const outcomes = this.#database.transaction(() => this.#recordEach(offers, kept));
      this.#networks.committed();
      return outcomes;
    } catch (error) {
      this.#countedHours.forget();
      this.#dictionaries.systems.forget();
      this.#dictionaries.requests.forget();
      throw error;
    }
  }

  /** The names of the last closed weeks, which keep their place beside a flood of others. */
  familiarNames(): KeptNames {
    return this.#database.snapshot(() => familiarWeeks(this.#database, this.#dictionaries));
  }

  /** Those of weeks before one. */
  namesBefore(week: Week): KeptNames {
    return familiarWeeks(this.#database, this.#dictionaries, week);
  }

  #recordEach(offers: readonly Offer[], kept: KeptNames | undefined): Outcome[] {
    this.#forgetRead();
    this.#countedHours.begin();
    this.#networks.begin();
    const recording = {
      database: this.#database,
      dictionaries: this.#dictionaries,
      cubes: new WeekCubes(this.#database),
      countedHours: this.#countedHours,
      networks: this.#networks,
      kept,
      familiar: () => {
        this.#familiarGroups ??= familiarGroups(this.#database);
        return this.#familiarGroups;
      },
    };
    const outcomes: Outcome[] = [];
    for (const offer of offers) {
      const outcome = record(recording, offer);
      outcomes.push(outcome);
      if (outcome.status === 'read-again') break;
    }
    recording.cubes.write();
    this.#networks.write();
    if (offers.some(({ origin }) => origin === 'import')) this.#requireExactSums();
    return outcomes;
  }

  /** Of several weeks sums are shown too. No logs hold so many lines, but an import says whatever it likes (D25). */
  #requireExactSums(): void {
    const counted = Number(this.#database.get('SELECT total(counted) AS counted FROM log')?.['counted']);
    if (!Number.isSafeInteger(counted))
      throw new VaultFault(
        'unusable',
        'the vault would hold 2^53 check-ins and more, which are not exact; no more was imported',
      );
  }

  /**
   * P4. The key must be gone from the disk too, so the WAL is emptied. Answers false if a reader that kept the vault open
   * made that impossible: the next run does it then.
   */
  closeWeeks(now: EpochSeconds): boolean {
    this.#forgetRead();
    // What was just written need not be read again.
    const written = (week: Week, origin: string) => this.#networks.writtenSpread(week, origin);
    const closed = this.#database.transaction(() => closeNetworks(this.#database, this.#dictionaries, now, written));
    this.#networks.forget();
    return this.#database.emptyWal(closed > 0 ? ERASING_MILLISECONDS : 0) || closed === 0;
  }

  /** Those whose networks are still told apart: they have keys (P3). */
  openWeeks(): Week[] {
    return readKeys(this.#database).map(({ week }) => week);
  }

  /** One committed state for all reads that belong together. */
  snapshot<Result>(work: () => Result): Result {
    this.#forgetRead();
    return this.#database.snapshot(work);
  }

  /** As `snapshot`, for work that waits, as for a slow reader of what is written. */
  async snapshotWhile<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#forgetRead();
    return await this.#database.snapshotWhile(work);
  }

  /** The weeks that have counted check-ins, ascending. */
  weeks(): WeekSummary[] {
    const imported = new Set(
      this.#database
        .all("SELECT DISTINCT week FROM tally JOIN log ON log.id = tally.log WHERE origin = 'import'")
        .map((row) => Number(row['week'])),
    );
    const coverage = this.#coverage();
    const hitsOf = (week: Week) => sumOfHits(readCube(this.#database, week));
    return this.#database.all('SELECT week FROM cube ORDER BY week').map((row) => {
      const week = Number(row['week']) as Week;
      return {
        week,
        get hits() {
          return hitsOf(week);
        },
        coverage: imported.has(week) ? undefined : coverage(week),
      };
    });
  }

  /** The cells of one week, in no order that means anything. */
  *cells(week: Week): Generator<CubeCell> {
    const { keys, hits } = readCube(this.#database, week);
    const texts = this.#texts();
    for (let i = 0; i < keys.length; i++) {
      const { system, request, country } = splitKey(keys[i]!);
      yield {
        system: textOf(texts.systems, system),
        request: textOf(texts.requests, request),
        country: textOf(texts.countries, country),
        hits: hits[i]!,
      };
    }
  }

  rejections(): RejectionRow[] {
    return readRejections(this.#database);
  }

  /** Why check-ins of a week were not counted, and how often. */
  rejectionsOf(week: Week): [string, number][] {
    // Of all weeks at once: the table is in the order of logs.
    this.#rejectionSums ??= sumsByWeek(this.rejections());
    return [...(this.#rejectionSums.get(week) ?? [])].sort();
  }

  /** What is known of the networks that a week's check-ins came from. */
  networks(week: Week): NetworksOfWeek {
    const { systems, sources } = this.#summary(week);
    const texts = this.#texts();
    const whole = sources.get(WHOLE_WEEK);
    return {
      silence: whole && silenceOf(this.#database, week, whole),
      names: networkCounts(this.#database, week),
      systems: [...systems]
        .sort(([a], [b]) => a - b)
        .map(([id, known]) => ({ system: textOf(texts.systems, id), ...known })),
    };
  }

  /** In which logs a week's check-ins of some kind stand, and how many, the most first. */
  logsWith(
    week: Week,
    isMeant: (cell: Pick<CubeCell, 'system' | 'request'>) => boolean,
  ): [log: string, hits: number][] {
    const { keys } = readCube(this.#database, week);
    const texts = this.#texts();
    const meant = new Set<number>();
    for (const key of keys) {
      const { system, request } = splitKey(key);
      if (isMeant({ system: textOf(texts.systems, system), request: textOf(texts.requests, request) })) meant.add(key);
    }
    const found: [string, number][] = [];
    for (const { log, cells } of readTalliesOf(this.#database, week)) {
      let sum = 0;
      for (let i = 0; i < cells.keys.length; i++) if (meant.has(cells.keys[i]!)) sum += cells.hits[i]!;
      if (sum > 0) found.push([readLog(this.#database, log).name, sum]);
    }
    return found.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  /** A week's check-ins, and among them those that are told apart because one network sent them (R11). */
  split(week: Week): { counted: CubeCell[]; toldApart: CubeCell[] } {
    const { toldApart } = this.#summary(week);
    const cells = [...this.cells(week)];
    if (toldApart.size === 0) return { counted: cells, toldApart: [] };
    const { keys } = readCube(this.#database, week);
    const taken = takenFrom(
      cells.map(({ hits }, place) => ({ key: keys[place]!, hits })),
      toldApart,
    );
    const parts = (hitsOf: (cell: CubeCell, taken: number) => number) =>
      cells.map((cell, place) => ({ ...cell, hits: hitsOf(cell, taken[place]!) })).filter(({ hits }) => hits > 0);
    return { counted: parts(({ hits }, from) => hits - from), toldApart: parts((_, from) => from) };
  }

  /** As `split`, only what counts: mostly that is all of the week, which need not be in memory at once then. */
  counted(week: Week): Iterable<CubeCell> {
    return this.#summary(week).toldApart.size === 0 ? this.cells(week) : this.split(week).counted;
  }

  /** What the addresses of each source say in some weeks. Nothing of check-ins that a vault of schema 4 counted. */
  addresses(weeks: readonly Week[]): SourceAddresses[] {
    const names = this.#dictionaries.sources.all();
    return weeks.flatMap((week) =>
      [...sourcesOf(this.#database, week)]
        .filter(([source]) => source !== WHOLE_WEEK)
        .map(([source, sums]): SourceAddresses => {
          const silence = silenceOf(this.#database, week, sums, source);
          return { source: textOf(names, source), ...addressesOf(week, sums, silence) };
        }),
    );
  }

  /** The hours that each log covers, week by week, and how many check-ins an hour it brought. */
  logHours(): LogHours[] {
    const sources = this.#dictionaries.sources.all();
    const logs = new Map(readLogs(this.#database).map((log) => [log.id, log]));
    const rows = readHours(this.#database).map((row) => ({ ...row, hours: hoursIn(row.counted, row.week).length }));
    const hoursOfLog = new Map<number, number>();
    for (const { log, hours } of rows) hoursOfLog.set(log, (hoursOfLog.get(log) ?? 0) + hours);
    return rows.map(({ log, week, seen }) => {
      const { source, counted } = logs.get(log)!;
      const rate = counted / Math.max(1, hoursOfLog.get(log)!);
      return { source: textOf(sources, source), week, seen, rate };
    });
  }

  /** Check-ins by hour of the week, of those logs that tell: spools, imports and what older vaults counted do not. */
  checkInsByHour(): Map<Week, Float64Array> {
    return linesByHour(this.#database);
  }

  /** The logs that were counted, in the order of the ledger. */
  logs(): CountedLog[] {
    const sources = this.#dictionaries.sources.all();
    const formats = new Map(readReadings(this.#database).map(({ log, format }) => [log, format]));
    return readLogs(this.#database)
      .filter(({ origin }) => origin === 'log')
      .map(({ id, name, source, candidates, counted }) => {
        return { name, source: textOf(sources, source), candidates, counted, format: formats.get(id) };
      });
  }

  /** What all of a week's numbers are made of, as a hash: the same hash, the same numbers. */
  weekDigest(week: Week): string {
    const hash = createHash('sha256');
    const { keys, hits } = readCube(this.#database, week);
    hash.update(new Uint8Array(keys.buffer)).update(new Uint8Array(hits.buffer));
    const { names, systems, silence } = this.networks(week);
    const evidence: unknown[] = [[...names].sort(), this.rejectionsOf(week)];
    // A week of an older vault keeps the digest that it was published with.
    if (systems.length > 0) evidence.push(systems, silence ?? '', this.split(week).toldApart);
    return hash.update(JSON.stringify(evidence)).digest('hex');
  }

  /**
   * The same state, the same `weekDigest`, for a tenth of the time: all that it is made of, as it is stored. Undefined of a
   * week whose networks are still told apart.
   */
  weekState(week: Week): string | undefined {
    const open =
      'SELECT EXISTS (SELECT 1 FROM network WHERE week = ?1) OR EXISTS (SELECT 1 FROM network_spread WHERE week = ?1)';
    if (Object.values(this.#database.get(open, week)!)[0] !== 0) return undefined;
    const hash = createHash('sha256');
    for (const [table, column] of [
      ['cube', 'cells'],
      ['network_summary', 'summary'],
    ]) {
      const bytes = this.#database.get(`SELECT ${column} AS bytes FROM ${table} WHERE week = ?`, week)?.['bytes'];
      hash.update(`${table} ${(bytes as Uint8Array | undefined)?.length ?? 0};`).update((bytes as Uint8Array) ?? '');
    }
    const counts = [...networkCounts(this.#database, week)].sort();
    return hash.update(JSON.stringify([counts, this.rejectionsOf(week)])).digest('hex');
  }

  /**
   * Whether it can be that `other` is an older state of this vault: most of its logs are known here, as some may have been
   * taken out since, and all that it has published.
   */
  mayFollow(other: Vault): boolean {
    const statesOf = (vault: Vault) =>
      vault.#database
        .all('SELECT candidates, hex(sha256) AS sha256 FROM log_state')
        .map((row) => `${row['candidates']} ${row['sha256']}`);
    const own = new Set(statesOf(this));
    const states = statesOf(other);
    const missing = states.filter((state) => !own.has(state)).length;
    const hasPublished = (distribution: string) => {
      const manifests = this.manifests(distribution);
      return other.manifests(distribution).every((manifest, index) => manifest === manifests[index]);
    };
    return missing * 2 <= states.length && other.publishedDistributions().every(hasPublished);
  }

  publishedDistributions(): string[] {
    return readDistributions(this.#database);
  }

  /** All that was ever published of a distribution. */
  revisions(distribution: string): WeekRevision[] {
    return readRevisions(this.#database, distribution);
  }

  revisionNumbers(distribution: string): Omit<WeekRevision, 'content'>[] {
    return readRevisionNumbers(this.#database, distribution);
  }

  /** As bytes, of a revision that there is. */
  publishedContent(distribution: string, week: Week, revision: number): Uint8Array {
    return readContent(this.#database, distribution, week, revision);
  }

  /** What was kept of revisions beside them. Some may be missing. */
  views(distribution: string): RevisionView[] {
    return readViews(this.#database, distribution);
  }

  manifest(distribution: string, number: number | 'last'): NumberedManifest | undefined {
    return readManifest(this.#database, distribution, number);
  }

  lastPublication(distribution: string): PublicationState | undefined {
    return readState(this.#database, distribution);
  }

  manifests(distribution: string): string[] {
    return readManifests(this.#database, distribution);
  }

  confirmedWeeks(distribution: string): Set<Week> {
    return readConfirmed(this.#database, distribution);
  }

  /**
   * Keeps what is about to be published, before the world sees it: the audit must know of everything that got out. And the
   * weeks that the operator has confirmed for it. Throws a VaultFault if another run has published since `revisions` were
   * decided.
   */
  recordPublication(
    distribution: string,
    revisions: readonly WeekRevision[],
    manifest: { number: number; text: string } | undefined,
    confirmed: readonly Week[] = [],
    views: readonly RevisionView[] = [],
    state?: PublicationState,
  ): void {
    this.#database.transaction(() => {
      if (isPublished(this.#database, distribution, revisions, manifest?.number)) {
        throw new VaultFault('busy', 'another run has published from this vault in the meantime; run it again');
      }
      for (const revision of revisions) writeRevision(this.#database, distribution, revision);
      if (manifest !== undefined) writeManifest(this.#database, distribution, manifest.number, manifest.text);
      for (const week of confirmed) writeConfirmed(this.#database, distribution, week);
      for (const view of views) writeView(this.#database, distribution, view);
      if (state !== undefined) writeState(this.#database, distribution, state);
    });
  }

  /**
   * Makes an empty file a vault with the numbers that this one has now, while others may write to this one. Its weeks are
   * closed: the keys of those that are open must not outlive them in a copy (P4). Throws a VaultFault if it does not come
   * out as it should.
   */
  async copyTo(path: string, onProgress: (share: number) => void): Promise<void> {
    this.#forgetRead();
    const expected = await this.#database.copyTo(path, () => this.#digests(), onProgress);
    const copy = Vault.open(path, 'write', this.#randomBytes);
    try {
      copy.closeWeeks(Number.POSITIVE_INFINITY as EpochSeconds);
      const isWhole = copy.#database.isSound() && copy.snapshot(() => copy.#digests()) === expected;
      if (!isWhole)
        throw new VaultFault('damaged', 'the copy is not what the vault is, and was thrown away: check the disk');
    } finally {
      copy.close();
    }
  }

  /** Of all numbers, and of all that was published, as one hash. */
  digest(): string {
    return this.snapshot(() => {
      const published = this.publishedDistributions().map((distribution) => [
        distribution,
        this.manifests(distribution),
        this.revisionNumbers(distribution),
        [...this.confirmedWeeks(distribution)].sort(),
      ]);
      return `${this.#digests()} ${createHash('sha256').update(JSON.stringify(published)).digest('hex')}`;
    });
  }

  /** Of all numbers, as one hash. */
  #digests(): string {
    const hash = createHash('sha256');
    for (const { week, hits } of this.weeks()) hash.update(`${week} ${hits} ${this.weekDigest(week)}\n`);
    for (const { id, name, candidates, counted } of readLogs(this.#database)) {
      hash.update(`${JSON.stringify([id, name, candidates, counted])}\n`);
    }
    return hash.digest('hex');
  }

  /** What is wrong with the vault, as sentences; nothing if all is well. */
  verify(): string[] {
    return this.#database.snapshot(() => verify(this.#database, this.#dictionaries, () => this.weeks()));
  }

  /** Of the state that `snapshot` shows. */
  #summaries = new Map<Week, NetworkSummary>();

  #summary(week: Week): NetworkSummary {
    const known = this.#summaries.get(week) ?? summaryOf(this.#database, this.#dictionaries, week);
    this.#summaries.set(week, known);
    return known;
  }

  #rejectionSums: Map<Week, Map<string, number>> | undefined;

  #forgetRead(): void {
    this.#textsRead = undefined;
    this.#rejectionSums = undefined;
    this.#summaries.clear();
  }

  #textsRead:
    | { systems: Map<number, System>; requests: Map<number, Request>; countries: Map<number, string> }
    | undefined;

  #texts() {
    this.#textsRead ??= {
      systems: this.#dictionaries.systems.all(),
      requests: this.#dictionaries.requests.all(),
      countries: this.#dictionaries.countries.all(),
    };
    return this.#textsRead;
  }

  /** Reads all hours once, if any week asks for them, and answers for each week. */
  #coverage(): (week: Week) => Coverage {
    let known: ((week: Week) => Coverage) | undefined;
    return (week) => {
      known ??= this.#coverageByHours();
      return known(week);
    };
  }

  #coverageByHours(): (week: Week) => Coverage {
    const bySource = Map.groupBy(this.logHours(), ({ source }) => source);
    const sources = [...bySource.values()].map((logs) => ({ weeks: weeksOf(logs), rate: rateOf(logs) }));
    const known = sources.map(({ weeks, rate }) => ({ weeks, ...extentOf(weeks), rhythm: rhythmOf(weeks, rate) }));
    const all = weeksOf([...bySource.values()].flat());
    const together = rhythmOf(
      all,
      sources.reduce((sum, { rate }) => sum + rate, 0),
    );
    return (week) =>
      coverageOf(
        week,
        known.map(({ weeks, first, last, rhythm }): SourceHours => {
          const bits = weeks.get(week);
          return { first, last, seen: bits === undefined ? [] : hoursIn(bits, week), rhythm };
        }),
        together,
      );
  }
}

/** What such sums say. */
export function addressesOf(
  week: Week,
  sums: AddressSums,
  silence: SourceAddresses['silence'],
): Omit<SourceAddresses, 'source'> {
  const { checkIns, withAddress, located, heaviest } = sums;
  const heaviestNetworkShare = located === 0 ? undefined : heaviest / located;
  return { week, checkIns, withAddress, located, heaviestNetworkShare, silence };
}

/** The hours that any of these logs has lines for. */
function weeksOf(logs: readonly LogHours[]): Map<Week, HourBits> {
  const weeks = new Map<Week, HourBits>();
  for (const { week, seen } of logs) {
    const before = weeks.get(week);
    weeks.set(week, before === undefined ? seen : unionOfHours(before, seen));
  }
  return weeks;
}

function rateOf(logs: readonly LogHours[]): number {
  return logs.reduce((sum, { rate }) => sum + rate, 0) / logs.length;
}

function sumsByWeek(rejections: readonly RejectionRow[]): Map<Week, Map<string, number>> {
  const weeks = new Map<Week, Map<string, number>>();
  for (const { week, reason, count } of rejections) {
    if (week === undefined) continue;
    const sums = weeks.get(week) ?? new Map<string, number>();
    weeks.set(week, sums.set(reason, (sums.get(reason) ?? 0) + count));
  }
  return weeks;
}

/** The first and the last hour of a source. */
function extentOf(weeks: Map<Week, Uint8Array>): { first: EpochHour; last: EpochHour } {
  const ordered = [...weeks.keys()].sort((a, b) => a - b);
  const first = ordered[0]!;
  const last = ordered.at(-1)!;
  return { first: hoursIn(weeks.get(first)!, first)[0]!, last: hoursIn(weeks.get(last)!, last).at(-1)! };
}
