import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type EpochSeconds, weekOf } from '../../../../src/flow/sightings/week.ts';
import { boundsInSum } from '../../../../src/flow/views/protection/bounds.ts';
import { countOf } from '../../../../src/flow/views/protection/group.ts';
import { marginOf } from '../../../../src/flow/views/protection/margins.ts';
import { type Partition, partitionFor } from '../../../../src/flow/views/protection/partition.ts';
import type { PlacingRule } from '../../../../src/flow/views/protection/place-cells.ts';
import { type Cell, type ProtectedTable, rowKey } from '../../../../src/flow/views/protection/protected-table.ts';
import { countsOfRow, countsRoundedTo, roundTo } from '../../../../src/flow/views/protection/rounding.ts';
import { testSeed } from '../../../support/random.ts';
import { cell, K, place, RULE, someCells } from '../../../support/small-groups.ts';

const seed = testSeed();

/** `os version edition` -> systems in the row. */
function rowsOf(cells: readonly Cell[], rule: Partial<PlacingRule> = {}): Record<string, number> {
  const { rows } = place(cells, { ...RULE, ...rule });
  return Object.fromEntries(rows.map(({ dimensions, group }) => [dimensions.join(' '), countOf(group)]));
}

function tableOf({ rows, left }: ReturnType<typeof place>): ProtectedTable {
  return {
    k: K,
    controlled: true,
    rows: rows.map(({ dimensions, group }) => {
      return { dimensions, systems: roundTo(K, countOf(group)), members: group.map(({ member }) => member) };
    }),
    dropped: left.map(({ member }) => member),
  };
}

function keysOf({ rows }: ProtectedTable): Set<string> {
  return new Set(rows.map(({ dimensions }) => rowKey(dimensions)));
}

function at(day: string): EpochSeconds {
  return (Date.parse(day) / 1000) as EpochSeconds;
}

describe('F07: small groups share rows', () => {
  const table: [string, Cell[], Record<string, number>][] = [
    ['k systems have a row', [cell('A 9 kde', 10), cell('A 9 xfce', 25)], { 'A 9 kde': 10, 'A 9 xfce': 25 }],
    [
      'three small editions share a row: the version stays known',
      [cell('A 9 kde', 4), cell('A 9 xfce', 5), cell('A 9 lxqt', 6), cell('A 9 server', 100)],
      { 'A 9 withheld': 15, 'A 9 server': 100 },
    ],
    [
      'two cannot: together they have 10, so each has at least 1',
      [cell('A 9 kde', 5), cell('A 9 xfce', 5), cell('A 9 server', 100)],
      { 'A 9 server': 100 },
    ],
    [
      'three of nine cannot: 30 tells that they are 21, so each has at least 3',
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
      [cell('Nobody 1 x', 500), cell('Noone 1 x', 300)],
      { 'withheld withheld withheld': 800 },
    ],
    ['nor is it by being all that shares a row', [cell('Nobody 1 x', 500), cell('A 9 kde', 3)], {}],
    ['nothing comes of nothing', [], {}],
  ];
  for (const [name, cells, expected] of table) test(name, () => assert.deepEqual(rowsOf(cells), expected));

  test('R3: one name from fewer than three networks has no row, nor have several names together', () => {
    const from = (os: string, count: number) => ({ networks: { os, group: os, count, ofName: count } });
    assert.deepEqual(rowsOf([cell('Fleet 9 x', 400, from('Fleet', 2)), cell('Fleet 8 x', 300, from('Fleet', 2))]), {});
    const both = [cell('Fleet 9 x', 400, from('Fleet', 2)), cell('Other-fleet 8 x', 300, from('Other-fleet', 1))];
    assert.deepEqual(rowsOf(both), {}, 'they may be the same two');
    assert.deepEqual(rowsOf([cell('A 9 x', 400, from('A', 3))]), { 'A 9 x': 400 });
  });

  test('R3: check-ins of a system that asks many repositories are one system', () => {
    const asking = (tag: string, count: number, kind = 'A 9', name = tag) =>
      cell(`A 9 ${name}`, count, { asking: { kind, byTag: [{ tag, count }] } });
    const tags = ['base', 'extras', 'epel', 'crb', 'plus', 'ha', 'rt', 'nfv', 'sap', 'hpc'];
    assert.deepEqual(rowsOf(tags.map((tag) => asking(tag, 4))), {});
    assert.deepEqual(rowsOf([asking('base', 40), asking('extras', 4)]), { 'A 9 base': 40 });
    const twice = (kinds: string[]) => kinds.map((kind, n) => asking('base', 6, kind, `base ${n}`.replace(' ', '-')));
    assert.deepEqual(rowsOf(twice(['A x86_64', 'A x86_64', 'A x86_64'])), {}, 'they may be the same six');
    assert.deepEqual(rowsOf(twice(['A x86_64', 'A arm', 'A i686'])), { 'A 9 withheld': 18 });
  });

  test('R4: a name that is withheld stands in no row', () => {
    const cells = [cell('A 9 kde', 30), cell('A 8 kde', 4), cell('A 9 server', 50), cell('A 8 server', 6)];
    const margins = [marginOf('edition', [2])];
    const { rows, left } = place(cells, RULE, { margins, withheld: ['["edition","kde"]'] });
    assert.deepEqual(
      rows.map(({ dimensions }) => dimensions),
      [
        ['A', '9', 'server'],
        ['A', '9', 'withheld'],
      ],
    );
    assert.deepEqual(
      left.map(({ member: { id, atMost } }) => [id, atMost]),
      [
        ['["A","8","kde"]', 9],
        ['["A","8","server"]', 9],
      ],
    );
  });
});

