import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyInto } from '../../../src/flow/bytes/outlet.ts';
import { COMBINED } from '../../../src/flow/requests/format.ts';
import { newKernelMemory } from '../../../src/flow/requests/kernel.ts';
import { KernelTally } from '../../../src/flow/tallies/kernel-tally.ts';
import { ReferenceTally } from '../../../src/flow/tallies/reference-tally.ts';
import type { CountryTable } from '../../../src/geo/country-table.ts';
import { embeddedCountryTable } from '../../../src/geo/load.ts';
import { logLine, logOfLines } from '../../support/log-lines.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES } from '../../support/readers.ts';

const seed = testSeed();
const ADDRESSES = 20_000;
/** The first is that of an address without a country. */
const CODES = [
  'ZZ',
  ...Array.from({ length: 254 }, (_, i) => String.fromCharCode(65 + Math.floor(i / 26), 65 + (i % 26))),
];

/** Counts a check-in from each host by both readers, twice: the kernel then knows where it has looked before. */
function assertSameCountries(table: CountryTable, hosts: readonly string[], message: string): void {
  const log = logOfLines(hosts.map((host) => logLine({ host })));
  const observer = { candidates: () => {}, paused: () => 0, freeSlot: () => 0, awaitSlot: () => {} };
  const kernel = new KernelTally(table, RULES, newKernelMemory()!, observer);
  const reference = new ReferenceTally(COMBINED, table, RULES, { candidate: () => {}, counted: () => {} });
  copyInto(reference, log);
  const expected = comparable({ sha256: '', tally: reference.finish() });
  assert.ok(expected.rows.length > 1, message);
  for (let round = 0; round < 2; round++) {
    kernel.start(RULES);
    copyInto(kernel, log);
    assert.deepEqual(comparable({ sha256: '', tally: kernel.finish() }), expected, message);
  }
}

function v4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** With groups left out where they are zero, as they are written. */
function v6Text(top: bigint): string {
  const groups = [48n, 32n, 16n, 0n].map((shift) => ((top >> shift) & 0xffffn).toString(16));
  return `${groups.join(':')}::1`;
}

/** The starts of ranges, the addresses before them and others near them. */
function hostsNear({ v4Starts, v6Starts }: CountryTable, random: Random): string[] {
  return Array.from({ length: ADDRESSES }, (_, i) => {
    const near = random.pick([-1, 0, 0, 1, random.below(1000)]);
    if (i % 2 === 0) return v4Text((v4Starts[random.below(v4Starts.length)]! + near) >>> 0);
    const scale = random.pick([1n, 1n, 1n << 16n, 1n << 32n]);
    return v6Text(BigInt.asUintN(64, v6Starts[random.below(v6Starts.length)]! + BigInt(near) * scale));
  });
}

/** Ranges that begin anywhere, and many within a few blocks, at every bit. */
function randomTable(random: Random): CountryTable {
  const v4 = new Set([0]);
  const v6 = new Set([0n]);
  const word = () => random.below(2 ** 16) * 2 ** 16 + random.below(2 ** 16);
  for (let cluster = 0; cluster < 30; cluster++) {
    const block = word();
    const bits = random.below(33);
    for (let range = random.below(200); range > 0; range--) {
      const inside = Math.floor(word() / 2 ** bits);
      v4.add((block - (block % 2 ** (32 - bits)) + inside) % 2 ** 32);
      v6.add(BigInt.asUintN(64, (BigInt(block) << 32n) + (BigInt(inside) << BigInt(random.below(33)))));
    }
  }
  const countries = (count: number) => Uint8Array.from({ length: count }, () => random.below(CODES.length));
  return {
    countries: CODES,
    v4Starts: Uint32Array.from([...v4].sort((a, b) => a - b)),
    v4Countries: countries(v4.size),
    v6Starts: BigUint64Array.from([...v6].sort((a, b) => (a < b ? -1 : 1))),
    v6Countries: countries(v6.size),
  };
}

test(`S6 C6 the kernel finds the country that a plain search finds, in the embedded table (seed ${seed})`, () => {
  const table = embeddedCountryTable();
  assertSameCountries(table, hostsNear(table, seededRandom(seed)), `ROLLCALL_TEST_SEED=${seed}`);
});

test(`S6 C6 and of a list with commas that of the first (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const ends = [',10.9.9.9', ':1,10.9.9.9', ',', ',x', ',,', ':123456,::1', '%lo,::1', ',8.8.8.8,1.1.1.1'];
  const plain = hostsNear(embeddedCountryTable(), random);
  const hosts = plain.map((host) => {
    const shown = host.includes(':') && random.below(2) === 0 ? `[${host}]` : host;
    return random.pick(['', '', '', '', ',', 'h,']) + shown + random.pick(ends);
  });
  assertSameCountries(embeddedCountryTable(), hosts, 'lists');
});

test(`S6 C6 and in any other (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 8; round++) {
    const table = randomTable(random);
    assertSameCountries(table, hostsNear(table, random), `ROLLCALL_TEST_SEED=${seed}, round ${round}`);
  }
});

test('S6 C6 a table that needs more places than there is room for is searched', () => {
  const blocks = 2 ** 16;
  const table: CountryTable = {
    countries: CODES,
    v4Starts: Uint32Array.from({ length: blocks * 2 }, (_, i) => (i >> 1) * blocks + (i % 2) * 256),
    v4Countries: Uint8Array.from({ length: blocks * 2 }, (_, i) => (i * 7) % CODES.length),
    v6Starts: BigUint64Array.of(0n),
    v6Countries: Uint8Array.of(0),
  };
  const hosts = Array.from({ length: blocks }, (_, block) => v4Text(block * blocks + 254 + (block % 4)));
  assertSameCountries(table, hosts, 'hosts of every block');
});
