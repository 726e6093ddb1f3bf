import type { Place } from '../log-format.ts';
import { type JsonObject, parseJsonLine } from './json-line.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const SMALL_E = 0x65;
/** Makes an upper letter a lower one. */
const LOWER = 0x20;

/** What may stand where a value stood in the line that a shape was learnt from. */
export type Leaf =
  /** A text or a number of which nothing is wanted. */
  | 'any-text'
  | 'any-number'
  /** Not empty, and all of it stands in a log as it stands here. */
  | 'plain-text'
  /** The same, but `&` may be written `\u0026`, as Go does. */
  | 'target'
  /** Digits, of which a fraction is not wanted. */
  | 'whole-number'
  /** A text in which characters of ASCII may be escaped. */
  | 'escaped-text';

/**
 * The shape of a line of JSON: what stands between its values, to the byte, and what each value is. A server writes the
 * same keys in the same order into each line, so that the values of most lines can be found without parsing them, which
 * took half of all time. A line that does not fit must be parsed.
 */
export class JsonShape {
  /** What stands before each value, and behind the last. */
  readonly #between: readonly Buffer[];
  readonly #leaves: readonly Leaf[];
  /** Where each value begins and ends in the line that fitted last. */
  readonly #places: Int32Array;

  private constructor(between: readonly Buffer[], leaves: readonly Leaf[]) {
    this.#between = between;
    this.#leaves = leaves;
    this.#places = new Int32Array(2 * leaves.length);
  }

  /** Of a line that can be parsed. `leafOf` says what is wanted of its values; the others may be anything. */
  static of(line: string, leafOf: (place: number, isText: boolean) => Leaf | undefined): JsonShape {
    const { between, isText } = valuesIn(line);
    return new JsonShape(
      between.map((text) => Buffer.from(text, 'latin1')),
      isText.map((text, place) => leafOf(place, text) ?? (text ? 'any-text' : 'any-number')),
    );
  }

  fits(bytes: Uint8Array, from: number, until: number): boolean {
    let at = from;
    for (let value = 0; value < this.#leaves.length; value++) {
      const leaf = this.#leaves[value]!;
      const start = behindEqual(this.#between[value]!, bytes, at, until);
      if (start < 0) return false;
      at = leafEnd(leaf, bytes, start, until);
      if (at < 0) return false;
      this.#places[2 * value] = start;
      this.#places[2 * value + 1] = leaf === 'whole-number' ? digitsEnd(bytes, start, at) : at;
    }
    return behindEqual(this.#between[this.#leaves.length]!, bytes, at, until) === until;
  }

  /** Says where a value stands in the line that fitted last. */
  place(value: number, place: Place): void {
    place.from = this.#places[2 * value]!;
    place.end = this.#places[2 * value + 1]!;
  }
}

/** Servers write a handful; whoever sends headers to one that logs them all can make more. */
const MOST_SHAPES = 4;
/** So often a shape is learnt in one log: that costs as much as a hundred lines. */
const MOST_LEARNT = 64;
const LONGEST = 4096;

/** What is wanted of lines, as said of one whose values are marked: which values, and what they must be. */
export interface Wanted<Values> {
  values: Values;
  leafOf(place: number, isText: boolean): Leaf | undefined;
}

interface Learnt<Values> {
  shape: JsonShape;
  values: Values;
  /** How many lines it has fitted. */
  fitted: number;
}

/** The shapes of the lines of a log. */
export class LearntShapes<Values> {
  readonly #wantedOf: (marked: JsonObject) => Wanted<Values> | undefined;
  readonly #shapes: Learnt<Values>[] = [];
  #learnt = 0;

  /** `wantedOf` answers undefined for a line of which nothing can be said by its shape. */
  constructor(wantedOf: (marked: JsonObject) => Wanted<Values> | undefined) {
    this.#wantedOf = wantedOf;
  }

  /** The shape that the line fits, with what is wanted of it. */
  fit(bytes: Uint8Array, from: number, until: number): { shape: JsonShape; values: Values } | undefined {
    for (const learnt of this.#shapes) {
      if (!learnt.shape.fits(bytes, from, until)) continue;
      learnt.fitted++;
      return learnt;
    }
    return undefined;
  }

  /** Of a line that fitted none. The shape that fitted least makes room. */
  learn(line: string): void {
    if (this.#learnt >= MOST_LEARNT || line.length > LONGEST) return;
    this.#learnt++;
    const marked = parseJsonLine(withValuesMarked(line));
    const wanted = marked && this.#wantedOf(marked.object);
    if (wanted === undefined) return;
    const shape = JsonShape.of(line, wanted.leafOf);
    const bytes = Buffer.from(line, 'latin1');
    if (!shape.fits(bytes, 0, bytes.length)) return;
    this.#shapes.sort((a, b) => b.fitted - a.fitted);
    this.#shapes[Math.min(this.#shapes.length, MOST_SHAPES - 1)] = { shape, values: wanted.values, fitted: 0 };
  }
}

/** Texts, without their quotes, and numbers. A text that is empty is none: it says something else than one that is not. */
const VALUES = /"((?:[^"\\]|\\.)*)"([ \t\r\n]*:)?|-?[0-9][0-9.eE+-]*/g;

