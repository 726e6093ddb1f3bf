// The client's address, looked at for its country and its network, and forgotten with the line.
import { areDigits, find, isDigit, splat } from './bytes';

/** 0: not an address, 4 or 6. */
export let kind: u32 = 0;
/** IPv4: 32 bits. IPv6: the top 64 bits. */
export let value: u64 = 0;

/**
 * Reads [from, end); sets `kind` and `value`. The same addresses as `isIPv4` and `isIPv6` of node:net, without zones, and
 * with a port or in brackets as some servers write them, or the first of a list (S6).
 */
export function parseAddress(from: usize, end: usize): void {
  const v4 = parseV4(from, end);
  if (v4 >= 0) {
    kind = 4;
    value = <u64>v4;
    return;
  }
  parseUnusual(from, end);
  if (kind != 0) return;
  const comma = find(0x2c, from, end);
  // What is in front of the first comma holds none.
  if (comma < end && comma > from) parseAddress(from, comma);
}

function parseUnusual(from: usize, end: usize): void {
  kind = 0;
  if (load<u8>(from) == 0x5b) {
    parseBracketed(from + 1, end);
  } else {
    parseV6(from, end);
    if (kind == 0) parseV4WithPort(from, end);
    if (kind == 0) parseV6WithPort(from, end);
  }
}

function parseBracketed(from: usize, end: usize): void {
  const close = find(0x5d, from, end);
  if (close == end) return;
  if (close + 1 == end || isPort(close + 1, end)) parseV6(from, close);
}

function parseV4WithPort(from: usize, end: usize): void {
  const colon = find(0x3a, from, end);
  if (!isPort(colon, end)) return;
  const v4 = parseV4(from, colon);
  if (v4 < 0) return;
  kind = 4;
  value = <u64>v4;
}

/** Without brackets: only where the whole is no address. */
function parseV6WithPort(from: usize, end: usize): void {
  let colon = end;
  while (colon > from && load<u8>(colon - 1) != 0x3a) colon--;
  if (colon == from || !isPort(colon - 1, end)) return;
  parseV6(from, colon - 1);
}

/** A colon, and one to five digits. */
function isPort(colon: usize, end: usize): bool {
  return colon < end && load<u8>(colon) == 0x3a && end - colon - 1 <= 5 && areDigits(colon + 1, end);
}

/**
 * What the digits of an IPv4 address are moved by, for each of the 81 ways in which four numbers can have one to three
 * digits: hundreds of the last number to the first, then tens, then ones. Then the least that each number may be.
 */
const SHAPES: usize = 4096;
const LEASTS: usize = SHAPES + 81 * 16;
const NOTHING: u8 = 0x80;
/** What each place is worth, and the greatest number, eight times u16: read from memory they cost half as much. */
const WORTH: usize = LEASTS + 81 * 16;
const GREATEST: usize = WORTH + 16;

/** Fills the tables. */
export function prepareAddresses(): void {
  v128.store(WORTH, i8x16(100, 100, 100, 100, 10, 10, 10, 10, 1, 1, 1, 1, 0, 0, 0, 0));
  v128.store(GREATEST, i16x8.splat(255));
  for (let shape: u32 = 0; shape < 81; shape++) {
    let rest = shape, end = shape % 3 + shape / 3 % 3 + shape / 9 % 3 + shape / 27 + 7;
    for (let number: usize = 0; number < 4; number++) {
      const length = rest % 3 + 1, places = SHAPES + <usize>(shape << 4) + number;
      rest /= 3;
      store<u8>(places, length == 3 ? <u8>(end - 3) : NOTHING);
      store<u8>(places, length > 1 ? <u8>(end - 2) : NOTHING, 4);
      store<u8>(places, <u8>(end - 1), 8);
      store<u8>(places, NOTHING, 12);
      store<u16>(LEASTS + <usize>(shape << 4) + (number << 1), length == 3 ? 100 : length == 2 ? 10 : 0);
      end -= length + 1;
    }
  }
}

