/** Copies of nearly the same size can follow one another. */
const COPY_STEP = 64 * 1024;

interface Copy {
  buffer: ArrayBuffer;
  length: number;
}

/** Brings the candidates of blocks that are read in any order into the order of the log. */
export class BlockOrder {
  readonly #update: (bytes: Uint8Array) => void;
  /** All blocks before this one are done. */
  #block = 0;
  readonly #done = new Set<number>();
  readonly #waiting = new Map<number, Copy[]>();
  /** Memory of copies that are not needed any more: new memory for each cost as much as copying twice. */
  readonly #spare: ArrayBuffer[] = [];

  /** `update` gets the candidates in order. */
  constructor(update: (bytes: Uint8Array) => void) {
    this.#update = update;
  }

  /** Bytes of a block that must wait for their turn are copied. */
  take(block: number, bytes: Uint8Array): void {
    if (block <= this.#block) return this.#update(bytes);
    const waiting = this.#waiting.get(block);
    if (waiting === undefined) this.#waiting.set(block, [this.#copyOf(bytes)]);
    else waiting.push(this.#copyOf(bytes));
  }

  /** The candidates of this block were all taken. */
  done(block: number): void {
    this.#done.add(block);
    while (this.#done.delete(this.#block)) {
      this.#block++;
      for (const { buffer, length } of this.#waiting.get(this.#block) ?? []) {
        this.#update(new Uint8Array(buffer, 0, length));
        this.#spare.push(buffer);
      }
      this.#waiting.delete(this.#block);
    }
  }

  /** The sums of a log of which a block was left out add up all the same (C2): only its blocks tell. Throws then. */
  checkComplete(blocks: number): void {
    if (this.#block === blocks) return;
    throw new Error(`block ${this.#block} of ${blocks} was not read; nothing of this log is kept. Please report this`);
  }

  #copyOf(bytes: Uint8Array): Copy {
    const spare = this.#spare.pop();
    const isEnough = spare !== undefined && spare.byteLength >= bytes.length;
    const buffer = isEnough ? spare : new ArrayBuffer(Math.ceil(bytes.length / COPY_STEP) * COPY_STEP);
    new Uint8Array(buffer).set(bytes);
    return { buffer, length: bytes.length };
  }
}
