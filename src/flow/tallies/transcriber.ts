import { copyInto } from '../bytes/outlet.ts';
import { LINE_LIMIT } from '../requests/line-reasons.ts';
import type { BadLine, FieldPlaces, LineFields, LineFormat, Place } from '../requests/log-format.ts';
import { ReferenceReader } from '../requests/reference.ts';
import { remembered } from '../sightings/remembered.ts';
import { timeReader } from '../sightings/time.ts';
import { type EpochSeconds, FIRST_WEEK, weekStart } from '../sightings/week.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { hourOf, sortedHours } from './sighting-sums.ts';
import type { TellingSink } from './tally-sink.ts';

const OUT_BYTES = 256 * 1024;
/** The longest that a line of usual length can become: as long as a line may be, each byte escaped. */
const LONGEST = 4 * LINE_LIMIT + 1024;
/** Minutes of eleven days. */
const MOST_MINUTES = 16_384;

/**
 * Writes what could be a check-in, in whatever format, as a line of nginx's `combined`, for a reader of that. One reader
 * then judges all formats, the fast one where it can run, so that equal check-ins give equal totals; to do it in a second
 * one took five times as long. Lines that cannot be read are passed on as lines that are rejected for the same reason.
 */
export class Transcriber implements TellingSink {
  readonly #reader: ReferenceReader;
  readonly #sink: TellingSink;
  readonly #readTime = timeReader();
  #stampedTime = Buffer.alloc(0);
  #stamp = '-';
  #minute = Number.NaN;
  #minuteText = '';
  readonly #latest: EpochSeconds;
  readonly #hoursSeen = new Set<EpochHour>();
  readonly #out = Buffer.alloc(OUT_BYTES + LONGEST);
  #length = 0;

  /** `sink` reads combined; times after `latest` are not believed (H1). */
  constructor(format: LineFormat, sink: TellingSink, latest: EpochSeconds) {
    this.#sink = sink;
    this.#latest = latest;
    this.#reader = new ReferenceReader(format, {
      found: (bytes, places) => this.#writeFound(bytes, places),
      suspect: (line, bytesOf) =>
        this.#write(line.kind === 'fields' ? this.#combined(line.fields) : unreadable(line, bytesOf())),
      sampledTime: (text) => this.#sampled(this.#readTime(text)),
    });
  }

  space(): Uint8Array {
    return this.#reader.space();
  }

  filled(bytes: number): void {
    this.#reader.filled(bytes);
  }

  tell(): void {
    this.#flush();
    this.#sink.tell();
  }

  finish(): LogTally {
    this.#reader.finish();
    this.#flush();
    const tally = this.#sink.finish();
    for (const hour of tally.hoursSeen) this.#hoursSeen.add(hour);
    return { ...tally, hoursSeen: sortedHours(this.#hoursSeen) };
  }

  #combined({ host, time, method, target, status, agent }: LineFields): string {
    const seconds = this.#readTime(time);
    const stamp = seconds === undefined ? '-' : this.#stampOf(seconds);
    const code = THREE_DIGITS.test(status) ? status : '000';
    return `${WORD.test(host) ? host : '-'} - - [${stamp}] "${method} ${target} HTTP/1.1" ${code} - "-" "${agent}"\n`;
  }

  /** The same of fields that stand in bytes. */
  #writeFound(bytes: Buffer, { host, time, method, target, status, agent }: FieldPlaces): void {
    this.#copy(bytes, host);
    this.#append(' - - [');
    this.#append(this.#stampOfPlace(bytes, time));
    this.#append('] "');
    this.#copy(bytes, method);
    this.#append(' ');
    this.#copyTarget(bytes, target);
    this.#append(' HTTP/1.1" ');
    this.#copy(bytes, status);
    this.#append(' - "-" "');
    this.#copy(bytes, agent);
    this.#append('"\n');
    if (this.#length >= OUT_BYTES) this.#flush();
  }

  /** Byte by byte: to call for it takes longer than to copy so few. */
  #copy(bytes: Uint8Array, { from, end }: Place): void {
    const out = this.#out;
    let to = this.#length;
    for (let at = from; at < end; at++) out[to++] = bytes[at]!;
    this.#length = to;
  }

  #copyTarget(bytes: Uint8Array, { from, end }: Place): void {
    const out = this.#out;
    let to = this.#length;
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      out[to++] = byte === BACKSLASH ? AMPERSAND : byte;
      if (byte === BACKSLASH) at += ESCAPED_AMPERSAND - 1;
    }
    this.#length = to;
  }

  #append(text: string): void {
    for (let at = 0; at < text.length; at++) this.#out[this.#length++] = text.charCodeAt(at);
  }

  /** Most lines have the time of the one before. */
  #stampOfPlace(bytes: Buffer, { from, end }: Place): string {
    if (!isEqual(this.#stampedTime, bytes, from, end)) {
      this.#stampedTime = Buffer.from(bytes.subarray(from, end));
      const seconds = this.#readTime(this.#stampedTime.toString('latin1'));
      this.#stamp = seconds === undefined ? '-' : this.#stampOf(seconds);
    }
    return this.#stamp;
  }

  /** As nginx writes it, in UTC. */
  #stampOf(seconds: EpochSeconds): string {
    const minute = Math.floor(seconds / 60);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#minuteText = minuteText(String(minute));
    }
    return `${this.#minuteText}${two(seconds - minute * 60)} +0000`;
  }

  #write(line: string): void {
    this.#length += this.#out.write(line, this.#length, 'latin1');
    if (this.#length >= OUT_BYTES) this.#flush();
  }

  #flush(): void {
    const length = this.#length;
    this.#length = 0;
    copyInto(this.#sink, this.#out.subarray(0, length));
  }

  #sampled(time: EpochSeconds | undefined): void {
    if (time === undefined || time < weekStart(FIRST_WEEK) || time > this.#latest) return;
    this.#hoursSeen.add(hourOf(time));
  }
}

const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
/** `\u0026`. */
const ESCAPED_AMPERSAND = 6;

function isEqual(expected: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (expected.length !== end - from) return false;
  for (let at = from; at < end; at++) if (bytes[at] !== expected[at - from]) return false;
  return true;
}

const WORD = /^[\x21-\x7e]+$/;
const THREE_DIGITS = /^[0-9]{3}$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const minuteText = remembered(MOST_MINUTES, (minute) => {
  const date = new Date(Number(minute) * 60_000);
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${String(date.getUTCFullYear()).padStart(4, '0')}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:`;
});

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** A line that combined rejects for the same reason, and in which no line of combined can hide. */
function unreadable(line: BadLine, bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, LINE_LIMIT);
  switch (line.reason) {
    case 'too-long':
      return ` countme= ${text}\n`;
    case 'control-bytes':
      return ` countme= ${text.slice(0, SHORTER)}\x01\n`;
    case 'trailing-fields':
      return `- - - [-] "GET countme= HTTP/1.1" 200 - "-" "-" ${text.slice(0, SHORTER)}\n`;
    case 'malformed':
      // What a stranger made bad stands where strangers' words stand.
      return line.isMisfit ? ` countme= ${text.slice(0, SHORTER)}\n` : '- - - [-] "countme=" 400 - "-" "-"\n';
  }
}

/** What is put before it must not make a line too long. */
const SHORTER = LINE_LIMIT - 1024;
