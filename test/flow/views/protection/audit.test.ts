import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import { audit } from '../../../../src/flow/views/protection/audit.ts';
import { carryOver } from '../../../../src/flow/views/protection/carry-over.ts';
import { partitionFor } from '../../../../src/flow/views/protection/partition.ts';
import {
  type Cell,
  type ProtectedTable,
  type PublishedTable,
  rowKey,
} from '../../../../src/flow/views/protection/protected-table.ts';
import { rollUp } from '../../../../src/flow/views/protection/roll-up.ts';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { testSeed } from '../../../support/random.ts';
import { cell, RULE, someCells } from '../../../support/small-groups.ts';

const seed = testSeed();
const solver = await loadSolver();
const WEEK = 2900 as Week;

function published(table: ProtectedTable, more: Partial<PublishedTable> = {}): PublishedTable {
  return { week: WEEK, subject: 'systems', revision: 1, table, ...more };
}

/** `id least most` of every cell that gives itself away. */
function recoverable(tables: readonly PublishedTable[], links: readonly (readonly [string, string])[] = []): string[] {
  const weeks = audit(tables, links, solver);
  return weeks.flatMap((week) =>
    week.recoverable.map(({ id, least, most }) => `${(JSON.parse(id) as string[]).join(' ')} ${least}..${most}`),
  );
}

/** The same week again, with late logs, by the rows of the week as it was published. */
function revise(before: ProtectedTable, cells: readonly Cell[]): ProtectedTable {
  return rollUp(cells, { ...RULE, partition: partitionFor(WEEK, before, undefined) });
}

const FOUR = [cell('A 9 kde', 3), cell('A 9 xfce', 5), cell('A 9 lxqt', 3), cell('A 9 mate', 3)];

describe('F07: what one publication tells', () => {
  test('one row by itself tells nothing, and how many cells are hidden is said', () => {
    const table = rollUp([...FOUR, cell('A 9 server', 90)], RULE);
    assert.deepEqual(audit([published(table)], [], solver), [
      { week: WEEK, subject: 'systems', hidden: 4, recoverable: [] },
    ]);
  });

  test('a row of two small groups is found, were it ever published', () => {
    const members = ['["A","9","kde"]', '["A","9","xfce"]'].map((id) => ({
      id,
      systems: 5,
      isShown: false,
      atMost: 9,
    }));
    const table = { k: 10, rows: [{ dimensions: ['A', '9', 'other'], systems: 10, members }], dropped: [] };
    assert.deepEqual(recoverable([published(table)]), ['A 9 kde 1..9', 'A 9 xfce 1..9']);
    assert.deepEqual(recoverable([published({ ...table, k: 8, rows: [{ ...table.rows[0]!, systems: 8 }] })]), []);
  });

  test('rows that no counts can lead to are an error, which says what to do', () => {
    const members = [{ id: '["A","9","kde"]', systems: 5, isShown: false, atMost: 9 }];
    const table = { k: 10, rows: [{ dimensions: ['A', '9', 'other'], systems: 40, members }], dropped: [] };
    assert.throws(() => recoverable([published(table)]), /week of 2025-08-.*restore the vault from a backup/);
  });

  test(`no table that was rolled up gives a cell away (seed ${seed})`, () => {
    fc.assert(
      fc.property(someCells, (cells) => assert.deepEqual(recoverable([published(rollUp(cells, RULE))]), [])),
      { seed },
    );
  });
});

describe('F07: what systems and countries tell together', () => {
  const links = [['systems', 'countries']] as const;
  const countries = (systems: Record<string, number>) =>
    published(
      rollUp(
        Object.entries(systems).map(([code, count]) => cell(`${code} established`, count)),
        { ...RULE, steps: [] },
      ),
      { subject: 'countries' },
    );

  test('a total that the countries narrow gives small groups away', () => {
    const systems = published(
      rollUp(
        [8, 8, 8].map((count, i) => cell(`A 9 e${i}`, count)),
        RULE,
      ),
    );
    assert.deepEqual(recoverable([systems]), []);
    assert.deepEqual(recoverable([systems, countries({ JP: 12, US: 12 })]), []);
    assert.deepEqual(recoverable([systems, countries({ JP: 12, US: 12 })], links), [
      'A 9 e0 2..9',
      'A 9 e1 2..9',
      'A 9 e2 2..9',
    ]);
  });

  test('and what was dropped', () => {
    const systems = published(rollUp([cell('A 9 server', 20), cell('A 9 kde', 5)], RULE));
    assert.deepEqual(recoverable([systems, countries({ JP: 25 })], links), ['A 9 kde 1..9']);
  });

  test('with more rows the total says nothing', () => {
    const servers = Array.from({ length: 9 }, (_, i) => cell(`A ${i} server`, 23));
    const systems = published(rollUp([...servers, ...[8, 8, 8].map((count, i) => cell(`A 9 e${i}`, count))], RULE));
    assert.deepEqual(recoverable([systems, countries({ JP: 100, US: 100, DE: 31 })], links), []);
  });

  test('a revision of the systems alone is held against the countries that stand', () => {
    const before = rollUp([cell('A 9 server', 40)], RULE);
    const now = rollUp([cell('A 9 server', 34), cell('A 9 kde', 6)], RULE);
    const world = countries({ JP: 40 });
    assert.deepEqual(recoverable([published(before), world], links), []);
    const revised = published(now, { revision: 2 });
    assert.deepEqual(recoverable([published(before), revised, world], links), ['A 9 kde 1..9']);
  });

  test('O12: a late log of which only the countries could be revised: the totals differ, and that is no damage', () => {
    const systems = published(rollUp([cell('A 9 server', 15)], RULE));
    const stay = published(systems.table, { revision: 2 });
    const late = { ...countries({ JP: 40 }), revision: 2 };
    assert.deepEqual(recoverable([systems, countries({ JP: 15 }), stay, late], links), []);
  });
});

