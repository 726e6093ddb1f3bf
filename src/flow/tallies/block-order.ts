/** Brings what several readers find in the blocks of a log into the order of the log. */
export class BlockOrder {
  /** The block that all blocks before are done. */
  #block = 0;
  readonly #done = new Set<number>();
  readonly #waiting = new Map<number, (() => void)[]>();

  /** Does the work when all blocks before this one are done. */
  at(block: number, work: () => void): void {
    if (block <= this.#block) return work();
    const waiting = this.#waiting.get(block);
    if (waiting === undefined) this.#waiting.set(block, [work]);
    else waiting.push(work);
  }

  /** All that there is to do in this block has been handed in. */
  done(block: number): void {
    this.#done.add(block);
    while (this.#done.delete(this.#block)) {
      this.#block++;
      this.#doWaiting(this.#block);
    }
  }

  /** Order matters no more: a block will never be done. Readers that wait for their work to be done must go on. */
  abandon(): void {
    this.#block = Number.POSITIVE_INFINITY;
    for (const block of [...this.#waiting.keys()]) this.#doWaiting(block);
  }

  #doWaiting(block: number): void {
    for (const work of this.#waiting.get(block) ?? []) work();
    this.#waiting.delete(block);
  }
}
