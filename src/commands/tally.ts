import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { discover } from '../flow/bytes/discover.ts';
import { TALLY_ENDING } from '../flow/bytes/tally-mark.ts';
import { parseFormat } from '../flow/requests/format.ts';
import { SECONDS_PER_HOUR } from '../flow/sightings/week.ts';
import { FEWEST_HASHED } from '../flow/tallies/log-identity.ts';
import type { LogReaders, ReadResult } from '../flow/tallies/log-readers.ts';
import { packTravelling, type UnpackedLog, unpackTravelling } from '../flow/tallies/tally-file.ts';
import { keyNow, type TallyKey } from '../flow/tallies/tally-key.ts';
import { placeFile, sweepPartials } from '../flow/views/files/replace-file.ts';
import { readRegularFile } from '../regular-file.ts';
import { explainNothing } from './count-logs.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { type Clock, checkCountries } from './ingest.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import type { ReaderOptions } from './start-readers.ts';
import { forgetPastKeys, readTallyKey } from './tally-key.ts';
import { type TalliedLog, tallyLogs } from './tally-logs.ts';
import { formatBytes, formatCount, plural, type Terminal } from './terminal.ts';

export interface TallyOptions extends ReaderOptions, SharingOptions {
  out: string;
  source?: string;
  key?: string;
  workers?: number;
  json?: boolean;
}

/** What became of one log. */
interface TallyReport {
  log: string;
  source: string;
  status: 'tallied' | 'refused' | 'damaged';
  /** Its file, written now or, where that says more, before. */
  tally?: string;
  /** Whether the file says which networks check-ins come from. */
  hasNetworks?: boolean;
  candidates: number;
  counted: number;
  rejected: Record<string, number>;
  reason?: string;
  /** Of the log, and of its tally. */
  bytes?: number;
  size?: number;
}

const NOTHING = { candidates: 0, counted: 0, rejected: {} };
/** No run takes so long to write a file. */
const LEFT_SECONDS = 86_400;

/** `rollcall tally`: logs in, a small file for each of them out, which `ingest` takes in its place. */
export async function tally(
  args: readonly string[],
  options: TallyOptions,
  terminal: Terminal,
  clock: Clock,
  readers: LogReaders,
): Promise<ExitCode> {
  const started = performance.now();
  const reports: TallyReport[] = [];
  try {
    if (options.format !== undefined) parseFormat(options.format);
    if (options.geo !== undefined) await checkCountries(options.geo);
    const key = keyOf(options, clock);
    makeFolder(options, clock);
    const tallying = { ...options, isListed: key !== undefined };
    for await (const tallied of tallyLogs(discover(args), tallying, terminal, readers)) {
      const report = await reportOf(tallied, options, key);
      reports.push(report);
      if (options.json === true) terminal.out.write(`${JSON.stringify(withoutSizes(report))}\n`);
    }
  } finally {
    await readers.close();
  }
  if (options.key !== undefined) await forgetPastKeys(options.key, terminal, clock.now());
  if (options.json !== true) terminal.out.write(summarise(reports, options, (performance.now() - started) / 1000));
  return reports.every(isDone) ? 0 : 1;
}

function keyOf({ key: path }: TallyOptions, clock: Clock): TallyKey | undefined {
  const read = readTallyKey(path);
  if (read === undefined) return undefined;
  const key = keyNow(read, clock.now());
  if (key !== undefined) return key;
  throw new UsageError(
    `--key: ${path} is for other weeks than this one: look at the clock of this machine, or make a new one`,
  );
}

/** What is put into it is for its owner alone in any case. */
function makeFolder({ out, groupAccess }: TallyOptions, clock: Clock): void {
  try {
    const mode = groupAccess === true ? 0o770 : 0o700;
    if (mkdirSync(out, { recursive: true, mode }) !== undefined) chmodSync(out, mode);
    sweepPartials(out, new Date((clock.now() - LEFT_SECONDS) * 1000));
  } catch (error) {
    throw new UsageError(`--out: ${out} is no folder, and none can be made there`, { cause: error });
  }
}

async function reportOf(
  { log, source, ...result }: TalliedLog,
  options: TallyOptions,
  key: TallyKey | undefined,
): Promise<TallyReport> {
  const none = { log: log.name, source, ...NOTHING };
  if (result.kind === 'fault') return { ...none, status: result.fault.status, reason: result.fault.message };
  if (result.read.format === 'spool') {
    return {
      ...none,
      status: 'refused',
      reason: 'a segment of a spool is small as it is: copy it, and count it with "rollcall ingest"',
    };
  }
  return await write(log.name, source, result.read, options, key);
}

const SALT_BYTES = 16;
const MOST_TALLY_BYTES = 2 ** 27;
const NAME_DIGITS = 16;

