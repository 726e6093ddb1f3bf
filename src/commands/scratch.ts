import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Which command makes a folder among the temporary files. */
type Purpose = 'publish' | 'bias' | 'demo' | 'vault';

/** No run takes as long. */
const LEFT_BEHIND_MILLISECONDS = 86_400_000;

/** The folder for temporary files, where large ones are put together, has no room for them or cannot be used. */
export class ScratchError extends Error {
  override readonly name = 'ScratchError';

  constructor(cause: Error) {
    super(
      `${tmpdir()}: large files are put together here, and could not be (${cause.message}): free space, or name another folder in TMPDIR`,
      { cause },
    );
  }
}

/** Works in a folder of its own, which goes with the work. Throws a `ScratchError`. */
export async function withScratch<Result>(
  purpose: Purpose,
  work: (scratch: string) => Promise<Result>,
): Promise<Result> {
  const { folder, remove } = scratchFolder(purpose);
  try {
    return await work(folder);
  } catch (error) {
    throw isFull(error) ? new ScratchError(error) : error;
  } finally {
    remove();
  }
}

/** As `withScratch`, for what is opened here and closed there. */
export function scratchFolder(purpose: Purpose): { folder: string; remove(): void } {
  const folder = newScratch(purpose);
  sweepScratch(folder, purpose);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What killed runs have left in the folder for temporary files, where it would stay until the machine starts anew. */
export function sweepScratch(own: string, purpose: Purpose, isLeft: (folder: string) => boolean = () => true): void {
  const { mtimeMs: now, uid } = statSync(own);
  for (const name of readdirSync(dirname(own)).filter((each) => each.startsWith(prefixOf(purpose)))) {
    const path = join(dirname(own), name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    const isOld = found?.isDirectory() && found.uid === uid && found.mtimeMs < now - LEFT_BEHIND_MILLISECONDS;
    if (isOld && isLeft(path)) rmSync(path, { recursive: true, force: true });
  }
}

const UNFINISHED = 'unfinished';

/** A folder that is to stay; whoever is killed before it is finished leaves it to be swept. */
export function startFolder(purpose: Purpose): { folder: string; finished(): void } {
  const folder = newScratch(purpose);
  const mark = join(folder, UNFINISHED);
  writeFileSync(mark, '');
  sweepScratch(folder, purpose, (other) => existsSync(join(other, UNFINISHED)));
  return { folder, finished: () => rmSync(mark) };
}

function newScratch(purpose: Purpose): string {
  try {
    return mkdtempSync(join(tmpdir(), prefixOf(purpose)));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new ScratchError(error);
    throw error;
  }
}

/** SQLite's number for a disk without room. */
const SQLITE_FULL = 13;

/** Faults of other folders have become errors of their own by then. */
function isFull(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isSystems = 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
  return isSystems || ('errcode' in error && error.errcode === SQLITE_FULL);
}

function prefixOf(purpose: Purpose): string {
  return `rollcall-${purpose}-`;
}
