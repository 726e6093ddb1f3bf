import type { Discovered } from '../flow/bytes/discover.ts';
import { LogFault } from '../flow/bytes/log-fault.ts';
import { sourcesOf } from '../flow/bytes/source-label.ts';
import type { KnownLines } from '../flow/tallies/known-lines.ts';
import type { LogReaders, ReadResult } from '../flow/tallies/log-readers.ts';
import { type KeptNames, PLAIN_NAMES } from '../flow/tallies/naming.ts';
import type { TallyKey } from '../flow/tallies/tally-key.ts';
import type { LogState } from '../flow/vault/ledger.ts';
import type { Offer, Outcome, ReplacedLog, WeekChanges } from '../flow/vault/record.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { KeptNamesNeeded } from '../flow/vault/week-bounds.ts';
import { formatCount, plural } from './terminal.ts';

/** What became of one log. The sums are what this run added: candidates = counted + rejected + known. */
export interface LogReport {
  log: string;
  source: string;
  status: 'counted' | 'continued' | 'already-counted' | 'refused' | 'damaged';
  candidates: number;
  counted: number;
  rejected: Record<string, number>;
  /** Candidates that were left out, because other logs had brought them. */
  known: number;
  /** Logs that it took the place of. */
  replaced: ReplacedLog[];
  /** For people: why a log was refused or is damaged, or as what it was counted before. */
  reason?: string;
  /** The format it was read in, if it was read. */
  format?: string;
  bytes?: number;
  /** Why what rests on networks is not known, of a tally. */
  withheld?: Withheld;
  changes?: WeekChanges;
  /** The file, where it was no log but stood in the place of one. */
  handedIn?: { path: string; size: number; isTally: boolean };
}

export interface CountOptions {
  readers: LogReaders;
  vault: Pick<Vault, 'record' | 'statesAt'>;
  mode: Offer['mode'];
  /** As given to --source. */
  source: string | undefined;
  /** How tallies are opened that stand in the place of logs. */
  tallies?: TallyOpening;
  /** How many logs may be read and wait at one time. */
  ahead: number;
  /** What is kept of logs that name more than they, or their weeks, may (C5, C7); the same in all of a run. */
  keptNames?(): Promise<KeptNames>;
  onProgress(place: number, position: number): void;
}

export interface TallyOpening {
  key: TallyKey | undefined;
  /** Whether those that the key does not open are counted without what is sealed in them. */
  withoutNetworks: boolean;
}

const WITHOUT_KEY: TallyOpening = { key: undefined, withoutNetworks: false };

/** Why what a tally has sealed is not known, and the tally was counted all the same. */
type Withheld = 'made-without-key' | 'past' | 'not-asked-for';

type Travelled = NonNullable<ReadResult<LogState>['travelled']>;

/** With the source of each log, which takes all of them to tell. */
type Counting = CountOptions & { sourceOf: (log: Discovered) => string };

const NOTHING = { candidates: 0, counted: 0, rejected: {}, known: 0, replaced: [] };

type Ready =
  | { kind: 'offer'; log: Discovered; offer: Offer; read: ReadResult<LogState> }
  | { kind: 'fault'; report: LogReport };

/**
 * Reads logs side by side and records them in the order in which they were given, so that what is counted does not
 * depend on which worker is faster. Logs that are ready together are committed together.
 */
export async function* countLogs(logs: readonly Discovered[], given: CountOptions): AsyncGenerator<LogReport> {
  const options: Counting = { ...given, sourceOf: sourceOfEach(logs, given.source) };
  const ready = new Map<number, Ready>();
  const reading = new Map<number, Promise<void>>();
  let started = 0;
  let next = 0;
  while (next < logs.length) {
    while (started < logs.length && started < next + options.ahead) {
      const place = started++;
      const read = readLog(logs[place]!, place, options).then((result) => void ready.set(place, result));
      // Its failure is thrown when its turn comes; if an earlier one ends the run, it is no news.
      read.catch(() => {});
      reading.set(place, read);
    }
    await reading.get(next);
    const group: Ready[] = [];
    for (let place = next; ready.has(place); place++) group.push(ready.get(place)!);
    for (const report of await commit(group, logs, next, options)) {
      reading.delete(next);
      ready.delete(next);
      next++;
      yield report;
    }
  }
}

