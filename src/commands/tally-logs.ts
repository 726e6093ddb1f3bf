import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Discovered } from '../flow/bytes/discover.ts';
import { LogFault } from '../flow/bytes/log-fault.ts';
import { sourcesOf } from '../flow/bytes/source-label.ts';
import type { KnownState } from '../flow/tallies/log-identity.ts';
import type { LogReaders, ReadResult } from '../flow/tallies/log-readers.ts';
import type { KeptNames } from '../flow/tallies/naming.ts';
import type { TallyKey } from '../flow/tallies/tally-key.ts';
import { showProgress, type Terminal } from './terminal.ts';

/** A log that was read without a vault, or why not. */
export type TalliedLog = { log: Discovered; source: string } & (
  | { kind: 'read'; read: ReadResult<KnownState> }
  | { kind: 'fault'; fault: LogFault }
);

export interface TallyingOptions {
  /** As given to --source. */
  source?: string;
  workers?: number;
  /** Whether lines are taken down one by one. */
  isListed: boolean;
  /** How tallies are read that stand in the place of their logs; without it they are refused. */
  tallies?: { key: TallyKey | undefined };
}

const MOST_READERS = 4;

/** Reads logs side by side, without knowing any vault, and gives them in the order in which they were named. */
export async function* tallyLogs(
  logs: readonly Discovered[],
  options: TallyingOptions,
  terminal: Terminal,
  readers: LogReaders,
): AsyncGenerator<TalliedLog> {
  const count = options.workers ?? Math.min(availableParallelism(), MOST_READERS);
  const sizes = logs.map(sizeOf);
  readers.growTo(count, sizes);
  const sourceOf = sourceOfEach(logs, options.source);
  const progress = await showProgress(
    terminal.err,
    'Tallying',
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const positions = sizes.map(() => 0);
  let done = 0;
  const onProgress = (place: number, position: number) => {
    done += position - positions[place]!;
    positions[place] = position;
    progress.update(done);
  };
  try {
    const waiting: Promise<TalliedLog>[] = [];
    for (const [place, log] of logs.entries()) {
      const tallied = tallyOne(log, sourceOf(log), options, readers, (position) => onProgress(place, position));
      // Its failure is thrown when its turn comes; if an earlier one ends the run, it is no news.
      tallied.catch(() => {});
      waiting.push(tallied);
      if (waiting.length > count) yield await waiting.shift()!;
    }
    for (const tallied of waiting) yield await tallied;
  } finally {
    progress.stop();
  }
}

function sizeOf(log: Discovered): number {
  return log.kind === 'file' ? (statSync(log.path, { throwIfNoEntry: false })?.size ?? 0) : 0;
}

function sourceOfEach(logs: readonly Discovered[], given: string | undefined): (log: Discovered) => string {
  if (given !== undefined) return () => given;
  const sourceOf = sourcesOf(logs.flatMap((log) => (log.kind === 'file' ? [log.path] : [])));
  return (log) => (log.kind === 'file' ? sourceOf(log.path) : log.name);
}

async function tallyOne(
  log: Discovered,
  source: string,
  { isListed, tallies }: TallyingOptions,
  readers: LogReaders,
  onProgress: (position: number) => void,
): Promise<TalliedLog> {
  if (log.kind === 'fault') return { kind: 'fault', log, source, fault: log.fault };
  try {
    const read = await readAgainIfChanged(() =>
      readers.read(log.kind === 'file' ? { kind: 'file', path: log.path } : { kind: 'stdin' }, {
        statesAt: () => [],
        whole: true,
        isListed,
        ...(tallies === undefined ? {} : { tallies }),
        keptNames: namesKept,
        onProgress,
      }),
    );
    return { kind: 'read', log, source, read };
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    return { kind: 'fault', log, source, fault: error };
  }
}

/** A log that was emptied while it was read is another one now, and small. */
const MOST_CHANGES = 3;

async function readAgainIfChanged<Result>(read: () => Promise<Result>, changes = 0): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LogFault && error.mayReadAgain) || changes === MOST_CHANGES) throw error;
    return readAgainIfChanged(read, changes + 1);
  }
}

/** Definitions take 50 ms to load, and few logs need them. */
async function namesKept(): Promise<KeptNames> {
  return (await import('./kept-names.ts')).shippedNamesKept();
}
