import { readFileSync } from 'node:fs';
import { type CountryTable, decodeCountryTable } from './country-table.ts';
import { countryTableFromMmdb } from './from-mmdb.ts';

/** The same place from `src/geo` and from the compiled `dist/geo`. */
const EMBEDDED = new URL('../../dist/country-table.bin', import.meta.url);

/** The table of a .mmdb file, or the embedded one. Throws an Error that says what to do. */
export function loadCountryTable(geoFile?: string): CountryTable {
  if (geoFile === undefined) return embeddedCountryTable();
  return countryTableFromMmdb(
    readOr(geoFile, `the country database cannot be read: ${geoFile}; check the path and its permissions`),
  );
}

export function embeddedCountryTable(): CountryTable {
  return decodeCountryTable(readOr(EMBEDDED, 'the country table has not been built; run: npm run build'));
}

function readOr(file: string | URL, problem: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}