function valuesIn(line: string): { between: string[]; isText: boolean[] } {
  const between: string[] = [];
  const isText: boolean[] = [];
  let last = 0;
  for (const { 0: whole, 1: text, 2: colon, index } of line.matchAll(VALUES)) {
    if (colon !== undefined || text === '') continue;
    const quote = text === undefined ? 0 : 1;
    between.push(line.slice(last, index + quote));
    isText.push(text !== undefined);
    last = index + whole.length - quote;
  }
  return { between: [...between, line.slice(last)], isText };
}

/** The line with a text of its own in place of each value, by which one can see where they go. */
function withValuesMarked(line: string): string {
  const { between, isText } = valuesIn(line);
  return between
    .map((text, place) => {
      if (place === isText.length) return text;
      return isText[place] ? `${text}text ${place}` : `${text}"number ${place}"`;
    })
    .join('');
}

/** Which value this is; undefined if it is none. */
export function placeOfMark(value: unknown): number | undefined {
  return placeOfText(value) ?? placeIn(/^number ([0-9]+)$/, value);
}

/** The same of a text only. */
export function placeOfText(value: unknown): number | undefined {
  return placeIn(/^text ([0-9]+)$/, value);
}

function placeIn(mark: RegExp, value: unknown): number | undefined {
  const match = typeof value === 'string' ? mark.exec(value) : null;
  return match === null ? undefined : Number(match[1]);
}

/** Behind these bytes, if they stand here; -1 otherwise. */
function behindEqual(expected: Uint8Array, bytes: Uint8Array, from: number, until: number): number {
  const { length } = expected;
  if (from + length > until) return -1;
  for (let i = 0; i < length; i++) if (bytes[from + i] !== expected[i]) return -1;
  return from + length;
}

/** Where the value ends that begins here; -1 if it is not such a one. */
function leafEnd(leaf: Leaf, bytes: Uint8Array, from: number, until: number): number {
  switch (leaf) {
    case 'any-text':
    case 'escaped-text':
      return textEnd(bytes, from, until);
    case 'plain-text':
      return plainEnd(bytes, from, until, false);
    case 'target':
      return plainEnd(bytes, from, until, true);
    case 'any-number':
      return numberEnd(bytes, from, until);
    case 'whole-number':
      return wholeNumberEnd(bytes, from, until);
  }
}

function textEnd(bytes: Uint8Array, from: number, until: number): number {
  for (let at = from; at < until; ) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte < 0x20) return -1;
    const length = byte === BACKSLASH ? escapeLength(bytes, at) : 1;
    if (length === 0) return -1;
    at += length;
  }
  return -1;
}