describe('F07: what two publications of a week tell', () => {
  const first = rollUp(FOUR, RULE);

  test('one late system moves a row from 10 to 20: whose it is, is shown to exist', () => {
    assert.deepEqual(first.rows[0]!.systems, 10);
    const revised = revise(first, [cell('A 9 kde', 4), ...FOUR.slice(1)]);
    assert.deepEqual(revised.rows[0]!.systems, 20);
    const both = [published(first), published(revised, { revision: 2 })];
    assert.deepEqual(recoverable(both), ['A 9 kde 1..9']);
    const carried = carryOver(first, revised, new Set(['["A","9","kde"]']));
    assert.deepEqual(carried, first);
    assert.deepEqual(recoverable([published(first), published(carried, { revision: 2 })]), []);
  });

  test('a group that is new in a revision', () => {
    const revised = revise(first, [...FOUR, cell('A 9 new', 1)]);
    assert.deepEqual(recoverable([published(first), published(revised, { revision: 2 })]), ['A 9 new 1..9']);
  });

  test('only rows that are tied to the one that tells stay as they were', () => {
    const others = [cell('B 9 kde', 5), cell('B 9 xfce', 5), cell('B 9 lxqt', 5), cell('B 9 server', 70)];
    const before = rollUp([...FOUR, ...others], RULE);
    const late = [
      cell('A 9 kde', 4),
      ...FOUR.slice(1),
      cell('B 9 kde', 6),
      ...others.slice(1, 3),
      cell('B 9 server', 95),
    ];
    const revised = revise(before, late);
    const carried = carryOver(before, revised, new Set(['["A","9","kde"]']));
    assert.deepEqual(
      carried.rows.map(({ dimensions, systems }) => [dimensions.join(' '), systems]),
      [
        ['A 9 other', 10],
        ['B 9 other', 20],
        ['B 9 server', 100],
      ],
    );
    assert.equal(carried.rows[1], revised.rows[1]);
  });

  test('a week published again as it was tells nothing new', () => {
    const again = published(revise(first, FOUR), { revision: 2 });
    assert.deepEqual(recoverable([published(first), again]), []);
  });

  test('the next week tells nothing of this one', () => {
    const next = rollUp([cell('A 9 kde', 4), ...FOUR.slice(1)], RULE);
    assert.deepEqual(recoverable([published(first), published(next, { week: (WEEK + 1) as Week })]), []);
  });

  test('a week whose k was another is judged by that one', () => {
    const five = rollUp(
      [4, 4, 4].map((count, i) => cell(`A 9 e${i}`, count)),
      { ...RULE, k: 5 },
    );
    assert.deepEqual(recoverable([published(five), published(first, { week: (WEEK + 1) as Week })]), []);
    assert.throws(() => carryOver(five, first, new Set()), /expected the k of 5/);
  });

  test(`late logs: after carrying over, nothing is recoverable, and every cell is in one row or none (seed ${seed})`, () => {
    const late = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4)), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(someCells, late, fc.nat(5), (cells, more, absent) => {
        const before = rollUp(cells.slice(absent), RULE);
        const revised = revise(
          before,
          cells.map((one, i) => ({ ...one, systems: one.systems + more[i]! })),
        );
        const findings = audit([published(before), published(revised, { revision: 2 })], [], solver);
        const ids = new Set(findings.flatMap((week) => week.recoverable.map(({ id }) => id)));
        const carried = carryOver(before, revised, ids);
        assert.deepEqual(recoverable([published(before), published(carried, { revision: 2 })]), []);
        const placed = [...carried.rows.flatMap(({ members }) => members), ...carried.dropped].map(({ id }) => id);
        assert.deepEqual(placed.sort(), cells.map(({ dimensions }) => rowKey(dimensions)).sort());
      }),
      { seed, numRuns: 200 },
    );
  });
});
