import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addressBytes } from '../../../src/geo/address.ts';
import { networkTable, parseNetwork } from '../../../src/mirrors/selection/network-table.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();

function found(entries: [string, number][], address: string): [number, number[]][] {
  const matches = networkTable(entries).networksOf(addressBytes(address)!);
  return matches.map(({ prefixLength, owners }) => [prefixLength, [...owners]]);
}

describe('networks of mirrors', () => {
  test('the longest prefix comes first, and a network may have several mirrors', () => {
    const entries: [string, number][] = [
      ['198.51.100.0/24', 1],
      ['198.51.100.7/32', 2],
      ['198.0.0.0/8', 3],
      ['198.51.100.0/24', 4],
      ['203.0.113.0/24', 5],
    ];
    const all = [
      [32, [2]],
      [24, [1, 4]],
      [8, [3]],
    ];
    assert.deepEqual(found(entries, '198.51.100.7'), all);
    assert.deepEqual(found(entries, '198.51.100.8'), all.slice(1));
    assert.deepEqual(found(entries, '192.0.2.1'), []);
  });

  test('prefixes narrower than /24 and /64 decide for their own addresses alone', () => {
    const entries: [string, number][] = [
      ['192.0.2.9', 1],
      ['2001:db8:1:2:3:4:5:6/127', 2],
    ];
    assert.deepEqual(found(entries, '192.0.2.10'), []);
    assert.deepEqual(found(entries, '192.0.2.9'), [[32, [1]]]);
    assert.deepEqual(found(entries, '2001:db8:1:2:3:4:5:7'), [[127, [2]]]);
    assert.deepEqual(found(entries, '2001:db8:1:2:3:4:5:8'), []);
  });

  test('both kinds of address are kept apart, and mapped ones are IPv4', () => {
    const entries: [string, number][] = [
      ['0.0.0.0/0', 4],
      ['::/0', 6],
      ['::ffff:198.51.100.0/120', 1],
    ];
    assert.deepEqual(found(entries, '198.51.100.1'), [
      [24, [1]],
      [0, [4]],
    ]);
    assert.deepEqual(found(entries, '2001:db8::1'), [[0, [6]]]);
    assert.deepEqual(found(entries, '::ffff:203.0.113.1'), [[0, [4]]]);
  });

  test('what is no network is left out', () => {
    for (const text of ['', '/8', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/x', '::/129', 'host/8']) {
      assert.equal(parseNetwork(text), undefined, text);
    }
    assert.deepEqual(found([['host/8', 1]], '10.0.0.1'), []);
  });

  test(`it finds what comparing all networks bit by bit finds (seed ${seed})`, () => {
    const bytes = fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 });
    const entries = fc.array(fc.tuple(bytes, fc.integer({ min: 0, max: 32 })), { maxLength: 30 });
    const bitsOf = (address: readonly number[]) => address.map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const property = fc.property(entries, bytes, (networks, address) => {
      const table: [string, number][] = networks.map(([network, length], owner) => [
        `${network.join('.')}/${length}`,
        owner,
      ]);
      const expected = networks.flatMap(([network, length], owner) =>
        bitsOf(network).slice(0, length) === bitsOf(address).slice(0, length) ? [`${length} ${owner}`] : [],
      );
      const matches = found(table, address.join('.'));
      const lengths = matches.map(([length]) => length);
      assert.deepEqual(
        lengths,
        [...new Set(lengths)].sort((a, b) => b - a),
      );
      assert.deepEqual(
        matches.flatMap(([length, owners]) => owners.map((owner) => `${length} ${owner}`)).sort(),
        expected.sort(),
      );
    });
    fc.assert(property, { seed, numRuns: 300 });
  });
});
