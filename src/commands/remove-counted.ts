import { closeSync, fstatSync, lstatSync, readSync, statSync, unlinkSync } from 'node:fs';
import { BATCH_END, END_LINE } from '../flow/tallies/spool-records.ts';
import { openRegularFile } from '../regular-file.ts';
import type { LogReport } from './count-logs.ts';
import type { Clock } from './ingest.ts';

/** A server that was killed cannot end its segment. One that lives writes to none for longer than an hour. */
const ABANDONED_AFTER_SECONDS = 86_400;
/** `e`, then the end of its batch. */
const ENDED = new RegExp(`\\n${END_LINE}${BATCH_END.replace('.', '\\.')}\\d+ [0-9a-f]{8}\\n$`);
const ENDED_BYTES = 64;

export interface FoundSegment {
  path: string;
  size: number;
  /** Nothing will be written to it. */
  isFinal: boolean;
}

/** Undefined if another fold has removed it. What cannot be read is reported by whoever reads it; the others are counted. */
export function lookAt(path: string, clock: Clock): FoundSegment | undefined {
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

export function isInVault({ status }: LogReport): boolean {
  return status === 'counted' || status === 'continued' || status === 'already-counted';
}

/** A server that was held for a day, or a clock that was wrong, may have written to it meanwhile. */
export function remove({ path, size }: FoundSegment): void {
  unlessGone(() => {
    const stats = statSync(path, { throwIfNoEntry: false });
    // A link to what was removed before it leads to nothing now.
    const isDead = stats === undefined && lstatSync(path).isSymbolicLink();
    if (isDead || stats?.size === size) unlinkSync(path);
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

/** What stood in the place of a log and is in the vault is needed no longer, once nobody writes to it. */
export function removeCounted({ handedIn, ...report }: LogReport, clock: Clock): void {
  if (handedIn === undefined || !isInVault(report)) return;
  const { path, size, isTally } = handedIn;
  const found = isTally ? { path, size, isFinal: true } : (lookAt(path, clock) ?? { path, size, isFinal: true });
  if (found.isFinal && found.size === size) remove(found);
}
