import type { ByteSink } from '../bytes/outlet.ts';
import { CONTROL, LINE_LIMIT } from './line-reasons.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Cut, CutLine, FieldPlaces, LineCutter, LineFormat } from './log-format.ts';
import { MarkSearch } from './mark-search.ts';

export interface LineObserver {
  /** A suspect line (L3), cut into fields or rejected; `bytesOf` gives the bytes that are its part of the identity (G1). */
  suspect(line: CutLine, bytesOf: () => Buffer): void;
  /** Set by whom the bytes of the fields suffice: called in place of `suspect` for lines in which they were found. */
  found?(bytes: Buffer, places: FieldPlaces): void;
  /** The time field of a line sampled from all lines (H1). */
  sampledTime(time: string): void;
}

/** How far apart times are sampled: a part of what was read so far, but no more than 64 KiB (H1). */
export const SAMPLE_SHARE = 8192;
export const SAMPLE_EVERY = 64 * 1024;
const LF = 0x0a;
const NEAR = 2048;
const CONTROL_BYTES: Cut = { kind: 'rejected', reason: 'control-bytes', isMisfit: false };
/** A line of JSON may hold `countme` without being suspect. */
const SUSPECT = /countme(?:=|\\u003[dD])/;

/**
 * The plain reader of the line rules L1 to L8, for every format. It is the oracle of the kernel, so it is written to be
 * compared with SPEC.md, not to be fast. A sink of bytes: ask for `space`, say how much was `filled`, then `finish`.
 */
export class ReferenceReader implements ByteSink {
  readonly #mark: string;
  readonly #cutter: LineCutter;
  readonly #observer: LineObserver;
  readonly #lines: LineSplitter;
  readonly #isJson: boolean;
  readonly #isClosed: LineFormat['isClosed'];
  readonly #marks: MarkSearch;
  #bytesToSample = 0;
  #bytesRead = 0;

  constructor(format: LineFormat, observer: LineObserver) {
    this.#mark = format.mark;
    this.#marks = new MarkSearch(format.mark);
    this.#cutter = format.start();
    this.#isClosed = format.isClosed;
    this.#isJson = format.mark === 'countme';
    this.#observer = observer;
    this.#lines = new LineSplitter({
      line: (bytes, from, until, isUnfinished) => this.#line(bytes, from, until, isUnfinished),
      tooLong: (bytes) => this.#tooLong(bytes),
      ...(this.#cutter.mustSee === undefined ? { next: (bytes, from) => this.#next(bytes, from) } : {}),
    });
  }

  space(): Uint8Array {
    return this.#lines.space();
  }

  filled(bytes: number): void {
    this.#lines.filled(bytes);
  }

  finish(): void {
    this.#lines.finish();
  }

  /** The next line that is suspect, or whose time is to be sampled. */
  #next(bytes: Buffer, from: number): number {
    const until = Math.min(this.#marks.behind(bytes, from), from + Math.max(0, this.#bytesToSample - 1));
    // So near it is as quick to go on line by line.
    if (until - from < NEAR) return from;
    const next = bytes.lastIndexOf(LF, until - 1) + 1;
    if (next <= from) return from;
    this.#pass(next - from);
    return next;
  }

  #line(bytes: Buffer, from: number, until: number, isUnfinished: boolean): void {
    if (!isUnfinished) this.#sample(bytes, from, until);
    const isMarked = this.#marks.isIn(bytes, from, until);
    if (!isMarked && this.#cutter.mustSee?.(bytes[from]) !== true) return;
    const places = isUnfinished ? undefined : this.#observer.found && this.#cutter.find?.(bytes, from, until);
    if (places !== undefined) return this.#observer.found!(bytes, places);
    const text = bytes.toString('latin1', from, until);
    const cut = this.#cut(text);
    if (cut.kind === 'nothing') return;
    if (isUnfinished && (cut.kind === 'rejected' || !this.#isClosed(text))) return;
    if (cut.kind === 'rejected' && !SUSPECT.test(text)) return;
    this.#observer.suspect(cut, () => bytes.subarray(from, until));
  }

  /** Cuts one line, without its line end, into fields (L5 to L8). */
  #cut(line: string): Cut {
    if (!this.#isJson) return CONTROL.test(line) ? CONTROL_BYTES : this.#cutter.cut(line);
    // What can be read as JSON holds none: to look for them all the same took a tenth of all time.
    const cut = this.#cutter.cut(line);
    return cut.kind === 'rejected' && cut.isMisfit && CONTROL.test(line) ? CONTROL_BYTES : cut;
  }

  #tooLong(line: Buffer): void {
    const bytes = line.subarray(0, LINE_LIMIT);
    if (!bytes.includes(this.#mark) || !SUSPECT.test(bytes.toString('latin1'))) return;
    this.#observer.suspect({ kind: 'rejected', reason: 'too-long', isMisfit: false }, () => bytes);
  }

  #sample(bytes: Buffer, from: number, until: number): void {
    this.#pass(until - from + 1);
    if (this.#bytesToSample > 0) return;
    const time = this.#cutter.timeOf(bytes.toString('latin1', from, until));
    if (time === undefined) return;
    this.#observer.sampledTime(time);
    this.#bytesToSample = Math.min(SAMPLE_EVERY, this.#bytesRead / SAMPLE_SHARE);
  }

  #pass(bytes: number): void {
    this.#bytesRead += bytes;
    this.#bytesToSample -= bytes;
  }
}
