import { SPLAT } from './memory';

export const LF: u8 = 0x0a;
export const CR: u8 = 0x0d;
const TAB: u8 = 0x09;
export const SPACE: u8 = 0x20;
export const QUOTE: u8 = 0x22;
export const SLASH: u8 = 0x2f;
export const BACKSLASH: u8 = 0x5c;

// @ts-ignore: decorator
@inline export function splat(byte: u8): v128 {
  return v128.load8_splat(SPLAT + <usize>byte);
}

/** The first `byte` in [from, end), or end. May read, but never report, 15 bytes past the end. */
// @ts-ignore: decorator
@inline export function find(byte: u8, from: usize, end: usize): usize {
  const wanted = splat(byte);
  for (let p = from; p < end; p += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (mask) return min(p + <usize>ctz(mask), end);
  }
  return end;
}

/** The first quote that no backslash escapes, or end. */
// @ts-ignore: decorator
@inline export function findQuote(from: usize, end: usize): usize {
  const quote = splat(QUOTE), backslash = splat(BACKSLASH);
  let p = from;
  while (p < end) {
    const v = v128.load(p);
    const mask = i8x16.bitmask(v128.or(i8x16.eq(v, quote), i8x16.eq(v, backslash)));
    if (!mask) { p += 16; continue; }
    p += <usize>ctz(mask);
    if (p >= end) return end;
    if (load<u8>(p) == QUOTE) return p;
    p += 2;
  }
  return end;
}

/** The address after the line feed before p. The caller put a line feed before the first line. */
// @ts-ignore: decorator
@inline export function lineStart(p: usize): usize {
  const wanted = splat(LF);
  while (true) {
    p -= 16;
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (mask) return p + <usize>(32 - clz(mask));
  }
}

/** The bits of 64 bytes in which `v` holds: one bit a byte, the first lowest. */
// @ts-ignore: decorator
@inline function bits64(v0: v128, v1: v128, v2: v128, v3: v128): u64 {
  return <u64><u32>i8x16.bitmask(v0) | (<u64><u32>i8x16.bitmask(v1) << 16)
    | (<u64><u32>i8x16.bitmask(v2) << 32) | (<u64><u32>i8x16.bitmask(v3) << 48);
}

/** What `survey` saw: the line feed; whether all before it is printable ASCII without backslash, and if so, how many quotes. */
export let lineFeed: usize = 0;
export let isPlain: bool = false;
export let quoteCount: u32 = 0;
/** The addresses of the first quotes, u32 each, at an address below the splat table. */
export const QUOTES: usize = 768;
const MOST_QUOTES: u32 = 7;

/** Goes over a line once, up to the line feed, which must be there, and notes what a usual line is cut by. */
// @ts-ignore: decorator
@inline export function survey(line: usize): void {
  const quote = splat(QUOTE), backslash = splat(BACKSLASH), low = splat(0x20), span = splat(0x5f);
  let quotes: u32 = 0;
  for (let p = line; ; p += 64) {
    const v0 = v128.load(p), v1 = v128.load(p, 16), v2 = v128.load(p, 32), v3 = v128.load(p, 48);
    const s0 = v128.or(i8x16.ge_u(i8x16.sub(v0, low), span), i8x16.eq(v0, backslash));
    const s1 = v128.or(i8x16.ge_u(i8x16.sub(v1, low), span), i8x16.eq(v1, backslash));
    const s2 = v128.or(i8x16.ge_u(i8x16.sub(v2, low), span), i8x16.eq(v2, backslash));
    const s3 = v128.or(i8x16.ge_u(i8x16.sub(v3, low), span), i8x16.eq(v3, backslash));
    let marks = bits64(i8x16.eq(v0, quote), i8x16.eq(v1, quote), i8x16.eq(v2, quote), i8x16.eq(v3, quote));
    // A line feed is strange too, so in a plain line the first strange byte is its end.
    const isLast = v128.any_true(v128.or(v128.or(s0, s1), v128.or(s2, s3)));
    if (isLast) {
      const strange = bits64(s0, s1, s2, s3);
      marks &= (strange & -strange) - 1;
      lineFeed = p + <usize>ctz(strange);
    }
    while (marks && quotes < MOST_QUOTES) {
      store<u32>(QUOTES + (<usize>quotes << 2), <u32>(p + <usize>ctz(marks)));
      quotes++;
      marks &= marks - 1;
    }
    if (isLast) {
      quoteCount = quotes;
      isPlain = load<u8>(lineFeed) == LF;
      if (!isPlain) lineFeed = nextLineFeed(lineFeed);
      return;
    }
  }
}

