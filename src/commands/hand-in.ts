import { discover } from '../flow/bytes/discover.ts';
import { isSpool } from '../flow/bytes/spool-mark.ts';
import { parseFormat } from '../flow/requests/format.ts';
import type { Week } from '../flow/sightings/week.ts';
import { FEWEST_HASHED } from '../flow/tallies/log-identity.ts';
import type { LogReaders } from '../flow/tallies/log-readers.ts';
import { ALL_SYSTEMS, type LogTally, PARTS } from '../flow/tallies/log-tally.ts';
import type { ClusterVault } from '../flow/vault/cluster/cluster-vault.ts';
import type { HandedIn } from '../flow/vault/cluster/contribution.ts';
import { addressSums, noHits, whySilent } from '../flow/vault/spread.ts';
import { addressesOf, type SourceAddresses } from '../flow/vault/vault.ts';
import { readRegularFile } from '../regular-file.ts';
import { handedIn, type LogReport, type TallyOpening, whyShut, withheldOf } from './count-logs.ts';
import { UsageError } from './exit-code.ts';
import { type Clock, checkCountries, type IngestOptions } from './ingest.ts';
import { connectTo, settleIfDue } from './open-vault.ts';
import { type TalliedLog, tallyLogs } from './tally-logs.ts';
import type { Terminal } from './terminal.ts';

/** So many are handed in at once, or so many check-ins: a cluster likes few rows that are large. */
const TOGETHER = 32;
const CHECK_INS_TOGETHER = 500_000;
/** An hour of one process. */
const MOST_SEGMENT_BYTES = 2 ** 28;

/**
 * As counting into a file, for a vault in ClickHouse: each log is tallied here, and its tally handed in. What of it counts
 * beside all others is decided by whoever reads the vault, so any number of machines can do this at once.
 */
export async function handInLogs(
  args: readonly string[],
  options: IngestOptions,
  opening: TallyOpening,
  terminal: Terminal,
  clock: Clock,
  readers: LogReaders,
  onReport: (report: LogReport) => void,
): Promise<{ seconds: number; silent: SourceAddresses[] }> {
  const started = performance.now();
  if (options.replace === true)
    throw new UsageError('--replace works on a vault in SQLite only: "rollcall copy" brings this one there and back');
  if (options.format !== undefined) parseFormat(options.format);
  if (options.geo !== undefined) await checkCountries(options.geo);
  const cluster = await connectTo(options.vault, 'write');
  const addresses = new AddressesSeen();
  try {
    await handInEach(args, options, opening, terminal, cluster, readers, addresses, onReport);
  } finally {
    await cluster.close();
  }
  await settleIfDue(options.vault, terminal, clock.now());
  if (options.key !== undefined)
    await (await import('./tally-key.ts')).forgetPastKeys(options.key, terminal, clock.now());
  return { seconds: (performance.now() - started) / 1000, silent: addresses.silent() };
}

async function handInEach(
  args: readonly string[],
  options: IngestOptions,
  opening: TallyOpening,
  terminal: Terminal,
  cluster: ClusterVault,
  readers: LogReaders,
  addresses: AddressesSeen,
  onReport: (report: LogReport) => void,
): Promise<void> {
  let waiting: Waiting[] = [];
  let checkIns = 0;
  const flush = async () => {
    const logs = waiting.flatMap(({ log }) => log ?? []);
    const known = logs.length === 0 ? [] : await cluster.handIn(logs);
    for (const { report, log } of waiting) {
      if (log === undefined) onReport(report);
      else if (known.shift() === true) onReport({ ...report, ...NOTHING, status: 'already-counted', reason: 'itself' });
      else onReport(report);
    }
    waiting = [];
    checkIns = 0;
  };
  const tallying = { ...options, isListed: true, tallies: opening };
  for await (const tallied of tallyLogs(discover(args), tallying, terminal, readers)) {
    const next = waitingOf(tallied, options.source, opening);
    if (tallied.kind === 'read' && next.log !== undefined) addresses.add(next.report, tallied.read.tally);
    waiting.push(next);
    checkIns += next.report.candidates;
    if (waiting.length >= TOGETHER || checkIns >= CHECK_INS_TOGETHER) await flush();
  }
  await flush();
}

/** How check-ins lie in networks, by source and week: as the vault has it, of these logs alone. */
class AddressesSeen {
  readonly #sums = new Map<string, Map<Week, number[]>>();

  /** Of tallies without their key it is known, and said, why. */
  add({ source, withheld }: LogReport, { spread }: LogTally): void {
    if (withheld !== undefined) return;
    const weeks = this.#sums.get(source) ?? new Map<Week, number[]>();
    this.#sums.set(source, weeks);
    for (const [row, system] of spread.system.entries()) {
      // The rows of countries are all of it.
      if (system !== ALL_SYSTEMS) continue;
      const week = spread.week[row]! as Week;
      const hits = weeks.get(week) ?? noHits();
      weeks.set(week, hits);
      for (let part = 0; part < PARTS; part++) hits[part]! += spread.hits[row * PARTS + part]!;
    }
  }

  /** Of which the addresses say nothing (R12). */
  silent(): SourceAddresses[] {
    return [...this.#sums].flatMap(([source, weeks]) =>
      [...weeks]
        .sort(([a], [b]) => a - b)
        .map(([week, hits]) => {
          const sums = addressSums([hits]);
          return { source, ...addressesOf(week, sums, whySilent(sums)) };
        })
        .filter(({ silence }) => silence !== undefined),
    );
  }
}

interface Waiting {
  report: LogReport;
  /** Undefined if there is nothing to hand in. */
  log: HandedIn | undefined;
}

const NOTHING = { candidates: 0, counted: 0, rejected: {}, known: 0, replaced: [] };

function waitingOf({ log, source, ...result }: TalliedLog, given: string | undefined, opening: TallyOpening): Waiting {
  const none = { log: log.name, source, ...NOTHING };
  const refused = (reason: string, status: LogReport['status'] = 'refused'): Waiting => {
    return { report: { ...none, status, reason }, log: undefined };
  };
  if (result.kind === 'fault') return refused(result.fault.message, result.fault.status);
  const { tally, format, sha256, front, lines, digests, travelled, poured } = result.read;
  const shut = travelled && tally.candidates > 0 ? whyShut(travelled.withheld, opening) : undefined;
  if (shut !== undefined) return refused(shut);
  const { candidates, counted } = tally;
  const rejected: Record<string, number> = {};
  for (const { reason, count } of tally.rejections) rejected[reason] = (rejected[reason] ?? 0) + count;
  const name = travelled?.name ?? log.name;
  const of = given ?? travelled?.source ?? source;
  const withheld = withheldOf(result.read);
  const report: LogReport = {
    ...none,
    source: of,
    status: 'counted',
    candidates,
    counted,
    rejected,
    format,
    bytes: poured.bytes,
    ...(withheld === undefined ? {} : { withheld }),
    ...handedIn(log, result.read),
  };
  if (format === 'spool') {
    if (log.kind !== 'file') return refused('a segment of a spool is handed in as a file');
    const bytes = readRegularFile(log.path, MOST_SEGMENT_BYTES);
    return isSpool(bytes)
      ? { report, log: { kind: 'spool', name, source: of, bytes } }
      : refused('a segment of a spool is handed in as its server wrote it: unpack it');
  }
  const hashed = candidates >= FEWEST_HASHED ? sha256 : undefined;
  const tallied = { name, source: of, format, sha256: hashed, front, tally, digests, lines };
  return { report, log: { kind: 'tally', log: tallied } };
}