/** Commits what is ready, up to the first log that must be read again; that one is read and committed alone. */
async function commit(
  group: readonly Ready[],
  logs: readonly Discovered[],
  first: number,
  options: Counting,
  readings = 1,
): Promise<LogReport[]> {
  const offers = group.flatMap((ready) => (ready.kind === 'offer' ? [ready.offer] : []));
  const outcomes = offers.length === 0 ? [] : await recordEach(offers, options);
  const reports: LogReport[] = [];
  for (const ready of group) {
    if (ready.kind === 'fault') {
      reports.push(ready.report);
      continue;
    }
    const outcome = outcomes.shift();
    if (outcome === undefined) break;
    if (outcome.status === 'read-again') {
      const place = first + reports.length;
      const why = cannotReadAgain(logs[place]!, readings);
      if (why === undefined) {
        const again = await readLog(logs[place]!, place, options, outcome.known);
        reports.push(...(await commit([again], logs, place, options, readings + 1)));
      } else {
        reports.push(reportOf(ready, { status: 'refused', reason: why }));
      }
      break;
    }
    reports.push(reportOf(ready, outcome));
  }
  return reports;
}

async function recordEach(offers: readonly Offer[], options: Counting): Promise<Outcome[]> {
  try {
    return options.vault.record(offers);
  } catch (error) {
    if (!(error instanceof KeptNamesNeeded)) throw error;
    return options.vault.record(offers, await keptNamesOf(options));
  }
}

async function keptNamesOf({ keptNames }: Counting): Promise<KeptNames> {
  return (await keptNames?.()) ?? PLAIN_NAMES;
}

function sourceOfEach(logs: readonly Discovered[], given: string | undefined): (log: Discovered) => string {
  if (given !== undefined) return () => given;
  const sourceOf = sourcesOf(logs.flatMap((log) => (log.kind === 'file' ? [log.path] : [])));
  return (log) => (log.kind === 'file' ? sourceOf(log.path) : log.name);
}

/** A log that was emptied while it was read is another one now, and small. */
const MOST_CHANGES = 3;

async function readLog(
  log: Discovered,
  place: number,
  options: Counting,
  known: KnownLines = [],
  changes = 0,
): Promise<Ready> {
  const source = options.sourceOf(log);
  const none = { log: log.name, source, ...NOTHING };
  if (log.kind === 'fault') {
    return { kind: 'fault', report: { ...none, status: log.fault.status, reason: log.fault.message } };
  }
  try {
    const whole = options.mode !== 'add';
    const read = await options.readers.read(
      log.kind === 'file' ? { kind: 'file', path: log.path } : { kind: 'stdin' },
      {
        statesAt: (firstHour) => options.vault.statesAt(firstHour),
        whole,
        known,
        keptNames: () => keptNamesOf(options),
        ...(options.mode === 'recount' ? {} : { tallies: options.tallies ?? WITHOUT_KEY }),
        onProgress: (position) => options.onProgress(place, position),
      },
    );
    const { tally, format, sha256, front, begins, knownStates, travelled } = read;
    const { candidates } = tally;
    const shut = travelled && candidates > 0 ? whyShut(travelled.withheld, options.tallies ?? WITHOUT_KEY) : undefined;
    if (shut !== undefined) throw new LogFault('refused', shut);
    const offer: Offer = {
      name: travelled?.name ?? log.name,
      source: options.source ?? travelled?.source ?? source,
      origin: 'log',
      format,
      isMarked: format !== 'spool',
      sha256,
      front,
      candidates,
      tally,
      whole,
      begins,
      isFixed: travelled?.isFixed ?? false,
      leftOut: known,
      knownStates,
      mode: options.mode,
    };
    return { kind: 'offer', log, offer, read };
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    if (error.mayReadAgain && changes < MOST_CHANGES) return readLog(log, place, options, known, changes + 1);
    return { kind: 'fault', report: { ...none, status: error.status, reason: error.message } };
  }
}

/** Once for a state that has come up, once for what is known; more only where another program counts the same logs. */
const MOST_READINGS = 5;

