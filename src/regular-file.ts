import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Who else may use the files that hold exact numbers: nobody, or those of the file's group. */
export type Sharing = 'owner' | 'group';

const FILE_MODES: Record<Sharing, number> = { owner: 0o600, group: 0o660 };

/** Makes an empty file if there is none, for those only whom it concerns, whatever the umask says. */
export function makePrivateFile(path: string, sharing: Sharing): void {
  let fd: number;
  try {
    fd = openSync(path, 'wx', FILE_MODES.owner);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    // It is there, or it is a link to a place where nothing is yet.
    const { O_WRONLY, O_CREAT, O_NONBLOCK } = constants;
    return closeSync(openSync(path, O_WRONLY | O_CREAT | O_NONBLOCK, FILE_MODES.owner));
  }
  try {
    fchmodSync(fd, FILE_MODES[sharing]);
  } finally {
    closeSync(fd);
  }
}

/** Far more than any file that a person writes, and than a manifest. */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * All of a file. What is no file is refused before it is read, as a pipe would be waited for and a device has no end; so is
 * what has more than `most` bytes, whatever its size was said to be. Throws an error with a `code`: that of the system, or
 * `ENOTFILE` or `EFBIG`.
 */
export function readRegularFile(path: string | URL, most: number): Buffer {
  const fd = openRegularFile(path);
  try {
    return readAll(fd, fstatSync(fd).size, most);
  } finally {
    closeSync(fd);
  }
}

/** The descriptor of a file, open for reading; never one of a pipe, a socket, a device or a folder. */
export function openRegularFile(path: string | URL): number {
  // Opening a pipe would wait for a writer; opening a terminal must not make it ours.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stats = fstatSync(fd);
  if (stats.isFile()) return fd;
  closeSync(fd);
  throw fault('ENOTFILE', `it is ${kindOf(stats)}, not a file`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Files of the system say that they are empty, and some have no end. */
function readAll(fd: number, size: number, most: number): Buffer {
  if (size > most) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(size - total, 0) + 1);
    const read = readSync(fd, chunk, 0, chunk.length, null);
    if (read === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    total += read;
    if (total > most) throw tooLarge(most);
    chunks.push(chunk.subarray(0, read));
  }
}

function tooLarge(most: number): Error {
  return fault('EFBIG', `it has more than ${most} bytes`);
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
