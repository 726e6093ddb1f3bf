import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rulesOf } from '../../../../src/commands/distribution.ts';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import { audit } from '../../../../src/flow/views/protection/audit.ts';
import type { CellSet, KnownTable, Statement, Subject } from '../../../../src/flow/views/protection/outside-view.ts';
import type { Member, ProtectedTable } from '../../../../src/flow/views/protection/protected-table.ts';
import { countsOfRow } from '../../../../src/flow/views/protection/rounding.ts';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { givenAwayBy } from '../../../../src/flow/views/publication/gate.ts';
import type { WeekTables } from '../../../../src/flow/views/publication/week-content.ts';

const solver = await loadSolver();
const WEEK = 2900 as Week;
const DEFINITION = { ...rulesOf('almalinux').definition, headline: ['A'] };

function published(table: ProtectedTable, more: Partial<KnownTable> = {}): KnownTable {
  const known = ({ id, isShown, atMost, systems: state }: Member) => ({ id, isShown, atMost, state });
  const rows = table.rows.map((row) => ({ ...countsOfRow(table, row.systems), members: row.members.map(known) }));
  return { subject: 'systems', revision: 1, k: table.k, rows, others: table.dropped.map(known), ...more };
}

/** Rows as `name: number = cells`, and what has no row; a cell of k and more is shown. */
function tableOf(rows: [number, Record<string, number>][], dropped: Record<string, number> = {}): ProtectedTable {
  return {
    k: 10,
    controlled: true,
    rows: rows.map(([systems, cells], n) => ({ dimensions: [`row ${n}`], systems, members: membersOf(cells) })),
    dropped: membersOf(dropped),
  };
}

function membersOf(cells: Record<string, number>): Member[] {
  return Object.entries(cells).map(([id, systems]) => {
    return { id, systems, isShown: systems >= 10, atMost: systems < 10 ? 9 : undefined };
  });
}

/** `id least..most` of every cell that gives itself away. */
function recoverable(tables: readonly KnownTable[], statements: readonly Statement[] = []): string[] {
  return audit(tables, statements, solver).map(({ id, least, most }) => `${id} ${least}..${most}`);
}

const id = (...fields: string[]) => JSON.stringify(fields);

const NAMES = ['server', 'kde', 'xfce', 'lxqt', 'mate', 'JP'];
const cellsOf = (subject: Subject, revision = 1, has: (id: string) => boolean = () => true) => ({
  subject,
  revision,
  ids: NAMES.filter(has),
});

describe('R7: what one publication tells', () => {
  const row = { kde: 3, xfce: 5, lxqt: 3, mate: 3 };

  test('a row of four tells nothing', () => {
    const table = tableOf([
      [90, { server: 93 }],
      [10, row],
    ]);
    assert.deepEqual(recoverable([published(table)]), []);
  });

  test('a row of two small groups is found, were it ever published', () => {
    assert.deepEqual(recoverable([published(tableOf([[10, { kde: 5, xfce: 5 }]]))]), ['kde 1..9', 'xfce 1..9']);
  });

  test('F07: rows that no counts can lead to are an error, which says what to do', () => {
    const systems = tableOf([[40, { [id('A', '9', 'kde', 'x86_64', 'libdnf', '4')]: 5 }]]);
    const none: ProtectedTable = { k: 10, rows: [], dropped: [] };
    assert.throws(
      () => givenAwayBy(DEFINITION, solver)(WEEK, [{ systems, checkIns: none, countries: none }]),
      /week of 2025-08-.*restore the vault from a backup/,
    );
  });

  test('a number that several rows add up to is held against them', () => {
    const table = tableOf([[100, { server: 109 }]], { kde: 9 });
    const said = (least: number, most: number): Statement => {
      return { plus: cellsOf('systems'), minus: undefined, range: { least, most } };
    };
    assert.deepEqual(recoverable([published(table)], [said(101, 119)]), []);
    assert.deepEqual(recoverable([published(table)], [said(111, 129)]), ['kde 2..9']);
  });
});

