// The client's address, looked at for its country and its network, and forgotten with the line.
import { areDigits, find, isDigit, splat } from './bytes';

/** 0: not an address, 4 or 6. */
export let kind: u32 = 0;
/** IPv4: 32 bits. IPv6: the top 64 bits. */
export let value: u64 = 0;

/**
 * Reads [from, end); sets `kind` and `value`. The same addresses as `isIPv4` and `isIPv6` of node:net, without zones, and
 * with a port or in brackets as some servers write them (S6).
 */
export function parseAddress(from: usize, end: usize): void {
  const v4 = parseV4(from, end);
  if (v4 >= 0) {
    kind = 4;
    value = <u64>v4;
    return;
  }
  kind = 0;
  if (load<u8>(from) == 0x5b) {
    parseBracketed(from + 1, end);
  } else {
    parseV6(from, end);
    if (kind == 0) parseV4WithPort(from, end);
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

/** A colon, and one to five digits. */
function isPort(colon: usize, end: usize): bool {
  return colon < end && load<u8>(colon) == 0x3a && end - colon - 1 <= 5 && areDigits(colon + 1, end);
}

/** Above any sum of octets: this part is not one. */
const NO_OCTET: u32 = 0x10000;

/** One to three digits, not above 255, no leading zero. Without branches: lengths are as good as random. */
// @ts-ignore: decorator
@inline function octet(from: usize, length: u32): u32 {
  const digits = load<u32>(from) << ((4 - length) * 8);
  const number = ((digits >> 8) & 15) * 100 + ((digits >> 16) & 15) * 10 + ((digits >> 24) & 15);
  const least = select<u32>(100, select<u32>(10, 0, length == 2), length == 3);
  return select<u32>(number, NO_OCTET, <i32>(length - 1 < 3) & <i32>(number <= 255) & <i32>(number >= least));
}

// @ts-ignore: decorator
@inline function parseV4(from: usize, end: usize): i64 {
  const length = end - from;
  if (length - 7 > 8) return -1;
  const bytes = v128.load(from);
  const all = (1 << <i32>length) - 1;
  const dots = i8x16.bitmask(i8x16.eq(bytes, splat(0x2e))) & all;
  const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(bytes, splat(0x30)), splat(10))) & all;
  if ((dots | digits) != all || popcnt(dots) != 3) return -1;
  const first = <u32>ctz(dots), second = <u32>ctz(dots & (dots - 1)), third = 31 - <u32>clz(dots);
  const a = octet(from, first);
  const b = octet(from + first + 1, second - first - 1);
  const c = octet(from + second + 1, third - second - 1);
  const d = octet(from + third + 1, <u32>length - third - 1);
  if (a + b + c + d >= NO_OCTET) return -1;
  return (<i64>a << 24) | (<i64>b << 16) | (<i64>c << 8) | <i64>d;
}

// @ts-ignore: decorator
@inline function hexDigit(byte: u8): i32 {
  if (isDigit(byte)) return <i32>byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? <i32>lower - 0x57 : -1;
}

// Eight 16-bit groups, at an address below the splat table.
const GROUPS: usize = 512;

function parseV6(from: usize, end: usize): void {
  if (end - from < 2 || end - from > 45) return;
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
  if (top == 0 && load<u16>(GROUPS, 8) == 0 && load<u16>(GROUPS, 10) == 0xffff) {
    kind = 4;
    value = (<u64>load<u16>(GROUPS, 12) << 16) | <u64>load<u16>(GROUPS, 14);
    return;
  }
  kind = 6;
  value = top;
}