describe('rows stay from week to week', () => {
  const before = (...names: string[]): Partial<PlacingRule> => ({
    partition: { kind: 'week-before', rows: new Set(names.map((name) => rowKey(name.split(' ')))) },
  });
  const rest = [cell('A 9 server', 300), cell('A 9 x', 4), cell('A 9 y', 4), cell('A 9 z', 4)];

  test('R5: a cell that had a row keeps it from k on, one that had none gets it from 2 k on', () => {
    const had = before('A 9 kde', 'A 9 server');
    const hadNot = before('A 9 server');
    const of = (systems: number, rule: Partial<PlacingRule>) =>
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

  test('R5 R6: of which table the rows are used again', () => {
    const [week, newQuarter] = [weekOf(at('2020-11-16')), weekOf(at('2021-01-04'))];
    const [current, last] = [tableOf(place(rest.slice(0, 1))), tableOf(place([cell('B 8 kde', 40)]))];
    assert.deepEqual(partitionFor(week, undefined, undefined), { kind: 'fresh' });
    assert.deepEqual(partitionFor(week, undefined, last), { kind: 'week-before', rows: keysOf(last) });
    assert.deepEqual(partitionFor(newQuarter, undefined, last), { kind: 'fresh' });
    const rowOf = new Map([[rowKey(['A', '9', 'server']), rowKey(['A', '9', 'server'])]]);
    assert.deepEqual(partitionFor(newQuarter, current, last), { kind: 'revision', rows: keysOf(current), rowOf });
    const weekAfter = weekOf(at('2021-01-11'));
    assert.deepEqual(partitionFor(weekAfter, undefined, last), { kind: 'week-before', rows: keysOf(last) });
  });

  test('R6: in a revision cells stay in the row of the week, and one that had none waits', () => {
    const first = tableOf(place([...rest, cell('A 9 kde', 8)]));
    const partition = partitionFor(weekOf(at('2020-11-16')), first, undefined);
    const late = [...rest, cell('A 9 kde', 16), cell('B 9 kde', 70)];
    assert.deepEqual(rowsOf(late, { partition }), { 'A 9 withheld': 28, 'A 9 server': 300, 'B 9 kde': 70 });
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
    .map(([kind, cells]): Partition => {
      const table = tableOf(place(cells));
      if (kind === 'fresh') return { kind };
      if (kind === 'week-before') return { kind, rows: keysOf(table) };
      return partitionFor(weekOf(at('2020-11-16')), table, undefined);
    });
  const holds = (property: (cells: Cell[], table: ProtectedTable, rule: PlacingRule) => void) =>
    fc.assert(
      fc.property(someCells, partitions, (cells, partition) => {
        const rule = { ...RULE, partition };
        property(cells, tableOf(place(cells, rule)), rule);
      }),
      { seed, numRuns: 300 },
    );

  test('every system is in one row or left, and no row is there twice', () => {
    holds((cells, table) => {
      const placed = [...table.rows.flatMap(({ members }) => members), ...table.dropped];
      assert.deepEqual(
        placed.map(({ id, systems }) => `${id} ${systems}`).sort(),
        cells.map(({ dimensions, systems }) => `${rowKey(dimensions)} ${systems}`).sort(),
      );
      assert.equal(keysOf(table).size, table.rows.length);
    });
  });

  test('every row has k systems from three networks', () => {
    holds((cells, table) => {
      const byId = new Map(cells.map((one) => [rowKey(one.dimensions), one]));
      for (const { members } of table.rows) {
        assert.ok(members.reduce((total, member) => total + member.systems, 0) >= K);
        const networks = members.map(({ id }) => byId.get(id)!.networks);
        const counted = new Map(networks.map((seen) => [seen?.os, seen?.count ?? Infinity]));
        assert.ok(Math.max(...counted.values()) >= 3);
      }
    });
  });

  test('a row says of its members only what is true of them, and no name nobody knows', () => {
    holds((cells, table) => {
      const byId = new Map(cells.map((one) => [rowKey(one.dimensions), one]));
      for (const { dimensions, members } of table.rows) {
        for (const { id } of members) {
          const own = byId.get(id)!.dimensions;
          assert.ok(dimensions.every((name, column) => name === own[column] || name === 'withheld'));
        }
        assert.ok(!dimensions.includes('Unheard'));
      }
    });
  });

  test('no row gives a hidden member away, whichever way it is rounded', () => {
    holds((_cells, table) => {
      for (const { members } of table.rows) {
        const count = members.reduce((sum, member) => sum + member.systems, 0);
        const parts = members.map(({ isShown, atMost }) => ({
          least: isShown ? K : 0,
          most: atMost ?? Infinity,
          count: 1,
        }));
        for (const systems of [Math.max(K, Math.floor(count / K) * K), Math.ceil(count / K) * K]) {
          boundsInSum(countsOfRow(table, systems), parts).forEach(({ least, most }, i) => {
            assert.ok(members[i]!.isShown || (least === 0 && most >= K / 2), `${least}..${most}`);
          });
        }
      }
    });
  });

  test('what an outsider takes for the most of a hidden member is no less than the truth', () => {
    holds((_cells, { rows, dropped }) => {
      for (const { systems, atMost } of [...rows.flatMap(({ members }) => members), ...dropped])
        assert.ok(systems <= (atMost ?? Infinity));
    });
  });
});
