import type { Reason } from '../sightings/reasons.ts';
import { SECONDS_PER_HOUR, type Week } from '../sightings/week.ts';
import { type HourMarks, hoursOf, mergeMarks } from '../tallies/hour-marks.ts';
import type { KnownLines } from '../tallies/known-lines.ts';
import { FEWEST_HASHED } from '../tallies/log-identity.ts';
import {
  ALL_SYSTEMS,
  checkConservation,
  type EpochHour,
  type LogTally,
  PARTS,
  type Rejection,
  sumOf,
} from '../tallies/log-tally.ts';
import type { KeptNames } from '../tallies/naming.ts';
import { fitCells, mayBeTooMany, othersBy } from './cell-bounds.ts';
import type { WeekCells } from './cells.ts';
import { byWeek, weeksIn } from './cells-by-week.ts';
import type { CountedHours } from './counted-hours.ts';
import type { Database } from './database.ts';
import type { Dictionaries } from './dictionary.ts';
import { hourBitsByWeek, hoursIn } from './hours.ts';
import {
  claimSameTime,
  decide,
  type Findings,
  type LogId,
  type LogState,
  logsToReplace,
  type Refusal,
} from './ledger.ts';
import {
  addHours,
  addRejections,
  addTally,
  deleteLog,
  findState,
  neighboursOf,
  newLogId,
  readFronts,
  readHours,
  readLog,
  readLogs,
  readReadings,
  readRejections,
  readTallies,
  statesAt,
  writeFront,
  writeLog,
  writeReading,
  writeState,
} from './ledger-rows.ts';
import { type CountedLines, findOverlap, type Overlap } from './overlap.ts';
import { addressSums, noHits } from './spread.ts';
import { fitNames } from './week-bounds.ts';
import type { WeekCubes } from './week-cubes.ts';
import type { WeekNetworks } from './week-networks.ts';

/** A log that was read, offered to the vault. */
export interface Offer {
  name: string;
  source: string;
  origin: 'log' | 'import';
  /** The format it was read in; `spool` for a segment of one. */
  format: string;
  /** Whether the marks of its counted lines are known: not those of an import or of a spool (G4). */
  isMarked: boolean;
  /** Of all candidate lines of the log. */
  sha256: string;
  /** Of their first 4 KiB, if there are so many. */
  front: string | undefined;
  candidates: number;
  /** What was read: of the whole log, or of what comes behind `begins` where `whole` is false. */
  tally: LogTally;
  whole: boolean;
  begins: LogState | undefined;
  /** Whether no line can be left out of it: it is a tally, and its key is gone. */
  isFixed?: boolean;
  /** What was left out while it was read. */
  leftOut: KnownLines;
  /** The states that were known when the log was read. */
  knownStates: readonly LogState[];
  /** `replace`: take out the logs in the way. `recount`: as replace, and equal logs too; there must be one. */
  mode: 'add' | 'replace' | 'recount';
}

/** Changes by week: hits before and after. */
export type WeekChanges = Map<Week, { before: number; after: number }>;

/** A log that was taken out, because another took its place. */
export interface ReplacedLog {
  log: string;
  candidates: number;
  counted: number;
}

export type Outcome =
  | {
      status: 'counted' | 'continued';
      candidates: number;
      counted: number;
      /** Candidates that were left out, because other logs had brought them. */
      known: number;
      rejected: Record<string, number>;
      changes: WeekChanges;
      replaced: ReplacedLog[];
    }
  | { status: 'already-counted'; as: string }
  | { status: 'refused'; reason: string }
  /** None of its candidates counts. */
  | { status: 'nothing-counted'; candidates: number; rejected: Record<string, number> }
  /** It must be read again: the ledger has changed since, or these lines are known and must be left out. */
  | { status: 'read-again'; known: KnownLines };

/** What one transaction works with. */
export interface Recording {
  database: Database;
  dictionaries: Dictionaries;
  cubes: WeekCubes;
  countedHours: CountedHours;
  networks: WeekNetworks;
  /** What is kept of logs that name more than their weeks have room for; undefined if nobody has asked yet. */
  kept: KeptNames | undefined;
  /** The groups of closed weeks, read when they are first asked for. */
  familiar(): ReadonlySet<number>;
}

