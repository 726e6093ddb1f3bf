// An address -> the number of its country, in a table of ranges: starts, ascending from 0, and the country of each.
import { V4_INDEX, V6_INDEX } from './memory';

let v4Starts: usize = 0;
let v4Countries: usize = 0;
let v6Starts: usize = 0;
let v6Countries: usize = 0;

/** Takes a table where it lies, and fills the index by the top 16 bits of an address: the range that a block begins in. */
export function indexTable(starts4: usize, countries4: usize, count4: u32, starts6: usize, countries6: usize, count6: u32): void {
  v4Starts = starts4;
  v4Countries = countries4;
  v6Starts = starts6;
  v6Countries = countries6;
  fillIndex<u32>(V4_INDEX, starts4, count4);
  fillIndex<u64>(V6_INDEX, starts6, count6);
}

function fillIndex<Start>(index: usize, starts: usize, count: u32): void {
  const shift = <Start>(sizeof<Start>() * 8 - 16);
  let range: u32 = 0;
  for (let block: u32 = 0; block < 65536; block++) {
    while (range + 1 < count && startOf<Start>(starts, range + 1) <= <Start>block << shift) range++;
    store<u32>(index + (<usize>block << 2), range);
  }
  store<u32>(index + (65536 << 2), count - 1);
}

// @ts-ignore: decorator
@inline function startOf<Start>(starts: usize, range: u32): Start {
  return load<Start>(starts + (<usize>range << alignof<Start>()));
}

/** The last range of a block, told by its place in the index, that starts at or before the address. */
// @ts-ignore: decorator
@inline function rangeOf<Start>(index: usize, starts: usize, address: Start): usize {
  let low = load<u32>(index), length = load<u32>(index, 4) - low;
  while (length > 0) {
    const half = (length + 1) >> 1;
    const above = startOf<Start>(starts, low + half) <= address;
    low = select<u32>(low + half, low, above);
    length -= half;
  }
  return <usize>low;
}

// @ts-ignore: decorator
@inline export function countryOfV4(address: u32): u32 {
  return <u32>load<u8>(v4Countries + rangeOf<u32>(V4_INDEX + (<usize>(address >> 16) << 2), v4Starts, address));
}

// @ts-ignore: decorator
@inline export function countryOfV6(address: u64): u32 {
  return <u32>load<u8>(v6Countries + rangeOf<u64>(V6_INDEX + (<usize>(address >> 48) << 2), v6Starts, address));
}
