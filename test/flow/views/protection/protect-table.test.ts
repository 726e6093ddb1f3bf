import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marginOf } from '../../../../src/flow/views/protection/margins.ts';
import { type ProtectionRule, protectTable } from '../../../../src/flow/views/protection/protect-table.ts';
import type { Cell } from '../../../../src/flow/views/protection/protected-table.ts';
import { columnsInOrder } from '../../../support/small-groups.ts';

/** Edition, repository. */
const RULE: ProtectionRule = {
  k: 10,
  networks: 3,
  leavesSmall: false,
  isKnown: () => true,
  partition: { kind: 'fresh' },
  coarsenings: columnsInOrder([0, 1]),
  margins: [marginOf('repository', [1])],
  said: new Map(),
  last: undefined,
  essential: undefined,
};

function askedBy(groups: number, each: number): Cell[] {
  return Array.from({ length: groups }, (_, n) => {
    return { dimensions: [`edition ${n}`, 'testing-34'], systems: each, networks: undefined };
  });
}

describe('R4: a repository that only small groups asked', () => {
  test('is named where they are so many that any of them may not have asked at all', () => {
    assert.deepEqual(
      protectTable(askedBy(25, 3), RULE).rows.map(({ dimensions, systems }) => [dimensions, systems]),
      [[['withheld', 'testing-34'], 80]],
    );
  });

  test('is not where most of them must have', () => {
    const rows = protectTable([...askedBy(12, 9), ...askedBy(2, 40).map(elsewhere)], RULE).rows;
    assert.ok(rows.length > 0);
    for (const { dimensions } of rows) assert.notEqual(dimensions[1], 'testing-34');
  });
});

function elsewhere(cell: Cell): Cell {
  return { ...cell, dimensions: [cell.dimensions[0]!, 'baseos-9'] };
}
