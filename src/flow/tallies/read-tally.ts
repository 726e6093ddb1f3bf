import { LogFault } from '../bytes/log-fault.ts';
import type { LineMark } from '../sightings/line-mark.ts';
import { type EpochSeconds, SECONDS_PER_HOUR, type Week, weekStart } from '../sightings/week.ts';
import { type KnownLines, LinesToLeaveOut } from './known-lines.ts';
import { type LineColumns, OF_REJECTIONS, timesOf } from './line-list.ts';
import { DIGEST_BYTES, FEWEST_HASHED, type KnownState } from './log-identity.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { NO_NAMES } from './naming.ts';
import { LIMITS } from './numbering.ts';
import { SightingSums } from './sighting-sums.ts';
import { type UnpackedLog, unpackTravelling } from './tally-file.ts';
import type { TallyKey } from './tally-key.ts';

/** What a tally says as its log would, read by the ledger that `statesAt` knows. */
export interface TallyReading<State extends KnownState> {
  log: UnpackedLog;
  tally: LogTally;
  sha256: string;
  begins: State | undefined;
  knownStates: readonly State[];
  /** Whether no line can be left out of it. */
  isFixed: boolean;
}

export interface TallyReadOptions<State extends KnownState> {
  statesAt(firstHour: EpochHour | undefined): State[];
  whole: boolean;
  known: KnownLines;
  /** The latest time that is believed (T3). */
  latest: EpochSeconds;
  key: TallyKey | undefined;
}

/** Throws a LogFault if it cannot be counted. */
export function readTally<State extends KnownState>(
  bytes: Uint8Array,
  { statesAt, whole, known, latest, key }: TallyReadOptions<State>,
): TallyReading<State> {
  const log = unpackTravelling(bytes, key);
  checkClock(log.tally, latest);
  const { tally, lines, sha256 = NOT_HASHED } = log;
  if (lines === undefined) {
    if (known.length > 0) throw new Error('lines are to be left out of a tally that does not list them');
    return { log, tally, sha256, begins: undefined, knownStates: [], isFixed: tally.candidates > 0 };
  }
  const knownStates = tally.candidates === 0 ? [] : statesAt(tally.firstHour);
  const begins = lastStateIn(log, knownStates);
  const from = whole ? 0 : (begins?.candidates ?? 0);
  const rest = from === 0 && known.length === 0 ? tally : tallyOfRest(tally, lines, from, known);
  return { log, tally: rest, sha256, begins, knownStates, isFixed: false };
}

/** So few candidates have no hash that could be kept (G1). */
const NOT_HASHED = '';

function checkClock({ hoursCounted, hoursSeen }: LogTally, latest: EpochSeconds): void {
  const last = Math.max(0, ...hoursCounted.slice(-1), ...hoursSeen.slice(-1));
  if (last * SECONDS_PER_HOUR <= latest) return;
  throw new LogFault(
    'refused',
    'a tally of times that are still to come: look at the clocks of this machine and of the one that made it, and tally the log again',
  );
}

function lastStateIn<State extends KnownState>(log: UnpackedLog, states: readonly State[]): State | undefined {
  const ascending = [...states].sort((a, b) => a.candidates - b.candidates);
  return ascending.findLast(({ candidates, sha256 }) => isStateOf(log, candidates, sha256));
}

function isStateOf({ tally, sha256: whole, digests }: UnpackedLog, candidates: number, sha256: string): boolean {
  if (candidates === tally.candidates) return sha256 === whole;
  if (candidates > tally.candidates || candidates < FEWEST_HASHED) return false;
  const at = (candidates - FEWEST_HASHED) * DIGEST_BYTES;
  return Buffer.from(digests.subarray(at, at + DIGEST_BYTES)).equals(
    Buffer.from(sha256, 'hex').subarray(0, DIGEST_BYTES),
  );
}

/** What was named when the log was read stays as it is. */
const NAMED = { limits: { ...LIMITS, values: 2 ** 20, valueBytes: 2 ** 30, systems: 2 ** 17, requests: 2 ** 18 } };

/** The tally of what comes behind the first `from` candidates, the known ones among them left out. */
function tallyOfRest(tally: LogTally, lines: LineColumns, from: number, known: KnownLines): LogTally {
  const { systems, requests, countries, cells, rejections, marks } = tally;
  const sums = new SightingSums({ ...NAMED, naming: { kept: NO_NAMES, others: 'first' } }, countries);
  const toLeaveOut = new LinesToLeaveOut(known);
  const times = timesOf(marks);
  const networks = new Map(Array.from(lines.networkLine, (line, at) => [line, lines.network[at]!]));
  let left = 0;
  for (let line = from; line < lines.row.length; line++) {
    const row = lines.row[line]!;
    if (row >= OF_REJECTIONS) {
      const { reason, week } = rejections[row - OF_REJECTIONS]!;
      sums.reject(reason, week === undefined ? undefined : weekStart(week));
      continue;
    }
    const place = lines.place[line]!;
    const [time, mark] = [times[place]! as EpochSeconds, marks.marks[place]! as LineMark];
    if (toLeaveOut.take({ time, mark })) {
      left++;
      continue;
    }
    sums.count({
      time,
      week: cells.week[row]! as Week,
      system: systems[cells.system[row]!]!,
      request: requests[cells.request[row]!]!,
      country: countries[cells.country[row]!]!,
      network: networks.get(line),
      part: lines.part[line]!,
      mark,
    });
  }
  return { ...tally, ...sums.result(), known: left };
}
