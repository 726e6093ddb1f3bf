import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Age } from '../../../src/flow/sightings/request.ts';
import { PARTS } from '../../../src/flow/tallies/log-tally.ts';
import { medianOf, type SpreadPair, tellApart } from '../../../src/flow/vault/one-network.ts';
import { addressSums, whySilent } from '../../../src/flow/vault/spread.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();

interface About {
  os?: string;
  version?: string;
  edition?: string;
  repoTag?: string;
  age?: Age;
}

let pairs = 0;
function pair(hits: Record<number, number>, about: About = {}): SpreadPair {
  const { os = 'A', version = '9', edition = 'generic', repoTag = 'base-9', age = 4 } = about;
  const system = { client: 'libdnf', osName: os, osVersion: version, osVariant: edition, osArch: 'x86_64' };
  const spread = new Array<number>(PARTS).fill(0);
  for (const [part, count] of Object.entries(hits)) spread[Number(part)] = count;
  return { key: ++pairs, system, request: { age, repoTag, repoArch: '' }, hits: spread };
}

/** The same in each part of networks, and what is added to some. */
const everywhere = (count: number, more: Record<number, number> = {}) =>
  Object.fromEntries(Array.from({ length: 30 }, (_, part) => [part, count + (more[part] ?? 0)]));

const told = (rows: readonly SpreadPair[]) => tellApart(rows).map(({ part, checkIns }) => [part, checkIns]);

