import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseAddress } from '../../src/geo/address.ts';
import { copyCountryTable, countryOf } from '../../src/geo/country-table.ts';
import { loadCountryTable } from '../../src/geo/load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const isBuilt = existsSync(new URL('../../dist/country-table.bin', import.meta.url));

test('without a file the embedded table is loaded', {
  skip: isBuilt ? false : 'npm run build has not run',
}, async () => {
  const table = await loadCountryTable();
  assert.ok(table.countries.length > 200);
  assert.notEqual(countryOf(table, parseAddress('8.8.8.8')), 'ZZ');
});

test('the embedded table is read into a space that has room, and is the same', {
  skip: isBuilt ? false : 'npm run build has not run',
}, async () => {
  const table = await loadCountryTable();
  const space = new Uint8Array(new SharedArrayBuffer(16 * 2 ** 20), 64);
  const placed = await loadCountryTable(undefined, space);
  assert.equal(placed.v6Starts.buffer, space.buffer);
  assert.deepEqual(placed, table);
  assert.deepEqual(copyCountryTable(table, space.subarray(0, 8 * 2 ** 20)), table);
  const small = new Uint8Array(1000);
  assert.deepEqual(await loadCountryTable(undefined, small), table);
  assert.equal(copyCountryTable(table, small), undefined);
});

test('a table that was not built is named with its remedy', async (context) => {
  const checkout = temporaryFolder(context);
  cpSync(new URL('../../src', import.meta.url), join(checkout, 'src'), { recursive: true });
  const { loadCountryTable: loadThere } = (await import(
    pathToFileURL(join(checkout, 'src/geo/load.ts')).href
  )) as typeof import('../../src/geo/load.ts');
  await assert.rejects(loadThere(), /npm run build/);
});
