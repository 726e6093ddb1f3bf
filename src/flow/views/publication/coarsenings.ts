import type { Coarsening } from '../protection/combinations.ts';
import { WITHHELD } from './tables.ts';
import type { CHECK_INS, SYSTEMS } from './week-content.ts';

/** What readers miss least is cheapest. Without an age there is no place in Fedora's totals. */
const PRICES = { client: 0.1, edition: 1, version: 1.3, arch: 1.6, age: 5 };

/** Every set of fields, the cheapest first; last of all everything, for nothing else says much without the os name. */
export function systemsCoarsenings(columns: typeof SYSTEMS): Coarsening[] {
  const priced = subsets(columns.filter((column) => column !== 'os'))
    .filter((set) => set.length > 0)
    .map((set) => ({ set, price: set.reduce((sum, column) => sum + PRICES[column], 0) }))
    .sort((a, b) => a.price - b.price);
  return [...priced.map(({ set }) => set), columns].map((set) => withholding(set.map((one) => columns.indexOf(one))));
}

/** The release is kept long in check-ins: cross-checks need it. */
const CHECK_INS_ORDER = ['repoArch', 'edition', 'arch', 'version', 'os', 'repoTag', 'age'] as const;

/** One field after the other: there are too many groups of check-ins for more. */
export function checkInsCoarsenings(columns: typeof CHECK_INS): Coarsening[] {
  return CHECK_INS_ORDER.map((_, at) =>
    withholding(CHECK_INS_ORDER.slice(0, at + 1).map((column) => columns.indexOf(column))),
  );
}

/** A country goes to its continent; what is too few even there is the rest of the world. */
export function countriesCoarsenings(continentOf: (country: string) => string): Coarsening[] {
  return [(name, column) => (column === 0 ? continentOf(name) : WITHHELD)];
}

function withholding(columns: readonly number[]): Coarsening {
  return (name, column) => (columns.includes(column) ? WITHHELD : name);
}

function subsets<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, at) => (bits >> at) & 1));
}
