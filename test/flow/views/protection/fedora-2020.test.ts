import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import { audit } from '../../../../src/flow/views/protection/audit.ts';
import { type Cell, rowKey } from '../../../../src/flow/views/protection/protected-table.ts';
import { rollUp } from '../../../../src/flow/views/protection/roll-up.ts';
import { loadSolver, type Sum } from '../../../../src/flow/views/protection/solver.ts';
import { workOut } from '../../../../src/flow/views/protection/work-out.ts';
import { skipWithoutFedora } from '../../../support/fedora-2020.ts';
import { FEDORA_RULE, fedoraCells } from '../../../support/fedora-cells.ts';

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

  test('the published table: nothing pinned, nothing known within 5, nothing certain to exist, nothing dropped', async () => {
    const table = rollUp(cells, FEDORA_RULE);
    const [week] = audit([{ week: 2654 as Week, subject: 'systems', revision: 1, table }], [], await loadSolver());
    assert.deepEqual([week!.hidden, week!.recoverable, table.dropped], [133, [], []]);
    const total = table.rows.reduce((sum, { systems }) => sum + systems, 0);
    assert.ok(Math.abs(total - 290_336) < 290_336 * 0.001, `${total}`);
  });
});
