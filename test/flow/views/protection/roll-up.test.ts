import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type EpochSeconds, weekOf } from '../../../../src/flow/sightings/week.ts';
import { boundsInSum } from '../../../../src/flow/views/protection/bounds.ts';
import { type Partition, partitionFor } from '../../../../src/flow/views/protection/partition.ts';
import { type Cell, type ProtectedTable, rowKey } from '../../../../src/flow/views/protection/protected-table.ts';
import { type RollUpRule, rollUp } from '../../../../src/flow/views/protection/roll-up.ts';
import { countsOfRow, countsRoundedTo, roundTo } from '../../../../src/flow/views/protection/rounding.ts';
import { testSeed } from '../../../support/random.ts';
import { cell, K, RULE, someCells } from '../../../support/small-groups.ts';

const seed = testSeed();

/** `os version edition` -> rounded systems. */
function rowsOf(cells: readonly Cell[], rule: Partial<RollUpRule> = {}): Record<string, number> {
  const { rows } = rollUp(cells, { ...RULE, ...rule });
  return Object.fromEntries(rows.map(({ dimensions, systems }) => [dimensions.join(' '), systems]));
}

function keysOf({ rows }: ProtectedTable): Set<string> {
  return new Set(rows.map(({ dimensions }) => rowKey(dimensions)));
}

function at(day: string): EpochSeconds {
  return (Date.parse(day) / 1000) as EpochSeconds;
}

describe('F07: small groups are rolled up', () => {
  const table: [string, Cell[], Record<string, number>][] = [
    [
      'k systems have a row, rounded half up',
      [cell('A 9 kde', 10), cell('A 9 xfce', 25)],
      { 'A 9 kde': 10, 'A 9 xfce': 30 },
    ],
    [
      'three small editions share a row',
      [cell('A 9 kde', 4), cell('A 9 xfce', 5), cell('A 9 lxqt', 6), cell('A 9 server', 100)],
      { 'A 9 other': 20, 'A 9 server': 100 },
    ],
    [
      'two cannot: together they have 10, so each has at least 1',
      [cell('A 9 kde', 5), cell('A 9 xfce', 5), cell('A 9 server', 100)],
      { 'A 9 server': 100 },
    ],
    [
      'three of nine cannot: 30 tells that each has at least 7',
      [cell('A 9 kde', 9), cell('A 9 xfce', 9), cell('A 9 lxqt', 9)],
      {},
    ],
    [
      'a group too small for a row is as one: with a single other it gives that one away',
      [cell('A 8 kde', 1), cell('A 8 xfce', 2), cell('A 8 lxqt', 3), cell('A 9 kde', 9)],
      {},
    ],
    [
      'a name nobody knows is never shown, however many say it',
      [cell('Nobody 1 x', 500, { standsFrom: 3 }), cell('Noone 1 x', 300, { standsFrom: 3 })],
      { 'other other other': 800 },
    ],
    ['nor is it by being all that is rolled up', [cell('Nobody 1 x', 500, { standsFrom: 3 }), cell('A 9 kde', 3)], {}],
    [
      'and does not keep the small ones from being counted',
      [cell('Nobody 1 x', 500, { standsFrom: 3 }), cell('A 8 kde', 9), cell('A 9 kde', 9), cell('B 9 kde', 4)],
      { 'other other other': 20 },
    ],
    [
      'who has other as an edition shares the row of those rolled up',
      [cell('A 9 other', 40), cell('A 9 kde', 3)],
      { 'A 9 other': 40 },
    ],
    [
      'but not if that leaves the small one less room than k / 2',
      [cell('A 9 other', 10), cell('A 9 kde', 3)],
      { 'A 9 other': 10 },
    ],
    ['nothing comes of nothing', [], {}],
  ];
  for (const [name, cells, expected] of table) test(name, () => assert.deepEqual(rowsOf(cells), expected));

  test('what is dropped stands apart', () => {
    const { rows, dropped } = rollUp([cell('A 9 kde', 5), cell('A 9 xfce', 5)], RULE);
    assert.deepEqual(rows, []);
    assert.deepEqual(
      dropped.map(({ id, systems }) => [id, systems]),
      [
        ['["A","9","kde"]', 5],
        ['["A","9","xfce"]', 5],
      ],
    );
  });

  test('one name from fewer than three networks has no row, several names together have', () => {
    const from = (os: string, count: number) => ({ networks: { os, group: os, count, ofName: count } });
    assert.deepEqual(rowsOf([cell('Fleet 9 x', 400, from('Fleet', 2)), cell('Fleet 8 x', 300, from('Fleet', 2))]), {});
    assert.deepEqual(
      rowsOf([cell('Fleet 9 x', 400, from('Fleet', 2)), cell('Other-fleet 8 x', 300, from('Other-fleet', 1))]),
      {
        'other other other': 700,
      },
    );
    assert.deepEqual(rowsOf([cell('A 9 x', 400, from('A', 3))]), { 'A 9 x': 400 });
  });

  test('steps can be any: countries to continents to the rest', () => {
    const continents: Record<string, string> = { TV: '009', NR: '009', PW: '009', VA: '150', SM: '150' };
    const steps: RollUpRule['steps'] = [
      ([country, duration]) => [continents[country!] ?? 'other', duration!],
      ([, duration]) => ['other', duration!],
    ];
    const cells = ['TV', 'NR', 'PW', 'VA', 'SM'].map((country) => cell(`${country} established`, 6));
    assert.deepEqual(rowsOf([...cells, cell('JP established', 90)], { steps }), {
      '009 established': 20,
      'JP established': 90,
    });
  });

  test('two cells of the same dimensions are refused', () => {
    assert.throws(() => rollUp([cell('A 9 x', 1), cell('A 9 x', 2)], RULE), /expected distinct cells/);
  });
});

