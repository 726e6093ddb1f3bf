/** Of 40 bytes each, a million takes 80 MB. */
const MOST_ENTRIES = 2 ** 20;
const MOST_BYTES = 2 ** 26;
const FIRST_ENTRIES = 2 ** 12;
const FIRST_BYTES = 2 ** 17;
/** Of a chain of entries whose places collide: by chance none is half as long. */
const MOST_STEPS = 64;

/** What stands in the table for each place, side by side, as each of them would wait for memory alone. */
const FIELDS = 4;
const HASH = 0;
const START = 1;
/** One more than the length; 0 where there is no entry. */
const SIZE = 2;
const NUMBER = 3;

/**
 * Numbers that were given to texts, found by their bytes where they stand: to make a string of what has come a thousand
 * times takes as long as all else that is done with it. What has no room is forgotten with all the rest.
 */
export class ByteNumbers {
  readonly #seed: number;
  readonly #mostEntries: number;
  #places = FIRST_ENTRIES * 2;
  #table = new Int32Array(this.#places * FIELDS);
  #bytes = new DataView(new ArrayBuffer(FIRST_BYTES));
  #used = 0;
  #entries = 0;
  #lastStart = 0;
  #lastLength = -1;
  #lastNumber = -1;

  /** By a `seed` that nobody knows, no file can be made whose texts collide. */
  constructor(seed: number, mostEntries = MOST_ENTRIES) {
    this.#seed = seed;
    this.#mostEntries = mostEntries;
  }

  /** -1 if there is none. */
  find(view: DataView, from: number, end: number): number {
    // Weeks stand one after the other, and often systems do.
    if (this.#lastLength === end - from && isSame(this.#bytes, this.#lastStart, view, from, end))
      return this.#lastNumber;
    const table = this.#table;
    const hash = this.#hashOf(view, from, end);
    for (let step = 0; step < MOST_STEPS; step++) {
      const place = ((hash + step) & (this.#places - 1)) * FIELDS;
      const size = table[place + SIZE]!;
      if (size === 0) return -1;
      if (table[place + HASH] !== hash || size !== end - from + 1) continue;
      const start = table[place + START]!;
      if (!isSame(this.#bytes, start, view, from, end)) continue;
      this.#lastStart = start;
      this.#lastLength = end - from;
      this.#lastNumber = table[place + NUMBER]!;
      return this.#lastNumber;
    }
    return -1;
  }

  /** Of a text that was not found. */
  add(view: DataView, from: number, end: number, number: number): void {
    const length = end - from;
    if (length > MOST_BYTES) return;
    if (this.#entries === this.#mostEntries || this.#used + length > MOST_BYTES) {
      this.#entries = 0;
      this.#used = 0;
      this.#lastLength = -1;
      this.#table.fill(0);
    }
    this.#makeRoom(length);
    if (!enter(this.#table, this.#hashOf(view, from, end), this.#used, length + 1, number)) return;
    for (let at = from; at < end; at++) this.#bytes.setUint8(this.#used++, view.getUint8(at));
    this.#entries += 1;
  }

  #makeRoom(length: number): void {
    if (this.#used + length > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(this.#used + length, this.#bytes.byteLength * 2));
      larger.set(new Uint8Array(this.#bytes.buffer));
      this.#bytes = new DataView(larger.buffer);
    }
    if (this.#entries * 2 < this.#places) return;
    const before = this.#table;
    this.#places *= 2;
    this.#table = new Int32Array(this.#places * FIELDS);
    for (let place = 0; place < before.length; place += FIELDS) {
      const size = before[place + SIZE]!;
      if (size > 0) enter(this.#table, before[place + HASH]!, before[place + START]!, size, before[place + NUMBER]!);
    }
  }

  /** Four bytes at a time, mixed as in Murmur. */
  #hashOf(view: DataView, from: number, end: number): number {
    let hash = this.#seed ^ (end - from);
    let at = from;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ Math.imul(view.getInt32(at, true), 0x9e3779b1), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
    return hash ^ (hash >>> 13);
  }
}

/** False if too many places are taken: it would be long looked for. */
function enter(table: Int32Array, hash: number, start: number, size: number, number: number): boolean {
  const mask = table.length / FIELDS - 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const place = ((hash + step) & mask) * FIELDS;
    if (table[place + SIZE] !== 0) continue;
    table[place + HASH] = hash;
    table[place + START] = start;
    table[place + SIZE] = size;
    table[place + NUMBER] = number;
    return true;
  }
  return false;
}

function isSame(bytes: DataView, start: number, view: DataView, from: number, end: number): boolean {
  const shift = start - from;
  let at = from;
  for (; at + 4 <= end; at += 4) if (bytes.getInt32(at + shift, true) !== view.getInt32(at, true)) return false;
  for (; at < end; at++) if (bytes.getUint8(at + shift) !== view.getUint8(at)) return false;
  return true;
}
