import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** The context of a test, or by default the test or the file that is running. */
interface Owner {
  after(cleanUp: () => void): void;
}

/** A folder that is gone when its owner is over. */
export function temporaryFolder(owner: Owner = { after }, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'rollcall-test-'));
  owner.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
