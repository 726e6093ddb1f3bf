import { createGunzip, type Gunzip } from 'node:zlib';
import { errorCode } from './file-fault.ts';
import { LogFault } from './log-fault.ts';
import type { Outlet } from './outlet.ts';
import { fill, type Source } from './source.ts';

export interface GzipSizes {
  /** How much of the archive is read at a time. */
  readBytes: number;
  /** How much comes out of zlib at a time. */
  chunkBytes: number;
}

/** Larger chunks gain nothing and keep more memory waiting for the garbage collector. */
export const GZIP_SIZES: GzipSizes = { readBytes: 256 * 1024, chunkBytes: 512 * 1024 };

/** Places are told in whole stretches of this size, so that they do not depend on how much is read at a time. */
const STRETCH = 2 ** 20;

/** Decompresses all members of a gzip source and returns how many compressed bytes it had. */
export async function gunzip(source: Source, outlet: Outlet, sizes = GZIP_SIZES): Promise<number> {
  const engine = createGunzip({ chunkSize: sizes.chunkBytes });
  engine.on('error', () => {});
  engine.on('data', (chunk: Buffer) => {
    try {
      outlet.take(chunk, engine.bytesWritten);
    } catch (error) {
      engine.destroy(error as Error);
    }
  });
  const block = Buffer.alloc(sizes.readBytes);
  let fed = 0;
  try {
    for (;;) {
      const length = await fill(source, block);
      if (length === 0) break;
      fed += length;
      await step(engine, (done) => engine.write(block.subarray(0, length), done));
      const unread = fed - engine.bytesWritten;
      // zlib takes zero bytes after a member for padding and does not look at what follows them.
      if (unread > 0) return await readPadding(source, block, length - unread, length, engine.bytesWritten);
    }
    await step(engine, (done) => engine.once('end', done).end());
    return fed;
  } catch (error) {
    throw zlibFault(error, source, fed);
  } finally {
    engine.destroy();
  }
}

/** Runs one step of the engine; its callbacks are not called any more once it has failed. */
function step(engine: Gunzip, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (engine.errored) return reject(engine.errored);
    engine.once('error', reject);
    start(() => {
      engine.off('error', reject);
      if (engine.errored) reject(engine.errored);
      else resolve();
    });
  });
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
