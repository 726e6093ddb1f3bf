import { Gunzip } from 'minizlib';
import { isBlank } from './data-end.ts';
import { errorCode } from './file-fault.ts';
import { LogFault } from './log-fault.ts';
import type { Outlet } from './outlet.ts';
import { fill, type Source } from './source.ts';

export interface GzipSizes {
  /** How much of the archive is read at a time. All that comes out of it is in memory at once: of a bomb 1,029 times. */
  readBytes: number;
  /** How much comes out of zlib at a time. More than Buffer.poolSize, so that it can be freed. */
  chunkBytes: number;
}

export const GZIP_SIZES: GzipSizes = { readBytes: 64 * 1024, chunkBytes: 72 * 1024 };

/** Places are told in whole stretches of this size, so that they do not depend on how much is read at a time. */
const STRETCH = 2 ** 20;

/** So many bytes are held back until what follows is known: white space behind the data is no damage. */
const TAIL_BYTES = 512;

/**
 * Decompresses all members of a gzip source and returns how many compressed bytes it had. In this thread: node:zlib
 * would hand each chunk to another thread and back, and what moves between cores costs two archives a tenth of their time.
 */
export async function gunzip(source: Source, outlet: Outlet, sizes = GZIP_SIZES): Promise<number> {
  // Its types do not know the size of the chunks, which it hands on to zlib.
  const options = { async: false, chunkSize: sizes.chunkBytes };
  const engine = new Gunzip(options);
  let error: unknown;
  engine.on('error', (found: unknown) => {
    error ??= found;
  });
  let fed = 0;
  engine.on('data', (chunk: Buffer) => {
    outlet.take(chunk, fed);
    freeIfFull(chunk);
  });
  /** How many of the bytes were taken; zlib takes zero bytes after a member for padding and does not take them. */
  const feed = (bytes: Uint8Array): number => {
    fed += bytes.length;
    engine.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return error === undefined ? engine.handle!.bytesWritten : 0;
  };
  const block = Buffer.alloc(TAIL_BYTES + sizes.readBytes);
  let held = 0;
  try {
    for (;;) {
      const length = held + (await fill(source, block.subarray(held)));
      if (length < block.length) {
        const end = fed + length;
        endWithin(block.subarray(0, length), feed, () => error, source, end);
        return end;
      }
      const bytes = block.subarray(0, sizes.readBytes);
      const taken = feed(bytes);
      if (error !== undefined) throw zlibFault(error, source, fed);
      if (taken < bytes.length) return await readPadding(source, block, taken, length, fed - bytes.length + taken);
      block.copyWithin(0, sizes.readBytes);
      held = TAIL_BYTES;
    }
  } finally {
    engine.close();
  }
}

/**
 * Feeds the last bytes, of which those at the end may be white space or zero bytes behind the data, or belong to it. Fed
 * one by one, they are known to be behind it when zlib, at the second one, misses the mark of another member, or does
 * not take a zero byte. A zero byte more than there is tells the same at the end of the source.
 */
function endWithin(
  last: Uint8Array,
  feed: (bytes: Uint8Array) => number,
  error: () => unknown,
  source: Source,
  end: number,
): void {
  const whole = last.findLastIndex((byte) => !isBlank(byte)) + 1;
  const takenOfWhole = whole === 0 ? 0 : feed(last.subarray(0, whole));
  if (error() !== undefined) throw zlibFault(error(), source, end);
  if (takenOfWhole < whole) {
    const other = last.findIndex((byte, at) => at >= takenOfWhole && !isBlank(byte));
    throw otherData(source, end - last.length + other);
  }
  for (let at = whole; at <= last.length; at += 1) {
    const taken = feed(at < last.length ? last.subarray(at, at + 1) : Buffer.alloc(1));
    if (error() === undefined && taken === 0) return;
    if (error() === undefined) continue;
    if (at > whole && isMissingMark(error())) return;
    throw at < last.length ? zlibFault(error(), source, end) : cutShort(source, end, error());
  }
  throw cutShort(source, end);
}

function isMissingMark(error: unknown): boolean {
  return error instanceof Error && error.message.includes('incorrect header check');
}

/**
 * Left to the garbage collector, the buffers would pile up to 60 MB a reader. A chunk that reaches the end of its buffer
 * is the last that zlib puts into it; small ones are in the pool that all of Node.js shares.
 */
function freeIfFull({ buffer, byteOffset, length }: Buffer): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength <= Buffer.poolSize) return;
  if (byteOffset + length === buffer.byteLength) buffer.transfer(0);
}

async function readPadding(source: Source, block: Buffer, from: number, to: number, position: number): Promise<number> {
  let start = from;
  let end = to;
  let at = position;
  while (end > start) {
    const other = block.subarray(start, end).findIndex((byte) => !isBlank(byte));
    if (other >= 0) throw otherData(source, at + other);
    at += end - start;
    start = 0;
    end = await fill(source, block);
  }
  return at;
}

function zlibFault(error: unknown, source: Source, fed: number): unknown {
  if (errorCode(error) !== 'Z_DATA_ERROR') return error;
  const from = Math.floor(Math.max(fed - 1, 0) / STRETCH) * STRETCH;
  const place = `after byte ${count(from)}, within 1 MiB`;
  const what = `the gzip data is broken or other data follows it (${place})`;
  return new LogFault('damaged', `${what}; ${source.advice}`, { cause: error });
}

function otherData(source: Source, at: number): LogFault {
  const place = `at byte ${count(at)} of the ${source.noun}`;
  return new LogFault('damaged', `other data follows the padding after the gzip data (${place}); ${source.advice}`);
}

function cutShort(source: Source, end: number, cause?: unknown): LogFault {
  const place = `the gzip data ends in the middle (at byte ${count(end)} of the ${source.noun})`;
  return new LogFault('damaged', `cut short: ${place}; ${source.advice}`, { cause });
}

function count(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
