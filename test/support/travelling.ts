import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countLogs, type LogReport, type TallyOpening } from '../../src/commands/count-logs.ts';
import { discover } from '../../src/flow/bytes/discover.ts';
import { FEWEST_HASHED } from '../../src/flow/tallies/log-identity.ts';
import type { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { type Packed, packTravelling } from '../../src/flow/tallies/tally-file.ts';
import type { TallyKey } from '../../src/flow/tallies/tally-key.ts';
import type { Vault } from '../../src/flow/vault/vault.ts';
import { KEEP_PLAIN } from './readers.ts';

const SALT = Buffer.alloc(16, 7);

/** The tally of a log, as `rollcall tally` makes it. */
export async function tallyOf(
  readers: LogReaders,
  path: string,
  { key, name = path, source }: { key: TallyKey | undefined; name?: string; source: string },
): Promise<Packed> {
  const read = await readers.read(
    { kind: 'file', path },
    { statesAt: () => [], whole: true, isListed: key !== undefined, keptNames: KEEP_PLAIN, onProgress: () => {} },
  );
  const sha256 = read.tally.candidates >= FEWEST_HASHED ? read.sha256 : undefined;
  const { format, front, tally, digests, lines } = read;
  return packTravelling({ name, source, format, sha256, front, tally, digests, lines }, key, SALT);
}

/** Counts files into a vault, one after the other. */
export async function countFiles(
  readers: LogReaders,
  vault: Vault,
  paths: readonly string[],
  { tallies, source }: { tallies?: TallyOpening; source?: string } = {},
): Promise<LogReport[]> {
  const options = {
    readers,
    vault,
    mode: 'add' as const,
    source,
    ahead: 1,
    ...(tallies === undefined ? {} : { tallies }),
    onProgress: () => {},
  };
  const reports: LogReport[] = [];
  for await (const report of countLogs(discover(paths), options)) reports.push(report);
  return reports;
}

export function writeIn(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return path;
}

/** All that is counted or shown, but for what the order of logs may change. */
export function allOf(vault: Vault): unknown {
  return vault.snapshot(() => {
    const weeks = vault.weeks();
    const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    return {
      weeks: weeks.map((summary) => ({
        ...summary,
        cells: sorted([...vault.cells(summary.week)]),
        toldApart: sorted(vault.split(summary.week).toldApart),
        networks: { ...vault.networks(summary.week), systems: sorted(vault.networks(summary.week).systems) },
      })),
      rejections: sorted(vault.rejections()),
      addresses: sorted(vault.addresses(weeks.map(({ week }) => week))),
      hours: sorted(vault.logHours().map((row) => ({ ...row, seen: [...row.seen] }))),
      logs: vault.logs(),
      checkIns: [...vault.checkInsByHour()].map(([week, hours]) => [week, [...hours]]),
    };
  });
}
