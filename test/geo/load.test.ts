import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parseAddress } from '../../src/geo/address.ts';
import { countryOf } from '../../src/geo/country-table.ts';
import { loadCountryTable } from '../../src/geo/load.ts';

const isBuilt = existsSync(new URL('../../dist/country-table.bin', import.meta.url));

test('without a file the embedded table is loaded', {
  skip: isBuilt ? false : 'npm run build has not run',
}, async () => {
  const table = await loadCountryTable();
  assert.ok(table.countries.length > 200);
  assert.notEqual(countryOf(table, parseAddress('8.8.8.8')), 'ZZ');
});

test('a table that was not built is named with its remedy', { skip: isBuilt ? 'it was built' : false }, async () => {
  await assert.rejects(loadCountryTable(), /npm run build/);
});