/** All four numbers at once, without branches: their lengths are as good as random. */
// @ts-ignore: decorator
@inline function parseV4(from: usize, end: usize): i64 {
  const length = <u32>(end - from);
  if (length - 7 > 8) return -1;
  const bytes = v128.load(from), digits = i8x16.sub(bytes, splat(0x30));
  const all = (1 << length) - 1;
  const dots = i8x16.bitmask(i8x16.eq(bytes, splat(0x2e))) & all;
  if ((dots | (i8x16.bitmask(i8x16.lt_u(digits, splat(10))) & all)) != all || popcnt(dots) != 3) return -1;
  const first = <u32>ctz(dots), second = <u32>ctz(dots & (dots - 1)), third = 31 - <u32>clz(dots);
  // How many digits each number has beyond one.
  const a = first - 1, b = second - first - 2, c = third - second - 2, d = length - third - 2;
  if (<i32>(a > 2) | <i32>(b > 2) | <i32>(c > 2) | <i32>(d > 2)) return -1;
  const shape = <usize>(((a * 3 + b) * 3 + c) * 3 + d) << 4;
  const moved = i8x16.swizzle(digits, v128.load(SHAPES + shape));
  const tens = i16x8.extmul_low_i8x16_u(moved, v128.load(WORTH));
  const numbers = i16x8.add(
    i16x8.add(tens, i8x16.shuffle(tens, tens, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)),
    i16x8.extend_high_i8x16_u(moved),
  );
  const wrong = v128.or(i16x8.gt_s(numbers, v128.load(GREATEST)), i16x8.lt_s(numbers, v128.load(LEASTS + shape)));
  if (i16x8.bitmask(wrong) & 15) return -1;
  return <i64><u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(numbers, numbers), 0);
}

// @ts-ignore: decorator
@inline function hexDigit(byte: u8): i32 {
  if (isDigit(byte)) return <i32>byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? <i32>lower - 0x57 : -1;
}

/** Of 16 bytes, which are hexadecimal digits. */
// @ts-ignore: decorator
@inline function hexBits(bytes: v128): i32 {
  const digits = i8x16.lt_u(i8x16.sub(bytes, splat(0x30)), splat(10));
  const letters = i8x16.lt_u(i8x16.sub(v128.or(bytes, splat(0x20)), splat(0x61)), splat(6));
  return i8x16.bitmask(v128.or(digits, letters));
}

// @ts-ignore: decorator
@inline function bits48(a: i32, b: i32, c: i32): u64 {
  return <u64><u32>a | (<u64><u32>b << 16) | (<u64><u32>c << 32);
}

/** The group of one to four hexadecimal digits that ends here. */
// @ts-ignore: decorator
@inline function groupBefore(end: usize, length: u32): u64 {
  const unwanted = (4 - length) << 3;
  const text = load<u32>(end - 4) >> unwanted << unwanted;
  const nibbles = (text & 0x0f0f0f0f) + ((text >> 6) & 0x01010101) * 9;
  const pairs = ((nibbles << 4) | (nibbles >> 8)) & 0x00ff00ff;
  return <u64>(((pairs & 0xff) << 8) | (pairs >> 16));
}

/**
 * An IPv6 address as nearly all are: eight groups, or a `::` behind the first group or later with four groups behind it
 * at most. False means nothing.
 */