/** Records one log: decision, cube and ledger together. Within a transaction; `cubes` is written at its end. */
export function record(recording: Recording, read: Offer): Outcome {
  const { database, dictionaries } = recording;
  if (read.candidates === 0) return recordQuietLog(database, dictionaries, read);
  const begins = read.begins && asItIsNow(database, read.begins);
  if (read.begins !== undefined && begins === undefined) return { status: 'read-again', known: [] };
  const offer = { ...read, begins };
  const findings = findingsOn(recording, offer);
  if (findings.exact === undefined && findings.begins === undefined && mayCountOtherwise(offer)) {
    return recordNothing(database, dictionaries, offer);
  }
  const twins = offer.mode === 'add' && findings.exact === undefined ? twinsOf(database, dictionaries, offer) : [];
  if (twins.length > 0) return alreadyCounted(database, twins);
  const mixed = findings.exact === undefined ? mixedWeek(database, offer) : undefined;
  if (mixed !== undefined) return { status: 'refused', reason: mixed };
  if (offer.mode === 'add') return add(recording, offer, findings);
  const out = logsToReplace(findings);
  if (offer.mode === 'recount') return recount(recording, offer, out);
  if (findings.exact !== undefined) return alreadyCounted(database, out);
  if (out.length === 0 && findings.overlap.kind === 'all') return alreadyCounted(database, findings.overlap.logs);
  const loss = whatWouldBeLost(database, offer, out);
  return loss === undefined ? replace(recording, offer, out) : { status: 'refused', reason: loss };
}

/** Reasons that other options may change: --format, --agent, --path. */
const CHANGEABLE: readonly Reason[] = ['malformed', 'trailing-fields', 'time', 'agent', 'path'];

/** Whether nothing of a log counts, which other options may change (I3). */
function mayCountOtherwise({ isMarked, tally }: Offer): boolean {
  if (!isMarked || tally.counted + tally.known > 0) return false;
  return tally.rejections.some(({ reason, count }) => count > 0 && CHANGEABLE.includes(reason));
}

/**
 * A log so small that it has no hash (G1), and of which nothing counts, has nothing to be known by: one of its name with
 * the same hours and rejections is the same.
 */
function twinsOf(database: Database, dictionaries: Dictionaries, offer: Offer): LogId[] {
  const { name, source: label, candidates, isMarked, tally } = offer;
  if (!isMarked || tally.counted + tally.known > 0 || candidates >= FEWEST_HASHED) return [];
  const source = dictionaries.sources.find(label);
  const [first] = hourBitsByWeek(tally.hoursSeen);
  if (source === undefined || first === undefined) return [];
  const rejected = rejectionsText(tally.rejections);
  return database
    .all(
      `SELECT log.id FROM hours JOIN log ON log.id = hours.log
       WHERE week = ? AND seen = ? AND name = ? AND source = ? AND candidates = ? AND log.counted = 0`,
      ...first,
      name,
      source,
      candidates,
    )
    .map((row) => Number(row['id']) as LogId)
    .filter((log) => rejectionsText(readRejections(database, 'log = ?', log)) === rejected);
}

function rejectionsText(rejections: readonly { reason: string; week: Rejection['week']; count: number }[]): string {
  const texts = rejections.map(({ reason, week, count }) => `${reason} ${week ?? ''} ${count}`);
  return texts.sort().join('\n');
}

/** The log that a log begins like may have grown since it was read; undefined if another has taken its place. */
function asItIsNow(database: Database, state: LogState): LogState | undefined {
  const [log] = readLogs(database, 'id = ?', state.log);
  return log && { ...state, isLatest: log.candidates === state.candidates };
}

function findingsOn(recording: Recording, offer: Offer): Findings {
  const { database, dictionaries } = recording;
  const { begins, candidates, sha256, front, tally, isFixed = false } = offer;
  const exact = findState(database, candidates, sha256);
  const source = dictionaries.sources.idsOf([offer.source])[0]!;
  const neighbours = exact === undefined ? neighboursOf(database, source, tally.span) : [];
  const extent = { span: tally.span, hours: tally.hoursCounted };
  return {
    exact,
    begins: begins && { ...begins, isMarked: isMarked(database, begins.log) },
    overlap: exact === undefined ? overlapOf(recording, offer) : { kind: 'none' },
    isFixed,
    alike:
      front === undefined ? [] : readFronts(database, 'sha256 = ?', Buffer.from(front, 'hex')).map(({ log }) => log),
    claiming: neighbours.filter((other) => claimSameTime(extent, other)).map(({ id }) => id),
  };
}

