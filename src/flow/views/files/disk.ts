import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { openRegularFile, readRegularFile } from '../../../regular-file.ts';

/** What publishing does to a disk. Paths are absolute. Failures are errors with a `code`, as Node has them. */
export interface Disk {
  kindOf(path: string): 'file' | 'folder' | 'link' | 'nothing';
  /** SHA-256, as hexadecimal digits, of a file that may be too large to hold. */
  hash(path: string): string;
  /** Names in a folder. */
  list(folder: string): string[];
  readLink(path: string): string;
  read(path: string): Uint8Array;
  makeFolder(path: string): void;
  write(path: string, bytes: Uint8Array): void;
  /** The same bytes under another path too: one file with two names where the disk can do that, else a copy. */
  keep(from: string, path: string): 'same' | 'copy';
  /** Until a file is flushed, a power cut may take its bytes; until its folder is, its name. */
  flush(path: string): void;
  link(target: string, path: string): void;
  rename(from: string, to: string): void;
  /** A file, a link, or a folder with all that is in it; nothing is fine too. */
  remove(path: string): void;
  removeEmptyFolder(path: string): void;
  /** Undefined if another process has it. The lock ends with the process, however that ends. */
  lock(path: string): Lock | undefined;
}

export interface Lock {
  release(): void;
}

/** As much as one buffer holds on every machine. */
const LARGEST_FILE = 2 ** 31 - 1;

export const REAL_DISK: Disk = {
  kindOf: (path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'nothing';
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'file';
  },
  hash: hashFile,
  list: (folder) => readdirSync(folder),
  readLink: (path) => readlinkSync(path),
  read: (path) => readRegularFile(path, LARGEST_FILE),
  makeFolder: (path) => mkdirSync(path),
  // Not writeSync, which on a disk that fills up writes a part and says nothing.
  write: (path, bytes) => writeFileSync(path, bytes, { flag: 'wx' }),
  keep: (from, path) => {
    try {
      linkSync(from, path);
      return 'same';
    } catch {
      // Each kind of disk that has no links says so in its own way; what is wrong with both, the copy says.
      copyFileSync(from, path, constants.COPYFILE_EXCL);
      return 'copy';
    }
  },
  flush: (path) => {
    const handle = openSync(path, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  link: (target, path) => symlinkSync(target, path),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  removeEmptyFolder: (path) => rmdirSync(path),
  lock: lockFile,
};

/** One for all: a publication has thousands of files, and to make one for each took longer than to read them. */
const CHUNK = Buffer.allocUnsafeSlow(1 << 20);

/** SHA-256, a piece at a time. */
export function hashFile(path: string): string {
  const handle = openRegularFile(path);
  try {
    const hash = createHash('sha256');
    for (let read = readSync(handle, CHUNK); read > 0; read = readSync(handle, CHUNK))
      hash.update(CHUNK.subarray(0, read));
    return hash.digest('hex');
  } finally {
    closeSync(handle);
  }
}

/** Node has no file locks; SQLite has them, and the system drops them when a process dies. */
function lockFile(path: string): Lock | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return undefined;
    throw error;
  }
}
