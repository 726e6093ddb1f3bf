import { fstatSync, readSync } from 'node:fs';
import { LogFault } from './log-fault.ts';
import type { ByteSink } from './outlet.ts';

/** Several readers can read one plain file: they take turns at its blocks. A block stands for the lines that begin in it. */
export const BLOCK_BYTES = 4 * 2 ** 20;

export function blockCount(fileSize: number): number {
  return Math.ceil(fileSize / BLOCK_BYTES);
}

/** A plain file, opened. What is behind `size` came later and is left for the next time. */
export interface PlainFile {
  fd: number;
  size: number;
}

/** Who reads which block. */
export interface Turns {
  /** The number of the next block that nobody has taken. */
  take(): number;
  /** All lines of the block went into the sink. */
  done(block: number): void;
}

/** Turns of a reader that is alone. */
export function allTurns(): Turns {
  let next = 0;
  return { take: () => next++, done: () => {} };
}

/**
 * Pours one block after the other into a sink, as turns come. `onBytes` gets the bytes of each step. All is read in this
 * thread: bytes that another one fetched would lie in the cache of its core.
 */
export function pourBlocks(
  file: PlainFile,
  turns: Turns,
  sink: ByteSink,
  onBytes: (bytes: number) => void,
  blockBytes = BLOCK_BYTES,
): void {
  for (let block = turns.take(); block * blockBytes < file.size; block = turns.take()) {
    pourBlock(file, block, sink, onBytes, blockBytes);
    turns.done(block);
  }
}

/** Pours one block. `onBytes` gets the bytes of each step. */
export function pourBlock(
  file: PlainFile,
  block: number,
  sink: ByteSink,
  onBytes: (bytes: number) => void,
  blockBytes = BLOCK_BYTES,
): void {
  const end = Math.min((block + 1) * blockBytes, file.size);
  const from = lineFrom(file, block * blockBytes, end);
  if (from < end) pourRange(file, from, lineFrom(file, end, file.size), sink, onBytes);
}

export function pourRange(
  file: PlainFile,
  from: number,
  until: number,
  sink: ByteSink,
  onBytes: (bytes: number) => void,
): void {
  for (let at = from; at < until; ) {
    const bytes = readAt(file, sink.space(), at, until);
    sink.filled(bytes);
    at += bytes;
    onBytes(bytes);
  }
}

const LF = 0x0a;
const SEARCH_BYTES = 16 * 1024;
const TAIL_BYTES = 64 * 1024;
const searched = Buffer.alloc(SEARCH_BYTES);

/** Where the first line begins that begins at `position` or behind it, or `limit`. */
function lineFrom(file: PlainFile, position: number, limit: number): number {
  if (position === 0 || position === limit) return position;
  // The line feed before it may be the byte before the position.
  for (let at = position - 1; at < limit; ) {
    const bytes = readAt(file, searched, at, limit);
    const feed = searched.subarray(0, bytes).indexOf(LF);
    if (feed >= 0) return at + feed + 1;
    at += bytes;
  }
  return limit;
}

/** Where the last line ends that has a line feed; undefined if it is not within the last 64 KiB. */
export function lastLineEnd(file: PlainFile): number | undefined {
  const from = Math.max(0, file.size - TAIL_BYTES);
  const tail = Buffer.alloc(file.size - from);
  for (let filled = 0; filled < tail.length; ) {
    filled += readAt(file, tail.subarray(filled), from + filled, file.size);
  }
  const feed = tail.lastIndexOf(LF);
  return feed < 0 ? undefined : from + feed + 1;
}

/** Reads at least one byte of [position, limit). */
function readAt({ fd, size }: PlainFile, into: Uint8Array, position: number, limit: number): number {
  const bytes = readSync(fd, into, 0, Math.min(into.length, limit - position), position);
  if (bytes === 0) throw becameShorter(size, fstatSync(fd).size);
  return bytes;
}

function becameShorter(before: number, now: number): LogFault {
  const place = `it had ${before.toLocaleString('en-US')} bytes and now has ${now.toLocaleString('en-US')}`;
  return new LogFault(
    'damaged',
    `the file became shorter while it was read (${place}), as copytruncate does; try again`,
    { mayReadAgain: true },
  );
}
