import { ageScaleOf } from '../../views/age-scale.ts';
import { type Breakdown, type Group, groupFilter } from './breakdown.ts';
import { divided, type Figure, ratio, sumOf } from './figure.ts';
import { type CountedWeek, countSystems, type Filter, type Tables } from './tables.ts';

/**
 * How long systems last, from the ages of one week. Age 1 covers two calendar weeks with dnf and one with rpm-ostree, age
 * 2 three with both. So in steady times so many arrive each week, and this share of them is still there two to four weeks
 * later, or one to three. Where the client is not known, dnf's two weeks are taken.
 */
export interface Lifetime {
  arrivals: Figure;
  survival: Figure;
}

const WEEKS_OF_YOUNGEST = 2;
const WEEKS_OF_NEXT = 3;
/** Below this many arrivals rounding says more than the systems do. */
const LEAST_ARRIVALS = 50;

export function lifetimeOf(tables: Tables, week: CountedWeek, filter: Filter): Lifetime | undefined {
  const arrivals = arrivalsOf(tables, week, { ...filter, age: [1] });
  const later = divided(countSystems(tables, week, { ...filter, age: [2] }), WEEKS_OF_NEXT);
  const survival = ratio(later, arrivals);
  if (survival === undefined || arrivals.value < LEAST_ARRIVALS) return undefined;
  return { arrivals, survival };
}

function arrivalsOf(tables: Tables, week: CountedWeek, youngest: Filter): Figure {
  const clients = [...new Set((tables.systems.get(week.week) ?? []).map(({ client }) => client))].sort();
  const weekly = clients.filter((client) => ageScaleOf(client) === 'one-week');
  const others = clients.filter((client) => ageScaleOf(client) !== 'one-week');
  if (weekly.length === 0) return divided(countSystems(tables, week, youngest), WEEKS_OF_YOUNGEST);
  const ofWeekly = countSystems(tables, week, { ...youngest, client: weekly });
  if (others.length === 0) return ofWeekly;
  return sumOf(divided(countSystems(tables, week, { ...youngest, client: others }), WEEKS_OF_YOUNGEST), ofWeekly);
}

export function lifetimesBy(tables: Tables, week: CountedWeek, breakdown: Breakdown) {
  return breakdown.groups.flatMap((group: Group) => {
    const lifetime = lifetimeOf(tables, week, groupFilter(breakdown.column, group));
    return lifetime === undefined ? [] : [{ group, ...lifetime }];
  });
}
