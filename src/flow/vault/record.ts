import type { Week } from '../sightings/week.ts';
import { checkConservation, type LogTally, sumOf } from '../tallies/log-tally.ts';
import type { WeekCells } from './cells.ts';
import { byWeek, weeksIn } from './cells-by-week.ts';
import type { Database } from './database.ts';
import type { Dictionaries } from './dictionary.ts';
import { type Decision, decide, type LogId, type LogState } from './ledger.ts';
import {
  addHours,
  addRejections,
  addTally,
  deleteLog,
  findState,
  neighboursOf,
  newLogId,
  readFronts,
  readLog,
  readLogs,
  readTallies,
  statesAt,
  writeFront,
  writeLog,
  writeState,
} from './ledger-rows.ts';
import type { WeekCubes } from './week-cubes.ts';
import type { WeekNetworks } from './week-networks.ts';

/** A log that was read, offered to the vault. */
export interface Offer {
  name: string;
  source: string;
  origin: 'log' | 'import';
  /** Of all candidate lines of the log. */
  sha256: string;
  /** Of their first 4 KiB, if there are so many. */
  front: string | undefined;
  candidates: number;
  /** What was read: of the whole log, or of what comes behind `begins` where `whole` is false. */
  tally: LogTally;
  whole: boolean;
  begins: LogState | undefined;
  /** The states that were known when the log was read. */
  knownStates: readonly LogState[];
  /** `replace`: take out the logs in the way. `recount`: as replace, and equal logs too; there must be one. */
  mode: 'add' | 'replace' | 'recount';
}

/** Changes by week: hits before and after. */
export type WeekChanges = Map<Week, { before: number; after: number }>;

export type Outcome =
  | {
      status: 'counted' | 'continued';
      candidates: number;
      counted: number;
      rejected: Record<string, number>;
      changes: WeekChanges;
    }
  | { status: 'already-counted'; as: string }
  | { status: 'refused'; reason: string }
  /** The ledger has changed since the log was read, so that it must be read again. */
  | { status: 'read-again' };

/** Records one log: decision, cube and ledger together. Within a transaction; `cubes` and `networks` are written at its end. */
export function record(
  database: Database,
  dictionaries: Dictionaries,
  cubes: WeekCubes,
  offer: Offer,
  networks: WeekNetworks,
): Outcome {
  if (offer.candidates === 0) return recordQuietLog(database, dictionaries, offer);
  const { tally } = offer;
  const source = dictionaries.sources.idsOf([offer.source])[0]!;
  const exact = findState(database, offer.candidates, offer.sha256);
  if (exact === undefined && offer.origin === 'log' && mayContinueOther(database, offer))
    return { status: 'read-again' };

  const neighbours = neighboursOf(database, source, tally.span);
  const decision = decide(
    {
      sha256: offer.sha256,
      candidates: offer.candidates,
      begins: offer.begins,
      span: tally.span,
      hours: tally.hoursCounted,
    },
    exact,
    neighbours,
    logsAlike(database, offer.front),
  );
  const mixed = exact === undefined ? mixedWeek(database, offer) : undefined;
  if (mixed !== undefined) return { status: 'refused', reason: mixed };
  if (offer.mode === 'recount') {
    const out = new Set<LogId>(
      decision.kind === 'refuse' ? decision.inTheWay : decision.kind === 'count' ? [] : [decision.log],
    );
    if (out.size === 0) return { status: 'refused', reason: 'it has not been counted yet; use "rollcall ingest"' };
    const counted = [...out].reduce((sum, log) => sum + readLog(database, log).candidates, 0);
    if (counted > offer.candidates) return { status: 'refused', reason: explainShorter(counted, offer.candidates) };
    return replace(database, dictionaries, cubes, offer, source, [...out], networks);
  }
  if (decision.kind === 'already-counted') {
    return { status: 'already-counted', as: readLog(database, decision.log).name };
  }
  if (decision.kind === 'refuse' && offer.mode === 'replace') {
    return replace(database, dictionaries, cubes, offer, source, decision.inTheWay, networks);
  }
  if (decision.kind === 'refuse') return { status: 'refused', reason: explain(database, decision) };
  if (decision.kind === 'continue' && offer.whole) {
    return replace(database, dictionaries, cubes, offer, source, [decision.log], networks);
  }
  const log = decision.kind === 'continue' ? decision.log : undefined;
  return write(database, dictionaries, cubes, offer, source, log, networks);
}

/** The counted logs that begin with the same lines, if these are enough to tell (G10). */
function logsAlike(database: Database, front: string | undefined): LogId[] {
  if (front === undefined) return [];
  return readFronts(database, 'sha256 = ?', Buffer.from(front, 'hex')).map(({ log }) => log);
}