function isMarked(database: Database, log: LogId): boolean {
  return readReadings(database, 'log = ?', log).length > 0;
}

/**
 * What of the log was counted before, these logs left aside. Lines that were left out stand for as many of the vault's, so
 * they are compared again: an equal one beside them is another line (C3).
 */
function overlapOf(
  { database, countedHours }: Recording,
  { tally, name, begins, whole, leftOut }: Offer,
  aside: readonly LogId[] = [],
): Overlap {
  // All that a log has brought which this one continues is in what it begins with.
  const spoken = begins?.isLatest === true && !whole ? [...aside, begins.log] : aside;
  const overlap = findOverlap(withLeftOut(hoursOf(tally.marks), leftOut), {
    at: (hour) => countedHours.at(hour).filter(({ log }) => !spoken.includes(log)),
    linesOf: (log) => readLog(database, log).counted,
    isNamesake: (log) => readLog(database, log).name === name,
    begun: begins?.log,
    ...addressesOf(tally),
  });
  return overlap.kind === 'part' && overlap.lines <= tally.known ? { kind: 'none' } : overlap;
}

/** The hours of a log as it was before lines were left out. Of an hour that was left out as a whole nothing is there. */
function withLeftOut(marks: readonly HourMarks[], leftOut: KnownLines): HourMarks[] {
  const hours = new Map(marks.map((hour) => [hour.hour, hour]));
  for (const { hour, lines: left } of leftOut) {
    if (left === 'all') continue;
    const rest = hours.get(hour);
    hours.set(
      hour,
      rest === undefined
        ? { hour, lines: left.marks.length, level: 0, ...left }
        : { ...rest, lines: rest.lines + left.marks.length, ...mergeMarks(rest, left) },
    );
  }
  return [...hours.values()].sort((a, b) => a.hour - b.hour);
}

const MANY_CHECK_INS = 200;
const SELDOM = 500;

/** What the addresses of the log at hand tell of its lines. */
function addressesOf({ spread, addresses }: LogTally): Pick<CountedLines, 'isBlind' | 'shareOfFew'> {
  const hits = noHits();
  for (const [row, system] of spread.system.entries()) {
    if (system === ALL_SYSTEMS) continue;
    for (let part = 0; part < PARTS; part++) hits[part]! += spread.hits[row * PARTS + part]!;
  }
  const sums = addresses ?? addressSums([hits]);
  const { checkIns, withAddress, located, heaviestThree } = sums;
  // Behind proxies nearly nothing comes from elsewhere. Beside what one network floods a server with, something does.
  const elsewhere = located - heaviestThree;
  const isProxied = checkIns >= MANY_CHECK_INS && elsewhere * SELDOM < checkIns;
  const isBlind = withAddress * 2 < checkIns || isProxied;
  return { isBlind, shareOfFew: isBlind || located === 0 ? 0 : heaviestThree / located };
}

function add(recording: Recording, offer: Offer, findings: Findings): Outcome {
  const { database } = recording;
  const decision = decide(findings);
  switch (decision.kind) {
    case 'already-counted':
      return alreadyCounted(database, decision.logs);
    case 'refuse':
      return { status: 'refused', reason: explain(database, decision, offer) };
    case 'count-rest':
      // A state that came up meanwhile saves the slower reading.
      return {
        status: 'read-again',
        known: mayContinueOther(database, offer) ? [] : decision.overlap.known,
      };
    case 'take-place':
      return replace(recording, offer, decision.of);
    case 'continue':
      return offer.whole ? replace(recording, offer, [decision.log]) : write(recording, offer, decision.log);
    case 'count':
      return asContinued(recording, offer, write(recording, offer, undefined));
  }
}

/** A log of few lines has no hash to be continued by: that it has grown shows in its name and its known lines. */
function asContinued({ database }: Recording, { name, tally }: Offer, outcome: Outcome): Outcome {
  if (outcome.status !== 'counted' || tally.known === 0) return outcome;
  const namesakes = readLogs(database, 'name = ?', name).length > 1;
  return namesakes ? { ...outcome, status: 'continued' } : outcome;
}

