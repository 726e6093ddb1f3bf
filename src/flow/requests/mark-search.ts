/** Where a mark stands next in a block of lines: looked for once, not in each line. */
export class MarkSearch {
  readonly #mark: Buffer;
  #at = 0;
  #searched: Buffer | undefined;

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** At `from` or behind it; the end of the bytes if there is none. */
  behind(bytes: Buffer, from: number): number {
    if (bytes !== this.#searched || this.#at < from) {
      const found = bytes.indexOf(this.#mark, from);
      this.#at = found < 0 ? bytes.length : found;
      this.#searched = bytes;
    }
    return this.#at;
  }

  /** Whether all of a mark stands in these lines. */
  isIn(bytes: Buffer, from: number, until: number): boolean {
    return this.behind(bytes, from) + this.#mark.length <= until;
  }
}
