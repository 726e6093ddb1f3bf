import { type EpochSeconds, mondayOf, SECONDS_PER_WEEK, sundayOf, type Week, weekOf } from '../../sightings/week.ts';

export { mondayOf, sundayOf };

/** `2026-W19`: ISO 8601's name of a week, which belongs to the year of its Thursday. */
export function weekName(week: Week): string {
  const thursday = new Date(`${mondayOf(week)}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 3);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (SECONDS_PER_WEEK * 1000)) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** The week that an ISO day lies in. */
export function weekOfDay(day: string): Week {
  return weekOf((Date.parse(`${day}T00:00:00Z`) / 1000) as EpochSeconds);
}

/** Of a name as `weekName` gives it. */
export function weekNamed(name: string): Week {
  const [year, number] = name.split('-W').map(Number) as [number, number];
  // 4 January is in the first week of each year.
  const first = weekOf((Date.UTC(year, 0, 4) / 1000) as EpochSeconds);
  return (first + number - 1) as Week;
}
