import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** The context of a test, or by default the test or the file that is running. */
interface Owner {
  after(cleanUp: () => void): void;
}

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 512 * 1024 * 1024;

/** Where folders are made that need not outlive a power cut: in memory, if there is room, no write waits for a disk. */
export function placeInMemory(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < ENOUGH_BYTES ? tmpdir() : MEMORY;
}

/** A folder that is gone when its owner is over. */
export function temporaryFolder(owner: Owner = { after }, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'rollcall-test-'));
  owner.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