// @ts-ignore: decorator
@inline function parseUsualV6(from: usize, end: usize): bool {
  const length = <u64>(end - from), all = ((<u64>1) << length) - 1, colon = splat(0x3a);
  const x = v128.load(from), y = v128.load(from, 16), z = v128.load(from, 32);
  const colons = bits48(i8x16.bitmask(i8x16.eq(x, colon)), i8x16.bitmask(i8x16.eq(y, colon)), i8x16.bitmask(i8x16.eq(z, colon))) & all;
  const hex = bits48(hexBits(x), hexBits(y), hexBits(z)) & all;
  const four = hex & (hex >> 1) & (hex >> 2) & (hex >> 3);
  // Nothing but groups of four digits at most, and a digit at the start.
  if ((colons | hex) != all || (four & (hex >> 4)) || !(hex & 1)) return false;
  const gap = colons & (colons >> 1);
  let groups: u32 = 4;
  if (gap) {
    if (gap & (gap - 1)) return false;
    const before = <u32>popcnt(colons & (gap - 1)) + 1, behind = <u32>popcnt(colons) - before;
    // A colon at the end is none of the gap, unless the gap is the end.
    const isLast = gap << 2 == all + 1;
    if (behind > 4 || before + behind > 7 || (!isLast && !(hex >> (length - 1)))) return false;
    groups = min(before, 4);
  } else if (popcnt(colons) != 7 || !(hex >> (length - 1))) {
    return false;
  }
  let top: u64 = 0, start: u64 = 0, rest = colons;
  for (let group: u32 = 0; group < groups; group++) {
    const until = <u64>ctz(rest);
    top |= groupBefore(from + <usize>until, <u32>(until - start)) << (48 - (group << 4));
    start = until + 1;
    rest &= rest - 1;
  }
  // It may be IPv4 mapped into IPv6, or translated.
  if (!top || top == TRANSLATED) return false;
  kind = 6;
  value = top;
  return true;
}

/** 64:ff9b::/96, of which this is the top half. */
const TRANSLATED: u64 = 0x0064ff9b00000000;
// Eight 16-bit groups, at an address below the splat table.
const GROUPS: usize = 512;

function parseV6(from: usize, end: usize): void {
  if (end - from < 2 || end - from > 45 || parseUsualV6(from, end)) return;
  let p = from, count = 0, gap = -1;
  v128.store(GROUPS, i8x16.splat(0));
  if (load<u16>(p) == 0x3a3a) { gap = 0; p += 2; }
  while (p < end) {
    if (count == 8) return;
    let group: u32 = 0, digits = 0, q = p;
    while (q < end && digits < 5) {
      const digit = hexDigit(load<u8>(q));
      if (digit < 0) break;
      group = (group << 4) | <u32>digit;
      digits++;
      q++;
    }
    if (q < end && load<u8>(q) == 0x2e) {
      const v4 = parseV4(p, end);
      if (v4 < 0 || count > 6) return;
      store<u16>(GROUPS + (<usize>count << 1), <u16>(v4 >> 16));
      store<u16>(GROUPS + (<usize>count << 1) + 2, <u16>v4);
      count += 2;
      p = end;
      break;
    }
    if (digits == 0 || digits > 4) return;
    store<u16>(GROUPS + (<usize>count << 1), <u16>group);
    count++;
    p = q;
    if (p == end) break;
    if (load<u8>(p) != 0x3a) return;
    p++;
    if (p == end) return;
    if (load<u8>(p) == 0x3a) {
      if (gap >= 0) return;
      gap = count;
      p++;
    }
  }
  if (gap < 0 ? count != 8 : count > 7) return;
  if (gap >= 0) {
    const tail = count - gap;
    for (let i = 0; i < tail; i++) {
      store<u16>(GROUPS + (<usize>(7 - i) << 1), load<u16>(GROUPS + (<usize>(count - 1 - i) << 1)));
    }
    for (let i = gap; i < 8 - tail; i++) store<u16>(GROUPS + (<usize>i << 1), 0);
  }
  const top = (<u64>load<u16>(GROUPS) << 48) | (<u64>load<u16>(GROUPS, 2) << 32)
    | (<u64>load<u16>(GROUPS, 4) << 16) | <u64>load<u16>(GROUPS, 6);
  const isMapped = top == 0 && load<u16>(GROUPS, 10) == 0xffff;
  const isTranslated = top == TRANSLATED && load<u16>(GROUPS, 10) == 0;
  if ((isMapped || isTranslated) && load<u16>(GROUPS, 8) == 0) {
    kind = 4;
    value = (<u64>load<u16>(GROUPS, 12) << 16) | <u64>load<u16>(GROUPS, 14);
    return;
  }
  kind = 6;
  value = top;
}