function nextLineFeed(p: usize): usize {
  const lf = splat(LF);
  while (true) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), lf));
    if (mask) return p + <usize>ctz(mask);
    p += 16;
  }
}

/** Whether the bytes in [from, end), 16 at most, are digits and at least one. */
// @ts-ignore: decorator
@inline export function areDigits(from: usize, end: usize): bool {
  const length = end - from;
  if (length - 1 >= 16) return false;
  const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v128.load(from), splat(0x30)), splat(10)));
  const wanted = (1 << <i32>length) - 1;
  return (digits & wanted) == wanted;
}

/** The next `countme=` in [from, end), or end. May read 80 bytes past the end. */
// @ts-ignore: decorator
@inline export function findCountme(from: usize, end: usize): usize {
  const c = splat(0x63), equals = splat(0x3d);
  for (let p = from; p < end; p += 64) {
    const m0 = v128.and(i8x16.eq(v128.load(p), c), i8x16.eq(v128.load(p, 7), equals));
    const m1 = v128.and(i8x16.eq(v128.load(p, 16), c), i8x16.eq(v128.load(p, 23), equals));
    const m2 = v128.and(i8x16.eq(v128.load(p, 32), c), i8x16.eq(v128.load(p, 39), equals));
    const m3 = v128.and(i8x16.eq(v128.load(p, 48), c), i8x16.eq(v128.load(p, 55), equals));
    if (v128.any_true(v128.or(v128.or(m0, m1), v128.or(m2, m3)))) {
      let mask = <u64><u32>i8x16.bitmask(m0) | (<u64><u32>i8x16.bitmask(m1) << 16)
        | (<u64><u32>i8x16.bitmask(m2) << 32) | (<u64><u32>i8x16.bitmask(m3) << 48);
      while (mask) {
        const hit = p + <usize>ctz(mask);
        if (hit >= end) return end;
        if (load<u64>(hit) == 0x3d656d746e756f63) return hit;
        mask &= mask - 1;
      }
    }
  }
  return end;
}

// @ts-ignore: decorator
@inline function controlBits(p: usize): i32 {
  const v = v128.load(p);
  const low = v128.andnot(v128.andnot(i8x16.lt_u(v, splat(0x20)), i8x16.eq(v, splat(TAB))), i8x16.eq(v, splat(CR)));
  return i8x16.bitmask(v128.or(low, i8x16.eq(v, splat(0x7f))));
}

/** L5: a byte below 0x20 other than tab and carriage return, or 0x7F. */
// @ts-ignore: decorator
@inline export function hasControl(from: usize, end: usize): bool {
  // Almost every line is printable ASCII, which one comparison shows; only the others are looked at closely.
  const low = splat(0x20), span = splat(0x5f);
  let printable = splat(0xff), p = from;
  for (; p + 16 <= end; p += 16) printable = v128.and(printable, i8x16.lt_u(i8x16.sub(v128.load(p), low), span));
  if (end - from >= 16) printable = v128.and(printable, i8x16.lt_u(i8x16.sub(v128.load(end - 16), low), span));
  else return hasControlExactly(from, end);
  return !i8x16.all_true(printable) && hasControlExactly(from, end);
}

function hasControlExactly(from: usize, end: usize): bool {
  let p = from;
  for (; p + 16 <= end; p += 16) if (controlBits(p)) return true;
  return p < end && (controlBits(p) & ((1 << <i32>(end - p)) - 1)) != 0;
}

// @ts-ignore: decorator
@inline export function isDigit(byte: u8): bool {
  return <u8>(byte - 0x30) < 10;
}

// @ts-ignore: decorator
@inline export function equalBytes(a: usize, b: usize, length: u32): bool {
  const n = <usize>length;
  if (n < 16) {
    for (let i: usize = 0; i < n; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
    return true;
  }
  // All of it, without a branch in each step: strings that get here are nearly always equal.
  let differences = v128.xor(v128.load(a + n - 16), v128.load(b + n - 16));
  for (let i: usize = 0; i + 16 <= n; i += 16) differences = v128.or(differences, v128.xor(v128.load(a + i), v128.load(b + i)));
  return !v128.any_true(differences);
}
