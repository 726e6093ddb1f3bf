import { LogFault } from '../bytes/log-fault.ts';
import type { ByteSink } from '../bytes/pour.ts';
import { BATCH_END, batchEndLine, checksumOf } from './spool-records.ts';

const CHUNK_BYTES = 256 * 1024;
/** A server gives up check-ins long before one batch holds so much. */
const LONGEST_BATCH = 16 * 2 ** 20;
const LF = 0x0a;
const END_MARK = Buffer.from(`\n${BATCH_END}`);

/**
 * Cuts a segment into its batches. What follows the last sound one was being written when the server died, and was
 * never on the disk for sure: it is left out. A batch is written only when the one before it is on the disk, so if more
 * than one is unsound, or one is missing before it, the file was damaged.
 */
export class SpoolBatches implements ByteSink {
  readonly #take: (lines: readonly string[]) => void;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #rest = Buffer.alloc(0);
  #checksum = 0;
  #sound = 0;
  #unsound = 0;
  #isOneMissing = false;

  /** `take` gets the lines of each sound batch, without their ends. */
  constructor(take: (lines: readonly string[]) => void) {
    this.#take = take;
  }

  space(): Uint8Array {
    return this.#chunk;
  }

  filled(bytes: number): void {
    this.#rest = Buffer.concat([this.#rest, this.#chunk.subarray(0, bytes)]);
    while (this.#takeBatch()) {}
    if (this.#rest.length > LONGEST_BATCH) throw damaged('a batch of it has no end');
  }

  finish(): void {
    if (this.#unsound > 1 || this.#isOneMissing) {
      throw damaged('what was written to it is changed or missing: checksums do not agree');
    }
  }

  #takeBatch(): boolean {
    const end = this.#rest.indexOf(END_MARK) + 1;
    const next = end === 0 ? 0 : this.#rest.indexOf(LF, end) + 1;
    if (next === 0) return false;
    const batch = this.#rest.subarray(0, end);
    const checksum = checksumOf(batch, this.#checksum);
    const mark = this.#rest.toString('latin1', end, next);
    if (mark === batchEndLine(this.#sound + 1, checksum) && this.#unsound === 0) {
      this.#checksum = checksum;
      this.#sound++;
      this.#take(batch.toString('utf8', 0, batch.length - 1).split('\n'));
    } else {
      this.#unsound++;
      this.#isOneMissing ||= Number(mark.split(' ')[1]) > this.#sound + 1;
    }
    this.#rest = this.#rest.subarray(next);
    return true;
  }
}

function damaged(what: string): LogFault {
  return new LogFault('damaged', `${what}; restore the file, nothing of it was counted`);
}
