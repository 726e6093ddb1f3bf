import { blockCount, type Turns } from '../bytes/blocks.ts';
import { LEFT_COUNT } from '../requests/kernel-memory.ts';
import type { LinesLeft } from '../requests/sieve.ts';

/**
 * How two threads share a plain log. The one that counts it takes blocks, and so does a helper, which leaves the lines
 * that may count (see Sieve) in a place of the kernel's memory. The first counts them between its own blocks; the lines
 * of a block stay together, and all else is as if it had read the block itself.
 *
 * Until the log's first candidate shows whether it may be shared at all, the first reads all blocks in order, and the
 * helper works ahead of it for nothing or not.
 */
export type SharedBlocks = SharedArrayBuffer;

/** What the one that counts does with blocks, in their turn. */
interface BlockCounting {
  /** Called before anything of a block is counted. */
  begin(block: number): void;
  /** Counts the lines that the helper left of the block begun last. */
  take(lines: LinesLeft): void;
  /** All of a block was counted. */
  done(block: number): void;
}

/** 1 once the log is shared. */
const SHARED = 0;
/** The next block that nobody has taken. */
const NEXT = 1;
/** Blocks that the helper has taken and that were not counted yet, and the last of them. */
const OPEN = 2;
const LAST_OPEN = 3;
/** 1 when one of the two has given up: the other must not wait for it. */
const STOPPED = 4;
/** Counts up with every change that the one that counts may wait for. */
const CHANGES = 5;
const PLACES = 6;
/** Words of a place: its state, the block, and where what is left of it begins and ends. */
const STATE = 0;
const BLOCK = 1;
const FROM = 2;
const END = 3;
const WORDS_PER_PLACE = 4;

const FREE = 0;
const FULL = 1;
/** The helper left a block that must be read by the one that counts. */
const TOO_MUCH = 2;
/** Counted; but its candidates are hashed where they stand. */
const COUNTED = 3;

/** How far the helper may stay behind: candidates of later blocks must be kept until their turn comes. */
const MOST_AHEAD = 8;

export function newSharedBlocks(): SharedBlocks {
  return new SharedArrayBuffer((PLACES + LEFT_COUNT * WORDS_PER_PLACE) * Int32Array.BYTES_PER_ELEMENT);
}

/** One thread's view of the shared blocks. */
export class BlockSharing {
  readonly #words: Int32Array;
  #waiting: (() => void)[] = [];

  constructor(blocks: SharedBlocks) {
    this.#words = new Int32Array(blocks);
  }

  /** Makes ready for the next log. */
  reset(): void {
    this.#words.fill(0);
    // Block 0 shows whether the log may be shared.
    this.#words[NEXT] = 1;
  }

  /** One side has failed, so that the other has nothing to wait for. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.#changed();
    this.wake();
  }

  /** The turns of the one that counts, who gets what the helper left between its own blocks. */
  turns(fileSize: number, counting: BlockCounting): Turns {
    const blocks = blockCount(fileSize);
    let alone = 0;
    return {
      take: () => {
        const block = this.#words[SHARED] === 0 ? alone++ : this.#takeTurn(blocks, counting);
        if (block < blocks) counting.begin(block);
        return block;
      },
      done: (block) => counting.done(block),
    };
  }

  #takeTurn(blocks: number, counting: BlockCounting): number {
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      // All of them in turn: with the lowest first, a block in a higher place could wait while lower ones are filled again.
      for (let place = 0; place < LEFT_COUNT; place++) {
        const words = wordsOf(place);
        const state = Atomics.load(this.#words, words + STATE);
        if (state !== FULL && state !== TOO_MUCH) continue;
        const block = this.#words[words + BLOCK]!;
        Atomics.sub(this.#words, OPEN, 1);
        if (state === TOO_MUCH) {
          Atomics.store(this.#words, words + STATE, FREE);
          return block;
        }
        counting.begin(block);
        counting.take({ from: this.#words[words + FROM]!, end: this.#words[words + END]! });
        Atomics.store(this.#words, words + STATE, COUNTED);
        counting.done(block);
      }
      // Read in this order: the helper opens a block before it takes it.
      const next = Atomics.load(this.#words, NEXT);
      const isOver = next >= blocks;
      const open = Atomics.load(this.#words, OPEN);
      if (this.isStopped || (isOver && open === 0)) return Number.POSITIVE_INFINITY;
      if (!isOver && (open === 0 || next - Atomics.load(this.#words, LAST_OPEN) < MOST_AHEAD)) {
        return Atomics.add(this.#words, NEXT, 1);
      }
      Atomics.wait(this.#words, CHANGES, changes);
    }
  }

  /**
   * From here on the log is shared. The one that counts waits behind the first candidate, in `block`: what the helper
   * left of earlier ones has been counted already.
   */
  share(block: number): void {
    for (let place = 0; place < LEFT_COUNT; place++) {
      const words = wordsOf(place);
      if (this.#words[words + STATE] === FREE || this.#words[words + BLOCK]! > block) continue;
      this.#words[words + STATE] = FREE;
      this.#words[OPEN]!--;
    }
    this.#words[NEXT] = Math.max(this.#words[NEXT]!, block + 1);
    this.#words[SHARED] = 1;
    this.wake();
  }

  /** A place for the next block of the helper; undefined if there is none. */
  freePlace(): number | undefined {
    for (let place = 0; place < LEFT_COUNT; place++) {
      if (Atomics.load(this.#words, wordsOf(place) + STATE) === FREE) return place;
    }
    return undefined;
  }

  /** Until something has changed for the helper, which may be that it has nothing to do any more. */
  awaitChange(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOPPED) === 1;
  }

  /** Lets the helper see what has changed. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The next block for the helper; undefined if there is none. */
  takeForHelper(fileSize: number): number | undefined {
    Atomics.add(this.#words, OPEN, 1);
    const block = Atomics.add(this.#words, NEXT, 1);
    const isOver = block >= blockCount(fileSize);
    if (isOver) Atomics.sub(this.#words, OPEN, 1);
    else Atomics.store(this.#words, LAST_OPEN, block);
    this.#changed();
    return isOver ? undefined : block;
  }

  /** Hands over what is left of a block, undefined if that is too much. */
  leave(place: number, block: number, left: LinesLeft | undefined): void {
    const words = wordsOf(place);
    this.#words[words + BLOCK] = block;
    this.#words[words + FROM] = left?.from ?? 0;
    this.#words[words + END] = left?.end ?? 0;
    Atomics.store(this.#words, words + STATE, left === undefined ? TOO_MUCH : FULL);
    this.#changed();
  }

  /** The candidates of a block were hashed: what was left of it is needed no more. */
  free(block: number): void {
    for (let place = 0; place < LEFT_COUNT; place++) {
      const words = wordsOf(place);
      if (Atomics.load(this.#words, words + STATE) !== COUNTED || this.#words[words + BLOCK] !== block) continue;
      Atomics.store(this.#words, words + STATE, FREE);
      this.wake();
    }
  }

  #changed(): void {
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }
}

function wordsOf(place: number): number {
  return PLACES + place * WORDS_PER_PLACE;
}
