import { fstatSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorCode, fileFault } from './file-fault.ts';

/** A stretch of bytes read from front to back. */
export interface Source {
  /** As in "at byte 12,345 of the file". */
  noun: 'file' | 'input';
  advice: string;
  /** Reads at least one byte, or returns 0 at the end. */
  read(into: Uint8Array): number | Promise<number>;
}

const STANDARD_INPUT = 0;
const BUSY_WAIT_MS = 5;
const readLater = promisify(read);

/** Ends at `size` also if the file grows, so that a writer cannot keep a reader busy for ever. */
export function fileSource(fd: number, size: number): Source {
  let position = 0;
  return {
    noun: 'file',
    advice: 'copy the file again',
    read(into) {
      const got = readSync(fd, into, 0, Math.min(into.length, size - position), position);
      position += got;
      return got;
    },
  };
}

export function standardInput(): Source {
  return { noun: 'input', advice: 'send it again', read: readStandardInput };
}

/** Fills the whole of `into`, unless the source ends before. */
export async function fill(source: Source, into: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const got = await source.read(into.subarray(filled));
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** `head` has been read to recognise the source; this puts it back in front. */
export function withHead(head: Uint8Array, source: Source): Source {
  let given = 0;
  return {
    ...source,
    read(into) {
      if (given === head.length) return source.read(into);
      const piece = head.subarray(given, given + into.length);
      into.set(piece);
      given += piece.length;
      return piece.length;
    },
  };
}

/** Says how many bytes have been read so far. */
export function counted(source: Source, onRead: (total: number) => void): Source {
  let total = 0;
  return {
    ...source,
    async read(into) {
      const got = await source.read(into);
      total += got;
      onRead(total);
      return got;
    },
  };
}

async function readStandardInput(into: Uint8Array): Promise<number> {
  for (;;) {
    try {
      return (await readLater(STANDARD_INPUT, into, 0, into.length, null)).bytesRead;
    } catch (error) {
      // Whoever shares the pipe or terminal may have set it to return at once when it has nothing yet.
      if (errorCode(error) !== 'EAGAIN') throw fileFault(error);
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
    }
  }
}

/** Tells a file from the one that took its place under the same name. */
export function fileId(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev} ${ino}`;
}

/** What must stay the same while an archive is read. */
export function fingerprint(fd: number): string {
  const { size, mtimeNs } = fstatSync(fd, { bigint: true });
  return `${size} ${mtimeNs}`;
}