async function write(
  name: string,
  source: string,
  read: ReadResult<{ candidates: number; sha256: string }>,
  options: TallyOptions,
  key: TallyKey | undefined,
): Promise<TallyReport> {
  const { tally, format, front, lines, digests, poured } = read;
  const { candidates, counted, firstHour } = tally;
  const sha256 = candidates >= FEWEST_HASHED ? read.sha256 : undefined;
  const log = { name, source, format, sha256, front, tally, digests, lines };
  const packed = packTravelling(log, key, randomBytes(SALT_BYTES));
  const hour = firstHour ?? tally.hoursSeen[0];
  const start = hour === undefined ? 'no-hour' : hourText(hour);
  const path = join(options.out, `${start}-${packed.name.slice(0, NAME_DIGITS)}${TALLY_ENDING}`);
  const before = whatIsThere(path, key);
  if (before === 'other-key' || before === 'future') {
    const reason = `${path} is its tally, made with another key: remove that if it is not needed, or name another folder`;
    return { log: name, source, ...NOTHING, status: 'refused', reason };
  }
  // It was made with a key, and holds more than this one.
  const stays = key === undefined && before === 'no-key';
  if (!stays) writeTally(path, packed.bytes, options);
  const rejected: Record<string, number> = {};
  for (const { reason, count } of tally.rejections) rejected[reason] = (rejected[reason] ?? 0) + count;
  const [bytes, size] = [poured.bytes, packed.bytes.length];
  const hasNetworks = key !== undefined || stays;
  return { log: name, source, status: 'tallied', tally: path, hasNetworks, candidates, counted, rejected, bytes, size };
}

function writeTally(path: string, bytes: Uint8Array, options: TallyOptions): void {
  try {
    placeFile(path, bytes, sharingOf(options));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new UsageError(`--out: ${path} cannot be written (${why}): make room, or name another folder`, {
      cause: error,
    });
  }
}

/** What of a tally that was made before is not known with this key; `nothing` where there is none. */
function whatIsThere(path: string, key: TallyKey | undefined): UnpackedLog['withheld'] | 'nothing' {
  try {
    return unpackTravelling(readRegularFile(path, MOST_TALLY_BYTES), key).withheld;
  } catch {
    return 'nothing';
  }
}

/** As in `2026-07-15T18Z`. */
function hourText(hour: number): string {
  return `${new Date(hour * SECONDS_PER_HOUR * 1000).toISOString().slice(0, 13)}Z`;
}

function isDone({ status, candidates, counted }: TallyReport): boolean {
  return status === 'tallied' && (candidates === 0 || counted > 0);
}

function withoutSizes({
  bytes: _bytes,
  size: _size,
  hasNetworks: _networks,
  ...report
}: TallyReport): Omit<TallyReport, 'bytes' | 'size' | 'hasNetworks'> {
  return report;
}

/** How many logs are named one by one before the rest is only counted. */
const MOST_NAMED = 20;

function summarise(reports: readonly TallyReport[], { out, key }: TallyOptions, seconds: number): string {
  const tallied = reports.filter(({ status }) => status === 'tallied');
  const sum = (of: (report: TallyReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const bytes = sum((report) => report.bytes ?? 0);
  const bare = tallied.filter(({ hasNetworks }) => hasNetworks !== true);
  const kept = key === undefined ? tallied.length - bare.length : 0;
  const lines = [
    `Tallied ${plural(
      sum(({ counted }) => counted),
      'check-in',
    )} of ${plural(tallied.length, 'log')} ` +
      `(${formatBytes(bytes)} read in ${seconds.toFixed(1)} s, ${formatBytes(bytes / seconds)}/s).`,
    ...named(
      reports.filter(({ status }) => status !== 'tallied'),
      'NOT tallied',
      ({ reason }) => reason!,
    ),
    ...named(
      tallied.filter((report) => !isDone(report)),
      'NOTHING counted',
      ({ rejected }) => explainNothing(rejected),
    ),
    ...(bare.length > 0
      ? [
          `  made without a key: ${plural(bare.length, 'log')}; which networks their check-ins come from is not in the tallies (rollcall tally-key makes a key)`,
        ]
      : []),
    ...(kept > 0 ? [`  there already, made with a key, and left as they are: ${plural(kept, 'log')}`] : []),
    `${formatBytes(sum((report) => report.size ?? 0))} in ${out}. Next, here or elsewhere: rollcall ingest ${out}`,
  ];
  return `${lines.join('\n')}\n`;
}

function named(reports: readonly TallyReport[], what: string, why: (report: TallyReport) => string): string[] {
  if (reports.length === 0) return [];
  const more = reports.length > MOST_NAMED ? [`    and ${formatCount(reports.length - MOST_NAMED)} more`] : [];
  const lines = reports.slice(0, MOST_NAMED).map((report) => `    ${report.log}: ${why(report)}`);
  return [`  ${what}: ${plural(reports.length, 'log')}`, ...lines, ...more];
}
