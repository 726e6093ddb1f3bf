import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CountryTable, countryOf, decodeCountryTable, encodeCountryTable } from '../../src/geo/country-table.ts';

const table: CountryTable = {
  countries: ['ZZ', 'AT', 'CH', 'DE'],
  v4Starts: Uint32Array.of(0, 100, 200, 300, 0xffffff00),
  v4Countries: Uint8Array.of(0, 1, 1, 2, 3),
  v6Starts: BigUint64Array.of(0n, 1n << 61n, 1n << 62n),
  v6Countries: Uint8Array.of(0, 3, 0),
};

test('S6 a range goes up to the next start', () => {
  const expected: [number, string][] = [
    [0, 'ZZ'],
    [99, 'ZZ'],
    [100, 'AT'],
    [299, 'AT'],
    [300, 'CH'],
    [0xfffffeff, 'CH'],
    [0xffffff00, 'DE'],
    [0xffffffff, 'DE'],
  ];
  for (const [v4, country] of expected) assert.equal(countryOf(table, { v4 }), country, String(v4));
  assert.equal(countryOf(table, { v6: (1n << 61n) - 1n }), 'ZZ');
  assert.equal(countryOf(table, { v6: 1n << 61n }), 'DE');
  assert.equal(countryOf(table, { v6: (1n << 64n) - 1n }), 'ZZ');
  assert.equal(countryOf(table, undefined), 'ZZ');
});

test('a table comes back as it was, with neighbours of one country merged', () => {
  const expected = {
    ...table,
    v4Starts: Uint32Array.of(0, 100, 300, 0xffffff00),
    v4Countries: Uint8Array.of(0, 1, 2, 3),
  };
  assert.deepEqual(decodeCountryTable(encodeCountryTable(table)), expected);
});

test('aligned bytes are not copied, and others decode all the same', () => {
  const bytes = encodeCountryTable(table);
  assert.equal(decodeCountryTable(bytes).v6Starts.buffer, bytes.buffer);
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  assert.deepEqual(decodeCountryTable(shifted), decodeCountryTable(bytes));
});

test('every flipped byte and every cut is found', () => {
  const bytes = encodeCountryTable(table);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = bytes.slice();
    flipped[at]! ^= 0x10;
    assert.throws(() => decodeCountryTable(flipped), /country table is damaged: .*npm run build/, `byte ${at}`);
    assert.throws(() => decodeCountryTable(bytes.slice(0, at)), /damaged/, `length ${at}`);
  }
});
