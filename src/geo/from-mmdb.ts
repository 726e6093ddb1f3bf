import { Reader, type Response } from 'mmdb-lib';
import { type CountryTable, MOST_COUNTRIES, UNKNOWN_COUNTRY } from './country-table.ts';

/** What the databases in use hold for a network; nothing in it is certain until it was looked at. */
type Place = { country_code?: unknown; country?: unknown; registered_country?: unknown } | null;
/** The country of the network that an address is in, and the length of that network's prefix. */
type LookUp = (address: string) => [country: string, prefixLength: number];

interface Ranges<Part> {
  starts: Part[];
  countries: string[];
}

const COUNTRY_CODE = /^[A-Z]{2}$/;
const EXPECTED = 'expected a MaxMind, DB-IP or ip-location-db country or city database (.mmdb)';

/** The top 64 bits where each stretch of global addresses begins and ends. */
const GLOBAL_STRETCHES: [bigint, bigint][] = [
  [0x2000_0000n << 32n, 0x2001_0000n << 32n],
  // 2001::/32 is Teredo and 2002::/16 is 6to4: other names of IPv4 addresses, whose countries are listed there.
  [0x2001_0001n << 32n, 0x2002_0000n << 32n],
  [0x2003_0000n << 32n, 0x4000_0000n << 32n],
];

/** Flattens a country or city database into a table. Throws an Error if it is damaged or of another kind. */
export function countryTableFromMmdb(file: Buffer): CountryTable {
  const reader = openDatabase(file);
  const lookUp = lookUpWith(reader);
  // A network for each leaf of its tree; a damaged tree may loop, and would be walked for ever.
  const most = reader.metadata.nodeCount + 1_000;
  const hasV6 = reader.metadata.ipVersion === 6;
  const v4 = unlessDamaged(() => walkV4(lookUp, most));
  const v6 = hasV6 ? unlessDamaged(() => walkV6(lookUp, most)) : { starts: [0n], countries: [UNKNOWN_COUNTRY] };
  return tableOf(v4, v6);
}

function unlessDamaged<Result>(walk: () => Result): Result {
  try {
    return walk();
  } catch (error) {
    throw unusable('it is damaged', error);
  }
}

function openDatabase(file: Buffer): Reader<Response> {
  try {
    const reader = new Reader<Response>(file, { cache: new Map<number | string, unknown>() });
    if (reader.metadata.searchTreeSize > 0 && reader.metadata.searchTreeSize < file.length) return reader;
  } catch (error) {
    throw unusable('it is not a database or is damaged', error);
  }
  throw unusable('it is cut short');
}

function lookUpWith(reader: Reader<Response>): LookUp {
  return (address) => {
    const [place, prefixLength] = reader.getWithPrefixLength(address);
    return [countryCode(place as Place), prefixLength];
  };
}

function countryCode(place: Place): string {
  const code = place?.country_code ?? isoCode(place?.country) ?? isoCode(place?.registered_country);
  return typeof code === 'string' && COUNTRY_CODE.test(code) ? code : UNKNOWN_COUNTRY;
}

function isoCode(country: unknown): unknown {
  return typeof country === 'object' && country !== null && 'iso_code' in country ? country.iso_code : undefined;
}

function walkV4(lookUp: LookUp, most: number): Ranges<number> {
  const ranges: Ranges<number> = { starts: [], countries: [] };
  let steps = 0;
  for (let address = 0; address < 2 ** 32; ) {
    const [country, length] = lookUp(v4Text(address));
    append(ranges, address, country);
    address += 2 ** (32 - length);
    steps += 1;
    if (steps > most) throw new RangeError('the tree loops');
  }
  return ranges;
}

function walkV6(lookUp: LookUp, most: number): Ranges<bigint> {
  const ranges: Ranges<bigint> = { starts: [0n], countries: [UNKNOWN_COUNTRY] };
  let steps = 0;
  for (const [from, to] of GLOBAL_STRETCHES) {
    for (let address = from; address < to; ) {
      const [country, length] = lookUp(v6Text(address));
      append(ranges, address, country);
      // The network may begin before the stretch; what counts is where it ends.
      address = (address | ((1n << BigInt(Math.max(64 - length, 0))) - 1n)) + 1n;
      steps += 1;
      if (steps > most) throw new RangeError('the tree loops');
    }
    append(ranges, to, UNKNOWN_COUNTRY);
  }
  return ranges;
}

function append<Part>(ranges: Ranges<Part>, start: Part, country: string): void {
  if (ranges.countries.at(-1) === country) return;
  ranges.starts.push(start);
  ranges.countries.push(country);
}

function tableOf(v4: Ranges<number>, v6: Ranges<bigint>): CountryTable {
  const named = new Set([...v4.countries, ...v6.countries]);
  named.delete(UNKNOWN_COUNTRY);
  if (named.size === 0) throw unusable('it names no country');
  if (named.size > MOST_COUNTRIES) throw unusable(`it names ${named.size} countries, more than ${MOST_COUNTRIES}`);
  const countries = [UNKNOWN_COUNTRY, ...[...named].sort()];
  const index = new Map(countries.map((country, at) => [country, at]));
  return {
    countries,
    v4Starts: Uint32Array.from(v4.starts),
    v4Countries: Uint8Array.from(v4.countries, (country) => index.get(country)!),
    v6Starts: BigUint64Array.from(v6.starts),
    v6Countries: Uint8Array.from(v6.countries, (country) => index.get(country)!),
  };
}

function v4Text(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function v6Text(top: bigint): string {
  const high = Number(top >> 32n);
  const low = Number(top & 0xffff_ffffn);
  return `${hex(high >>> 16)}:${hex(high & 0xffff)}:${hex(low >>> 16)}:${hex(low & 0xffff)}::`;
}

function hex(group: number): string {
  return group.toString(16);
}

function unusable(why: string, cause?: unknown): Error {
  return new Error(`the country database cannot be used: ${why}; ${EXPECTED}`, { cause });
}