function recount(recording: Recording, offer: Offer, out: readonly LogId[]): Outcome {
  if (out.length === 0) return { status: 'refused', reason: 'it has not been counted yet; use "rollcall ingest"' };
  const counted = out.reduce((sum, log) => sum + readLog(recording.database, log).candidates, 0);
  if (counted > offer.candidates) return { status: 'refused', reason: explainShorter(counted, offer.candidates) };
  return replace(recording, offer, out);
}

function alreadyCounted(database: Database, logs: readonly LogId[]): Outcome {
  return { status: 'already-counted', as: namesOf(database, logs) };
}

/** Whether a state has come up since the log was read that the log may continue (G3). */
function mayContinueOther(database: Database, offer: Offer): boolean {
  const keyOf = ({ candidates, sha256, isLatest }: LogState) => `${candidates} ${sha256} ${isLatest}`;
  const known = new Set(offer.knownStates.map(keyOf));
  return statesAt(database, offer.tally.firstHour).some(
    (state) => state.candidates < offer.candidates && !known.has(keyOf(state)),
  );
}

const MOST_NAMED = 3;

function namesOf(database: Database, logs: readonly LogId[]): string {
  const names = logs.slice(0, MOST_NAMED).map((log) => readLog(database, log).name);
  return `${names.join(', ')}${logs.length > names.length ? ` and ${logs.length - names.length} more` : ''}`;
}

function explain(database: Database, refusal: Refusal, { origin }: Offer): string {
  const names = namesOf(database, refusal.inTheWay);
  const twice = 'Counting both would count systems twice';
  switch (refusal.why) {
    case 'differs':
      return (
        `it holds some of the lines that were counted of ${names}, and others in place of the rest. ${twice}. ` +
        'If this log is the right one, run again with --replace'
      );
    case 'alike':
      return (
        `it begins like ${names}, which was counted, and does not continue it: an older copy, or one that was ` +
        `changed. ${twice}. If this log is the right one, run again with --replace`
      );
    case 'claimed':
      // An import has its week's hours and no lines, whoever made it.
      if (origin === 'import')
        return `it was imported with other numbers, from ${names}. If these are the right ones, run again with --replace`;
      return (
        `its hours were already counted for this source by an older Rollcall, which kept nothing to compare lines ` +
        `by, from ${names}. ${twice}. If this log is the right one, run again with --replace; ` +
        'if it comes from another server, name that server with --source'
      );
    case 'fixed':
      return (
        `a part of it was counted with ${names}, and this tally does not say which of its numbers that is: its key is not ` +
        `there, or it has more than two million check-ins. ${twice}. Count it with its key, or count the log itself`
      );
    case 'unclear':
      return (
        `a part of it was counted with ${names}, and in ${hoursText(refusal.hours)} there are too many lines to tell ` +
        `which. ${twice}. Count only what is missing, or run again with --replace if all of those logs is in this one`
      );
  }
}

function hoursText(hours: readonly EpochHour[]): string {
  const texts = hours.slice(0, MOST_NAMED).map((hour) => {
    const [day, time] = new Date(hour * SECONDS_PER_HOUR * 1000).toISOString().split('T');
    return `${day} ${time!.slice(0, 2)}:00 UTC`;
  });
  const more = hours.length > texts.length ? ` and ${hours.length - texts.length} more hours` : '';
  return `${hours.length === 1 ? 'the hour' : 'the hours'} ${texts.join(', ')}${more}`;
}

/** `--replace` takes out only what it puts back: a log that also holds other hours stays. */
function whatWouldBeLost(database: Database, offer: Offer, out: readonly LogId[]): string | undefined {
  const hours = new Set(offer.tally.hoursCounted);
  const losing = out.filter((log) =>
    readHours(database, 'log = ?', log).some(({ counted, week }) =>
      hoursIn(counted, week).some((hour) => !hours.has(hour)),
    ),
  );
  if (losing.length === 0) return undefined;
  return (
    `${namesOf(database, losing)} was counted with it in part, and also holds hours that this log does not: to take it ` +
    'out would lose them. Replace it by a log that holds all of its hours'
  );
}

/** How to find a log or an import of a week. Imports are few and have an index; a week of logs has one at once. */
const OTHER_OF_WEEK = {
  log: "SELECT 1 AS one FROM log CROSS JOIN tally ON tally.log = log.id AND week = ? WHERE origin = 'import' LIMIT 1",
  import: "SELECT 1 AS one FROM tally JOIN log ON log.id = tally.log WHERE week = ? AND origin = 'log' LIMIT 1",
};

