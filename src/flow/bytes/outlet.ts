import { HEAD_BYTES, unpackedProblem } from './container.ts';
import { LogFault } from './log-fault.ts';

/** Where the bytes of a log go. */
export interface ByteSink {
  /** The place for the next bytes; never empty, and it may be a view on shared memory. */
  space(): Uint8Array;
  /** That many bytes now stand at the start of `space()`. */
  filled(bytes: number): void;
}

/** Copies bytes that stand elsewhere into a sink. */
export function copyInto(sink: ByteSink, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const space = sink.space();
    const piece = bytes.subarray(at, at + space.length);
    space.set(piece);
    sink.filled(piece.length);
    at += piece.length;
  }
}

const MEBIBYTE = 2 ** 20;
/** A hundred times the largest daily log known, and still an end to what a hostile archive can cost. */
export const MOST_BYTES = 2 ** 40;
/** Access logs pack 10 to 30 times and logs of a single repeated line up to about 200 times; bombs 1,029 times. */
export const MOST_RATIO = 250;
/** Below this much output a high ratio costs nothing, and short repetitive logs reach one honestly. */
export const RATIO_COUNTS_FROM = 64 * MEBIBYTE;

/** Passes decompressed bytes on to a sink, as long as they could be a log and stay within the limits. */
export class Outlet {
  readonly #sink: ByteSink;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  bytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** `consumed` is how much of the archive has gone into all that came out so far. */
  take(chunk: Uint8Array, consumed: number): void {
    this.#keepHead(chunk);
    this.bytes += chunk.length;
    checkLimits(this.bytes, consumed);
    copyInto(this.#sink, chunk);
  }

  end(consumed: number): void {
    checkLimits(this.bytes, consumed);
    if (this.#headBytes < HEAD_BYTES) this.#checkHead();
  }

  #keepHead(chunk: Uint8Array): void {
    if (this.#headBytes === HEAD_BYTES) return;
    const piece = chunk.subarray(0, HEAD_BYTES - this.#headBytes);
    this.#head.set(piece, this.#headBytes);
    this.#headBytes += piece.length;
    if (this.#headBytes === HEAD_BYTES) this.#checkHead();
  }

  #checkHead(): void {
    const problem = unpackedProblem(this.#head.subarray(0, this.#headBytes));
    if (problem) throw new LogFault('refused', `inside the archive: ${problem}`);
  }
}

function checkLimits(bytes: number, consumed: number): void {
  if (bytes > MOST_BYTES) {
    throw new LogFault('damaged', 'more than 1 TiB comes out of this archive; split it if it is a log');
  }
  if (bytes > RATIO_COUNTS_FROM && bytes > consumed * MOST_RATIO) {
    const expected = `more than ${MOST_RATIO} times its size comes out of this archive, which no log does`;
    throw new LogFault('damaged', `${expected}; unpack it yourself if it is one`);
  }
}
