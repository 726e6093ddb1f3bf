import type { ByteSink } from '../bytes/outlet.ts';
import { LINE_LIMIT } from './line-reasons.ts';

const CHUNK_SIZE = 256 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface LineTaker {
  /**
   * A line without its end: where it stands in these bytes, good until the call returns. A view on each line would take
   * more time than all else that is done with most. `isUnfinished`: no line feed was there (L2).
   */
  line(bytes: Buffer, from: number, until: number, isUnfinished: boolean): void;
  /** The start of a line of more than 65,536 bytes (L4). */
  tooLong(start: Buffer): void;
  /** Where the next line begins that must be looked at, at `from` or behind it; all before are passed over. */
  next?(bytes: Buffer, from: number): number;
}

/** Cuts bytes into lines (L1, L2, L4). A sink of bytes: ask for `space`, say how much was `filled`, then `finish`. */
export class LineSplitter implements ByteSink {
  readonly #taker: LineTaker;
  readonly #buffer = Buffer.alloc(LINE_LIMIT + 2 + CHUNK_SIZE);
  #start = 0;
  #end = 0;
  #atLogStart = true;
  #skippingLine = false;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  space(): Uint8Array {
    return this.#buffer.subarray(this.#end, this.#end + CHUNK_SIZE);
  }

  filled(bytes: number): void {
    this.#end += bytes;
    if (this.#atLogStart && this.#end >= 3) {
      if (this.#buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) this.#start = 3;
      this.#atLogStart = false;
    }
    if (!this.#atLogStart) this.#takeLines();
  }

  finish(): void {
    if (!this.#skippingLine) this.#take(this.#buffer, this.#start, this.#end, true);
  }

  #takeLines(): void {
    const bytes = this.#buffer.subarray(0, this.#end);
    for (;;) {
      if (!this.#skippingLine) this.#start = this.#taker.next?.(bytes, this.#start) ?? this.#start;
      const lineFeed = bytes.indexOf(LF, this.#start);
      if (lineFeed < 0) break;
      if (this.#skippingLine) this.#skippingLine = false;
      else this.#take(bytes, this.#start, lineFeed, false);
      this.#start = lineFeed + 1;
    }
    if (this.#skippingLine) this.#start = this.#end;
    if (this.#end - this.#start > LINE_LIMIT + 1) {
      this.#taker.tooLong(bytes.subarray(this.#start));
      this.#skippingLine = true;
      this.#start = this.#end;
    }
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #take(bytes: Buffer, from: number, end: number, isUnfinished: boolean): void {
    const until = end > from && bytes[end - 1] === CR ? end - 1 : end;
    if (until - from > LINE_LIMIT) this.#taker.tooLong(bytes.subarray(from, until));
    else this.#taker.line(bytes, from, until, isUnfinished);
  }
}
