import fc from 'fast-check';
import type { Cell } from '../../src/flow/views/protection/protected-table.ts';
import { type RollUpRule, rollColumns } from '../../src/flow/views/protection/roll-up.ts';

export const K = 10;
/** os, version, edition. */
export const RULE: RollUpRule = { k: K, networks: 3, steps: rollColumns([2, 1, 0]), partition: { kind: 'fresh' } };

export function cell(name: string, systems: number, more: Partial<Cell> = {}): Cell {
  return { dimensions: name.split(' '), systems, networks: undefined, standsFrom: 0, ...more };
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

/** Networks go with the os name; a name nobody knows must be rolled away. */
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
      standsFrom: os === 'Unheard' ? 3 : 0,
    })),
  );