/** Whether a state has come up since the log was read that the log may continue (G3). */
function mayContinueOther(database: Database, offer: Offer): boolean {
  const keyOf = ({ candidates, sha256, isLatest }: LogState) => `${candidates} ${sha256} ${isLatest}`;
  const known = new Set(offer.knownStates.map(keyOf));
  return statesAt(database, offer.tally.firstHour).some(
    (state) =>
      state.candidates < offer.candidates && !known.has(keyOf(state)) && !beginsOtherwise(database, offer, state),
  );
}

/** Logs of several servers begin in the same hour; that they begin with other lines saves reading them again. */
function beginsOtherwise(database: Database, offer: Offer, state: LogState): boolean {
  if (!state.isLatest) return false;
  const [known] = readFronts(database, 'log = ?', state.log);
  return known !== undefined && known.sha256 !== offer.front;
}

type Refusal = Extract<Decision, { kind: 'refuse' }>;

function explain(database: Database, { why, inTheWay }: Refusal): string {
  const names = inTheWay.slice(0, 3).map((log) => readLog(database, log).name);
  const others = inTheWay.length > names.length ? ` and ${inTheWay.length - names.length} more` : '';
  const twice = 'Counting both would count systems twice';
  switch (why) {
    case 'differs':
      return (
        `it begins like ${names[0]} and then differs from what was counted of it. ${twice}. ` +
        'If this log is the right one, run again with --replace'
      );
    case 'alike':
      return (
        `it begins like ${names[0]}, which was counted, and does not continue it: an older copy, or one that was ` +
        `changed. ${twice}. If this log is the right one, run again with --replace`
      );
    default:
      return (
        `its hours were already counted for this source, with other content, from ${names.join(', ')}${others}. ` +
        `${twice}. If this log is the right one, run again with --replace; ` +
        'if it comes from another server, name that server with --source'
      );
  }
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

/** Takes the logs in the way out and writes this one, which was read whole, in their place. */
function replace(
  database: Database,
  dictionaries: Dictionaries,
  cubes: WeekCubes,
  offer: Offer,
  source: number,
  inTheWay: readonly LogId[],
  networks: WeekNetworks,
): Outcome {
  if (!offer.whole) return { status: 'read-again' };
  const changes: WeekChanges = new Map();
  for (const log of inTheWay) {
    for (const [week, cells] of readTallies(database, log)) {
      cubes.takeOut(week, cells);
      noteChange(changes, week, 'before', cells);
    }
    deleteLog(database, log);
  }
  const outcome = write(database, dictionaries, cubes, offer, source, undefined, networks);
  if (outcome.status !== 'counted') return outcome;
  for (const [week, change] of changes) {
    const added = outcome.changes.get(week);
    if (added === undefined) outcome.changes.set(week, change);
    else added.before += change.before;
  }
  return outcome;
}

function write(
  database: Database,
  dictionaries: Dictionaries,
  cubes: WeekCubes,
  offer: Offer,
  source: number,
  continued: LogId | undefined,
  networks: WeekNetworks,
): Outcome {
  const { tally } = offer;
  const before = continued === undefined ? undefined : readLog(database, continued);
  const id = before?.id ?? newLogId(database);
  const added = offer.candidates - (before?.candidates ?? 0);
  checkConservation({ ...tally, candidates: added });

  writeLog(database, {
    id,
    source: before?.source ?? source,
    name: offer.name,
    origin: offer.origin,
    candidates: offer.candidates,
    counted: tally.counted + (before?.counted ?? 0),
    span: unionOfSpans(before?.span, tally.span),
  });
  const { sha256, candidates } = offer;
  writeState(database, { log: id, candidates, sha256, firstHour: tally.firstHour });
  if (offer.front !== undefined) writeFront(database, id, offer.front);
  addRejections(database, id, tally.rejections);
  addHours(database, id, { seen: tally.hoursSeen, counted: tally.hoursCounted });

  const changes: WeekChanges = new Map();
  const ids = {
    systems: dictionaries.systems.idsOf(tally.systems),
    requests: dictionaries.requests.idsOf(tally.requests),
    countries: countryIds(dictionaries, tally),
  };
  for (const [week, cells] of byWeek(tally.cells, ids)) {
    addTally(database, id, week, cells);
    cubes.add(week, cells);
    noteChange(changes, week, 'after', cells);
  }
  networks.add(tally, before?.source ?? source, ids);
  return {
    status: before === undefined ? 'counted' : 'continued',
    candidates: added,
    counted: tally.counted,
    rejected: rejectedByReason(tally),
    changes,
  };
}

/** G8: a log without candidates has no identity. The hours of all such logs of a source are kept in one row. */
function recordQuietLog(database: Database, dictionaries: Dictionaries, offer: Offer): Outcome {
  const none: Outcome = { status: 'counted', candidates: 0, counted: 0, rejected: {}, changes: new Map() };
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
