import { Gunzip } from 'minizlib';
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
  const block = Buffer.alloc(sizes.readBytes);
  try {
    for (;;) {
      const length = await fill(source, block);
      if (length === 0) break;
      fed += length;
      engine.write(block.subarray(0, length));
      if (error !== undefined) throw zlibFault(error, source, fed);
      const taken = engine.handle!.bytesWritten;
      // zlib takes zero bytes after a member for padding and does not look at what follows them.
      if (taken < length) return await readPadding(source, block, taken, length, fed - length + taken);
    }
    engine.end();
    if (error !== undefined) throw zlibFault(error, source, fed);
    return fed;
  } finally {
    engine.close();
  }
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
    const other = block.subarray(start, end).findIndex((byte) => byte !== 0);
    if (other >= 0) {
      const place = `at byte ${count(at + other)} of the ${source.noun}`;
      throw new LogFault('damaged', `other data follows the padding after the gzip data (${place}); ${source.advice}`);
    }
    at += end - start;
    start = 0;
    end = await fill(source, block);
  }
  return at;
}

function zlibFault(error: unknown, source: Source, fed: number): unknown {
  const code = errorCode(error);
  if (code === 'Z_BUF_ERROR') {
    const place = `the gzip data ends in the middle (at byte ${count(fed)} of the ${source.noun})`;
    return new LogFault('damaged', `cut short: ${place}; ${source.advice}`, { cause: error });
  }
  if (code !== 'Z_DATA_ERROR') return error;
  const from = Math.floor(Math.max(fed - 1, 0) / STRETCH) * STRETCH;
  const place = `after byte ${count(from)}, within 1 MiB`;
  const what = `the gzip data is broken or other data follows it (${place})`;
  return new LogFault('damaged', `${what}; ${source.advice}`, { cause: error });
}

function count(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
