import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { type Container, HEAD_BYTES, recognise } from './container.ts';
import { fileFault, specialFileFault } from './file-fault.ts';
import type { GzipSizes } from './gunzip.ts';
import { LogFault } from './log-fault.ts';
import { type ByteSink, Outlet } from './outlet.ts';
import { openablePath } from './path-text.ts';
import { counted, fileSource, fill, fingerprint, type Source, standardInput, withHead } from './source.ts';

export type { ByteSink } from './outlet.ts';

export type PourInput = { kind: 'file'; path: string } | { kind: 'stdin' };

export interface Poured {
  container: Container;
  /** The size of what was read: the file as it lies on the disk. */
  compressedBytes: number;
  /** What went into the sink. */
  bytes: number;
}

type OnProgress = (position: number) => void;

/**
 * Pours the decompressed bytes of a log into a sink. `onProgress` gets the bytes of the file that have been read.
 * Throws a LogFault; what the sink has got by then must not be counted.
 */
export async function pour(
  input: PourInput,
  sink: ByteSink,
  onProgress: OnProgress,
  gzipSizes?: GzipSizes,
): Promise<Poured> {
  try {
    return input.kind === 'stdin'
      ? await pourStandardInput(sink, onProgress, gzipSizes)
      : await pourFile(input.path, sink, onProgress, gzipSizes);
  } catch (error) {
    throw fileFault(error);
  }
}

async function pourFile(
  path: string,
  sink: ByteSink,
  onProgress: OnProgress,
  sizes: GzipSizes | undefined,
): Promise<Poured> {
  // A file may have become a named pipe since it was listed; opening one would wait for a writer.
  const fd = openSync(openablePath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    const special = specialFileFault(stats);
    if (special) throw special;
    const before = fingerprint(fd);
    const container = containerOf(readHead(fd));
    if (container === 'plain') return await pourPlain(fd, stats.size, sink, onProgress);
    return await unlessChanged(fd, before, pourArchive(container, fileSource(fd, stats.size), sink, onProgress, sizes));
  } finally {
    closeSync(fd);
  }
}

/**
 * The hot path. The kernel's copy from its cache is as much work as scanning, so it is left to other threads: while the
 * sink is at work on one space, the next ones are being read. A live file is read up to its size at the start.
 */
async function pourPlain(fd: number, size: number, sink: ByteSink, onProgress: OnProgress): Promise<Poured> {
  const reads: { wanted: number; got: Promise<number> }[] = [];
  let asked = 0;
  let position = 0;
  const readAhead = () => {
    while (asked < size && reads.length <= (sink.spacesAhead ?? 0)) {
      const space = sink.space(reads.length);
      const wanted = Math.min(space.length, size - asked);
      reads.push({ wanted, got: readAt(fd, space, wanted, asked) });
      asked += wanted;
    }
  };
  try {
    for (readAhead(); reads.length > 0; readAhead()) {
      const { wanted, got } = reads[0]!;
      const bytes = await got;
      reads.shift();
      if (bytes < wanted) throw becameShorter(size, position + bytes);
      sink.filled(bytes);
      position += bytes;
      onProgress(position);
    }
  } finally {
    // The spaces must not be written any more when the next log comes.
    await Promise.allSettled(reads.map(({ got }) => got));
  }
  return { container: 'plain', compressedBytes: size, bytes: size };
}

/** A read may be cut short, by a signal or a network: only one of nothing is the end of the file. */
function readAt(fd: number, into: Uint8Array, wanted: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const readFrom = (start: number) =>
      read(fd, into, start, wanted - start, position + start, (error, bytes) => {
        if (error !== null) reject(error);
        else if (bytes === 0 || start + bytes === wanted) resolve(start + bytes);
        else readFrom(start + bytes);
      });
    readFrom(0);
  });
}

async function pourStandardInput(
  sink: ByteSink,
  onProgress: OnProgress,
  sizes: GzipSizes | undefined,
): Promise<Poured> {
  const bare = standardInput();
  const buffer = Buffer.alloc(HEAD_BYTES);
  const head = buffer.subarray(0, await fill(bare, buffer));
  const source = withHead(head, bare);
  const container = containerOf(head);
  if (container !== 'plain') return await pourArchive(container, source, sink, onProgress, sizes);
  let bytes = 0;
  for (;;) {
    const got = await source.read(sink.space());
    if (got === 0) return { container, compressedBytes: bytes, bytes };
    sink.filled(got);
    bytes += got;
    onProgress(bytes);
  }
}

async function pourArchive(
  container: Exclude<Container, 'plain'>,
  source: Source,
  sink: ByteSink,
  onProgress: OnProgress,
  sizes: GzipSizes | undefined,
): Promise<Poured> {
  const outlet = new Outlet(sink);
  const watched = counted(source, onProgress);
  // Loaded here because a worker that reads plain files starts up 6 ms earlier without them.
  const compressedBytes =
    container === 'gzip'
      ? await (await import('./gunzip.ts')).gunzip(watched, outlet, sizes)
      : await (await import('./unpack-program.ts')).unpackWith(container, watched, outlet);
  outlet.end(compressedBytes);
  return { container, compressedBytes, bytes: outlet.bytes };
}

/** An archive that is still being copied looks damaged; that it changes meanwhile is the better news. */
async function unlessChanged(fd: number, before: string, pouring: Promise<Poured>): Promise<Poured> {
  const [result] = await Promise.allSettled([pouring]);
  if (fingerprint(fd) !== before) {
    throw new LogFault('damaged', 'still being written: the archive changed while it was read; try again');
  }
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

function readHead(fd: number): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
}

function containerOf(head: Uint8Array): Container {
  const recognised = recognise(head);
  if (recognised.kind === 'refused') throw new LogFault('refused', recognised.reason);
  return recognised.container;
}

function becameShorter(size: number, position: number): LogFault {
  const place = `it had ${size.toLocaleString('en-US')} bytes and ended at byte ${position.toLocaleString('en-US')}`;
  return new LogFault(
    'damaged',
    `the file became shorter while it was read (${place}), as copytruncate does; try again`,
  );
}
