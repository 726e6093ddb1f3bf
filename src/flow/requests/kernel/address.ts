// The client's address, looked at for its country and its network, and forgotten with the line.
import { isDigit } from './bytes';

/** 0: not an address, 4 or 6. */
export let kind: u32 = 0;
/** IPv4: 32 bits. IPv6: the top 64 bits. */
export let value: u64 = 0;

/** Reads [from, end); sets `kind` and `value`. The same addresses as `isIPv4` and `isIPv6` of node:net, without zones. */
export function parseAddress(from: usize, end: usize): void {
  const v4 = parseV4(from, end);
  if (v4 >= 0) {
    kind = 4;
    value = <u64>v4;
    return;
  }
  kind = 0;
  if (end - from >= 2 && end - from <= 45) parseV6(from, end);
}

// @ts-ignore: decorator
@inline function parseV4(from: usize, end: usize): i64 {
  let address: u64 = 0, p = from;
  for (let part = 0; part < 4; part++) {
    if (part) {
      if (p >= end || load<u8>(p) != 0x2e) return -1;
      p++;
    }
    if (p >= end || !isDigit(load<u8>(p))) return -1;
    let octet: u32 = <u32>load<u8>(p++) - 0x30;
    if (octet) {
      for (let more = 0; more < 2 && p < end && isDigit(load<u8>(p)); more++) octet = octet * 10 + <u32>load<u8>(p++) - 0x30;
      if (octet > 255) return -1;
    }
    address = (address << 8) | <u64>octet;
  }
  return p == end ? <i64>address : -1;
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
