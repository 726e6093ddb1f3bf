import { copyInto } from '../bytes/outlet.ts';
import { LINE_LIMIT } from '../requests/line-reasons.ts';
import { LineSplitter } from '../requests/line-splitter.ts';
import type { Opener, Wrapper } from '../requests/log-format.ts';
import { MarkSearch } from '../requests/mark-search.ts';
import { SAMPLE_EVERY, SAMPLE_SHARE } from '../requests/reference.ts';
import type { LogTally } from './log-tally.ts';
import type { TellingSink } from './tally-sink.ts';

const OUT_BYTES = 256 * 1024;
const LF = 0x0a;
const START_BYTES = 64;
/** So often a line goes on of which nothing but the time matters: a quarter of what H1 asks for. */
const PASSED_EVERY = SAMPLE_EVERY / 4;

/**
 * Takes the wrapper off each line of a log and passes on what is in it: the log is known by that (G1), and is the same
 * log with another wrapper, or with none. What is in no wrapper is passed on as it is. Of lines that hold no check-in only
 * so many are opened as show the hours: to open them all took four fifths of the time of a usual log.
 */
export class Unwrapper implements TellingSink {
  readonly #opener: Opener;
  readonly #sink: TellingSink;
  readonly #lines: LineSplitter;
  readonly #areAllNeeded: boolean;
  readonly #out = Buffer.alloc(OUT_BYTES + LINE_LIMIT + 2);
  #length = 0;
  #bytesRead = 0;
  #bytesToPass = 0;
  #bytesToFlush = SAMPLE_EVERY;
  readonly #marks = new MarkSearch('countme');

  /** `areAllNeeded`: lines of the format inside depend on those before them. */
  constructor(wrapper: Wrapper, sink: TellingSink, areAllNeeded: boolean) {
    this.#opener = wrapper.start();
    this.#sink = sink;
    this.#areAllNeeded = areAllNeeded;
    this.#lines = new LineSplitter({
      line: (bytes, from, until, isUnfinished) => {
        if (this.#matters(bytes, from, until)) this.#open(bytes, from, until, isUnfinished);
      },
      tooLong: (start) => this.#write(start.toString('latin1', 0, LINE_LIMIT + 1), false),
    });
  }

  space(): Uint8Array {
    return this.#lines.space();
  }

  filled(bytes: number): void {
    this.#lines.filled(bytes);
  }

  tell(): void {
    this.#flush();
    this.#sink.tell();
  }

  finish(): LogTally {
    this.#lines.finish();
    this.#flush();
    return this.#sink.finish();
  }

  #matters(bytes: Buffer, from: number, until: number): boolean {
    const length = until - from;
    this.#bytesRead += length;
    this.#bytesToPass -= length;
    this.#bytesToFlush -= length;
    if (this.#bytesToFlush <= 0) {
      // The reader inside sees the first and the last line of what it is given at a time.
      this.#bytesToFlush = SAMPLE_EVERY;
      this.#flush();
    }
    if (!this.#areAllNeeded && this.#bytesToPass > 0 && !this.#marks.isIn(bytes, from, until)) {
      return this.#opener.mayBePart(() => bytes.toString('latin1', from, Math.min(until, from + START_BYTES)), length);
    }
    this.#bytesToPass = Math.min(PASSED_EVERY, this.#bytesRead / SAMPLE_SHARE);
    return true;
  }

  #open(bytes: Buffer, from: number, until: number, isUnfinished: boolean): void {
    const end = this.#opener.openInto?.(this.#out, this.#length, bytes, from, until);
    if (end === undefined) return this.#line(bytes.toString('latin1', from, until), isUnfinished);
    this.#length = end;
    this.#endLine(isUnfinished);
  }

  #line(line: string, isUnfinished: boolean): void {
    const opened = this.#opener.open(line);
    if (opened.kind === 'line') this.#write(opened.text, isUnfinished);
    else if (opened.kind === 'misfit' && !isUnfinished) this.#write(line, false);
  }

  #write(text: string, isUnfinished: boolean): void {
    // A line feed inside a line is content, and no line of a log holds one (L5).
    const line = text.includes('\n') ? text.replaceAll('\n', '\x01') : text;
    const kept = line.length > LINE_LIMIT ? line.slice(0, LINE_LIMIT + 1) : line;
    this.#length += this.#out.write(kept, this.#length, 'latin1');
    this.#endLine(isUnfinished);
  }

  #endLine(isUnfinished: boolean): void {
    // If it is still being written, the sink must not take it for whole (L2).
    if (!isUnfinished) this.#out[this.#length++] = LF;
    if (this.#length >= OUT_BYTES) this.#flush();
  }

  #flush(): void {
    const length = this.#length;
    this.#length = 0;
    copyInto(this.#sink, this.#out.subarray(0, length));
  }
}
