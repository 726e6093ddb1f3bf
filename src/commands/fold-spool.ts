import { closeSync, fstatSync, readdirSync, readSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isSegmentName } from '../flow/bytes/spool-mark.ts';
import { BATCH_END, END_LINE } from '../flow/tallies/spool-records.ts';
import { openRegularFile } from '../regular-file.ts';
import type { LogReport } from './count-logs.ts';
import { type Clock, readAndRecord } from './ingest.ts';
import type { SharingOptions } from './sharing.ts';
import { startReaders } from './start-readers.ts';
import type { Terminal } from './terminal.ts';

/** A server that was killed cannot end its segment. One that lives writes to none for longer than an hour. */
const ABANDONED_AFTER_SECONDS = 86_400;
/** `e`, then the end of its batch. */
const ENDED = new RegExp(`\\n${END_LINE}${BATCH_END.replace('.', '\\.')}\\d+ [0-9a-f]{8}\\n$`);
const ENDED_BYTES = 64;

export interface FoldOptions extends SharingOptions {
  vault: string;
  /** The clients that count, as in `--agent`. */
  agent?: string[];
}

/**
 * Counts the segments of a spool into a vault and removes those that nobody will write to any more. Segments that are
 * still written are counted as far as they go, and continued the next time. Whatever happens in between, no segment is
 * counted twice, and none is removed before the vault has it on the disk. Throws a VaultFault if the vault cannot be used.
 */
export async function foldSpool(
  folder: string,
  options: FoldOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<LogReport[]> {
  const segments = readdirSync(folder)
    .filter(isSegmentName)
    .sort()
    .map((name) => lookAt(join(folder, name), clock))
    .filter((segment) => segment !== undefined);
  if (segments.length === 0) return [];
  const reports: LogReport[] = [];
  const kept: unknown[] = [];
  await readAndRecord(
    segments.map(({ path }) => path),
    { ...options, workers: 1 },
    'add',
    terminal,
    clock,
    startReaders(options, clock.now()),
    (report) => {
      const segment = segments[reports.length]!;
      reports.push(report);
      if (!isInVault(report) || !segment.isFinal) return;
      try {
        remove(segment);
      } catch (error) {
        // The others are counted first; this one is known the next time.
        kept.push(error);
      }
    },
  );
  if (kept.length > 0) throw kept[0];
  return reports;
}

interface FoundSegment {
  path: string;
  size: number;
  /** Nothing will be written to it. */
  isFinal: boolean;
}

/** Undefined if another fold has removed it. What cannot be read is reported by whoever reads it; the others are counted. */
function lookAt(path: string, clock: Clock): FoundSegment | undefined {
  let fd: number | undefined;
  try {
    fd = unlessGone(() => openRegularFile(path));
  } catch {
    // A folder stands for all that is in it, and here each report is of one segment.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return undefined;
    return { path, size: 0, isFinal: false };
  }
  if (fd === undefined) return undefined;
  try {
    const { size, mtimeMs } = fstatSync(fd);
    const tail = Buffer.alloc(ENDED_BYTES);
    const read = readSync(fd, tail, 0, ENDED_BYTES, Math.max(0, size - ENDED_BYTES));
    const isAbandoned = mtimeMs / 1000 < clock.now() - ABANDONED_AFTER_SECONDS;
    return { path, size, isFinal: isAbandoned || ENDED.test(tail.toString('latin1', 0, read)) };
  } finally {
    closeSync(fd);
  }
}

function isInVault({ status }: LogReport): boolean {
  return status === 'counted' || status === 'continued' || status === 'already-counted';
}

/** A server that was held for a day, or a clock that was wrong, may have written to it meanwhile. */
function remove({ path, size }: FoundSegment): void {
  unlessGone(() => {
    if (statSync(path).size === size) unlinkSync(path);
  });
}

function unlessGone<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
