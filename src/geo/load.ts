import { readFileSync } from 'node:fs';
import { builtFile } from '../built-files.ts';
import { type CountryTable, decodeCountryTable } from './country-table.ts';

/** The table of a .mmdb file, or the embedded one. Throws an Error that says what to do. */
export async function loadCountryTable(geoFile?: string): Promise<CountryTable> {
  if (geoFile === undefined) return embeddedCountryTable();
  const { countryTableFromMmdb } = await import('./from-mmdb.ts');
  return countryTableFromMmdb(
    readOr(geoFile, `the country database cannot be read: ${geoFile}; check the path and its permissions`),
  );
}

export function embeddedCountryTable(): CountryTable {
  return decodeCountryTable(
    readOr(builtFile('country-table.bin'), 'the country table has not been built; run: npm run build'),
  );
}

function readOr(file: string | URL, problem: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}
