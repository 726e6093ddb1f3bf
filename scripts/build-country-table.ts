import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeCountryTable } from '../src/geo/country-table.ts';
import { countryTableFromMmdb } from '../src/geo/from-mmdb.ts';

const DATABASE = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';
const target = fileURLToPath(new URL('../dist/country-table.bin', import.meta.url));

const table = countryTableFromMmdb(readFileSync(createRequire(import.meta.url).resolve(DATABASE)));
const file = encodeCountryTable(table);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, file);

const ranges = `${table.v4Starts.length} IPv4 and ${table.v6Starts.length} IPv6 ranges`;
console.log(`dist/country-table.bin: ${table.countries.length - 1} countries, ${ranges}, ${file.length} bytes`);
