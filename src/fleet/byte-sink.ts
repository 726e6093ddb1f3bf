import { closeSync, createWriteStream, openSync, writeSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Where log bytes go. A block may be used again as soon as its write has been awaited. */
export interface ByteSink {
  write(block: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A new file, gzip-compressed if wanted. Nothing is kept in memory beyond a few blocks. */
export function createFileSink(path: string, gzip: boolean): ByteSink {
  return gzip ? gzipSink(path) : plainSink(path);
}

function plainSink(path: string): ByteSink {
  const file = openSync(path, 'w');
  return {
    async write(block) {
      // A write may be cut short when the disk fills up; the next one then says why.
      for (let start = 0; start < block.length; ) start += writeSync(file, block, start);
    },
    async close() {
      closeSync(file);
    },
  };
}

/** Compresses on another thread: level 1 costs the writer little more than handing the bytes over. */
function gzipSink(path: string): ByteSink {
  const gzip = createGzip({ level: 1, chunkSize: 256 * 1024 });
  const file = gzip.pipe(createWriteStream(path));
  const done = finished(file);
  // Whoever closes hears of it; until then it must not end the process.
  done.catch(() => {});
  gzip.on('error', (error) => file.destroy(error));
  file.on('error', (error) => gzip.destroy(error));
  return {
    async write(block) {
      if (gzip.destroyed) return done;
      if (gzip.write(Buffer.from(block))) return;
      await Promise.race([new Promise<void>((resolve) => gzip.once('drain', resolve)), done]);
    },
    async close() {
      gzip.end();
      await done;
    },
  };
}