describe('R7: what small groups have together', () => {
  const of = (...ids: string[]): CellSet => ({ subject: 'systems', revision: 1, ids });
  const left: Statement = { plus: of('kde', 'xfce', 'mate'), minus: undefined, range: { least: 11, most: 29 } };
  const manyRows = Array.from({ length: 50 }, (_, n): [number, Record<string, number>] => [100, { [`row ${n}`]: 99 }]);
  for (const [weeks, rows] of [
    ['a small week', []],
    ['a week of many rows', manyRows],
  ] as const)
    test(`is as secret as each of them: of ${weeks}`, () => {
      const table = published(tableOf([[100, { server: 99 }], ...rows], { kde: 4, xfce: 4, mate: 4 }));
      const found = (together: CellSet[]) =>
        audit([table], [left], solver, together).map(({ id, least, most }) => `${id} ${least}..${most}`);
      assert.deepEqual(found([]), []);
      assert.deepEqual(found([of('kde', 'xfce')]), ['kde 2..18', 'xfce 2..18']);
    });
});

describe('R7: what systems and countries tell together', () => {
  const same: Statement = { plus: cellsOf('systems'), minus: cellsOf('countries'), range: { least: 0, most: 0 } };

  test('a total that the countries narrow gives small groups away', () => {
    const systems = published(tableOf([[20, { server: 29 }]], { kde: 9 }));
    const countries = published(tableOf([[40, { JP: 38 }]]), { subject: 'countries' });
    assert.deepEqual(recoverable([systems, countries], [same]), ['kde 2..9']);
    assert.deepEqual(recoverable([systems, countries]), []);
  });

  test('a revision of the systems alone is held against the countries that stand', () => {
    const before = published(tableOf([[40, { server: 38 }]]));
    const now = published(tableOf([[20, { server: 29 }]], { kde: 9 }), { revision: 2 });
    const world = published(tableOf([[40, { JP: 38 }]]), { subject: 'countries' });
    const again = { ...same, plus: cellsOf('systems', 2), minus: cellsOf('countries', 2) };
    assert.deepEqual(recoverable([before, now, world], [same, again]), ['kde 2..9']);
  });

  test('O12: a late log of which the first method revised only the countries: the totals differ, and that is no damage', () => {
    const { controlled: _, ...systems } = tableOf([[20, { [id('A', '9', 'server', 'x86_64', 'libdnf', '4')]: 15 }]]);
    const inJapan = (rounded: number, count: number): WeekTables => {
      const { controlled: __, ...countries } = tableOf([[rounded, { [id('JP', 'established')]: count }]]);
      return { systems, checkIns: { k: 10, rows: [], dropped: [] }, countries };
    };
    const givenAway = givenAwayBy(DEFINITION, solver);
    assert.deepEqual(givenAway(WEEK, [inJapan(20, 15), inJapan(40, 40)]), []);
  });
});

describe('R7: what two publications of a week tell', () => {
  const first = tableOf([[10, { kde: 4, xfce: 4, lxqt: 4 }]]);

  test('rounded the other way, unchanged cells give nothing away', () => {
    const again = tableOf([[20, { kde: 4, xfce: 4, lxqt: 4 }]]);
    assert.deepEqual(recoverable([published(first), published(again, { revision: 2 })]), []);
  });

  test('cells that changed are still related: late logs only add', () => {
    const late = tableOf([[20, { kde: 9, xfce: 4, lxqt: 4 }]]);
    const grew: Statement = {
      plus: cellsOf('systems', 2, (id) => id === 'kde'),
      minus: cellsOf('systems', 1, (id) => id === 'kde'),
      range: { least: 0, most: 5 },
    };
    const both = [published(first), published(late, { revision: 2 })];
    assert.deepEqual(recoverable(both), []);
    assert.deepEqual(recoverable(both, [grew]), []);
    const more = [published(first), published(tableOf([[30, { kde: 9, xfce: 9, lxqt: 9 }]]), { revision: 2 })];
    assert.deepEqual(recoverable(more), ['kde 3..9', 'xfce 3..9', 'lxqt 3..9']);
  });

  test('R6: a week of the former method and its revision are held against each other', () => {
    const { controlled: _, ...former } = tableOf([[10, { kde: 4, xfce: 4, lxqt: 4 }]]);
    const both = [published(former), published(tableOf([[20, { kde: 4, xfce: 4, lxqt: 4 }]]), { revision: 2 })];
    assert.deepEqual(recoverable(both), []);
    const narrow = [published({ ...former, rows: [{ ...former.rows[0]!, systems: 20 }] })];
    assert.deepEqual(recoverable(narrow), []);
  });
});
