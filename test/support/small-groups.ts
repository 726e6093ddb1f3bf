import fc from 'fast-check';
import { type Coarsening, type CombinationRule, Combinations } from '../../src/flow/views/protection/combinations.ts';
import type { Group } from '../../src/flow/views/protection/group.ts';
import { type Placed, type PlacingRule, placeCells, placingsOf } from '../../src/flow/views/protection/place-cells.ts';
import type { Cell } from '../../src/flow/views/protection/protected-table.ts';

export const K = 10;
/** os, version, edition. */
export const RULE: PlacingRule = {
  k: K,
  networks: 3,
  leavesSmall: false,
  partition: { kind: 'fresh' },
};

/** Gives up one column after the other. */
export function columnsInOrder(order: readonly number[]): Coarsening[] {
  return order.map((_, at) => (name, column) => (order.slice(0, at + 1).includes(column) ? 'withheld' : name));
}

const COMBINATIONS: CombinationRule = {
  isKnown: (dimensions) => !dimensions.some((name) => /^(Unheard|Nobody|Noone)$/.test(name)),
  coarsenings: columnsInOrder([2, 1, 0]),
  margins: [],
};

/** Gives up the edition, then the version, then the os name. */
export function place(
  cells: readonly Cell[],
  rule: PlacingRule = RULE,
  { margins = [], withheld = [] }: { margins?: CombinationRule['margins']; withheld?: readonly string[] } = {},
): { rows: PlacedRow[]; left: Placed['left'] } {
  const combinations = new Combinations(3, { ...COMBINATIONS, margins });
  combinations.withhold(new Set(withheld.map((key) => combinations.marginNumber(key))));
  const { rows, left } = placeCells(placingsOf(cells, combinations, rule), combinations, rule);
  return { rows: [...rows].map(([names, group]) => ({ dimensions: combinations.dimensions(names), group })), left };
}

export interface PlacedRow {
  dimensions: readonly string[];
  group: Group;
}

export function cell(name: string, systems: number, more: Partial<Cell> = {}): Cell {
  return { dimensions: name.split(' '), systems, networks: undefined, ...more };
}

const someSystems = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: K - 1 }) },
  { weight: 2, arbitrary: fc.integer({ min: K, max: 3 * K }) },
  { weight: 1, arbitrary: fc.integer({ min: 3 * K, max: 5_000 }) },
);

const someCell = fc.record({
  os: fc.constantFrom('Meridian', 'Tern', 'Unheard', 'other'),
  version: fc.constantFrom('8', '9', '10', 'other'),
  edition: fc.constantFrom('server', 'cloud', 'kde', 'xfce', 'generic', 'other'),
  systems: someSystems,
});

/** Networks go with the os name. */
export const someCells: fc.Arbitrary<Cell[]> = fc
  .tuple(
    fc.uniqueArray(someCell, { selector: ({ os, version, edition }) => `${os} ${version} ${edition}`, maxLength: 60 }),
    fc.dictionary(fc.constantFrom('Meridian', 'Tern', 'Unheard'), fc.integer({ min: 0, max: 3 })),
  )
  .map(([cells, networks]) =>
    cells.map(({ os, version, edition, systems }) => ({
      dimensions: [os, version, edition],
      systems,
      networks: networks[os] === undefined ? undefined : { os, group: os, count: networks[os], ofName: networks[os] },
    })),
  );
