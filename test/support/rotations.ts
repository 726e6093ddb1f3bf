import assert from 'node:assert/strict';
import { appendFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { capture, clockAt, newReaders } from './in-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { hitsIn } from './vault-contents.ts';
import { checkIn, LATER, MONDAY } from './vault-logs.ts';

const KEPT = 3;
const LINES = 20;

/**
 * A log that is written to, read and rotated over and over, in one process, as a server lives for years. Half of its lines
 * are read before it is rotated, the other half behind. Asserts that each line is counted once.
 */
export async function rotations(
  context: Pick<TestContext, 'after'>,
  count: number,
  onRotation: (rotation: number) => void,
): Promise<void> {
  const folder = temporaryFolder(context);
  const vault = join(folder, 'rollcall.sqlite');
  const name = (age: number) => join(folder, age === 0 ? 'access.log' : `access.log.${age}`);
  let time = MONDAY;
  const write = () => {
    const lines = Array.from({ length: LINES / 2 }, () => {
      time = (time + 7) as EpochSeconds;
      return checkIn({ time, host: `192.0.2.${time % 250}` });
    });
    appendFileSync(name(0), lines.join(''));
  };
  for (let rotation = 0; rotation < count; rotation++) {
    write();
    await read(folder, vault);
    write();
    rmSync(name(KEPT), { force: true });
    for (let age = KEPT; age > 0; age--) if (existsSync(name(age - 1))) renameSync(name(age - 1), name(age));
    onRotation(rotation);
  }
  await read(folder, vault);
  assert.equal(hitsIn(vault), count * LINES);
}

async function read(folder: string, vault: string): Promise<void> {
  const logs = join(folder, 'access.log*');
  const code = await ingest([logs], { vault, workers: 1 }, capture(), clockAt(LATER), newReaders());
  assert.equal(code, 0);
}
