import { type Breakdown, type Group, groupFilter } from './breakdown.ts';
import { divided, type Figure, ratio } from './figure.ts';
import { type CountedWeek, countSystems, type Filter, type Tables } from './tables.ts';

/**
 * How long systems last, from the age buckets of one week. Bucket 1 covers two calendar windows, 2 covers three and 3
 * twenty, so in steady times so many arrive each week, and this share of them is still there two to four weeks later.
 */
export interface Lifetime {
  arrivals: Figure;
  survival: Figure;
}

const WINDOWS = { 1: 2, 2: 3 } as const;
/** Below this many arrivals rounding says more than the systems do. */
const LEAST_ARRIVALS = 50;

export function lifetimeOf(tables: Tables, week: CountedWeek, filter: Filter): Lifetime | undefined {
  const arrivals = divided(countSystems(tables, week, { ...filter, age: [1] }), WINDOWS[1]);
  const later = divided(countSystems(tables, week, { ...filter, age: [2] }), WINDOWS[2]);
  const survival = ratio(later, arrivals);
  if (survival === undefined || arrivals.value < LEAST_ARRIVALS) return undefined;
  return { arrivals, survival };
}

export function lifetimesBy(tables: Tables, week: CountedWeek, breakdown: Breakdown) {
  return breakdown.groups.flatMap((group: Group) => {
    const lifetime = lifetimeOf(tables, week, groupFilter(breakdown.column, group));
    return lifetime === undefined ? [] : [{ group, ...lifetime }];
  });
}
