import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TotalsError } from './totals.ts';

const OWNER_ONLY = 0o600;

/** Room on the disk for what has none in memory. It has no name, so that nothing of it is left, however the run ends. */
export class Spill {
  readonly #folder: string;
  #file: number | undefined;
  #end = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Answers where it lies. */
  write(bytes: Uint8Array): number {
    const start = this.#end;
    this.#attempt(() => {
      this.#file ??= makeNameless(this.#folder);
      // A write may be cut short when the disk fills up; the next one then says why.
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file, bytes, done, bytes.length - done, start + done);
      }
    });
    this.#end = start + bytes.length;
    return start;
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.#attempt(() => {
      for (let done = 0; done < length; ) {
        const read = readSync(this.#file!, bytes, done, length - done, start + done);
        if (read === 0) throw new Error('it was cut short');
        done += read;
      }
    });
    return bytes;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      throw new TotalsError(`${this.#folder}: no room for what was read (${why}); check free space and permissions`, {
        cause: error,
      });
    }
  }
}

function makeNameless(folder: string): number {
  const path = join(folder, `.rollcall-${randomBytes(6).toString('hex')}.partial`);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  rmSync(path);
  return file;
}