/** Whoever recounts wants other numbers by a rule, not by a log that is not there any more. */
function explainShorter(counted: number, found: number): string {
  const numbers = `${counted.toLocaleString('en-US')} check-ins were read of it and ${found.toLocaleString('en-US')} are left`;
  return `${numbers}: an older copy, or a part is missing. Recount the whole log; to count less of it, use "rollcall ingest --replace"`;
}

/** G9 */
function mixedWeek(database: Database, offer: Offer): string | undefined {
  for (const week of weeksIn(offer.tally.cells.week)) {
    if (database.get(OTHER_OF_WEEK[offer.origin], week) === undefined) continue;
    return offer.origin === 'log'
      ? 'it holds check-ins of a week whose totals were imported; use another vault for the logs'
      : 'the vault has counted logs of this week; import into another vault';
  }
  return undefined;
}

/** Takes the logs in the way out and writes this one, or the rest of what it continues, in their place. */
function replace(recording: Recording, offer: Offer, out: readonly LogId[]): Outcome {
  const { database, cubes, countedHours } = recording;
  const rest = overlapOf(recording, offer, out);
  if (rest.kind === 'part' && offer.isFixed === true) {
    return { status: 'refused', reason: explain(database, { why: 'fixed', inTheWay: rest.logs }, offer) };
  }
  if (rest.kind === 'part') return { status: 'read-again', known: rest.known };
  if (rest.kind !== 'none') return { status: 'refused', reason: explainElsewhere(namesOf(database, rest.logs)) };
  const changes: WeekChanges = new Map();
  const replaced: ReplacedLog[] = [];
  for (const log of out) {
    const { name, candidates, counted } = readLog(database, log);
    replaced.push({ log: name, candidates, counted });
    for (const [week, cells] of readTallies(database, log)) {
      cubes.takeOut(week, cells);
      noteChange(changes, week, 'before', cells);
    }
    countedHours.takeOut(log);
    deleteLog(database, log);
  }
  const continued = !offer.whole && offer.begins?.isLatest === true ? offer.begins.log : undefined;
  const outcome = write(recording, offer, continued);
  if (outcome.status !== 'counted' && outcome.status !== 'continued') return outcome;
  for (const [week, change] of changes) {
    const added = outcome.changes.get(week);
    if (added === undefined) outcome.changes.set(week, change);
    else added.before += change.before;
  }
  return { ...outcome, replaced };
}

function explainElsewhere(names: string): string {
  return `its lines were counted with ${names} too, which it does not take the place of. Counting both would count systems twice`;
}

function write(recording: Recording, offer: Offer, continued: LogId | undefined): Outcome {
  const { database, dictionaries, cubes, countedHours, networks, kept } = recording;
  const { tally, begins, sha256, candidates } = offer;
  const source = dictionaries.sources.idsOf([offer.source])[0]!;
  const before = continued === undefined ? undefined : readLog(database, continued);
  const id = before?.id ?? newLogId(database);
  const hasMarks = before === undefined ? offer.isMarked : isMarked(database, id);
  // What a log begins with that it does not continue was counted with another.
  const begun = before === undefined && !offer.whole ? (begins?.candidates ?? 0) : 0;
  const knownBefore = continued === undefined ? begun : (readReadings(database, 'log = ?', id)[0]?.known ?? 0);
  const added = candidates - begun - (before?.candidates ?? 0);
  checkConservation({ ...tally, candidates: added });

  writeLog(database, {
    id,
    source: before?.source ?? source,
    name: offer.name,
    origin: offer.origin,
    candidates,
    counted: tally.counted + (before?.counted ?? 0),
    // Of a log with marks nothing finer than the hour is kept (P2).
    span: hasMarks ? undefined : unionOfSpans(before?.span, tally.span),
  });
  if (offer.origin === 'log' && (before === undefined || hasMarks)) {
    writeReading(database, { log: id, format: offer.format, known: knownBefore + tally.known });
  }
  if (!hasMarks || !offer.isMarked || candidates >= FEWEST_HASHED) {
    writeState(database, { log: id, candidates, sha256, firstHour: tally.firstHour });
  }
  if (hasMarks) countedHours.add(id, hoursOf(tally.marks));
  if (!offer.isMarked && offer.front !== undefined) writeFront(database, id, offer.front);
  addRejections(database, id, tally.rejections);
  addHours(database, id, { seen: tally.hoursSeen, counted: tally.hoursCounted });

  const changes: WeekChanges = new Map();
  // An import is the operator's own, and must come out as it went in.
  const fit = offer.origin === 'log' ? fitNames(tally, (week) => cubes.current(week), dictionaries, kept) : tally;
  const { systems, requests } = dictionaries;
  const ids = {
    systems: offer.origin === 'log' ? systems.idsOf(fit.systems) : systems.idsOfRecurring(fit.systems),
    requests: offer.origin === 'log' ? requests.idsOf(fit.requests) : requests.idsOfRecurring(fit.requests),
    countries: countryIds(dictionaries, fit),
  };
  for (const [week, all] of byWeek(fit.cells, ids)) {
    const cells = offer.origin === 'log' ? fitWeek(recording, week, all) : all;
    addTally(database, id, week, cells);
    cubes.add(week, cells);
    noteChange(changes, week, 'after', cells);
  }
  networks.add(fit, before?.source ?? source, ids);
  return {
    status: before === undefined ? 'counted' : 'continued',
    candidates: added,
    counted: tally.counted,
    known: tally.known,
    rejected: rejectedByReason(tally),
    changes,
    replaced: [],
  };
}

