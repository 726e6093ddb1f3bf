import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Discovered, discover } from '../flow/bytes/discover.ts';
import { openablePath } from '../flow/bytes/path-text.ts';
import { parseFormat } from '../flow/requests/format.ts';
import { type EpochSeconds, mondayOf } from '../flow/sightings/week.ts';
import type { LogReaders } from '../flow/tallies/log-readers.ts';
import type { KeptNames } from '../flow/tallies/naming.ts';
import { isClusterAddress } from '../flow/vault/cluster/address.ts';
import type { Offer } from '../flow/vault/record.ts';
import { type SourceAddresses, Vault } from '../flow/vault/vault.ts';
import { describeSilence, LOG_ADDRESSES } from '../flow/views/diagnosis/silent-addresses.ts';
import { loadCountryTable } from '../geo/load.ts';
import { countLogs, explainNothing, type LogReport, type TallyOpening } from './count-logs.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { type ReaderOptions, startReaders } from './start-readers.ts';
import { formatBytes, formatCount, plural, showProgress, type Terminal } from './terminal.ts';

/** Each reader takes about 40 MB; more than four are seldom faster than the disk. */
const MOST_READERS = 4;
/** Logs read ahead of the one that is committed next, for each reader. */
const AHEAD = 4;

export interface IngestOptions extends ReaderOptions, SharingOptions {
  vault: string;
  source?: string;
  workers?: number;
  replace?: boolean;
  json?: boolean;
  /** The key of tallies. */
  key?: string;
  withoutNetworks?: boolean;
  removeCounted?: boolean;
}

export interface Clock {
  now(): EpochSeconds;
}

/** `rollcall ingest`: logs in, the vault changed, a line for each log that needs one, a summary. */
export async function ingest(
  args: readonly string[],
  options: IngestOptions,
  terminal: Terminal,
  clock: Clock,
  readers: LogReaders = startReaders(options, clock.now()),
): Promise<ExitCode> {
  const mode = options.replace === true ? 'replace' : 'add';
  const reports: LogReport[] = [];
  let silent: SourceAddresses[] = [];
  const remove = options.removeCounted === true ? (await import('./remove-counted.ts')).removeCounted : undefined;
  const onReport = (report: LogReport) => {
    reports.push(report);
    if (options.json === true) terminal.out.write(`${toJson(report)}\n`);
  };
  let seconds: number;
  if (isClusterAddress(options.vault))
    ({ seconds, silent } = await handIn(args, options, terminal, clock, readers, onReport));
  else
    seconds = await readAndRecord(args, options, mode, terminal, clock, readers, onReport, (vault) => {
      silent = silentSources(reports, vault);
    });
  // Not before: another name of the same file may still be read.
  if (remove !== undefined) for (const report of reports) remove(report, clock);
  if (options.json !== true) terminal.out.write(summarise(reports, seconds, options.vault, silent));
  return exitCodeOf(reports);
}

/** As `readAndRecord`, into a cluster. Loaded where there is one. */
export async function handIn(
  args: readonly string[],
  options: IngestOptions,
  terminal: Terminal,
  clock: Clock,
  readers: LogReaders,
  onReport: (report: LogReport) => void,
): Promise<{ seconds: number; silent: SourceAddresses[] }> {
  try {
    const opening = await openingOf(options);
    const { handInLogs } = await import('./hand-in.ts');
    return await handInLogs(args, options, opening, terminal, clock, readers, onReport);
  } finally {
    await readers.close();
  }
}

/** What ingest and recount share: readers and vault are opened, every log is read, closed weeks are closed. */
export async function readAndRecord(
  args: readonly string[],
  options: IngestOptions,
  mode: Offer['mode'],
  terminal: Terminal,
  clock: Clock,
  readers: LogReaders,
  onReport: (report: LogReport) => void,
  onCounted: (vault: Vault) => void = () => {},
): Promise<number> {
  const started = performance.now();
  let closing: Promise<void> | undefined;
  try {
    if (options.format !== undefined) parseFormat(options.format);
    if (options.geo !== undefined) await checkCountries(options.geo);
    const tallies = await openingOf(options);
    let opened: Vault | undefined;
    let opening: NodeJS.Immediate | undefined;
    const vault = () => {
      opened ??= Vault.open(options.vault, 'write', randomBytes, sharingOf(options));
      return opened;
    };
    const statesAt: Vault['statesAt'] = (firstHour) => {
      if (opened !== undefined) return opened.statesAt(firstHour);
      // One that is not there knows no log. The reader, which waits for the answer, goes on while it is made.
      opening ??= setImmediate(() => openEarly(vault));
      return [];
    };
    try {
      // A new one is made when there is something to keep in it: a mistyped path makes none.
      if (existsSync(options.vault)) vault();
      const counting = { vault, statesAt, tallies };
      await recordAll(discover(args), options, mode, terminal, readers, counting, onReport);
      // They end while weeks are closed here.
      closing = readers.close();
      if (opened !== undefined) {
        onCounted(opened);
        if (!opened.closeWeeks(clock.now())) terminal.err.write(keysLeft(options.vault));
      }
      if (options.key !== undefined) {
        await (await import('./tally-key.ts')).forgetPastKeys(options.key, terminal, clock.now());
      }
    } finally {
      clearImmediate(opening);
      opened?.close();
    }
  } finally {
    // Whatever went wrong: readers that are left running would keep the command from ending.
    await (closing ?? readers.close());
  }
  return (performance.now() - started) / 1000;
}

