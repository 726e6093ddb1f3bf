import { BLOCK_BYTES, type Turns } from '../bytes/blocks.ts';
import { type ByteSink, copyInto } from '../bytes/outlet.ts';

/**
 * How two threads share a plain log. The one that counts it takes blocks, and so does a helper, which leaves the lines
 * that may count (see Sieve) in a slot of shared memory. The first pours them between its own blocks; the lines of a
 * block stay together, and all else is as if it had read the block itself.
 */
export interface SharedBlocks {
  /** The words below, three for each slot behind them. */
  words: SharedArrayBuffer;
  slots: SharedArrayBuffer;
}

/** The next block that nobody has taken. */
const NEXT = 0;
/** Blocks that the helper has taken and that were not poured yet, and the last of them. */
const OPEN = 1;
const LAST_OPEN = 2;
/** 1 when one of the two has given up: the other must not wait for it. */
const STOPPED = 3;
/** Counts up with every change that somebody may wait for. */
const CHANGES = 4;
const SLOTS = 5;
/** Words of a slot: whether it is full, the block, and how many bytes are left of it. */
const FULL = 0;
const BLOCK = 1;
const LENGTH = 2;
const WORDS_PER_SLOT = 3;

const SLOT_COUNT = 16;
/** A block of which more is left is read by the one that counts, and help ends: reading is quicker than handing over. */
export const SLOT_BYTES = 1024 * 1024;
const TOO_MUCH = -1;
/** How far the helper may stay behind: candidates of later blocks must be kept until their turn comes. */
const MOST_AHEAD = 8;

export function newSharedBlocks(): SharedBlocks {
  return {
    words: new SharedArrayBuffer((SLOTS + SLOT_COUNT * WORDS_PER_SLOT) * Int32Array.BYTES_PER_ELEMENT),
    slots: new SharedArrayBuffer(SLOT_COUNT * SLOT_BYTES),
  };
}

/** One thread's view of the shared blocks. */
export class BlockSharing {
  readonly #words: Int32Array;
  readonly #slots: Uint8Array;

  constructor({ words, slots }: SharedBlocks) {
    this.#words = new Int32Array(words);
    this.#slots = new Uint8Array(slots);
  }

  /** Makes ready for the next log. */
  reset(): void {
    this.#words.fill(0);
  }

  /** One side has failed, so that the other has nothing to wait for. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.#changed();
  }

  /** The turns of the one that counts. What the helper left of its blocks goes into `sink`, between its own. */
  turns(fileSize: number, sink: ByteSink, begin: (block: number) => void, done: (block: number) => void): Turns {
    const blocks = Math.ceil(fileSize / BLOCK_BYTES);
    const take = (): number => {
      for (;;) {
        const changes = Atomics.load(this.#words, CHANGES);
        // All of them in turn: with the lowest first, a block in a higher slot could wait while lower ones are filled again.
        for (let slot = 0; slot < SLOT_COUNT; slot++) {
          const words = SLOTS + slot * WORDS_PER_SLOT;
          if (Atomics.load(this.#words, words + FULL) === 0) continue;
          const block = this.#words[words + BLOCK]!;
          const length = this.#words[words + LENGTH]!;
          begin(block);
          if (length !== TOO_MUCH) {
            copyInto(sink, this.#slots.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length));
            done(block);
          }
          Atomics.store(this.#words, words + FULL, 0);
          Atomics.sub(this.#words, OPEN, 1);
          this.#changed();
          if (length === TOO_MUCH) return block;
        }
        // Read in this order: the helper opens a block before it takes it.
        const next = Atomics.load(this.#words, NEXT);
        const isOver = next >= blocks;
        const open = Atomics.load(this.#words, OPEN);
        if (Atomics.load(this.#words, STOPPED) === 1 || (isOver && open === 0)) return Number.POSITIVE_INFINITY;
        if (!isOver && (open === 0 || next - Atomics.load(this.#words, LAST_OPEN) < MOST_AHEAD)) {
          const block = Atomics.add(this.#words, NEXT, 1);
          begin(block);
          return block;
        }
        Atomics.wait(this.#words, CHANGES, changes);
      }
    };
    return { take, done };
  }

  /** The next block for the helper; undefined if there is none. */
  takeForHelper(fileSize: number): number | undefined {
    if (Atomics.load(this.#words, STOPPED) === 1) return undefined;
    Atomics.add(this.#words, OPEN, 1);
    const block = Atomics.add(this.#words, NEXT, 1);
    const isOver = block * BLOCK_BYTES >= fileSize;
    if (isOver) Atomics.sub(this.#words, OPEN, 1);
    else Atomics.store(this.#words, LAST_OPEN, block);
    this.#changed();
    return isOver ? undefined : block;
  }

  /** Leaves what is left of a block, undefined if that is too much, when there is room for it. */
  async leave(block: number, bytes: Uint8Array | undefined): Promise<void> {
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      if (this.#put(block, bytes) || Atomics.load(this.#words, STOPPED) === 1) return;
      await Atomics.waitAsync(this.#words, CHANGES, changes).value;
    }
  }

  #put(block: number, bytes: Uint8Array | undefined): boolean {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const words = SLOTS + slot * WORDS_PER_SLOT;
      if (Atomics.load(this.#words, words + FULL) === 1) continue;
      if (bytes !== undefined) this.#slots.set(bytes, slot * SLOT_BYTES);
      this.#words[words + BLOCK] = block;
      this.#words[words + LENGTH] = bytes?.length ?? TOO_MUCH;
      Atomics.store(this.#words, words + FULL, 1);
      this.#changed();
      return true;
    }
    return false;
  }

  #changed(): void {
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }
}
