import type { CountryTable } from '../geo/country-table.ts';
import { loadCountryTable } from '../geo/load.ts';
import { type AsnLookUp, openAsnDatabase, openCityDatabase, type PlaceLookUp } from '../mirrors/serve/client-place.ts';
import { UsageError } from './exit-code.ts';

/** Files, as in the options of the same names. */
export interface PlaceOptions {
  geo?: string;
  city?: string;
  asn?: string;
}

/** What is known of addresses. */
export interface PlaceDatabases {
  countries: CountryTable;
  placeOf: PlaceLookUp;
  asnOf: AsnLookUp;
}

const nowhere = () => undefined;

/** Without files, countries are those of the embedded table and nothing more is known. Throws a UsageError that names the file. */
export async function readDatabases({ geo, city, asn }: PlaceOptions): Promise<PlaceDatabases> {
  try {
    return {
      countries: await loadCountryTable(geo),
      placeOf: city === undefined ? nowhere : openCityDatabase(city),
      asnOf: asn === undefined ? nowhere : openAsnDatabase(asn),
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'a database cannot be used', { cause: error });
  }
}
