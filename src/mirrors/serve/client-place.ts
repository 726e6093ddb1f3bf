import { Reader, type Response } from 'mmdb-lib';
import { MOST_DATABASE_BYTES } from '../../geo/load.ts';
import { readRegularFile } from '../../regular-file.ts';
import type { Place } from '../selection/distance.ts';

/** What a city or an AS database says of an address; nothing in it is certain until it was looked at. */
type CityRecord = {
  location?: { latitude?: unknown; longitude?: unknown; accuracy_radius?: unknown } | null;
  lat?: unknown;
  lng?: unknown;
} | null;
type AsnRecord = { autonomous_system_number?: unknown; asn?: unknown } | null;

export type PlaceLookUp = (address: string) => Place | undefined;
export type AsnLookUp = (address: string) => number | undefined;

/** MaxMind's and DB-IP's layout, and IPinfo's. Throws an Error that says what is wrong with the file. */
export function openCityDatabase(file: string): PlaceLookUp {
  const get = openDatabase(file, 'city');
  return (address) => placeOf(get(address) as CityRecord);
}

export function openAsnDatabase(file: string): AsnLookUp {
  const get = openDatabase(file, 'ASN');
  return (address) => asnOf(get(address) as AsnRecord);
}

/** A request must not fail because the database does, so a damaged place in it is no place (G10). */
function openDatabase(file: string, kind: string): (address: string) => unknown {
  const reader = readDatabase(file, kind);
  return (address) => {
    try {
      return reader.get(address);
    } catch {
      return null;
    }
  };
}

function readDatabase(file: string, kind: string): Reader<Response> {
  try {
    const reader = new Reader<Response>(readRegularFile(file, MOST_DATABASE_BYTES));
    if (reader.metadata.nodeCount > 0) return reader;
  } catch (error) {
    throw new Error(`the ${kind} database cannot be used: ${file}; expected a readable .mmdb file`, { cause: error });
  }
  throw new Error(`the ${kind} database is empty: ${file}`);
}

/** In kilometres. Beyond it the place is a country's middle, and its nearest mirrors would get all who are not located. */
const LARGEST_RADIUS = 500;

function placeOf(record: CityRecord): Place | undefined {
  const radius = record?.location?.accuracy_radius;
  if (typeof radius === 'number' && radius > LARGEST_RADIUS) return undefined;
  const latitude = degrees(record?.location?.latitude ?? record?.lat);
  const longitude = degrees(record?.location?.longitude ?? record?.lng);
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
}

function degrees(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= 180 ? number : undefined;
}

/** `AS64496` or 64496. */
function asnOf(record: AsnRecord): number | undefined {
  const value = record?.autonomous_system_number ?? record?.asn;
  const number = typeof value === 'string' ? Number(value.replace(/^AS/i, '')) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
