/** Weeks since Monday 1970-01-05 00:00 UTC (T2). */
export type Week = number & { readonly __unit: 'week' };
/** Seconds since 1970-01-01 00:00 UTC. */
export type EpochSeconds = number & { readonly __unit: 'epoch-seconds' };

export const SECONDS_PER_WEEK = 604_800;
export const SECONDS_PER_HOUR = 3_600;
export const HOURS_PER_WEEK = 168;
/** 1970-01-01 was a Thursday; the first Monday came four days later. */
const FIRST_MONDAY = 345_600;

/** Monday 2020-02-10: the first week that Fedora counted, and the first that is believed (T3). */
export const FIRST_WEEK = 2614 as Week;

/** The last that a table can mean: more weeks would cost whoever reads it without end. */
export const LAST_WEEK = (FIRST_WEEK + 5200) as Week;

export function weekOf(time: EpochSeconds): Week {
  return Math.floor((time - FIRST_MONDAY) / SECONDS_PER_WEEK) as Week;
}

export function weekStart(week: Week): EpochSeconds {
  return (week * SECONDS_PER_WEEK + FIRST_MONDAY) as EpochSeconds;
}

/** The Monday of a week, as in `2020-02-10`. */
export function mondayOf(week: Week): string {
  return isoDay(weekStart(week));
}

/** The Sunday of a week, as in `2020-02-16`. */
export function sundayOf(week: Week): string {
  return isoDay((weekStart(week) + 6 * 86_400) as EpochSeconds);
}

function isoDay(time: EpochSeconds): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}
