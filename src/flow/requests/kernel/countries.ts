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
  let range: u32 = 0;
  for (let block: u32 = 0; block < 65536; block++) {
    while (range + 1 < count4 && load<u32>(v4Starts + (<usize>(range + 1) << 2)) <= block << 16) range++;
    store<u32>(V4_INDEX + (<usize>block << 2), range);
  }
  store<u32>(V4_INDEX + (65536 << 2), count4 - 1);
  range = 0;
  for (let block: u64 = 0; block < 65536; block++) {
    while (range + 1 < count6 && load<u64>(v6Starts + (<usize>(range + 1) << 3)) <= block << 48) range++;
    store<u32>(V6_INDEX + (<usize>block << 2), range);
  }
  store<u32>(V6_INDEX + (65536 << 2), count6 - 1);
}

// @ts-ignore: decorator
@inline export function countryOfV4(address: u32): u32 {
  const index = V4_INDEX + (<usize>(address >> 16) << 2), starts = v4Starts;
  let low = load<u32>(index), length = load<u32>(index, 4) - low;
  while (length > 0) {
    const half = (length + 1) >> 1;
    const above = load<u32>(starts + (<usize>(low + half) << 2)) <= address;
    low = select<u32>(low + half, low, above);
    length -= half;
  }
  return <u32>load<u8>(v4Countries + <usize>low);
}

// @ts-ignore: decorator
@inline export function countryOfV6(address: u64): u32 {
  const index = V6_INDEX + (<usize>(address >> 48) << 2), starts = v6Starts;
  let low = load<u32>(index), length = load<u32>(index, 4) - low;
  while (length > 0) {
    const half = (length + 1) >> 1;
    const above = load<u64>(starts + (<usize>(low + half) << 3)) <= address;
    low = select<u32>(low + half, low, above);
    length -= half;
  }
  return <u32>load<u8>(v6Countries + <usize>low);
}
