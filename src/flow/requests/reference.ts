import { CONTROL, LINE_LIMIT } from './line-reasons.ts';
import type { Cut, CutLine, LineCutter, LogFormat } from './log-format.ts';

/** A suspect line (L3), cut into fields or rejected, with the bytes that are its part of the log's identity (G1). */
export type SuspectLine = { bytes: Buffer } & CutLine;

export interface LineObserver {
  suspect(line: SuspectLine): void;
  /** The time field of a line sampled from all lines (H1). */
  sampledTime(time: string): void;
}

const CHUNK_SIZE = 256 * 1024;
/** How far apart times are sampled: a part of what was read so far, but no more than 64 KiB (H1). */
const SAMPLE_SHARE = 8192;
const SAMPLE_EVERY = 64 * 1024;
/** A line of JSON may hold `countme` without being suspect. */
const SUSPECT = /countme(?:=|\\u003[dD])/;
const LF = 0x0a;
const CR = 0x0d;

/**
 * The plain reader of the line rules L1 to L8, for every format. It is the oracle of the kernel, so it is written to be
 * compared with SPEC.md, not to be fast. A sink of bytes: ask for `space`, say how much was `filled`, then `finish`.
 */
export class ReferenceReader {
  readonly #mark: LogFormat['mark'];
  readonly #cutter: LineCutter;
  readonly #observer: LineObserver;
  readonly #buffer = Buffer.alloc(LINE_LIMIT + 2 + CHUNK_SIZE);
  #start = 0;
  #end = 0;
  #atLogStart = true;
  #skippingLine = false;
  #bytesToSample = 0;
  #bytesRead = 0;

  constructor(format: LogFormat, observer: LineObserver) {
    this.#mark = format.mark;
    this.#cutter = format.start();
    this.#observer = observer;
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
    if (this.#skippingLine) return;
    const rest = withoutCarriageReturn(this.#buffer.subarray(this.#start, this.#end));
    this.#line(rest, true);
  }

  #takeLines(): void {
    for (;;) {
      const lineFeed = this.#buffer.subarray(0, this.#end).indexOf(LF, this.#start);
      if (lineFeed < 0) break;
      if (this.#skippingLine) this.#skippingLine = false;
      else this.#line(withoutCarriageReturn(this.#buffer.subarray(this.#start, lineFeed)), false);
      this.#start = lineFeed + 1;
    }
    if (this.#skippingLine) this.#start = this.#end;
    if (this.#end - this.#start > LINE_LIMIT + 1) {
      this.#tooLong(this.#buffer.subarray(this.#start, this.#end));
      this.#skippingLine = true;
      this.#start = this.#end;
    }
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #line(line: Buffer, unfinished: boolean): void {
    if (!unfinished) this.#sample(line);
    if (line.length > LINE_LIMIT) return this.#tooLong(line);
    if (!line.includes(this.#mark) && this.#cutter.mustSee?.(line) !== true) return;
    const text = line.toString('latin1');
    const cut = cutLine(text, this.#cutter);
    if (cut.kind === 'nothing') return;
    if (cut.kind === 'rejected' && (unfinished || !SUSPECT.test(cut.within ?? text))) return;
    this.#observer.suspect({ ...cut, bytes: cut.within === undefined ? line : Buffer.from(cut.within, 'latin1') });
  }

  #tooLong(line: Buffer): void {
    const bytes = line.subarray(0, LINE_LIMIT);
    if (!bytes.includes(this.#mark) || !SUSPECT.test(bytes.toString('latin1'))) return;
    this.#observer.suspect({ bytes, kind: 'rejected', reason: 'too-long', fits: true });
  }

  #sample(line: Buffer): void {
    this.#bytesRead += line.length + 1;
    this.#bytesToSample -= line.length + 1;
    if (this.#bytesToSample > 0 || line.length > LINE_LIMIT) return;
    const time = this.#cutter.timeOf(line.toString('latin1'));
    if (time === undefined) return;
    this.#observer.sampledTime(time);
    this.#bytesToSample = Math.min(SAMPLE_EVERY, this.#bytesRead / SAMPLE_SHARE);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

/** Cuts one line, without its line end, into fields (L5 to L8). */
function cutLine(line: string, cutter: LineCutter): Cut {
  return CONTROL.test(line) ? { kind: 'rejected', reason: 'control-bytes', fits: true } : cutter.cut(line);
}
