import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { builtFile } from '../built-files.ts';
import { readRegularFile } from '../regular-file.ts';
import { type CountryTable, decodeCountryTable } from './country-table.ts';

/** All of it is held in memory; the largest that is sold has a third of this. */
export const MOST_DATABASE_BYTES = 1024 * 1024 * 1024;

/** The table of a .mmdb file, or the embedded one, in `space` if it fits. Throws an Error that says what to do. */
export async function loadCountryTable(geoFile?: string, space?: Uint8Array): Promise<CountryTable> {
  if (geoFile === undefined) return embeddedCountryTable(space);
  const { countryTableFromMmdb } = await import('./from-mmdb.ts');
  const problem = `the country database cannot be read: ${geoFile}; check the path and its permissions`;
  return countryTableFromMmdb(orProblem(problem, () => readRegularFile(geoFile, MOST_DATABASE_BYTES)));
}

export function embeddedCountryTable(space?: Uint8Array): CountryTable {
  const file = builtFile('country-table.bin');
  const problem = 'the country table has not been built; run: npm run build';
  return decodeCountryTable(orProblem(problem, () => (space && readInto(file, space)) ?? readFileSync(file)));
}

function orProblem<Result>(problem: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}

/** Undefined if the file is larger than the space. */
function readInto(file: URL, space: Uint8Array): Uint8Array | undefined {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size > space.length) return undefined;
    let filled = 0;
    for (let got = 1; got > 0 && filled < size; filled += got) got = readSync(fd, space, filled, size - filled, filled);
    return space.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
}
