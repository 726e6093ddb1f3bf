import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Which command makes a folder among the temporary files. */
type Purpose = 'publish' | 'bias' | 'demo';

/** No run takes as long. */
const LEFT_BEHIND_MILLISECONDS = 86_400_000;

/** Works in a folder of its own, which goes with the work. */
export async function withScratch<Result>(
  purpose: Purpose,
  work: (scratch: string) => Promise<Result>,
): Promise<Result> {
  const scratch = newScratch(purpose);
  sweepScratch(scratch, purpose);
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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
  return mkdtempSync(join(tmpdir(), prefixOf(purpose)));
}

function prefixOf(purpose: Purpose): string {
  return `rollcall-${purpose}-`;
}
