/** Of 40 bytes each, a million takes 60 MB. */
const MOST_ENTRIES = 2 ** 20;
const MOST_BYTES = 2 ** 26;
const FIRST_ENTRIES = 2 ** 12;
const FIRST_BYTES = 2 ** 17;
/** Of a chain of entries whose places collide: by chance none is half as long. */
const MOST_STEPS = 64;

/**
 * Numbers that were given to texts, found by their bytes where they stand: to make a string of what has come a thousand
 * times takes as long as all else that is done with it. What has no room is forgotten with all the rest.
 */
export class ByteNumbers {
  readonly #seed: number;
  readonly #mostEntries: number;
  /** Places of entries, counted from 1; 0 is none. */
  #table = new Int32Array(FIRST_ENTRIES * 2);
  #hashes = new Int32Array(FIRST_ENTRIES);
  #ends = new Int32Array(FIRST_ENTRIES);
  #numbers = new Int32Array(FIRST_ENTRIES);
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #entries = 0;

  /** By a `seed` that nobody knows, no file can be made whose texts collide. */
  constructor(seed: number, mostEntries = MOST_ENTRIES) {
    this.#seed = seed;
    this.#mostEntries = mostEntries;
  }

  /** -1 if there is none. `view` is one of the same bytes. */
  find(view: DataView, from: number, end: number): number {
    const hash = this.#hashOf(view, from, end);
    const mask = this.#table.length - 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      const entry = this.#table[(hash + step) & mask]!;
      if (entry === 0) return -1;
      if (this.#hashes[entry - 1] === hash && this.#isAt(entry - 1, view, from, end)) return this.#numbers[entry - 1]!;
    }
    return -1;
  }

  /** Of a text that was not found. */
  add(view: DataView, from: number, end: number, number: number): void {
    const length = end - from;
    const start = this.#entries === 0 ? 0 : this.#ends[this.#entries - 1]!;
    if (this.#entries === this.#mostEntries || start + length > MOST_BYTES) {
      this.#entries = 0;
      this.#table.fill(0);
      if (length <= MOST_BYTES) this.add(view, from, end, number);
      return;
    }
    const hash = this.#hashOf(view, from, end);
    this.#makeRoom(start + length);
    if (!this.#enter(hash, this.#entries + 1)) return;
    this.#bytes.set(new Uint8Array(view.buffer, view.byteOffset + from, length), start);
    this.#hashes[this.#entries] = hash;
    this.#ends[this.#entries] = start + length;
    this.#numbers[this.#entries] = number;
    this.#entries += 1;
  }

  #enter(hash: number, entry: number): boolean {
    const mask = this.#table.length - 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      const place = (hash + step) & mask;
      if (this.#table[place] !== 0) continue;
      this.#table[place] = entry;
      return true;
    }
    return false;
  }

  #makeRoom(bytes: number): void {
    if (bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(bytes, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    if (this.#entries < this.#hashes.length) return;
    this.#hashes = doubled(this.#hashes);
    this.#ends = doubled(this.#ends);
    this.#numbers = doubled(this.#numbers);
    this.#table = new Int32Array(this.#table.length * 2);
    for (let entry = 0; entry < this.#entries; entry++) this.#enter(this.#hashes[entry]!, entry + 1);
  }

  /** Murmur's mixing, four bytes at a time. */
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

  #isAt(entry: number, view: DataView, from: number, end: number): boolean {
    const start = entry === 0 ? 0 : this.#ends[entry - 1]!;
    const length = end - from;
    if (this.#ends[entry]! - start !== length) return false;
    const stored = this.#view;
    let i = 0;
    for (; i + 4 <= length; i += 4)
      if (stored.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
    for (; i < length; i++) if (stored.getUint8(start + i) !== view.getUint8(from + i)) return false;
    return true;
  }
}

function doubled(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