describe('what stands out (R11)', () => {
  test('R11: more than half of a group, and 50 at least', () => {
    assert.deepEqual(told([pair({ 3: 51, 4: 50 })]), [[3, 51]]);
    assert.deepEqual(told([pair({ 3: 51, 4: 51 })]), []);
    assert.deepEqual(told([pair({ 3: 49 })]), []);
    assert.deepEqual(told([pair({ 3: 50 })]), [[3, 50]]);
    assert.deepEqual(told([pair(everywhere(10, { 3: 301 }))]), [[3, 301]], 'the others of its part stay');
    assert.deepEqual(told([pair(everywhere(10, { 3: 299 }))]), []);
  });

  test('R11: more than a tenth of a group, and 1,000 at least', () => {
    assert.deepEqual(told([pair(everywhere(300, { 3: 1_001 }))]), [[3, 1_001]]);
    assert.deepEqual(told([pair(everywhere(300, { 3: 999 }))]), []);
    assert.deepEqual(told([pair(everywhere(400, { 3: 1_333 }))]), []);
    assert.deepEqual(told([pair(everywhere(400, { 3: 1_334 }))]), [[3, 1_334]]);
  });

  test('R11: three at once, but not the many addresses of a service in front of the server', () => {
    const three = told([pair(everywhere(300, { 3: 5_000, 7: 5_000, 9: 5_000 }))]);
    assert.deepEqual(three.sort(), [
      [3, 5_000],
      [7, 5_000],
      [9, 5_000],
    ]);
    assert.deepEqual(told([pair({ 1: 5_000, 2: 5_000, 3: 5_000, 4: 5_000, 5: 5_000 })]), []);
  });

  test('R11: local and missing addresses are in no network', () => {
    assert.deepEqual(told([pair({ 30: 5_000, 31: 5_000 })]), []);
    assert.deepEqual(told([pair({ 3: 60, 31: 61 })]), [], 'and count as those of others');
  });

  test('R11: a flood that is spread over invented versions, editions and names is one all the same', () => {
    const honest = pair(everywhere(500));
    const invented = (about: (at: number) => About) =>
      Array.from({ length: 300 }, (_, at) => pair({ 5: 20 }, about(at)));
    for (const rows of [
      invented((at) => ({ version: `9.${at}` })),
      invented((at) => ({ edition: `made-up ${at}` })),
      invented((at) => ({ os: `Made up ${at}` })),
    ]) {
      const found = tellApart([honest, ...rows]);
      assert.equal(
        found.reduce((sum, { checkIns }) => sum + checkIns, 0),
        6_000,
      );
      assert.ok(found.every(({ key }) => key !== honest.key));
    }
  });

  test('R11: a flood of one repository does not take away what its network does elsewhere in the usual measure', () => {
    const base = pair(everywhere(500, { 5: 9_000 }));
    const updates = pair(everywhere(480, { 5: 3 }), { repoTag: 'updates-9' });
    assert.deepEqual(tellApart([base, updates]), [{ key: base.key, part: 5, checkIns: 9_000 }]);
    const more = pair(everywhere(480, { 5: 300 }), { repoTag: 'updates-9' });
    assert.deepEqual(tellApart([base, more]), [
      { key: base.key, part: 5, checkIns: 9_000 },
      { key: more.key, part: 5, checkIns: 300 },
    ]);
  });

  test('R11: a flood of other names in a repository takes nothing from those that are there as often as by chance', () => {
    const usual = pair(everywhere(60, { 5: 20 }));
    const rare = pair({ 2: 1, 5: 2, 9: 1 }, { version: '8.3' });
    const flood = Array.from({ length: 1_200 }, (_, at) => pair({ 5: 1 }, { os: `B${at % 4}`, version: `7.${at}` }));
    const found = tellApart([usual, rare, ...flood]);
    assert.equal(found.length, 1_200);
    assert.ok(found.every(({ key }) => key !== usual.key && key !== rare.key));
    const own = tellApart([usual, rare, ...flood, pair({ 5: 1_000 })]);
    assert.ok(
      own.some(({ key }) => key === rare.key),
      'but from those whose name it bears',
    );
  });

  test('R11: a flood under a name takes nothing from rare kinds of it that are in its part as often as by chance', () => {
    const asked = { age: 2, repoTag: 'appstream-9' } as const;
    const kinds = (hits: Record<number, number>, about: About) => [
      pair(hits, about),
      pair(hits, { ...about, ...asked }),
    ];
    const flood = pair(everywhere(100, { 5: 9_000 }));
    const spread = Object.fromEntries([2, 3, 5, 8, 9, 11, 14, 20, 21, 29].map((part) => [part, 1]));
    const rare = Array.from({ length: 20 }, (_, at) => kinds(spread, { version: `8.${at}` })).flat();
    assert.deepEqual(tellApart([flood, ...rare]), [{ key: flood.key, part: 5, checkIns: 9_000 }]);
    const crowded = kinds({ ...spread, 5: 3 }, { version: '8.3', edition: 'crowded' });
    const alone = kinds({ 5: 1 }, { version: '8.3', edition: 'alone' });
    const found = tellApart([flood, ...rare, ...crowded, ...alone]);
    assert.deepEqual(
      found.map(({ key, checkIns }) => [key, checkIns]).slice(1),
      [...crowded, ...alone].map(({ key, hits }) => [key, hits[5]]),
    );
  });

  /** Networks with their check-ins, each in some part: many small ones, few large ones, or both. */
  const someGroup = fc
    .tuple(
      fc.array(fc.record({ part: fc.nat(29), count: fc.integer({ min: 1, max: 40 }) }), { maxLength: 200 }),
      fc.array(fc.record({ part: fc.nat(29), count: fc.integer({ min: 1, max: 5_000 }) }), { maxLength: 12 }),
    )
    .map(([small, large]) => [...small, ...large]);
  const median = (hits: readonly number[]) => hits.slice(0, 30).sort((a, b) => a - b)[14]!;
  /** The most that stays of what a network brings beyond the median, beside `others`. */
  const most = (others: number, hits: readonly number[]) =>
    Math.max(49, Math.min(others, 999), others / 9, 2 * [...hits].sort((a, b) => b - a)[3]!);

  test(`R11: one network never adds more than the rule says, whatever it sends (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        someGroup,
        fc.nat(29),
        fc.integer({ min: 0, max: 40_000 }),
        fc.nat(400),
        (networks, part, sent, all) => {
          const hits = new Array<number>(PARTS).fill(all);
          // None of it in the part at hand, which a network may fill without being seen.
          hits[part] = 0;
          for (const network of networks) hits[network.part]! += network.count;
          const before = hits.reduce((sum, count) => sum + count, 0);
          const own = hits[part]!;
          hits[part]! += sent;
          const filled = Math.min(sent, Math.max(0, median(hits) - own));
          const found = tellApart([{ ...pair({}), hits }])
            .filter((told) => told.part === part)
            .reduce((sum, { checkIns }) => sum + checkIns, 0);
          const added = sent - filled - found;
          assert.ok(added <= most(before + filled, hits), `${added}`);
        },
      ),
      { seed, numRuns: 5_000 },
    );
  });

  test(`R11: one network leaves no more beyond the median of a repository, over however many names it spreads that (seed ${seed})`, () => {
    const someRows = fc.array(
      fc.record({ hits: fc.array(fc.nat(60), { minLength: 30, maxLength: 30 }), os: fc.nat(3) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(someRows, fc.nat(29), fc.nat(400), (rows, part, sent) => {
        const all = rows.map(({ hits, os }, at) => {
          const sum = hits.map((count, place) => count + (place === part ? sent : 0));
          return pair(Object.fromEntries(sum.entries()), { os: `A${os}`, version: `9.${at}` });
        });
        const sums = Array.from({ length: 30 }, (_, place) => all.reduce((sum, { hits }) => sum + hits[place]!, 0));
        const found = tellApart(all)
          .filter((told) => told.part === part)
          .reduce((sum, { checkIns }) => sum + checkIns, 0);
        const added = sums[part]! - median(sums) - found;
        const others = sums.reduce((sum, count) => sum + count, 0) - sums[part]! + median(sums);
        assert.ok(added <= most(others, sums), `${added}`);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  test(`R11: what is told apart is never more than what lies in its part beyond the median (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(3_000), { minLength: 32, maxLength: 32 }), { maxLength: 6 }), (rows) => {
        const all = rows.map((hits) => pair(Object.fromEntries(hits.entries())));
        const byKey = new Map(all.map((row) => [row.key, row]));
        const seen = new Set<string>();
        for (const { key, part, checkIns } of tellApart(all)) {
          const sorted = Array.from(byKey.get(key)!.hits)
            .slice(0, 30)
            .sort((a, b) => a - b);
          assert.equal(checkIns, byKey.get(key)!.hits[part]! - sorted[14]!);
          assert.ok(!seen.has(`${key} ${part}`) && checkIns > 0 && part < 30);
          seen.add(`${key} ${part}`);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  test('the median of thirty is the lower one in the middle', () => {
    assert.equal(medianOf(pair(everywhere(7)).hits), 7);
    assert.equal(medianOf(pair(Object.fromEntries(Array.from({ length: 15 }, (_, part) => [part, 9]))).hits), 0);
    assert.equal(medianOf(pair(Object.fromEntries(Array.from({ length: 16 }, (_, part) => [part, 9 + part]))).hits), 9);
  });
});

describe('addresses that say nothing (R12)', () => {
  const silence = (hits: Record<number, number>) => whySilent(addressSums([pair(hits).hits]));

  test('R12: most are local or missing', () => {
    assert.equal(silence({ 31: 51, 3: 50 }), 'hidden');
    assert.equal(silence({ 30: 26, 31: 25, 3: 50 }), 'hidden');
    assert.equal(silence({ 31: 50, 3: 50 }), undefined);
  });

  test('R12: nearly all of 200 are in three parts; fewer check-ins or more others tell nothing', () => {
    assert.equal(silence({ 3: 100, 5: 50, 9: 50 }), 'few');
    assert.equal(silence({ 3: 199 }), undefined);
    assert.equal(silence({ 3: 950, 4: 12, 5: 12, 6: 13, 7: 13 }), 'few');
    assert.equal(silence({ ...everywhere(2), 3: 900 }), undefined, 'a flood beside sixty systems is a flood');
  });
});
