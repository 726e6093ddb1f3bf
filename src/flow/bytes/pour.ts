import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs';
import { allTurns, lastLineEnd, type PlainFile, pourBlocks, pourRange, type Turns } from './blocks.ts';
import { type Container, HEAD_BYTES, recognise } from './container.ts';
import { errorCode, fileFault, specialFileFault } from './file-fault.ts';
import type { GzipSizes } from './gunzip.ts';
import { LogFault } from './log-fault.ts';
import { type ByteSink, Outlet } from './outlet.ts';
import { openablePath } from './path-text.ts';
import { counted, fileId, fileSource, fill, fingerprint, type Source, standardInput, withHead } from './source.ts';
import { isSpool } from './spool-mark.ts';
import { isTally, TALLY_ENDING } from './tally-mark.ts';

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

/** A plain file of which other readers can pour a part. */
export interface SharedFile {
  id: string;
  size: number;
}

export interface PourOptions {
  /** Gets how many bytes of the file have been read. */
  onProgress: OnProgress;
  gzipSizes?: GzipSizes;
  /** How the blocks of a plain file are shared out; without, all of them are poured. */
  share?: (file: SharedFile) => Turns;
}

/**
 * Pours the decompressed bytes of a log into a sink. Throws a LogFault; what the sink has got by then must not be
 * counted.
 */
export async function pour(input: PourInput, sink: ByteSink, options: PourOptions): Promise<Poured> {
  try {
    return input.kind === 'stdin' ? await pourStandardInput(sink, options) : await pourFile(input.path, sink, options);
  } catch (error) {
    throw fileFault(error);
  }
}

async function pourFile(path: string, sink: ByteSink, options: PourOptions): Promise<Poured> {
  const fd = openLog(path);
  try {
    const stats = fstatSync(fd);
    const special = specialFileFault(stats);
    if (special) throw special;
    const before = fingerprint(fd);
    const head = readHead(fd);
    const container = containerOf(head);
    const { size } = stats;
    if (size === 0 && path.endsWith(TALLY_ENDING)) throw emptyTally();
    if (isSpool(head)) settle(fd);
    if (container === 'plain') {
      const start = startOf(fd, size);
      // What is no log has no lines to be shared.
      const { share: _, ...alone } = options;
      pourPlain({ fd, size }, sink, isTally(head) ? alone : options);
      if (!start.equals(startOf(fd, size))) throw writtenAnew();
      return { container, compressedBytes: size, bytes: size };
    }
    return await unlessChanged(fd, before, pourArchive(container, fileSource(fd, size), sink, options));
  } finally {
    closeSync(fd);
  }
}

/** No two logs of a server begin with the same so many bytes: their first lines have other times. */
const START_BYTES = 4_096;

function startOf(fd: number, size: number): Buffer {
  const start = Buffer.alloc(Math.min(size, START_BYTES));
  return start.subarray(0, readSync(fd, start, 0, start.length, 0));
}

/** What was read may begin with lines of before and go on with others: a splice that no log ever was. */
/** An empty log is one too; but no tally is, and one that is being copied begins so. */
function emptyTally(): LogFault {
  return new LogFault('damaged', 'an empty file in the place of a tally: copy it again, or tally its log again');
}

function writtenAnew(): LogFault {
  return new LogFault(
    'damaged',
    'the file was emptied and written anew while it was read, as copytruncate does; try again',
    { mayReadAgain: true },
  );
}

/** What of a plain log can be shared; undefined for anything else. */
export function findShared(path: string): SharedFile | undefined {
  const fd = tryOpen(path);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    const head = readHead(fd);
    return containerOf(head) === 'plain' && !isSpool(head) && !isTally(head)
      ? sharedFile({ fd, size: stats.size })
      : undefined;
  } catch {
    // Whoever reads the log says what is wrong with it.
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** All but a last line without its end; undefined if that one is too long. */
function sharedFile(file: PlainFile): SharedFile | undefined {
  const whole = lastLineEnd(file);
  return whole === undefined ? undefined : { id: fileId(file.fd), size: whole };
}

/** Opens a plain file that another thread reads, to take part; undefined if the path leads to it no more. */
export function openShared(path: string, { id, size }: SharedFile): PlainFile | undefined {
  const fd = tryOpen(path);
  if (fd === undefined) return undefined;
  try {
    if (fileId(fd) === id) return { fd, size };
  } catch {
    // Whoever reads the file is told what is wrong with it.
  }
  closeSync(fd);
  return undefined;
}

function tryOpen(path: string): number | undefined {
  try {
    return openLog(path);
  } catch {
    return undefined;
  }
}

/** A file may have become a named pipe since it was listed; opening one would wait for a writer. */
function openLog(path: string): number {
  return openSync(openablePath(path), constants.O_RDONLY | constants.O_NONBLOCK);
}

/** A live log may end in the middle of a line. That is poured behind all blocks, in whatever order those were poured. */
function pourPlain(file: PlainFile, sink: ByteSink, { share, onProgress }: PourOptions): void {
  let position = 0;
  const onBytes = (bytes: number) => {
    position += bytes;
    onProgress(position);
  };
  const shared = share === undefined ? undefined : sharedFile(file);
  if (share === undefined || shared === undefined) return pourBlocks(file, allTurns(), sink, onBytes);
  pourBlocks({ ...file, size: shared.size }, share(shared), sink, onBytes);
  pourRange(file, shared.size, file.size, sink, onBytes);
}

async function pourStandardInput(sink: ByteSink, options: PourOptions): Promise<Poured> {
  const bare = standardInput();
  const buffer = Buffer.alloc(HEAD_BYTES);
  const head = buffer.subarray(0, await fill(bare, buffer));
  const source = withHead(head, bare);
  const container = containerOf(head);
  if (container !== 'plain') return await pourArchive(container, source, sink, options);
  let bytes = 0;
  for (;;) {
    const got = await source.read(sink.space());
    if (got === 0) return { container, compressedBytes: bytes, bytes };
    sink.filled(got);
    bytes += got;
    options.onProgress(bytes);
  }
}

async function pourArchive(
  container: Exclude<Container, 'plain'>,
  source: Source,
  sink: ByteSink,
  { onProgress, gzipSizes }: PourOptions,
): Promise<Poured> {
  const outlet = new Outlet(sink);
  const watched = counted(source, onProgress);
  // Loaded here because a worker that reads plain files starts up 6 ms earlier without them.
  const compressedBytes =
    container === 'gzip'
      ? await (await import('./gunzip.ts')).gunzip(watched, outlet, gzipSizes)
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

/** Media that cannot be written to. */
const CANNOT_SETTLE = ['EROFS', 'EINVAL'];

/**
 * What the vault counts of a segment must be on the disk before: else a power cut could leave a segment that is shorter
 * than what was counted of it, and differs from that for ever.
 */
function settle(fd: number): void {
  try {
    fdatasyncSync(fd);
  } catch (error) {
    if (!CANNOT_SETTLE.includes(errorCode(error) ?? '')) throw error;
  }
}

/** The same bytes for each file: they are looked at before the next one is read. */
const fileHead = Buffer.alloc(HEAD_BYTES);

function readHead(fd: number): Uint8Array {
  return fileHead.subarray(0, readSync(fd, fileHead, 0, HEAD_BYTES, 0));
}

function containerOf(head: Uint8Array): Container {
  const recognised = recognise(head);
  if (recognised.kind === 'refused') throw new LogFault('refused', recognised.reason);
  return recognised.container;
}
