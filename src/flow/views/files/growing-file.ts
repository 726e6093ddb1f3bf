import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { OutputFile } from '../publication/output-file.ts';

/** A file that is too large to hold in memory: it is put together on the disk, and hashed on the way. */
export class GrowingFile {
  readonly #at: string;
  readonly #handle: number;
  readonly #hash: Hash = createHash('sha256');
  #size = 0;

  constructor(at: string) {
    this.#at = at;
    this.#handle = openSync(at, 'w', 0o600);
  }

  add(bytes: Uint8Array): void {
    // One call may write a part only.
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#handle, bytes, at);
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  end(about: Pick<OutputFile, 'path' | 'mediaType' | 'rows'>): OutputFile {
    closeSync(this.#handle);
    return fileAt(this.#at, this.#size, this.#hash.digest('hex'), about);
  }
}

/** A file whose bytes lie on a disk, and are read where somebody asks for them. */
export function fileAt(
  at: string,
  size: number,
  sha256: string,
  about: Pick<OutputFile, 'path' | 'mediaType' | 'rows'>,
): OutputFile {
  return {
    ...about,
    stored: { at, size, sha256 },
    get bytes() {
      return readFileSync(at);
    },
  };
}
