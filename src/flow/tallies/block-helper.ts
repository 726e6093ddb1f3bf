import { closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type PlainFile, pourBlock } from '../bytes/blocks.ts';
import { fileFault } from '../bytes/file-fault.ts';
import { openShared, type SharedFile } from '../bytes/pour.ts';
import { HOURS_SEEN } from '../requests/kernel-memory.ts';
import { Sieve } from '../requests/sieve.ts';
import type { EpochSeconds } from '../sightings/week.ts';
import { type BlockSharing, SLOT_BYTES } from './block-sharing.ts';
import { hoursAt } from './kernel-hours.ts';
import type { EpochHour } from './log-tally.ts';

/**
 * Helps a worker with a large log, in the main thread, which would have little else to do: another worker would take as
 * long to start up as reading half a gigabyte. One log at a time.
 */
export class BlockHelper {
  readonly #sieve = new Sieve(SLOT_BYTES);
  readonly #latest: EpochSeconds;
  isBusy = false;
  /** Bytes read of the current log. */
  position = 0;

  constructor(latest: EpochSeconds) {
    this.#latest = latest;
  }

  /** Sieves blocks until none is left. Answers the hours seen in them. Throws a LogFault. */
  async help(path: string, file: SharedFile, sharing: BlockSharing): Promise<EpochHour[]> {
    this.isBusy = true;
    this.position = 0;
    let opened: PlainFile | undefined;
    try {
      opened = openShared(path, file);
      if (opened === undefined) return [];
      this.#sieve.start(this.#latest);
      for (;;) {
        const block = sharing.takeForHelper(file.size);
        if (block === undefined) break;
        pourBlock(opened, block, this.#sieve, (bytes) => {
          this.position += bytes;
        });
        const left = this.#sieve.left();
        await sharing.leave(block, left);
        if (left === undefined) break;
        // Candidates that workers tell come first.
        await setImmediate();
      }
      return hoursAt(this.#sieve, HOURS_SEEN);
    } catch (error) {
      throw fileFault(error);
    } finally {
      this.isBusy = false;
      if (opened !== undefined) closeSync(opened.fd);
    }
  }
}
