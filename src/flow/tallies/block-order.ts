/** Brings the candidates of blocks that are read in any order into the order of the log. */
export class BlockOrder {
  readonly #update: (bytes: Uint8Array) => void;
  /** All blocks before this one are done. */
  #block = 0;
  readonly #done = new Set<number>();
  readonly #waiting = new Map<number, Uint8Array[]>();

  /** `update` gets the candidates in order. */
  constructor(update: (bytes: Uint8Array) => void) {
    this.#update = update;
  }

  /** Bytes of a block that must wait for their turn are copied. */
  take(block: number, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(block);
    if (block <= this.#block) this.#update(bytes);
    else if (waiting === undefined) this.#waiting.set(block, [Uint8Array.from(bytes)]);
    else waiting.push(Uint8Array.from(bytes));
  }

  /** The candidates of this block were all taken. */
  done(block: number): void {
    this.#done.add(block);
    while (this.#done.delete(this.#block)) {
      this.#block++;
      for (const bytes of this.#waiting.get(this.#block) ?? []) this.#update(bytes);
      this.#waiting.delete(this.#block);
    }
  }
}
