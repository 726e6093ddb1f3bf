import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { openSpool, type Spool } from '../../src/mirrors/counting/spool.ts';
import { spoolFolder } from '../../src/mirrors/counting/spool-files.ts';

export interface DiskRig {
  spool: Spool;
  said: string[];
  at(time: number): void;
}

/** A spool on the disk, that is written when it is told to. */
export function openOnDisk(context: TestContext, folder: string, time: number): DiskRig {
  const said: string[] = [];
  let now = time;
  const spool = openSpool(spoolFolder(folder, randomBytes), {
    now: () => now as EpochSeconds,
    randomBytes,
    every: () => () => {},
    say: (message) => said.push(message),
  });
  context.after(() => spool.close().catch(() => {}));
  const at = (time: number) => {
    now = time;
  };
  return { spool, said, at };
}
