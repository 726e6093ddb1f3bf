import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marginOf } from '../../../../src/flow/views/protection/margins.ts';
import { countByField } from '../../../../src/flow/views/protection/one-field.ts';
import { protectTable } from '../../../../src/flow/views/protection/protect-table.ts';
import { type Cell, rowKey } from '../../../../src/flow/views/protection/protected-table.ts';
import { loadSolver, type Sum } from '../../../../src/flow/views/protection/solver.ts';
import { workOut } from '../../../../src/flow/views/protection/work-out.ts';
import { skipWithoutFedora } from '../../../support/fedora-2020.ts';
import { fedoraCells } from '../../../support/fedora-cells.ts';
import { columnsInOrder } from '../../../support/small-groups.ts';

const K = 10;

/** One number of the naive publication: the exact sum of some cells. */
interface Margin {
  cells: Cell[];
  systems: number;
}

/** All sums of cells that agree in some of the five columns, up to four of them, and have k systems. */
function naiveMargins(cells: readonly Cell[]): Margin[] {
  const columns = [0, 1, 2, 3, 4];
  const choices = Array.from({ length: 31 }, (_, bits) => columns.filter((column) => (bits >> column) & 1));
  return choices.flatMap((chosen) => {
    const groups = Map.groupBy(cells, ({ dimensions }) => rowKey(chosen.map((column) => dimensions[column]!)));
    const margins = [...groups.values()].map((group) => ({ cells: group, systems: sumOf(group) }));
    return margins.filter(({ systems }) => systems >= K);
  });
}

function sumOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { systems }) => sum + systems, 0);
}

/** A margin with one unknown cell gives it away; what is known then makes others so; until nothing more comes of it. */
function subtract(margins: readonly Margin[], known: ReadonlyMap<Cell, number>): Map<Cell, number> {
  const counts = new Map(known);
  for (let before = -1; before < counts.size; ) {
    before = counts.size;
    for (const { cells, systems } of margins) {
      const [unknown, ...others] = cells.filter((cell) => !counts.has(cell));
      if (unknown === undefined || others.length > 0) continue;
      counts.set(unknown, systems - cells.reduce((sum, cell) => sum + (counts.get(cell) ?? 0), 0));
    }
  }
  return counts;
}

describe('F07: Fedora, week of 2020-11-16, base repositories (statistics 4.1)', { skip: skipWithoutFedora }, () => {
  const cells = skipWithoutFedora === false ? fedoraCells() : [];
  const small = cells.filter(({ systems }) => systems < K);

  test('the cells are those of the reference', () => {
    assert.deepEqual([cells.length, sumOf(cells), small.length], [266, 290_336, 133]);
  });

  test('hiding cells below 10 but showing every exact margin: subtracting, again and again, recovers 109, 34 of them single systems', () => {
    const shown = new Map(cells.filter(({ systems }) => systems >= K).map((cell) => [cell, cell.systems]));
    const recovered = [...subtract(naiveMargins(cells), shown)].filter(([cell]) => !shown.has(cell));
    assert.deepEqual(
      recovered.filter(([cell, count]) => cell.systems !== count),
      [],
    );
    assert.equal(recovered.length, 109);
    assert.equal(recovered.filter(([, count]) => count === 1).length, 34);
  });

  test('the audit of that publication finds all of these and more', async () => {
    const indices = new Map(cells.map((cell, index) => [cell, index]));
    const counts = cells.map(({ systems }) => ({
      least: systems < K ? 0 : systems,
      most: systems < K ? K - 1 : systems,
    }));
    const sums = naiveMargins(cells).map(
      (margin): Sum => ({
        plus: margin.cells.map((cell) => indices.get(cell)!),
        minus: [],
        least: margin.systems,
        most: margin.systems,
      }),
    );
    const bounds = workOut({ counts, sums }, await loadSolver());
    const pinned = small.filter((cell) => bounds[indices.get(cell)!]!.least === bounds[indices.get(cell)!]!.most);
    assert.ok(pinned.length >= 109, `${pinned.length}`);
  });

  test('the published table: margins within less than 10, and a sum of rows is a margin or no more than 1 % short', () => {
    const total = Math.round(sumOf(cells) / K) * K;
    const columns = [0, 1, 2, 3, 4];
    const margins = [marginOf('total', []), ...columns.map((column) => marginOf(String(column), [column]))];
    const said = new Map(
      columns.flatMap((column) => {
        const field = { name: String(column), nameIn: (dimensions: readonly string[]) => dimensions[column]! };
        const rule = {
          ...field,
          isKnown: () => true,
          isTurned: () => false,
          nameOfRest: 'withheld',
          together: () => undefined,
        };
        return countByField(cells, rule, total, { k: K, networks: 3 }).map(
          ({ dimensions, systems }): [string, number] => [JSON.stringify(dimensions), systems],
        );
      }),
    );
    const table = protectTable(cells, {
      k: K,
      networks: 3,
      partition: { kind: 'fresh' },
      leavesSmall: true,
      isKnown: () => true,
      coarsenings: columnsInOrder([2, 1, 0, 3, 4]),
      margins,
      said: new Map([...said, ['["total"]', total]]),
      last: undefined,
      essential: margins[0],
    });
    assert.equal(
      table.rows.reduce((sum, { systems }) => sum + systems, 0),
      290_340,
    );
    for (const column of columns) {
      const groups = Map.groupBy(cells, ({ dimensions }) => dimensions[column]!);
      for (const [value, group] of groups) {
        const number = said.get(JSON.stringify([String(column), value]));
        if (sumOf(group) < K) assert.equal(number, undefined);
        else assert.ok(Math.abs(number! - sumOf(group)) < K, `${value}: ${number}, not ${sumOf(group)}`);
        const rows = table.rows.filter(({ dimensions }) => dimensions[column] === value);
        if (rows.length === 0) continue;
        const sum = rows.reduce((all, { systems }) => all + systems, 0);
        assert.ok(sum <= number! && sum >= number! * (number! >= 1_000 ? 0.99 : 1), `${value}: ${sum} of ${number}`);
      }
    }
  });
});