describe('rows stay from week to week', () => {
  const before = (...names: string[]): Partial<RollUpRule> => ({
    partition: { kind: 'week-before', rows: new Set(names.map((name) => rowKey(name.split(' ')))) },
  });
  const rest = [cell('A 9 server', 300), cell('A 9 x', 4), cell('A 9 y', 4), cell('A 9 z', 4)];

  test('a cell that had a row keeps it from k on, one that had none gets it from 2 k on', () => {
    const had = before('A 9 kde', 'A 9 server');
    const hadNot = before('A 9 server');
    const of = (systems: number, rule: Partial<RollUpRule>) =>
      rowsOf([...rest, cell('A 9 kde', systems)], rule)['A 9 kde'];
    assert.deepEqual(
      [9, 10, 20].map((systems) => of(systems, had)),
      [undefined, 10, 20],
    );
    assert.deepEqual(
      [9, 10, 19, 20].map((systems) => of(systems, hadNot)),
      [undefined, undefined, undefined, 20],
    );
    assert.deepEqual(
      [9, 10].map((systems) => of(systems, {})),
      [undefined, 10],
    );
  });

  test('of which table the rows are used again', () => {
    const [week, newQuarter] = [weekOf(at('2020-11-16')), weekOf(at('2021-01-04'))];
    const [current, last] = [rollUp(rest.slice(0, 1), RULE), rollUp([cell('B 8 kde', 40)], RULE)];
    assert.deepEqual(partitionFor(week, undefined, undefined), { kind: 'fresh' });
    assert.deepEqual(partitionFor(week, undefined, last), { kind: 'week-before', rows: keysOf(last) });
    assert.deepEqual(partitionFor(newQuarter, undefined, last), { kind: 'fresh' });
    assert.deepEqual(partitionFor(newQuarter, current, last), { kind: 'revision', rows: keysOf(current) });
    const weekAfter = weekOf(at('2021-01-11'));
    assert.deepEqual(partitionFor(weekAfter, undefined, last), { kind: 'week-before', rows: keysOf(last) });
  });

  test('a revision uses the rows of the week again, and a cell that had none waits', () => {
    const first = rollUp([...rest, cell('A 9 kde', 8)], RULE);
    const partition: Partition = { kind: 'revision', rows: keysOf(first) };
    const late = [...rest, cell('A 9 kde', 16), cell('B 9 kde', 70)];
    assert.deepEqual(rowsOf(late, { partition }), { 'A 9 other': 30, 'A 9 server': 300, 'B 9 kde': 70 });
  });
});

