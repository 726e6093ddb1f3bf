import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareRanks, type Located, rankMirror } from '../../../src/mirrors/selection/rank.ts';
import { prepare, type Snapshot } from '../../../src/mirrors/selection/snapshot.ts';
import { ORDERS, orderNumber } from '../../../src/mirrors/selection/stickiness.ts';
import { walkOrder } from '../../../src/mirrors/selection/walk-order.ts';
import { CONTINENTS, mirror, NOW, SECRET, smallCatalogue } from '../../support/mirror-service.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();

function clientOf(snapshot: Snapshot, number: number, country: string | undefined, asn?: number): Located {
  const continent = snapshot.continents.get(country ?? '');
  return { order: snapshot.order(SECRET, number), family: 'v4', country, continent, point: undefined, asn };
}

describe(`the order that networks share (seed ${seed})`, () => {
  const anyMirror = fc.record({
    country: fc.constantFrom('', 'DE', 'FR', 'US', 'JP', 'XK'),
    hostAsn: fc.constantFrom(undefined, 64500, 64501),
    weight: fc.constantFrom(0, 1, 5),
  });
  const world = fc.record({
    mirrors: fc.array(anyMirror, { maxLength: 80 }),
    number: fc.nat({ max: ORDERS - 1 }),
    country: fc.constantFrom(undefined, 'DE', 'US', 'NL', 'AQ', 'XK'),
    asn: fc.constantFrom(undefined, 64500, 64999),
    unfit: fc.nat({ max: 3 }),
  });

  test('walking it finds the mirrors that ranking them all finds', () => {
    const property = fc.property(world, ({ mirrors, number, country, asn, unfit }) => {
      const named = mirrors.map((parts, index) => mirror(`m${index}`, parts));
      const snapshot = prepare(smallCatalogue(named), undefined, CONTINENTS);
      const client = clientOf(snapshot, number, country, asn);
      const accepts = (index: number) => index % 4 >= unfit;
      const ranked = snapshot.mirrors
        .map((prepared, index) => rankMirror(index, prepared, client, undefined, undefined)!)
        .filter(({ index }) => accepts(index))
        .sort(compareRanks)
        .slice(0, 10);
      assert.deepEqual(
        walkOrder(snapshot, client, 10, accepts),
        ranked.map(({ index, tier, kilometres }) => ({ index, tier, kilometres })),
      );
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test('of 150 mirrors in a country none is first for more than twice its share of networks', () => {
    const mirrors = Array.from({ length: 150 }, (_, number) => mirror(`m${number}`, { country: 'DE' }));
    const snapshot = prepare(smallCatalogue(mirrors), undefined, CONTINENTS);
    const counts = new Uint32Array(mirrors.length);
    for (let number = 0; number < ORDERS; number++) {
      counts[walkOrder(snapshot, clientOf(snapshot, number, 'DE'), 1, () => true)[0]!.index]!++;
    }
    const share = ORDERS / mirrors.length;
    assert.ok(Math.max(...counts) < 2 * share && Math.min(...counts) > share / 3, counts.join(' '));
  });

  test('another secret has other orders, also after the first one was used', () => {
    const mirrors = Array.from({ length: 30 }, (_, number) => mirror(`m${number}`));
    const snapshot = prepare(smallCatalogue(mirrors), undefined, CONTINENTS);
    const before = [...snapshot.order('one day', 7).places];
    assert.notDeepEqual([...snapshot.order('the next', 7).places], before);
    assert.deepEqual([...snapshot.order('one day', 7).places], before);
  });

  test('networks are spread over all orders; /24 and /48 stay together for an hour', () => {
    const numbers = new Set<number>();
    for (let network = 0; network < 20_000; network++) {
      numbers.add(orderNumber(SECRET, Uint8Array.of(10, network >> 8, network & 255, 1), NOW));
    }
    assert.ok(numbers.size > ORDERS * 0.95 && Math.max(...numbers) < ORDERS, String(numbers.size));
    const v6 = (subnet: number, host: number) =>
      Uint8Array.from([32, 1, 13, 184, 0, 5, 0, subnet, ...Array(7).fill(0), host]);
    assert.equal(orderNumber(SECRET, v6(1, 2), NOW), orderNumber(SECRET, v6(9, 8), NOW + 3599));
  });
});