function cannotReadAgain(log: Discovered, readings: number): string | undefined {
  if (log.kind === 'stdin') {
    return 'a part of it was counted before, and standard input cannot be read once more to leave that out: write it to a file and count that';
  }
  return readings < MOST_READINGS ? undefined : 'the ledger changes whenever it has been read; run again';
}

function reportOf(
  { log: found, offer, read }: Extract<Ready, { kind: 'offer' }>,
  outcome: Exclude<ReturnType<Vault['record']>[number], { status: 'read-again' }>,
): LogReport {
  const withheld = withheldOf(read);
  const log = {
    log: found.name,
    source: offer.source,
    format: read.format,
    bytes: read.poured.bytes,
    ...(withheld === undefined ? {} : { withheld }),
    ...handedIn(found, read),
  };
  switch (outcome.status) {
    case 'already-counted':
      return { ...log, ...NOTHING, status: 'already-counted', reason: outcome.as };
    case 'refused':
      return { ...log, ...NOTHING, status: 'refused', reason: outcome.reason };
    case 'nothing-counted':
      return {
        ...log,
        ...NOTHING,
        ...outcome,
        status: 'refused',
        reason:
          explainNothing(outcome.rejected) + (read.shape === undefined ? '' : `. The first looks like: ${read.shape}`),
      };
    default:
      return { ...log, ...outcome };
  }
}

/** Why a tally is not counted: what it has sealed could be had, and once it is counted it can not. */
export function whyShut(withheld: Travelled['withheld'], { withoutNetworks }: TallyOpening): string | undefined {
  if (withoutNetworks) return undefined;
  const otherwise = 'or, if that is lost, count it with --without-networks';
  switch (withheld) {
    case 'no-key':
      return `what it knows of networks is sealed: name the key that it was made with by --key FILE, ${otherwise}`;
    case 'other-key':
      return `it was made with another key: name that one by --key FILE, ${otherwise}`;
    case 'future':
      return `it was made with the key of a week that is years ahead: look at the clock of the machine that made it, ${otherwise}`;
    default:
      return undefined;
  }
}

/** The file, where it was no log. */
export function handedIn(
  log: Discovered,
  { format, travelled, poured }: Pick<ReadResult<LogState>, 'format' | 'travelled' | 'poured'>,
): Pick<LogReport, 'handedIn'> {
  const isTally = travelled !== undefined;
  if (log.kind !== 'file' || !(isTally || format === 'spool')) return {};
  return { handedIn: { path: log.path, size: poured.compressedBytes, isTally } };
}

export function withheldOf({
  travelled,
  tally,
}: Pick<ReadResult<LogState>, 'travelled' | 'tally'>): Withheld | undefined {
  if (travelled?.withheld === undefined || tally.candidates === 0) return undefined;
  const { withheld } = travelled;
  return withheld === 'made-without-key' || withheld === 'past' ? withheld : 'not-asked-for';
}

/** Whoever is told that nothing counts wants to know what to change. */
const ADVICE: Partial<Record<string, string>> = {
  time: 'its times are written in a way that is not known: declare the format of the log with --format',
  malformed: 'its lines do not hold what their format says: declare the format of the log with --format',
  'trailing-fields': 'there are more fields than the format has: declare the format of the log with --format',
  agent:
    'its clients are none of those that count: name them with --agent (beside libdnf,rpm-ostree if these count too), ' +
    'or log the User-Agent if the log has none',
  path: 'its paths are none of those of mirrorlists and metalinks: name others with --path',
  status: 'the server answered with errors, and these systems do not ask again that week',
  'time-range': 'its times are in the future, or before anything was counted: look at the clock of the server',
};

export function explainNothing(rejected: Record<string, number>): string {
  const reasons = Object.entries(rejected).sort((a, b) => b[1] - a[1]);
  const all = reasons.reduce((sum, [, count]) => sum + count, 0);
  const counts = reasons.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ');
  const advice = ADVICE[reasons[0]![0]];
  return `none of its ${plural(all, 'check-in')} counts (${counts})${advice === undefined ? '' : `: ${advice}`}`;
}
