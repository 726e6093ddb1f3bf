import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { type Address, isLocal } from './address.ts';

/**
 * Which country an address belongs to. Range i goes from `starts[i]` up to the next start, and its country is
 * `countries[...Countries[i]]`. The first start is 0. IPv6 starts are the top 64 bits of the address.
 */
export interface CountryTable {
  countries: string[];
  v4Starts: Uint32Array;
  v4Countries: Uint8Array;
  v6Starts: BigUint64Array;
  v6Countries: Uint8Array;
}

/** The country of what is in no range. */
export const UNKNOWN_COUNTRY = 'ZZ';
/** One byte names a country, and one of its values is for the unknown. */
export const MOST_COUNTRIES = 255;

const MAGIC = Buffer.from('RollGeo\n', 'latin1');
const VERSION = 1;
/** Magic, version, checksum, then three counts and four bytes of nothing, so that the 64-bit starts are aligned. */
const HEADER_BYTES = 32;
const CHECKED_FROM = 16;
const CODE_BYTES = 2;

/** Of a client: some tables have a country for networks that are nobody's (P5). */
export function countryOfClient(table: CountryTable, address: Address | undefined): string {
  return address === undefined || isLocal(address) ? UNKNOWN_COUNTRY : countryOf(table, address);
}

export function countryOf(table: CountryTable, address: Address | undefined): string {
  if (!address) return UNKNOWN_COUNTRY;
  const index =
    'v4' in address
      ? table.v4Countries[rangeOf(table.v4Starts, address.v4)]!
      : table.v6Countries[rangeOf(table.v6Starts, address.v6)]!;
  return table.countries[index]!;
}

/** Neighbouring ranges of one country become one range. */
export function encodeCountryTable(table: CountryTable): Uint8Array {
  requireLittleEndian();
  const v4 = mergedRanges(table.v4Countries);
  const v6 = mergedRanges(table.v6Countries);
  const layout = layoutOf(table.countries.length, v4.length, v6.length);
  const file = new Uint8Array(layout.end);
  const header = new DataView(file.buffer);
  file.set(MAGIC);
  header.setUint32(8, VERSION, true);
  header.setUint32(16, table.countries.length, true);
  header.setUint32(20, v4.length, true);
  header.setUint32(24, v6.length, true);
  new BigUint64Array(file.buffer, layout.v6Starts, v6.length).set(v6.map((index) => table.v6Starts[index]!));
  new Uint32Array(file.buffer, layout.v4Starts, v4.length).set(v4.map((index) => table.v4Starts[index]!));
  file.set(
    v4.map((index) => table.v4Countries[index]!),
    layout.v4Countries,
  );
  file.set(
    v6.map((index) => table.v6Countries[index]!),
    layout.v6Countries,
  );
  file.set(Buffer.from(table.countries.join(''), 'latin1'), layout.codes);
  header.setUint32(12, crc32(file.subarray(CHECKED_FROM)), true);
  return file;
}

/** The arrays are views on `bytes`, unless those are not aligned to 8. Throws an Error if anything was changed. */
export function decodeCountryTable(bytes: Uint8Array): CountryTable {
  requireLittleEndian();
  if (bytes.length < HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    throw damaged('it does not begin like one');
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = header.getUint32(8, true);
  if (version !== VERSION) throw damaged(`it has version ${version}, and version ${VERSION} was expected`);
  const countries = header.getUint32(16, true);
  const v4 = header.getUint32(20, true);
  const v6 = header.getUint32(24, true);
  const layout = layoutOf(countries, v4, v6);
  if (layout.end !== bytes.length) throw damaged(`it has ${bytes.length} bytes, and ${layout.end} were expected`);
  if (header.getUint32(12, true) !== crc32(bytes.subarray(CHECKED_FROM))) throw damaged('its checksum is wrong');

  const file = bytes.byteOffset % BigUint64Array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return { countries: codesOf(file.subarray(layout.codes)), ...arraysIn(file, layout, v4, v6) };
}

/** The same table in other memory, which begins at a multiple of 8; undefined if there is no room. */
export function copyCountryTable(table: CountryTable, into: Uint8Array): CountryTable | undefined {
  const { v4Starts, v4Countries, v6Starts, v6Countries } = table;
  const layout = layoutOf(table.countries.length, v4Starts.length, v6Starts.length);
  if (layout.end > into.length) return undefined;
  const copy = arraysIn(into, layout, v4Starts.length, v6Starts.length);
  copy.v4Starts.set(v4Starts);
  copy.v4Countries.set(v4Countries);
  copy.v6Starts.set(v6Starts);
  copy.v6Countries.set(v6Countries);
  return { countries: table.countries, ...copy };
}

function arraysIn({ buffer, byteOffset }: Uint8Array, layout: Layout, v4: number, v6: number) {
  return {
    v4Starts: new Uint32Array(buffer, byteOffset + layout.v4Starts, v4),
    v4Countries: new Uint8Array(buffer, byteOffset + layout.v4Countries, v4),
    v6Starts: new BigUint64Array(buffer, byteOffset + layout.v6Starts, v6),
    v6Countries: new Uint8Array(buffer, byteOffset + layout.v6Countries, v6),
  };
}

type Layout = ReturnType<typeof layoutOf>;

function layoutOf(countries: number, v4: number, v6: number) {
  const v6Starts = HEADER_BYTES;
  const v4Starts = v6Starts + v6 * BigUint64Array.BYTES_PER_ELEMENT;
  const v4Countries = v4Starts + v4 * Uint32Array.BYTES_PER_ELEMENT;
  const v6Countries = v4Countries + v4;
  const codes = v6Countries + v6;
  return { v6Starts, v4Starts, v4Countries, v6Countries, codes, end: codes + countries * CODE_BYTES };
}

function codesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1');
  return Array.from({ length: text.length / CODE_BYTES }, (_, index) =>
    text.slice(index * CODE_BYTES, (index + 1) * CODE_BYTES),
  );
}

function mergedRanges(countries: Uint8Array): number[] {
  return Array.from(countries.keys()).filter((index) => index === 0 || countries[index] !== countries[index - 1]);
}

/** The index of the last start that is not above the address. */
function rangeOf<Part extends number | bigint>(starts: ArrayLike<Part>, address: Part): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= address) low = middle;
    else high = middle;
  }
  return low;
}

function damaged(why: string): Error {
  return new Error(`the country table is damaged: ${why}; build it again with npm run build`);
}

/** The file is little-endian so that its arrays can be used as they lie in memory. */
function requireLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('the country table needs a little-endian processor, as x86 and ARM are');
}