function fitWeek({ cubes, dictionaries, familiar }: Recording, week: Week, cells: WeekCells): WeekCells {
  const current = cubes.current(week);
  if (!mayBeTooMany(cells, current)) return cells;
  const groups = familiar();
  return fitCells(cells, current, (group) => groups.has(group), othersBy(dictionaries));
}

/**
 * A log all of whose candidates are rejected was probably read by the wrong rules, so nothing of it stands in the way of
 * reading it by others. Its hours were seen all the same: a stranger's one request must not make them a gap.
 */
function recordNothing(database: Database, dictionaries: Dictionaries, offer: Offer): Outcome {
  recordQuietLog(database, dictionaries, offer);
  return { status: 'nothing-counted', candidates: offer.candidates, rejected: rejectedByReason(offer.tally) };
}

/** G8: a log without candidates has no identity. The hours of all such logs of a source are kept in one row. */
function recordQuietLog(database: Database, dictionaries: Dictionaries, offer: Offer): Outcome {
  const none: Outcome = {
    status: 'counted',
    candidates: 0,
    counted: 0,
    known: 0,
    rejected: {},
    changes: new Map(),
    replaced: [],
  };
  if (offer.tally.hoursSeen.length === 0) return none;
  const source = dictionaries.sources.idsOf([offer.source])[0]!;
  const [known] = readLogs(database, 'source = ? AND candidates = 0', source);
  const id = known?.id ?? newLogId(database);
  if (known === undefined) {
    writeLog(database, { id, source, name: offer.name, origin: 'log', candidates: 0, counted: 0, span: undefined });
  }
  addHours(database, id, { seen: offer.tally.hoursSeen, counted: [] });
  return none;
}

/** Only the countries that occur are entered; the others keep the id 0, which no cell refers to. */
function countryIds(dictionaries: Dictionaries, { cells, countries }: LogTally): Uint32Array {
  const occurs = new Uint8Array(countries.length);
  const { country } = cells;
  for (let row = 0; row < country.length; row++) occurs[country[row]!] = 1;
  const used = Array.from(occurs.keys()).filter((place) => occurs[place] === 1);
  const ids = dictionaries.countries.idsOf(used.map((place) => countries[place]!));
  const all = new Uint32Array(countries.length);
  used.forEach((place, i) => {
    all[place] = ids[i]!;
  });
  return all;
}

function noteChange(changes: WeekChanges, week: Week, side: 'before' | 'after', cells: WeekCells): void {
  const change = changes.get(week) ?? { before: 0, after: 0 };
  change[side] += sumOf(cells.hits);
  changes.set(week, change);
}

function unionOfSpans(a: LogTally['span'], b: LogTally['span']): LogTally['span'] {
  if (a === undefined || b === undefined) return a ?? b;
  return { from: a.from < b.from ? a.from : b.from, until: a.until > b.until ? a.until : b.until };
}

function rejectedByReason(tally: LogTally): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { reason, count } of tally.rejections) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}
