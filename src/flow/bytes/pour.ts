import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Container, HEAD_BYTES, recognise } from './container.ts';
import { fileFault, specialFileFault } from './file-fault.ts';
import { GZIP_SIZES, type GzipSizes, gunzip } from './gunzip.ts';
import { LogFault } from './log-fault.ts';
import { type ByteSink, Outlet } from './outlet.ts';
import { openablePath } from './path-text.ts';
import { counted, fileSource, fill, fingerprint, type Source, standardInput, withHead } from './source.ts';
import { unpackWith } from './unpack-program.ts';

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
  gzipSizes: GzipSizes = GZIP_SIZES,
): Promise<Poured> {
  try {
    return input.kind === 'stdin'
      ? await pourStandardInput(sink, onProgress, gzipSizes)
      : await pourFile(input.path, sink, onProgress, gzipSizes);
  } catch (error) {
    throw fileFault(error);
  }
}

async function pourFile(path: string, sink: ByteSink, onProgress: OnProgress, sizes: GzipSizes): Promise<Poured> {
  // A file may have become a named pipe since it was listed; opening one would wait for a writer.
  const fd = openSync(openablePath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    const special = specialFileFault(stats);
    if (special) throw special;
    const before = fingerprint(fd);
    const container = containerOf(readHead(fd));
    if (container === 'plain') return pourPlain(fd, stats.size, sink, onProgress);
    return await unlessChanged(fd, before, pourArchive(container, fileSource(fd, stats.size), sink, onProgress, sizes));
  } finally {
    closeSync(fd);
  }
}

/** The hot path: no copy, no promise, no allocation for each chunk. A live file is read up to its size at the start. */
function pourPlain(fd: number, size: number, sink: ByteSink, onProgress: OnProgress): Poured {
  let position = 0;
  while (position < size) {
    const space = sink.space();
    const got = readSync(fd, space, 0, Math.min(space.length, size - position), position);
    if (got === 0) throw becameShorter(size, position);
    sink.filled(got);
    position += got;
    onProgress(position);
  }
  return { container: 'plain', compressedBytes: size, bytes: size };
}

async function pourStandardInput(sink: ByteSink, onProgress: OnProgress, sizes: GzipSizes): Promise<Poured> {
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
  sizes: GzipSizes,
): Promise<Poured> {
  const outlet = new Outlet(sink);
  const watched = counted(source, onProgress);
  const compressedBytes =
    container === 'gzip' ? await gunzip(watched, outlet, sizes) : await unpackWith(container, watched, outlet);
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
