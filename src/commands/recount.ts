import type { Week } from '../flow/sightings/week.ts';
import { mondayOf } from '../flow/sightings/week.ts';
import type { WeekChanges } from '../flow/vault/record.ts';
import type { LogReport } from './count-logs.ts';
import type { ExitCode } from './exit-code.ts';
import { type Clock, exitCodeOf, type IngestOptions, readAndRecord, summarise } from './ingest.ts';
import { requireFile } from './open-vault.ts';
import { startReaders } from './start-readers.ts';
import { formatCount, type Terminal } from './terminal.ts';

/** `rollcall recount`: counts archived logs again and puts the result in the place of what they brought before. */
export async function recount(
  args: readonly string[],
  options: IngestOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<ExitCode> {
  requireFile(options.vault, 'recount', '"rollcall copy" brings this one there, and back');
  const readers = startReaders(options, clock.now());
  const reports: LogReport[] = [];
  const seconds = await readAndRecord(args, options, 'recount', terminal, clock, readers, (report) =>
    reports.push(report),
  );
  terminal.out.write(summarise(reports, seconds, options.vault));
  terminal.out.write(describeChanges(reports.map((report) => report.changes ?? new Map())));
  return exitCodeOf(reports);
}

function describeChanges(all: readonly WeekChanges[]): string {
  const sums: WeekChanges = new Map();
  for (const changes of all) {
    for (const [week, { before, after }] of changes) {
      const known = sums.get(week) ?? { before: 0, after: 0 };
      sums.set(week, { before: known.before + before, after: known.after + after });
    }
  }
  const changed = [...sums].filter(([, { before, after }]) => before !== after).sort((a, b) => a[0] - b[0]);
  if (changed.length === 0) return 'No week changed.\n';
  return `Check-ins by week:\n${changed.map(describeWeek).join('')}`;
}

function describeWeek([week, { before, after }]: [Week, { before: number; after: number }]): string {
  const sign = after > before ? '+' : '-';
  return `  ${mondayOf(week)}  ${formatCount(before)} -> ${formatCount(after)}  (${sign}${formatCount(Math.abs(after - before))})\n`;
}
