import type { LogFormat } from './format.ts';
import { LINE_LIMIT, type LineReason } from './line-reasons.ts';

/** The fields of a line, one byte per character. */
export interface LineFields {
  host: string;
  time: string;
  method: string;
  target: string;
  status: string;
  agent: string;
}

/** A suspect line (L3), cut into fields or rejected, with the bytes that are its part of the log's identity (G1). */
export type SuspectLine = { bytes: Buffer } & ({ kind: 'fields'; fields: LineFields } | RejectedLine);

/** `isMisfit`: the line is none of the log's format, whatever its request is (L11). */
interface RejectedLine {
  kind: 'rejected';
  reason: LineReason;
  isMisfit: boolean;
}

export interface LineObserver {
  suspect(line: SuspectLine): void;
  /** The time field of a line sampled from all lines (H1). */
  sampledTime(time: string): void;
}

const CHUNK_SIZE = 256 * 1024;
/** How far apart times are sampled: a part of what was read so far, but no more than 64 KiB (H1). */
const SAMPLE_SHARE = 8192;
const SAMPLE_EVERY = 64 * 1024;
const CONTROL = /[\x00-\x08\x0a-\x0c\x0e-\x1f\x7f]/;
const LF = 0x0a;
const CR = 0x0d;

/**
 * The plain reader of the line rules L1 to L8, for every format. It is the oracle of the kernel, so it is written to be
 * compared with SPEC.md, not to be fast. A sink of bytes: ask for `space`, say how much was `filled`, then `finish`.
 */
export class ReferenceReader {
  readonly #format: LogFormat;
  readonly #observer: LineObserver;
  readonly #buffer = Buffer.alloc(LINE_LIMIT + 2 + CHUNK_SIZE);
  #start = 0;
  #end = 0;
  #atLogStart = true;
  #skippingLine = false;
  #bytesToSample = 0;
  #bytesRead = 0;

  constructor(format: LogFormat, observer: LineObserver) {
    this.#format = format;
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
    if (!line.includes('countme=')) return;
    const cut = cutLine(line.toString('latin1'), this.#format);
    if (unfinished && cut.kind === 'rejected') return;
    this.#observer.suspect({ bytes: line, ...cut });
  }

  #tooLong(line: Buffer): void {
    const bytes = line.subarray(0, LINE_LIMIT);
    if (bytes.includes('countme=')) this.#observer.suspect({ bytes, ...rejected('too-long', false) });
  }

  #sample(line: Buffer): void {
    this.#bytesRead += line.length + 1;
    this.#bytesToSample -= line.length + 1;
    if (this.#bytesToSample > 0 || line.length > LINE_LIMIT) return;
    const time = this.#format.line.exec(line.toString('latin1'))?.groups?.['time'];
    if (time === undefined) return;
    this.#observer.sampledTime(time);
    this.#bytesToSample = Math.min(SAMPLE_EVERY, this.#bytesRead / SAMPLE_SHARE);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

type CutLine = { kind: 'fields'; fields: LineFields } | RejectedLine;

/** Cuts one line, without its line end, into fields (L5 to L8). */
export function cutLine(line: string, format: LogFormat): CutLine {
  if (CONTROL.test(line)) return rejected('control-bytes', false);
  const match = format.line.exec(line);
  if (match === null) return rejected('malformed', true);
  const groups = match.groups!;
  const rest = line.slice(match[0].length);
  const request = /^([^ ]+) ([^ ]+) HTTP\/[^ ]*$/s.exec(groups['request']!);
  if (request === null || isDoubtful(groups['user'] ?? '')) return rejected('malformed', rest !== '');
  if (rest !== '') return rejected(rest.startsWith(' ') ? 'trailing-fields' : 'malformed', true);
  return {
    kind: 'fields',
    fields: {
      host: groups['host']!,
      time: groups['time']!,
      method: request[1]!,
      target: request[2]!,
      status: groups['status']!,
      agent: groups['agent']!,
    },
  };
}

/** Such a user may be what is left of a line that was cut off, and the host and the user of the next (L7). */
function isDoubtful(user: string): boolean {
  return user.includes(' ') && / (?:\[|- )/.test(` ${user} `);
}

function rejected(reason: LineReason, isMisfit: boolean): RejectedLine {
  return { kind: 'rejected', reason, isMisfit };
}
