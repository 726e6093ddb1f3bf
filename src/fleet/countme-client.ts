import type { Week } from '../flow/sightings/week.ts';
import type { Random } from './random.ts';

export type Age = 1 | 2 | 3 | 4;

/**
 * What dnf remembers between two refreshes of one repository, in the file `countme` of its persistent folder.
 * -1 stands for "not yet".
 */
export interface Cookie {
  /** List requests still to go before the next flagged one. Left-over budget is carried over weeks. */
  budget: number;
  /** The week that has been counted last. */
  lastWeek: number;
  /** The first week that was counted: the beginning of the age. */
  firstWeek: number;
}

const LARGEST_BUDGET = 4;

export function newCookie(): Cookie {
  return { budget: -1, lastWeek: -1, firstWeek: -1 };
}

/**
 * One list request (metalink or mirrorlist) of a client with `countme=1`: the flag to send along, or 0 for none.
 * libdnf draws the budget again after each flagged request, and does not touch it in a week that is already counted.
 */
export function flagOf(cookie: Cookie, week: Week, random: Random): Age | 0 {
  if (cookie.lastWeek === week) return 0;
  if (cookie.budget < 0) cookie.budget = 1 + random.below(LARGEST_BUDGET);
  cookie.budget -= 1;
  if (cookie.budget > 0) return 0;
  if (cookie.firstWeek < 0) cookie.firstWeek = week;
  cookie.budget = -1;
  cookie.lastWeek = week;
  return ageAfter(week - cookie.firstWeek);
}

/**
 * rpm-ostree asks for all repositories once a week, from a timer and with one cookie, and flags each request: it has no
 * budget. It counts weeks from 1, so each of its buckets ends a week earlier: the first is one week long.
 */
export function flagOfImage(cookie: Pick<Cookie, 'lastWeek' | 'firstWeek'>, week: Week): Age | 0 {
  if (cookie.lastWeek === week) return 0;
  if (cookie.firstWeek < 0) cookie.firstWeek = week;
  cookie.lastWeek = week;
  const counter = week - cookie.firstWeek + 1;
  if (counter < 2) return 1;
  if (counter < 5) return 2;
  return counter < 25 ? 3 : 4;
}

/** The buckets of libdnf: two calendar weeks, three, twenty, and the rest. */
export function ageAfter(weeks: number): Age {
  if (weeks < 2) return 1;
  if (weeks < 5) return 2;
  return weeks < 25 ? 3 : 4;
}
