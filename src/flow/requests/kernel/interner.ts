// Bytes -> small number, for the few distinct strings among millions. A cache, not a record: when it is full it is
// emptied and its owner asks again for the numbers, so a flood of distinct strings costs time and never memory.
import { equalBytes } from './bytes';
import { SCRATCH } from './memory';

/** Slot: u32 hash, u32 address of the entry (0 = free). An entry's number lies beside its bytes: one miss for both. */
const SLOT: usize = 8;
const FIRST_BITS: u32 = 10;

/** Entry: u32 length, i32 number, then the bytes. */
export const NUMBER: usize = 4;
const BYTES: usize = 8;

/** The number of an entry whose owner has not given it one yet. */
export const UNKNOWN: i32 = -100;

@unmanaged
export class Interner {
  slots: usize;
  bytes: usize;
  bytesEnd: usize;
  top: usize;
  maxBits: u32;
  bits: u32;
  used: u32;

  clear(): void {
    this.bits = FIRST_BITS;
    this.used = 0;
    this.top = this.bytes;
    memory.fill(this.slots, 0, SLOT << FIRST_BITS);
  }

  /** The entry of these bytes; a new one holds UNKNOWN. Its address is good until the next call. */
  entry(p: usize, length: u32): usize {
    return this.entryOf(hash(p, length), p, length);
  }

  /** The same for bytes whose hash is known. */
  @inline entryOf(h: u32, p: usize, length: u32): usize {
    const entry = <usize>load<u32>(this.probe(h, p, length), 4);
    return entry ? entry : this.add(h, p, length);
  }

  /** Whether look-ups are likely to miss the cache: so many strings take more than 100 KB. */
  @inline get isLarge(): bool {
    return this.bits > 11;
  }

  /** Reads where a look-up of this hash begins, so that it is in the cache by then. */
  @inline touchSlot(h: u32): u32 {
    return load<u32>(this.firstSlot(h), 4);
  }

  /** Reads the entry that such a look-up compares first: two cache lines, as few strings are longer. */
  @inline touchEntry(h: u32): u32 {
    const entry = <usize>load<u32>(this.firstSlot(h), 4);
    return load<u32>(entry) ^ load<u32>(entry, 64);
  }

  @inline private firstSlot(h: u32): usize {
    return this.slots + <usize>(h & ((1 << this.bits) - 1)) * SLOT;
  }

  /** The slot of these bytes, or the free one that they would take. */
  @inline private probe(h: u32, p: usize, length: u32): usize {
    const mask = (1 << this.bits) - 1;
    let i = h & mask;
    while (true) {
      const slot = this.slots + <usize>i * SLOT;
      const entry = <usize>load<u32>(slot, 4);
      if (!entry) return slot;
      if (load<u32>(slot) == h && load<u32>(entry) == length && equalBytes(p, entry + BYTES, length)) return slot;
      i = (i + 1) & mask;
    }
  }

  private add(h: u32, p: usize, length: u32): usize {
    if (this.top + BYTES + <usize>length + 16 > this.bytesEnd) this.clear();
    else if (this.used >= <u32>1 << (this.bits - 1)) {
      if (this.bits < this.maxBits) this.double();
      else this.clear();
    }
    const slot = this.probe(h, p, length), entry = this.top, bytes = entry + BYTES;
    // Up to 15 bytes too many, which the next one overwrites.
    for (let i: usize = 0; i < <usize>length; i += 16) v128.store(bytes + i, v128.load(p + i));
    store<u32>(slot, h);
    store<u32>(slot, <u32>entry, 4);
    store<u32>(entry, length);
    store<i32>(entry, UNKNOWN, NUMBER);
    this.top = bytes + <usize>length;
    this.used++;
    return entry;
  }

  private double(): void {
    const size = SLOT << this.bits;
    memory.copy(SCRATCH, this.slots, size);
    memory.fill(this.slots, 0, size * 2);
    this.bits++;
    const mask = (1 << this.bits) - 1;
    for (let from: usize = SCRATCH; from < SCRATCH + size; from += SLOT) {
      if (!load<u32>(from, 4)) continue;
      let i = load<u32>(from) & mask;
      while (load<u32>(this.slots + <usize>i * SLOT, 4)) i = (i + 1) & mask;
      store<u64>(this.slots + <usize>i * SLOT, load<u64>(from));
    }
  }
}

// @ts-ignore: decorator
@inline function mix(h: u64, x: u64): u64 {
  h = (h ^ x) * 0x9e3779b97f4a7c15;
  return h ^ (h >> 29);
}

/**
 * Every byte counts, so that no hostile strings collide more than others. Two lanes at a time: one multiplication need
 * not wait for the one before. The last 16 bytes are read once more rather than in pieces of their own length.
 */
// @ts-ignore: decorator
@inline export function hash(p: usize, length: u32): u32 {
  let a: u64 = <u64>length * 0xff51afd7ed558ccd, b: u64 = 0xd6e8feb86659fd93;
  const n = <usize>length;
  if (n < 16) {
    // The bytes past the end are masked away; reading them is safe, the buffers are padded.
    const low: u64 = n >= 8 ? <u64>-1 : (<u64>1 << (<u64>n * 8)) - 1;
    const high: u64 = n > 8 ? (<u64>1 << (<u64>(n - 8) * 8)) - 1 : 0;
    a = mix(a, load<u64>(p) & low);
    b = mix(b, load<u64>(p, 8) & high);
  } else {
    for (let i: usize = 0; i + 16 < n; i += 16) {
      a = mix(a, load<u64>(p + i));
      b = mix(b, load<u64>(p + i, 8));
    }
    a = mix(a, load<u64>(p + n - 16));
    b = mix(b, load<u64>(p + n - 8));
  }
  return <u32>(mix(a, b) >> 32);
}
