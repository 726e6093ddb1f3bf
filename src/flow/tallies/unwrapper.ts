import { copyInto } from '../bytes/outlet.ts';
import { LINE_LIMIT } from '../requests/line-reasons.ts';
import { LineSplitter } from '../requests/line-splitter.ts';
import type { Opened, Wrapper } from '../requests/log-format.ts';
import type { LogTally } from './log-tally.ts';
import type { TellingSink } from './tally-sink.ts';

const OUT_BYTES = 256 * 1024;
const LF = 0x0a;

/**
 * Takes the wrapper off each line of a log and passes on what is in it: the log is known by that (G1), and is the same
 * log with another wrapper, or with none. What is in no wrapper is passed on as it is.
 */
export class Unwrapper implements TellingSink {
  readonly #open: (line: string) => Opened;
  readonly #sink: TellingSink;
  readonly #lines: LineSplitter;
  readonly #out = Buffer.alloc(OUT_BYTES + LINE_LIMIT + 2);
  #length = 0;

  constructor(wrapper: Wrapper, sink: TellingSink) {
    this.#open = wrapper.start();
    this.#sink = sink;
    this.#lines = new LineSplitter({
      line: (bytes, from, until, isUnfinished) => this.#line(bytes.toString('latin1', from, until), isUnfinished),
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

  #line(line: string, isUnfinished: boolean): void {
    const opened = this.#open(line);
    if (opened.kind === 'line') this.#write(opened.text, isUnfinished);
    else if (opened.kind === 'misfit' && !isUnfinished) this.#write(line, false);
  }

  #write(text: string, isUnfinished: boolean): void {
    // A line feed inside a line is content, and no line of a log holds one (L5).
    const line = text.includes('\n') ? text.replaceAll('\n', '\x01') : text;
    const kept = line.length > LINE_LIMIT ? line.slice(0, LINE_LIMIT + 1) : line;
    this.#length += this.#out.write(kept, this.#length, 'latin1');
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
