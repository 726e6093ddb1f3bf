import type { ByteSink } from '../bytes/pour.ts';
import { instantiate, type KernelExports, newKernelMemory, wordsOf } from './kernel.ts';
import { CHUNK, CHUNK_SIZE, SCRATCH, SLOTS } from './kernel-memory.ts';
import { LINE_LIMIT } from './line-reasons.ts';

const CHUNK_START = SLOTS + CHUNK;
/** A sieve knows no names: it never asks. */
const NO_QUESTIONS = {
  probeSystem: unexpected,
  numberSystem: unexpected,
  probeRequest: unexpected,
  numberRequest: unexpected,
  otherOf: unexpected,
  networks: unexpected,
};

function unexpected(): never {
  throw new Error('the sieve judges no line');
}

/**
 * Leaves of a block of whole lines those that hold `countme=`, which is all that counting needs (L3). Of lines longer
 * than the limit it leaves as much as shows that they are. It also takes the samples of H1, which need all lines.
 */
export class Sieve implements ByteSink {
  readonly memory = newKernelMemory();
  readonly #kernel: KernelExports = instantiate(this.memory, NO_QUESTIONS);
  readonly #bytes = new Uint8Array(this.memory.buffer);
  readonly #space = this.#bytes.subarray(CHUNK_START, CHUNK_START + CHUNK_SIZE);
  readonly #most: number;
  /** Where the unfinished line before the chunk begins. */
  #line = CHUNK_START;
  #leftEnd = SCRATCH;
  #isTooMuch = false;

  /** `most`: how many bytes may be left of a block. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Makes ready for a log; later times than `latest` are not believed. */
  start(latest: number): void {
    this.#kernel.start(latest);
    this.#startBlock();
  }

  space(): Uint8Array {
    return this.#space;
  }

  filled(bytes: number): void {
    const filledEnd = CHUNK_START + bytes;
    const end = this.#kernel.lastLineEnd(this.#line, filledEnd);
    if (end > this.#line && !this.#isTooMuch) {
      this.#kernel.sampleTimes(this.#line, end);
      this.#leftEnd = this.#kernel.sieve(this.#line, end, this.#leftEnd);
      this.#isTooMuch = this.#leftEnd - SCRATCH > this.#most;
    }
    const rest = filledEnd - end;
    if (rest > LINE_LIMIT) this.#isTooMuch = true;
    const kept = this.#isTooMuch ? 0 : rest;
    this.#line = CHUNK_START - kept;
    this.#bytes.copyWithin(this.#line, filledEnd - kept, filledEnd);
  }

  /** What is left of the block, good until the next one; undefined if it is too much, or a line too long to carry. */
  left(): Uint8Array | undefined {
    // The last line of a log may have no line feed.
    const rest = this.#bytes.subarray(this.#line, CHUNK_START);
    this.#bytes.set(rest, this.#leftEnd);
    const end = this.#leftEnd + rest.length;
    const isTooMuch = this.#isTooMuch || end - SCRATCH > this.#most;
    const left = isTooMuch ? undefined : this.#bytes.subarray(SCRATCH, end);
    this.#startBlock();
    return left;
  }

  words(from: number, end: number): Iterable<number> {
    return wordsOf(this.#kernel, from, end);
  }

  #startBlock(): void {
    this.#line = CHUNK_START;
    this.#leftEnd = SCRATCH;
    this.#isTooMuch = false;
  }
}