function plainEnd(bytes: Uint8Array, from: number, until: number, isTarget: boolean): number {
  for (let at = from; at < until; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at > from ? at : -1;
    if (byte === BACKSLASH && isTarget && isAmpersand(bytes, at)) at += AMPERSAND.length - 1;
    else if (byte < 0x20 || byte >= DELETE || byte === BACKSLASH) return -1;
  }
  return -1;
}

const AMPERSAND = Buffer.from('\\u0026');

/** Whether `&` is written here so that browsers do not stumble over it. */
export function isAmpersand(bytes: Uint8Array, at: number): boolean {
  return behindEqual(AMPERSAND, bytes, at, bytes.length) > 0;
}

const ESCAPED = new Map(
  [...'"\\/bfnrt'].map((letter, place) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(place)]),
);
const SMALL_U = 0x75;
const UNICODE_ESCAPE = 6;

/** How long the escape is; 0 if it is none, or none of a character of ASCII: the others' bytes are not beyond doubt. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter !== SMALL_U) return ESCAPED.has(letter) ? 2 : 0;
  return escapedCode(bytes, at) < 0 ? 0 : UNICODE_ESCAPE;
}

function escapedCode(bytes: Uint8Array, at: number): number {
  if (bytes[at + 2] !== ZERO || bytes[at + 3] !== ZERO) return -1;
  const high = hexDigit(bytes[at + 4]!);
  const low = hexDigit(bytes[at + 5]!);
  return high < 0 || high > 7 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = (byte | LOWER) - 0x61;
  return letter >= 0 && letter <= 5 ? letter + 10 : -1;
}

/** Writes an escaped text as the bytes that it stands for; answers where they end. */
export function unescapeInto(out: Uint8Array, to: number, bytes: Uint8Array, from: number, until: number): number {
  let end = to;
  for (let at = from; at < until; ) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH) {
      out[end++] = byte;
      at++;
    } else if (bytes[at + 1] === SMALL_U) {
      out[end++] = escapedCode(bytes, at);
      at += UNICODE_ESCAPE;
    } else {
      out[end++] = ESCAPED.get(bytes[at + 1]!)!;
      at += 2;
    }
  }
  return end;
}

/** A number of JSON's grammar. */
function numberEnd(bytes: Uint8Array, from: number, until: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  let at = digitsEnd(bytes, start, until);
  if (at === start || (bytes[start] === ZERO && at > start + 1)) return -1;
  if (bytes[at] === POINT) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction, until);
    if (at === fraction) return -1;
  }
  if ((bytes[at]! | LOWER) === SMALL_E) {
    const sign = bytes[at + 1];
    const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
    at = digitsEnd(bytes, exponent, until);
    if (at === exponent) return -1;
  }
  return at;
}

/** More digits are not what they are once they were read as a number. */
const MOST_DIGITS = 15;
/** But of nanoseconds since 1970 no more than the last three, if that is carried no further. */
const NANOSECOND_DIGITS = 19;
const SECOND_DIGITS = 10;

function isNanoseconds(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from !== NANOSECOND_DIGITS) return false;
  for (let at = from + SECOND_DIGITS; at < end - 3; at++) if (bytes[at] !== NINE) return true;
  return false;
}

/** Answers the end of the number; what is wanted ends at its point. */
function wholeNumberEnd(bytes: Uint8Array, from: number, until: number): number {
  const end = digitsEnd(bytes, from, until);
  if (end === from || (bytes[from] === ZERO && end > from + 1)) return -1;
  if (end - from > MOST_DIGITS && !isNanoseconds(bytes, from, end)) return -1;
  if (bytes[end] !== POINT) return end;
  const fractionEnd = digitsEnd(bytes, end + 1, until);
  return fractionEnd === end + 1 ? -1 : fractionEnd;
}

export function digitsEnd(bytes: Uint8Array, from: number, until: number): number {
  let at = from;
  while (at < until && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}
