import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makePrivateFile, type Sharing } from '../../../regular-file.ts';
import { type Lock, REAL_DISK } from './disk.ts';

/**
 * Whoever reads `path` sees the old file or the whole new one, also after a power cut. `write` fills an empty file that only
 * those may read whom it concerns. One run at a time writes a target, which takes away what killed runs have left; another
 * is refused. What is no file is not replaced, and a link leads to what is. Throws an error with a `code`.
 */
export async function replaceFile(
  path: string,
  write: (temporary: string) => Promise<void> | void,
  sharing: Sharing = 'owner',
): Promise<void> {
  const target = fileAt(resolve(path));
  const folder = dirname(target);
  const start = `.${basename(target)}.`;
  const lockPath = join(folder, `${start}lock`);
  const lock = lockAt(lockPath, sharing);
  if (lock === undefined) throw fault('EBUSY', 'another run is writing it; try again when that has ended');
  try {
    for (const name of readdirSync(folder).filter((each) => isLeftover(each, start))) rmSync(join(folder, name));
    const temporary = join(folder, `${start}${randomBytes(6).toString('hex')}.partial`);
    try {
      makePrivateFile(temporary, sharing);
      await write(temporary);
      REAL_DISK.flush(temporary);
      renameSync(temporary, target);
      REAL_DISK.flush(folder);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } finally {
    // Before it is released: whoever opened it meanwhile sees that it is another one by then.
    rmSync(lockPath, { force: true });
    lock.release();
  }
}

/**
 * As `replaceFile`, for what has the same content whoever writes it under this name: nobody needs to wait, and no lock, which
 * not every shared disk has.
 */
export function placeFile(path: string, bytes: Uint8Array, sharing: Sharing): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  try {
    makePrivateFile(temporary, sharing);
    writeFileSync(temporary, bytes);
    REAL_DISK.flush(temporary);
    renameSync(temporary, path);
    REAL_DISK.flush(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Takes away what killed runs have left in a folder before this time. */
export function sweepPartials(folder: string, before: Date): void {
  for (const name of readdirSync(folder).filter((each) => PARTIAL.test(each))) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && stats.mtime < before) rmSync(path, { force: true });
  }
}

const PARTIAL = /^\..+\.[0-9a-f]{12}\.partial$/;

/** Undefined if another run has it, or had it until a moment ago and took its file away. */
function lockAt(path: string, sharing: Sharing): Lock | undefined {
  const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  makePrivateFile(path, sharing);
  const { ino } = lstatSync(path);
  let lock: Lock | undefined;
  try {
    lock = REAL_DISK.lock(path);
  } catch (error) {
    // A full disk has no room for what locks it.
    if (isNew) rmSync(path, { force: true });
    throw error;
  }
  if (lock === undefined || lstatSync(path, { throwIfNoEntry: false })?.ino === ino) return lock;
  lock.release();
  return undefined;
}

export async function replaceText(path: string, text: string): Promise<void> {
  await replaceFile(path, (temporary) => writeFileSync(temporary, text));
}

function isLeftover(name: string, start: string): boolean {
  return name.startsWith(start) && /^[0-9a-f]{12}\.partial(?:-wal|-shm)?$/.test(name.slice(start.length));
}

/** Where the file is, or will be. */
function fileAt(path: string): string {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link === undefined) return path;
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw fault('ENOENT', 'it is a link that leads to nothing: remove it, or make what it leads to');
  const real = realpathSync(path);
  if (!lstatSync(real).isFile()) throw fault('ENOTFILE', 'what is there is no file, and stays; name another');
  return real;
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
