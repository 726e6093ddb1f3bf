// An address -> the number of its country, in a table of ranges: starts, ascending from 0, and the country of each. Most
// addresses are looked up by their top 32 bits, in two steps that hardly leave the cache and never branch.
import { PLACES, PLACES_END } from './memory';

/** The country of a place in which there are several: only the ranges tell. No country has this number. */
export const SHARED: u32 = 255;

let v4Starts: usize = 0;
let v4Countries: usize = 0;
let v4Count: u32 = 0;
let v6Starts: usize = 0;
let v6Countries: usize = 0;
let v6Count: u32 = 0;

/**
 * By the top 16 bits of an address, u32: the first of its places << 5, and how many of the next 16 bits tell its place. 0:
 * nobody has looked there yet. A block has as many places as its ranges need, but no more than to tell a /24, or a /30 of
 * IPv6: that is 2.6 MB for all of the embedded table.
 */
const V4_BLOCKS: usize = PLACES;
const V6_BLOCKS: usize = PLACES + (65536 << 2);
const V4_BITS: u32 = 8;
const V6_BITS: u32 = 14;
/** The country of each place, u8. The first is for blocks that are not known yet, the next for those of one country. */
const COUNTRY_OF_PLACE: usize = V6_BLOCKS + (65536 << 2);
const PLACE_OF_COUNTRIES: u32 = 1;
let free: u32 = PLACE_OF_COUNTRIES + SHARED + 1;

/** Takes a table where it lies, once. */
export function indexTable(starts4: usize, countries4: usize, count4: u32, starts6: usize, countries6: usize, count6: u32): void {
  v4Starts = starts4;
  v4Countries = countries4;
  v4Count = count4;
  v6Starts = starts6;
  v6Countries = countries6;
  v6Count = count6;
  store<u8>(COUNTRY_OF_PLACE, <u8>SHARED);
  for (let country: u32 = 0; country <= SHARED; country++) {
    store<u8>(COUNTRY_OF_PLACE + <usize>(PLACE_OF_COUNTRIES + country), <u8>country);
  }
}

/** Where the country of an address stands, IPv4 or the top 64 bits of IPv6: u8, or SHARED. */
// @ts-ignore: decorator
@inline export function placeOf(isV4: bool, address: u64): usize {
  const top = select<u32>(<u32>address, <u32>(address >> 32), isV4);
  const block = load<u32>(select<usize>(V4_BLOCKS, V6_BLOCKS, isV4) + (<usize>(top >> 16) << 2));
  return COUNTRY_OF_PLACE + <usize>(block >> 5) + <usize>((top & 0xffff) >> (16 - (block & 31)));
}

/** The country by the ranges themselves, for a SHARED place or in a block that was not known yet. */
export function sharedCountryOf(isV4: bool, address: u64): u32 {
  if (isV4) {
    knowBlock<u32>(V4_BLOCKS, v4Starts, v4Countries, v4Count, <u32>address, V4_BITS);
    return <u32>load<u8>(v4Countries + <usize>rangeOf<u32>(v4Starts, v4Count, <u32>address));
  }
  knowBlock<u64>(V6_BLOCKS, v6Starts, v6Countries, v6Count, address, V6_BITS);
  return <u32>load<u8>(v6Countries + <usize>rangeOf<u64>(v6Starts, v6Count, address));
}

// @ts-ignore: decorator
@inline function startOf<Start>(starts: usize, range: u32): Start {
  return load<Start>(starts + (<usize>range << alignof<Start>()));
}

/** The last range that starts at or before the address. As many steps for each, so that a processor foresees them. */
// @ts-ignore: decorator
@inline function rangeOf<Start>(starts: usize, count: u32, address: Start): u32 {
  let low: u32 = 0, length = count - 1;
  while (length > 0) {
    const half = (length + 1) >> 1;
    const above = startOf<Start>(starts, low + half) <= address;
    low = select<u32>(low + half, low, above);
    length -= half;
  }
  return low;
}

/** Gives the block of an address its places, the first time. */
// @ts-ignore: decorator
@inline function knowBlock<Start>(
  blocks: usize, starts: usize, countries: usize, count: u32, address: Start, mostBits: u32,
): void {
  const width = <Start>(sizeof<Start>() * 8 - 16);
  const block = blocks + (<usize>(address >> width) << 2);
  if (!load<u32>(block)) store<u32>(block, placesOf<Start>(starts, countries, count, address >> width << width, mostBits));
}

function placesOf<Start>(starts: usize, countries: usize, count: u32, blockStart: Start, mostBits: u32): u32 {
  const size = <u32>(sizeof<Start>() * 8), width = <Start>(size - 16);
  const first = rangeOf<Start>(starts, count, blockStart);
  let end = first + 1, bits: Start = 0;
  for (; end < count && startOf<Start>(starts, end) >> width == blockStart >> width; end++) {
    bits |= startOf<Start>(starts, end) << 16;
  }
  if (end == first + 1) return (PLACE_OF_COUNTRIES + <u32>load<u8>(countries + <usize>first)) << 5;
  const length = min(size - <u32>ctz(bits), mostBits);
  const places = COUNTRY_OF_PLACE + <usize>free, placesEnd = places + (1 << length);
  if (placesEnd + 16 > PLACES_END) return (PLACE_OF_COUNTRIES + SHARED) << 5;
  let place = places;
  for (let range = first; range < end; range++) {
    const next = range + 1 < end ? startOf<Start>(starts, range + 1) << 16 : 0;
    const until = range + 1 < end ? places + <usize>(next >> <Start>(size - length)) : placesEnd;
    const country = i8x16.splat(load<u8>(countries + <usize>range));
    // Up to 15 places too many, which the next country overwrites.
    for (let p = place; p < until; p += 16) v128.store(p, country);
    place = max(place, until);
    if (next << <Start>length) {
      store<u8>(until, <u8>SHARED);
      place = until + 1;
    }
  }
  const entry = (free << 5) | length;
  free += 1 << length;
  return entry;
}
