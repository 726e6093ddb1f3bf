import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { replay } from '../fleet/replay.ts';
import { defaultFirstWeek, simulate, type Truth } from '../fleet/simulate.ts';
import { errorCode } from '../flow/bytes/file-fault.ts';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { mondayOf } from '../flow/sightings/week.ts';
import { readTotals } from '../flow/views/totals-read.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { formatBytes, formatCount, plural, showSteps, type Terminal } from './terminal.ts';

export interface SimulateCommandOptions {
  out: string;
  systems: number;
  weeks: number;
  seed: number;
  replay?: string;
}

/** `rollcall simulate`: access logs of a made-up fleet, or exactly the check-ins of given totals. */
export async function simulateLogs(
  options: SimulateCommandOptions,
  terminal: Terminal,
  now: EpochSeconds,
): Promise<ExitCode> {
  prepareFolder(options.out);
  if (options.replay !== undefined) await replayTotals(options.replay, options, terminal);
  else await simulateFleet(options, terminal, now);
  return 0;
}

/** Writes the fleet's logs into the folder. */
export async function simulateFleet(
  options: Omit<SimulateCommandOptions, 'replay'> & { gzip?: boolean },
  terminal: Terminal,
  now: EpochSeconds,
): Promise<Truth> {
  const { out, systems, weeks, seed } = options;
  const firstWeek = defaultFirstWeek(now, weeks);
  const steps = await showSteps(terminal.err, 'Simulating', 'weeks', weeks);
  try {
    const gzip = options.gzip ?? false;
    const truth = await simulate({ out, systems, weeks, firstWeek, seed, gzip }, ({ weeksDone }) =>
      steps.update(weeksDone),
    );
    terminal.out.write(
      `Wrote ${formatCount(truth.lines)} lines (${formatBytes(truth.bytes)}) of ${plural(weeks, 'week')} from ${mondayOf(firstWeek)} to ${out}; truth.json there holds the true numbers.\n`,
    );
    return truth;
  } finally {
    steps.stop();
  }
}

async function replayTotals(file: string, { out, seed }: SimulateCommandOptions, terminal: Terminal): Promise<void> {
  const { rows, leftOut } = await readTotals(file);
  const steps = await showSteps(terminal.err, 'Replaying', 'weeks', new Set(rows.map((row) => row.week)).size);
  try {
    const written = await replay(rows, { out, seed }, ({ weeksDone }) => steps.update(weeksDone));
    const without = leftOut > 0 ? ` (without ${plural(leftOut, 'row')} of sys_age = -1)` : '';
    terminal.out.write(
      `Wrote ${formatCount(written.checkIns)} check-ins of ${plural(rows.length, 'row')}${without} to ${plural(written.files.length, 'log')} in ${out} (${formatBytes(written.bytes)}).\n`,
    );
  } finally {
    steps.stop();
  }
}

/** Logs from two runs in one folder would be counted as one server's. */
function prepareFolder(out: string): void {
  try {
    makeFolder(out);
    if (readdirSync(out).length === 0) return;
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    throw new UsageError(`--out ${out}: the folder cannot be made or read (${code}); name one that can`, {
      cause: error,
    });
  }
  throw new UsageError(`--out ${out}: the folder is not empty; name a new one`);
}

/** Step by step: mkdirSync with `recursive` does not end where a file system says that an existing parent is missing. */
function makeFolder(path: string): void {
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
