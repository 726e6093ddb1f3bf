import type { Interval } from './bounds.ts';

/** To a multiple of `base`, half up. Every published count goes through here by itself; sums are taken afterwards. */
export function roundTo(base: number, count: number): number {
  return Math.floor(count / base + 0.5) * base;
}

/** The whole counts that a rounded one can stand for. */
export function countsRoundedTo(base: number, rounded: number): Interval {
  return { least: Math.max(0, Math.ceil(rounded - base / 2)), most: Math.ceil(rounded + base / 2) - 1 };
}

/** The counts that a number can stand for that was chosen within less than k of the truth. */
export function countsWithin(k: number, published: number): Interval {
  return { least: Math.max(0, published - k + 1), most: published + k - 1 };
}

/** The counts that the number of a value can stand for: none is shown of fewer than k. */
export function countsOfValue(k: number, published: number): Interval {
  const { least, most } = countsWithin(k, published);
  return { least: Math.max(k, least), most };
}

/** The counts that the number of all that is not shown can stand for: there is one only where there is something. */
export function countsOfRest(k: number, published: number): Interval {
  const { least, most } = countsWithin(k, published);
  return { least: published === 0 ? 0 : Math.max(1, least), most };
}

/** Of so many times k, a hundredth may be in rows that do not name what they count. */
export const LARGE = 100;

/** The counts that what rows add up to can stand for, which may fall short by a hundredth of many. */
export function countsOfSum(k: number, published: number): Interval {
  const { least, most } = countsWithin(k, published);
  return { least, most: most < LARGE * k ? most : Math.max(most, Math.ceil((published * LARGE) / (LARGE - 1))) };
}

/** The counts that the number of a row can stand for: everybody knows that no row has fewer than k. */
export function countsOfRow({ k, controlled }: { k: number; controlled?: true }, published: number): Interval {
  const { least, most } = controlled ? countsWithin(k, published) : countsRoundedTo(k, published);
  return { least: Math.max(k, least), most };
}

/** Of fewer systems of the headline no number is shown: of fewer than k the nearest multiple could be 0. */
export function fewestShown(k: number): number {
  return Math.max(100, k);
}