/** Loaded only where there is a key: most who count have no tallies. */
async function openingOf({ key: path, withoutNetworks = false }: IngestOptions): Promise<TallyOpening> {
  const key = path === undefined ? undefined : (await import('./tally-key.ts')).readTallyKey(path);
  return { key, withoutNetworks };
}

/** What fails now fails again when there is something to record, and is told then. */
function openEarly(vault: () => Vault): void {
  try {
    vault();
  } catch {}
}

/**
 * Sources whose addresses say nothing in a week that this run has changed. Of tallies without their key it is known, and said,
 * why.
 */
function silentSources(reports: readonly LogReport[], vault: Vault): SourceAddresses[] {
  const weeks = new Set(reports.flatMap(({ changes }) => [...(changes?.keys() ?? [])]));
  const changed = reports.filter(({ changes }) => (changes?.size ?? 0) > 0);
  const sources = new Set(changed.map(({ source }) => source));
  for (const { source, withheld } of changed) if (withheld !== undefined) sources.delete(source);
  return vault
    .addresses([...weeks].sort((a, b) => a - b))
    .filter(({ source, silence }) => silence !== undefined && sources.has(source));
}

function keysLeft(vault: string): string {
  return (
    `rollcall: another program kept ${vault} open, so the destroyed keys of closed weeks are still in ${vault}-wal; ` +
    'the next ingest erases them\n'
  );
}

async function recordAll(
  logs: readonly Discovered[],
  options: IngestOptions,
  mode: Offer['mode'],
  terminal: Terminal,
  readers: LogReaders,
  { vault, statesAt, tallies }: { vault: () => Vault; statesAt: Vault['statesAt']; tallies: TallyOpening },
  onReport: (report: LogReport) => void,
): Promise<void> {
  const count = options.workers ?? Math.min(availableParallelism(), MOST_READERS);
  const sizes = logs.map(sizeOf);
  readers.growTo(count, sizes);
  const progress = await showProgress(terminal.err, 'Counting', sum(sizes));
  const positions = sizes.map(() => 0);
  let done = 0;
  let kept: Promise<KeptNames> | undefined;
  try {
    const counting = countLogs(logs, {
      readers,
      vault: { record: (offers, kept) => vault().record(offers, kept), statesAt },
      keptNames: () => {
        kept ??= loadKept(existsSync(options.vault) ? vault() : undefined);
        return kept;
      },
      mode,
      source: options.source,
      tallies,
      ahead: Math.min(count, logs.length) * AHEAD,
      onProgress: (place, position) => {
        done += position - positions[place]!;
        positions[place] = position;
        progress.update(done);
      },
    });
    for await (const report of counting) onReport(report);
  } finally {
    progress.stop();
  }
}

/** Definitions take 50 ms to load, and few logs need them. */
async function loadKept(vault: Vault | undefined): Promise<KeptNames> {
  const { namesKeptFor } = await import('./kept-names.ts');
  return namesKeptFor(vault);
}

/** In a reader it would look as if every log were damaged. */
export async function checkCountries(path: string): Promise<void> {
  try {
    await loadCountryTable(path);
  } catch (error) {
    throw new UsageError(`--geo: ${error instanceof Error ? error.message : 'it cannot be read'}`, { cause: error });
  }
}

