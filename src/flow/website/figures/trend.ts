import type { Annotation } from '../../views/publication/tables.ts';
import { type Figure, type Growth, growth } from './figure.ts';
import { annotationsBetween, type CountedWeek, isComparable, type Tables, weekFormula } from './tables.ts';

/** Whether the number of systems grows: the median of four weeks against that of the four weeks a quarter before. */
export type Trend =
  | { kind: 'known'; direction: Direction; change: Growth; basis: Basis; releases: readonly Annotation[] }
  | { kind: 'unknown'; because: 'too-few-weeks' | 'rollout' };

/** `unclear`: rounding leaves more than one of the others open. */
export type Direction = 'up' | 'down' | 'level' | 'unclear';

/** Where a version upgrade starts a system's age anew, growth of the established would be a story of upgrades. */
export type Basis = 'established' | 'systems';

const WINDOW = 4;
const QUARTER = 13;
/** So many of a window's weeks must be comparable. */
const LEAST = 3;
/** A roll-out of countme is not growth. */
const WEEKS_AFTER_ROLLOUT = 8;
/** Weeks differ by this much for no reason. */
export const NOISE = 0.02;

export function trendOf(tables: Tables, shown: CountedWeek): Trend {
  const { weeks, distribution } = tables.publication;
  const basis: Basis = distribution.repoAgeUpTo === undefined ? 'established' : 'systems';
  const end = weeks.findIndex(({ week }) => week === shown.week) + 1;
  const now = median(tables, basis, end);
  const before = median(tables, basis, end - QUARTER);
  const change = now && before && growth(before, now, Math.max(before.within, now.within));
  if (change === undefined) return { kind: 'unknown', because: 'too-few-weeks' };
  const lookedAt = tables.mondays[Math.max(end - QUARTER - WINDOW - WEEKS_AFTER_ROLLOUT, 0)]!;
  const isRollout = ({ kind, of }: Annotation) => kind === 'rollout' && of === 'systems';
  if (annotationsBetween(tables, lookedAt, shown.monday).some(isRollout))
    return { kind: 'unknown', because: 'rollout' };
  const since = tables.mondays[end - QUARTER - 1]!;
  const releases = annotationsBetween(tables, since, shown.monday).filter(({ kind }) => kind === 'release');
  return { kind: 'known', direction: directionOf(change), change, basis, releases };
}

function directionOf({ least, most }: Growth): Direction {
  if (least.value >= NOISE) return 'up';
  if (most.value <= -NOISE) return 'down';
  return least.value > -NOISE && most.value < NOISE ? 'level' : 'unclear';
}

/** Of the comparable weeks among the four that end before `end`: less than `within` away from that of the truth. */
function median(tables: Tables, basis: Basis, end: number): (Figure & { within: number }) | undefined {
  if (end < WINDOW) return undefined;
  const weeks = tables.publication.weeks
    .map((week, n) => ({ week, monday: tables.mondays[n]! }))
    .slice(end - WINDOW, end)
    .flatMap(({ week, monday }) =>
      isComparable(week) ? [{ value: week[basis] ?? 0, within: week.within, monday }] : [],
    );
  if (weeks.length < LEAST) return undefined;
  const values = weeks.map(({ value }) => value).sort((a, b) => a - b);
  const middle = values.length / 2;
  const value = (values[Math.ceil(middle) - 1]! + values[Math.floor(middle)]!) / 2;
  const formula = weekFormula('*', basis).replace('*', weeks.map(({ monday }) => monday).join(','));
  return { value, of: `median(${formula})`, within: Math.max(...weeks.map(({ within }) => within)) };
}
