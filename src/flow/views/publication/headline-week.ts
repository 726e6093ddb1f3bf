import type { Publication, PublishedWeek } from './tables.ts';

/** A week with its number. */
export type NumberedWeek = PublishedWeek & { systems: number };

/**
 * The week that stands for now, everywhere: on the home page, in badges and in `latest.json`. It is the newest that can be
 * trusted (A, B, or imported without a grade), else the newest with a number; undefined if there is none.
 */
export function headlineWeek(publication: Publication): NumberedWeek | undefined {
  const numbered = publication.weeks.filter(hasNumber);
  return numbered.findLast(({ grade }) => grade !== 'C' && grade !== 'X') ?? numbered.at(-1);
}

/** A week of which no more is said than that fewer systems checked in. */
export type FewWeek = PublishedWeek & { fewerThan: number };

/** The newest week that can be trusted, if there are too few systems in it for a number; then that stands for now. */
export function fewWeek({ weeks }: Publication): FewWeek | undefined {
  const newest = weeks.findLast(({ systems, fewerThan, grade }) => {
    return (systems !== null || fewerThan !== null) && grade !== 'C' && grade !== 'X';
  });
  return newest !== undefined && isFew(newest) ? newest : undefined;
}

export function isFew(week: PublishedWeek): week is FewWeek {
  return week.fewerThan !== null;
}

/** Its number is old news: newer weeks are overdue, or are there and cannot be trusted. */
export function isBehind(publication: Publication, week: PublishedWeek): boolean {
  return publication.isStale || publication.weeks.at(-1)?.week !== week.week;
}

export function hasNumber(week: PublishedWeek): week is NumberedWeek {
  return week.systems !== null;
}