/** For the progress bar. Whoever reads the log says what is wrong with it, and the others are counted. */
function sizeOf(log: Discovered): number {
  if (log.kind !== 'file') return 0;
  try {
    return statSync(openablePath(log.path)).size;
  } catch {
    return 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function toJson({
  log,
  source,
  status,
  format,
  candidates,
  counted,
  rejected,
  known,
  replaced,
  reason,
}: LogReport): string {
  return JSON.stringify({
    log,
    source,
    status,
    ...(format === undefined ? {} : { format }),
    candidates,
    counted,
    rejected,
    ...(known === 0 ? {} : { known }),
    ...(replaced.length === 0 ? {} : { replaced }),
    ...(reason === undefined ? {} : { reason }),
  });
}

export function exitCodeOf(reports: readonly LogReport[]): ExitCode {
  return reports.some((report) => isNotCounted(report) || countedNothing(report)) ? 1 : 0;
}

/** How many logs are named one by one before the rest is only counted. */
const MOST_NAMED = 20;

export function summarise(
  reports: readonly LogReport[],
  seconds: number,
  vault: string,
  silent: readonly SourceAddresses[] = [],
): string {
  const of = (status: LogReport['status']) => reports.filter((report) => report.status === status);
  const fresh = [...of('counted'), ...of('continued')];
  const bytes = sum(reports.map((report) => report.bytes ?? 0));
  const counted = sum(fresh.map((report) => report.counted));
  const candidates = sum(fresh.map((report) => report.candidates));
  const lines = [
    `${isClusterAddress(vault) ? 'Handed in' : 'Counted'} ${plural(counted, 'check-in')} in ${plural(fresh.length, 'log')} ` +
      `(${formatBytes(bytes)} read in ${seconds.toFixed(1)} s, ${formatBytes(bytes / seconds)}/s).`,
    ...rejectedLine(candidates - counted - sum(fresh.map(({ known }) => known)), fresh),
    ...namedLines(fresh.filter(isPartlyKnown), 'counted before in part', describeKnown),
    ...namedLines(fresh.filter(hasReplaced), 'replaced', describeReplaced),
    ...namedLines(of('already-counted'), 'already counted', (report) => `${report.log}, as ${report.reason}`),
    ...namedLines(reports.filter(isNotCounted), 'NOT counted', (report) => `${report.log}: ${report.reason}`),
    ...namedLines(reports.filter(countedNothing), 'NOTHING counted', describeNothing),
    ...formatLines(reports),
    ...withheldLines(reports),
    ...silentLines(silent),
    isClusterAddress(vault) || existsSync(vault)
      ? `The vault is ${vault}. Next: rollcall report`
      : `There was nothing to keep: no vault was made at ${vault}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function isNotCounted({ status }: LogReport): boolean {
  return status === 'refused' || status === 'damaged';
}

/** Of a log that has grown a few requests of strangers may be all that is new. */
function countedNothing({ status, candidates, counted, known }: LogReport): boolean {
  return status === 'counted' && candidates > 0 && counted + known === 0;
}

function describeNothing({ log, rejected }: LogReport): string {
  return `${log}: ${explainNothing(rejected)}`;
}

function isPartlyKnown({ known }: LogReport): boolean {
  return known > 0;
}

function describeKnown({ log, known, counted }: LogReport): string {
  return `${log}: ${plural(known, 'check-in')} known from other logs, ${formatCount(counted)} added`;
}

function hasReplaced({ replaced }: LogReport): boolean {
  return replaced.length > 0;
}

function describeReplaced({ log, counted, replaced }: LogReport): string {
  const taken = replaced.map((old) => `${old.log} (${plural(old.counted, 'check-in')})`).join(', ');
  return `${log}: its ${plural(counted, 'check-in')} took the place of ${taken}`;
}

function rejectedLine(rejected: number, reports: readonly LogReport[]): string[] {
  if (rejected === 0) return [];
  const sums = new Map<string, number>();
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.rejected)) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  const reasons = [...sums].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  return [`  rejected ${formatCount(rejected)}: ${reasons.join(', ')}`];
}

function namedLines(reports: readonly LogReport[], what: string, line: (report: LogReport) => string): string[] {
  if (reports.length === 0) return [];
  const named = reports.slice(0, MOST_NAMED).map((report) => `    ${line(report)}`);
  const more = reports.length > MOST_NAMED ? [`    and ${formatCount(reports.length - MOST_NAMED)} more`] : [];
  return [`  ${what}: ${plural(reports.length, 'log')}`, ...named, ...more];
}

const WHY_WITHHELD: Record<NonNullable<LogReport['withheld']>, string> = {
  'made-without-key': 'made without a key; with one (rollcall tally-key) they tell as much as their logs',
  past: 'the key of the week in which they were made is gone: count tallies within a week',
  'not-asked-for': 'counted with --without-networks',
};

/** What rests on networks is missing in what was counted, and nobody must be surprised by it later. */
function withheldLines(reports: readonly LogReport[]): string[] {
  const fresh = reports.filter(({ status }) => status === 'counted' || status === 'continued');
  const reasons = [...new Set(fresh.flatMap(({ withheld }) => withheld ?? []))];
  return reasons.map((reason) => {
    const tallies = plural(fresh.filter(({ withheld }) => withheld === reason).length, 'tally', 'tallies');
    return `  NETWORKS NOT KNOWN of ${tallies}: ${WHY_WITHHELD[reason]}`;
  });
}

/** The newest week of each source: the others have the same cause. */
function silentLines(silent: readonly SourceAddresses[]): string[] {
  if (silent.length === 0) return [];
  const newest = [...new Map(silent.map((each) => [each.source, each])).values()];
  const more = newest.length > MOST_NAMED ? [`    and ${formatCount(newest.length - MOST_NAMED)} more`] : [];
  return [
    `  ADDRESSES SAY NOTHING: ${plural(newest.length, 'source')}, so countries and distinct networks are not known there`,
    ...newest
      .slice(0, MOST_NAMED)
      .map((each) => `    ${each.source}, week of ${mondayOf(each.week)}: ${describeSilence(each)}`),
    ...more,
    ...LOG_ADDRESSES.map((line) => `    ${line}`),
  ];
}

/** A format that was recognised is a guess that the operator should see. */
function formatLines(reports: readonly LogReport[]): string[] {
  const formats = new Set(reports.map((report) => report.format).filter((format) => format !== undefined));
  formats.delete('combined');
  formats.delete('declared');
  formats.delete('spool');
  return formats.size === 0 ? [] : [`  read in the format ${[...formats].join(', ')} (declare it with --format)`];
}
