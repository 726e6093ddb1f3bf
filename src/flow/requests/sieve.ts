import type { ByteSink } from '../bytes/pour.ts';
import { instantiate, type KernelExports, type KernelMemory, wordsOf } from './kernel.ts';
import { CHUNK, CHUNK_SIZE, LEFT, LEFT_SIZE, SIEVE } from './kernel-memory.ts';
import { LINE_LIMIT } from './line-reasons.ts';

const CHUNK_START = SIEVE + CHUNK;
/** Before the first line the scanner puts a line feed. */
const LEFT_MARGIN = 64;
/** So many bytes may be left of a block: to read it once more is quicker than to hand over more. */
export const MOST_LEFT = 1024 * 1024;
/** A sieve knows no names: it never asks. */
const NO_QUESTIONS = {
  probeSystem: unexpected,
  numberSystem: unexpected,
  probeRequest: unexpected,
  numberRequest: unexpected,
  isOwnPath: unexpected,
  otherOf: unexpected,
  networks: unexpected,
  marks: unexpected,
  isKnown: unexpected,
  counted: unexpected,
  rejected: unexpected,
  hit: unexpected,
};

function unexpected(): never {
  throw new Error('the sieve judges no line');
}

/** Where lines stand in the kernel's memory. */
export interface LinesLeft {
  from: number;
  end: number;
}

/**
 * Leaves of a block of whole lines those that hold `countme=`, which is all that counting needs (L3). Of lines longer
 * than the limit it leaves as much as shows that they are. It also takes the samples of H1, which need all lines.
 *
 * It works in the memory of the kernel that counts the log, so that what it leaves need not be copied: that cost a tenth
 * of all time, as the bytes then went from one core's cache to the other's twice.
 */
export class Sieve implements ByteSink {
  readonly memory: KernelMemory;
  readonly #kernel: KernelExports;
  readonly #bytes: Uint8Array;
  readonly #space: Uint8Array;
  /** Where the unfinished line before the chunk begins. */
  #line = CHUNK_START;
  #leftStart = LEFT + LEFT_MARGIN;
  #leftEnd = LEFT + LEFT_MARGIN;
  #isTooMuch = false;

  constructor(memory: KernelMemory) {
    this.memory = memory;
    this.#kernel = instantiate(memory, NO_QUESTIONS);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#space = this.#bytes.subarray(CHUNK_START, CHUNK_START + CHUNK_SIZE);
  }

  /** Makes ready for a log; later times than `latest` are not believed. */
  start(latest: number): void {
    this.#kernel.startSieve(latest);
  }

  /** Makes ready for a block, of which the lines are left in this place, below LEFT_COUNT. */
  startBlock(place: number): void {
    this.#line = CHUNK_START;
    this.#leftStart = LEFT + place * LEFT_SIZE + LEFT_MARGIN;
    this.#leftEnd = this.#leftStart;
    this.#isTooMuch = false;
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
      this.#isTooMuch = this.#leftEnd - this.#leftStart > MOST_LEFT;
    }
    const rest = filledEnd - end;
    if (rest > LINE_LIMIT) this.#isTooMuch = true;
    const kept = this.#isTooMuch ? 0 : rest;
    this.#line = CHUNK_START - kept;
    this.#bytes.copyWithin(this.#line, filledEnd - kept, filledEnd);
  }

  /** What is left of the block; undefined if it is too much, a line too long to carry, or one without its end. */
  left(): LinesLeft | undefined {
    if (this.#isTooMuch || this.#line < CHUNK_START) return undefined;
    return { from: this.#leftStart, end: this.#leftEnd };
  }

  words(from: number, end: number): Iterable<number> {
    return wordsOf(this.#kernel, from, end);
  }
}
