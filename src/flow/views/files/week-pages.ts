import type { Week } from '../../sightings/week.ts';
import type { Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';

/** An ISO week is of one year, the one in its name. */
export function yearOf(week: Week): string {
  return weekName(week).slice(0, 4);
}

/**
 * Whether a week has a page and pictures of its own, as those of the newest year and of the one before it have. Older weeks
 * share those of their year: else the site would grow by thousands of pages (O17). `newest`: of all that are published.
 */
export function hasOwnPage(week: Week, newest: Week): boolean {
  return Number(yearOf(week)) >= Number(yearOf(newest)) - 1;
}

/** The years whose weeks share a page, with these weeks. */
export function sharedYears(weeks: Publication['weeks']): Map<string, Publication['weeks'][number][]> {
  const newest = weeks.at(-1);
  return Map.groupBy(
    weeks.filter(({ week }) => newest !== undefined && !hasOwnPage(week, newest.week)),
    ({ week }) => yearOf(week),
  );
}
