import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Reader, type Response } from 'mmdb-lib';
import { parseAddress } from '../../src/geo/address.ts';
import { countryOf, decodeCountryTable, encodeCountryTable } from '../../src/geo/country-table.ts';
import { countryTableFromMmdb } from '../../src/geo/from-mmdb.ts';
import { loadCountryTable } from '../../src/geo/load.ts';

const SAMPLES = 20_000;
const require = createRequire(import.meta.url);
const database = (name: string) => require.resolve(`@ip-location-db/geo-whois-asn-country-mmdb/${name}.mmdb`);
const combined = readFileSync(database('geo-whois-asn-country'));
const table = countryTableFromMmdb(combined);
const reader = new Reader<Response>(combined);

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
console.log(`seed ${seed} (SEED=${seed} repeats it)`);

/** Small and repeatable (mulberry32); nothing here needs more. */
function randomWords(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
}

function theirAnswer(text: string): string {
  const place = reader.get(text) as { country_code?: string } | null;
  return place?.country_code ?? 'ZZ';
}

function v6Text(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

test(`S6 the table answers like the library for ${SAMPLES} random IPv4 addresses`, () => {
  const next = randomWords(seed);
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const word = next();
    const text = [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
    assert.equal(countryOf(table, parseAddress(text)), theirAnswer(text), text);
  }
});

test(`S6 the table answers like the library for ${SAMPLES} random global IPv6 addresses`, () => {
  const next = randomWords(seed ^ 0x5eed);
  let known = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    // Most of the space is not assigned, so half of the samples are next to the start of a range.
    const start = table.v6Starts[1 + (next() % (table.v6Starts.length - 2))]!;
    const near = BigInt.asUintN(64, start + BigInt((next() % 3) - 1));
    const wide = (1n << 61n) | (BigInt(next()) << 29n) | BigInt(next() >>> 3);
    const top = sample % 2 ? near : wide;
    const groups = [48n, 32n, 16n, 0n].map((shift) => Number((top >> shift) & 0xffffn));
    const isAlias = groups[0] === 0x2002 || (groups[0] === 0x2001 && groups[1] === 0);
    const isGlobal = groups[0]! >> 13 === 1;
    const text = v6Text([...groups, 0, 0, 0, 0]);
    const expected = isGlobal && !isAlias ? theirAnswer(text) : 'ZZ';
    assert.equal(countryOf(table, parseAddress(text)), expected, text);
    if (expected !== 'ZZ') known += 1;
  }
  assert.ok(known > SAMPLES / 10, `only ${known} of the samples were in a country`);
});

test('S6 other names of IPv4 addresses have no country', () => {
  for (const text of ['2002:808:808::1', '2001:0:808:808::1', '::1', 'fe80::1', 'fc00::1']) {
    assert.equal(countryOf(table, parseAddress(text)), 'ZZ', text);
  }
});

test('the table keeps its own rules, and survives being written', () => {
  assert.equal(table.countries[0], 'ZZ');
  assert.ok(table.countries.every((code) => /^[A-Z]{2}$/.test(code)));
  assert.equal(table.v4Starts[0], 0);
  assert.equal(table.v6Starts[0], 0n);
  assert.ok(table.v4Starts.every((start, at) => at === 0 || start > table.v4Starts[at - 1]!));
  assert.ok(table.v6Starts.every((start, at) => at === 0 || start > table.v6Starts[at - 1]!));
  assert.deepEqual(decodeCountryTable(encodeCountryTable(table)), table);
});

test('a database of one kind of addresses knows no country for the other', async () => {
  const v4 = await loadCountryTable(database('geo-whois-asn-country-ipv4'));
  const v6 = await loadCountryTable(database('geo-whois-asn-country-ipv6'));
  assert.deepEqual(v4.v4Starts, table.v4Starts);
  assert.deepEqual([...v4.v6Starts], [0n]);
  assert.deepEqual(v6.v6Starts, table.v6Starts);
  assert.deepEqual([...v6.v4Starts], [0]);
});

test('MaxMind records: the country, else where the network is registered, else none', () => {
  const expected: [Record<string, unknown>, string][] = [
    [{ country: { iso_code: 'AT' }, registered_country: { iso_code: 'DE' } }, 'AT'],
    [{ registered_country: { iso_code: 'DE' } }, 'DE'],
    [{ country_code: 'CH' }, 'CH'],
  ];
  for (const [record, country] of expected) {
    assert.equal(countryOf(countryTableFromMmdb(oneNodeDatabase(record)), { v4: 0 }), country);
  }
});

test('a code that is not two capital letters is no country', () => {
  for (const code of ['at', 'AUT', '', 'A1', 'A\n']) {
    assert.throws(() => countryTableFromMmdb(oneNodeDatabase({ country_code: code })), /names no country/);
  }
});

test('a damaged file and one of another kind are refused with what was expected', async () => {
  const expected = /cannot be used: .*expected a MaxMind/;
  for (const length of [0, 1, 100, combined.length >> 1, combined.length - 40]) {
    assert.throws(() => countryTableFromMmdb(Buffer.from(combined.subarray(0, length))), expected, `length ${length}`);
  }
  assert.throws(() => countryTableFromMmdb(Buffer.from('SQLite format 3\0')), expected);
  // Without its tree the file still has sound metadata at its end.
  assert.throws(() => countryTableFromMmdb(Buffer.from(combined.subarray(combined.length - 400))), expected);
  const holed = Buffer.from(combined);
  holed.fill(0, 0, 1_000_000);
  assert.throws(() => countryTableFromMmdb(holed), expected);
  await assert.rejects(loadCountryTable('no-such-file.mmdb'), /cannot be read: no-such-file.mmdb/);
});

/** The smallest IPv4 database: one node, whose lower half is a record and whose upper half is nothing. */
function oneNodeDatabase(record: Record<string, unknown>): Buffer {
  const node = Buffer.of(0, 0, 1 + 16, 0, 0, 1);
  const metadata = {
    node_count: 1,
    record_size: 24,
    ip_version: 4,
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0,
    database_type: 'Test',
  };
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([node, Buffer.alloc(16), encoded(record), marker, encoded(metadata)]);
}

function encoded(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.of((2 << 5) | value.length), Buffer.from(value)]);
  if (typeof value === 'number') return Buffer.of((5 << 5) | 2, value >> 8, value & 255);
  const entries = Object.entries(value as Record<string, unknown>);
  return Buffer.concat([
    Buffer.of((7 << 5) | entries.length),
    ...entries.flatMap(([key, inner]) => [encoded(key), encoded(inner)]),
  ]);
}