describe('rounding', () => {
  test(`a rounded count stands for the counts that are rounded to it, and no others (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(100_000), (base, count) => {
        const rounded = roundTo(base, count);
        const { least, most } = countsRoundedTo(base, rounded);
        assert.equal(rounded % base, 0);
        assert.ok(least <= count && count <= most);
        assert.notEqual(roundTo(base, most + 1), rounded);
        assert.ok(least === 0 || roundTo(base, least - 1) !== rounded);
      }),
      { seed },
    );
  });
});

describe(`F07: any table (seed ${seed})`, () => {
  const partitions: fc.Arbitrary<Partition> = fc
    .tuple(fc.constantFrom('fresh', 'week-before', 'revision'), someCells)
    .map(([kind, cells]) =>
      kind === 'fresh' ? { kind } : { kind: kind as 'revision', rows: keysOf(rollUp(cells, RULE)) },
    );
  const holds = (property: (cells: Cell[], table: ProtectedTable, rule: RollUpRule) => void) =>
    fc.assert(
      fc.property(someCells, partitions, (cells, partition) => {
        const rule = { ...RULE, partition };
        property(cells, rollUp(cells, rule), rule);
      }),
      { seed, numRuns: 300 },
    );

  test('every system is in one row or dropped, and no row is there twice', () => {
    holds((cells, table) => {
      const placed = [...table.rows.flatMap(({ members }) => members), ...table.dropped];
      assert.deepEqual(
        placed.map(({ id, systems }) => `${id} ${systems}`).sort(),
        cells.map(({ dimensions, systems }) => `${rowKey(dimensions)} ${systems}`).sort(),
      );
      assert.equal(keysOf(table).size, table.rows.length);
    });
  });

  test('every row has k systems from three networks, and its number is their sum, rounded', () => {
    holds((cells, table) => {
      const byId = new Map(cells.map((one) => [rowKey(one.dimensions), one]));
      for (const { members, systems } of table.rows) {
        const sum = members.reduce((total, member) => total + member.systems, 0);
        assert.ok(sum >= K);
        assert.equal(systems, roundTo(K, sum));
        const networks = members.map(({ id }) => byId.get(id)!.networks);
        const counted = new Map(networks.map((seen) => [seen?.os, seen?.count ?? Infinity]));
        assert.ok([...counted.values()].reduce((total, count) => total + count, 0) >= 3);
      }
    });
  });

  test('a row says of its members only what is true of them, and no name nobody knows', () => {
    holds((cells, table) => {
      const byId = new Map(cells.map((one) => [rowKey(one.dimensions), one]));
      for (const { dimensions, members } of table.rows) {
        for (const { id } of members) {
          const own = byId.get(id)!.dimensions;
          assert.ok(dimensions.every((name, column) => name === own[column] || name === 'other'));
        }
        assert.ok(!dimensions.includes('Unheard'));
      }
    });
  });

  test('no row gives a hidden member away', () => {
    holds((_cells, table) => {
      for (const { systems, members } of table.rows) {
        const parts = members.map(({ isShown, atMost }) => ({
          least: isShown ? K : 0,
          most: atMost ?? Infinity,
          count: 1,
        }));
        boundsInSum(countsOfRow(K, systems), parts).forEach(({ least, most }, i) => {
          assert.ok(members[i]!.isShown || (least === 0 && most >= K / 2), `${least}..${most}`);
        });
      }
    });
  });

  test('what an outsider takes for the most of a hidden member is no less than the truth', () => {
    holds((_cells, { rows, dropped }) => {
      for (const { systems, atMost } of [...rows.flatMap(({ members }) => members), ...dropped])
        assert.ok(systems <= (atMost ?? Infinity));
    });
  });

  test('the order of the cells does not matter', () => {
    holds((cells, table, rule) => assert.deepEqual(rollUp(cells.toReversed(), rule), table));
  });

  test('a revision without news is the table itself', () => {
    holds((cells, table, rule) => {
      if (rule.partition.kind !== 'fresh') return;
      const again = rollUp(cells, { ...rule, partition: { kind: 'revision', rows: keysOf(table) } });
      assert.deepEqual(again, table);
    });
  });
});
