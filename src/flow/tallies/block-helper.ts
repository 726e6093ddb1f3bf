import { closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { pourBlock } from '../bytes/blocks.ts';
import { fileFault } from '../bytes/file-fault.ts';
import { openShared, type SharedFile } from '../bytes/pour.ts';
import { HOURS_SIEVED } from '../requests/kernel-memory.ts';
import type { Sieve } from '../requests/sieve.ts';
import type { EpochSeconds } from '../sightings/week.ts';
import type { BlockSharing } from './block-sharing.ts';
import { hoursAt } from './kernel-hours.ts';
import type { EpochHour } from './log-tally.ts';

/**
 * Helps a worker with one large log, in the main thread, which would have little else to do: another worker would take as
 * long to start up as reading half a gigabyte.
 */
export class BlockHelper {
  readonly #path: string;
  readonly file: SharedFile;
  readonly #sieve: Sieve;
  readonly #sharing: BlockSharing;
  #isDismissed = false;
  /** Bytes read. */
  position = 0;

  constructor(path: string, file: SharedFile, sieve: Sieve, sharing: BlockSharing) {
    this.#path = path;
    this.file = file;
    this.#sieve = sieve;
    this.#sharing = sharing;
  }

  /** Sieves blocks until none is left, or until it is dismissed. Answers the hours seen in them. Throws a LogFault. */
  async help(latest: EpochSeconds): Promise<EpochHour[]> {
    const opened = openShared(this.#path, this.file);
    if (opened === undefined) return [];
    try {
      this.#sieve.start(latest);
      while (!this.#isDismissed && !this.#sharing.isStopped) {
        const place = this.#sharing.freePlace();
        if (place === undefined) {
          await this.#sharing.awaitChange();
          continue;
        }
        const block = this.#sharing.takeForHelper(this.file.size);
        if (block === undefined) break;
        this.#sieve.startBlock(place);
        pourBlock(opened, block, this.#sieve, (bytes) => {
          this.position += bytes;
        });
        const left = this.#sieve.left();
        this.#sharing.leave(place, block, left);
        if (left === undefined) break;
        // Candidates that workers tell come first.
        await setImmediate();
      }
      return hoursAt(this.#sieve, HOURS_SIEVED);
    } catch (error) {
      throw fileFault(error);
    } finally {
      closeSync(opened.fd);
    }
  }

  /** The log is not shared after all. */
  dismiss(): void {
    this.#isDismissed = true;
    this.#sharing.wake();
  }
}
