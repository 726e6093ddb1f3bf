// How check-ins spread over networks: (system, request, week) -> hits by part of all networks, and the same by country.
// Sums only, so neither the order of lines nor that of logs matters (C4).
import { SPREAD_INDEX, SPREAD_KEYS, SPREAD_ROWS } from './memory';

/** Networks fall into so many parts by their hash; then the parts of other addresses, and of what is no address. */
export const MOST_PARTS: u32 = 30;
const LOCAL: u32 = 30;
const NO_ADDRESS: u32 = 31;

/** u32 hits for each part. */
const ROW: usize = 128;
/** u64 key, u32 its place in the index. */
const KEY: usize = 16;
const MOST_ROWS: u32 = 1 << 14;
const INDEX_BITS: u64 = 15;
const INDEX_MASK: u32 = (1 << <u32>INDEX_BITS) - 1;
/** In place of a system: the row is that of a country, which stands in place of the request. */
const ALL_SYSTEMS: u64 = 0x1ffff;
export const WITHOUT_COUNTRY: u64 = ~(<u64>0xff << 18);

/** u32 how many rows there are: in memory, as they are. */
const ROW_COUNT: usize = SPREAD_INDEX + (4 << <usize>INDEX_BITS);

export function clearSpread(): void {
  const rows = spreadRows();
  for (let row: u32 = 0; row < rows; row++) {
    store<u32>(SPREAD_INDEX + (<usize>load<u32>(SPREAD_KEYS + <usize>row * KEY, 8) << 2), 0);
  }
  memory.fill(SPREAD_ROWS, 0, <usize>rows * ROW);
  store<u32>(ROW_COUNT, 0);
}

/** How many rows there are: their keys at SPREAD_KEYS, their hits at SPREAD_ROWS. */
export function spreadRows(): u32 { return load<u32>(ROW_COUNT); }

// @ts-ignore: decorator
@inline export function partOf(kind: u32, address: u64, network: u64): u32 {
  if (!kind) return NO_ADDRESS;
  const local = kind == 4 ? isLocalV4(<u32>address) : address >> 61 != 1;
  return local ? LOCAL : <u32>((((network * 0x9e3779b97f4a7c15) >> 32) * MOST_PARTS) >> 32);
}

/** This machine, private, shared and link-local networks, multicast. */
// @ts-ignore: decorator
@inline function isLocalV4(address: u32): bool {
  const top = address >> 24;
  return <bool>(<u32>(top == 0) | <u32>(top == 10) | <u32>(top == 127) | <u32>(top >= 224)
    | <u32>((address & 0xffc00000) == 0x64400000) | <u32>((address & 0xffff0000) == 0xa9fe0000)
    | <u32>((address & 0xfff00000) == 0xac100000) | <u32>((address & 0xffff0000) == 0xc0a80000));
}

// @ts-ignore: decorator
@inline export function touchSpread(key: u64): u32 {
  return load<u32>(SPREAD_INDEX + (<usize>first(key & WITHOUT_COUNTRY) << 2));
}

/** `key` is that of a cell, with its country. */
// @ts-ignore: decorator
@inline export function countPart(key: u64, part: u32): void {
  add(key & WITHOUT_COUNTRY, part);
  add((ALL_SYSTEMS << 44) | (key & (<u64>0xfff << 32)) | ((key >> 18) & 0xff), part);
}

// @ts-ignore: decorator
@inline function add(key: u64, part: u32): void {
  let i = first(key);
  while (true) {
    const place = SPREAD_INDEX + (<usize>i << 2);
    let row = load<u32>(place);
    if (!row) {
      // What comes after so many is not known to be spread in any way; no count of check-ins depends on it.
      const rows = spreadRows();
      if (rows == MOST_ROWS) return;
      store<u64>(SPREAD_KEYS + <usize>rows * KEY, key);
      store<u32>(SPREAD_KEYS + <usize>rows * KEY, i, 8);
      row = rows + 1;
      store<u32>(place, row);
      store<u32>(ROW_COUNT, row);
    }
    if (load<u64>(SPREAD_KEYS + <usize>(row - 1) * KEY) == key) {
      const hits = SPREAD_ROWS + <usize>(row - 1) * ROW + (<usize>part << 2);
      store<u32>(hits, load<u32>(hits) + 1);
      return;
    }
    i = (i + 1) & INDEX_MASK;
  }
}

// @ts-ignore: decorator
@inline function first(key: u64): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> (64 - INDEX_BITS));
}
