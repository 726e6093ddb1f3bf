import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_WEEK, weekStart } from '../flow/sightings/week.ts';
import type { Country } from './networks.ts';
import type { Random } from './random.ts';

export type Kind = 'server' | 'workstation' | 'container' | 'ci';

/** What decides when a system refreshes its lists. */
export interface Refresher {
  bornAt: EpochSeconds;
  diesAt: EpochSeconds;
  country: Country;
  habit: number;
  nextRefresh: EpochSeconds;
}

const DAY = 86_400;
/** dnf asks again when the list is older than this (AlmaLinux's `metadata_expire`). */
const LIST_EXPIRES = DAY;
/** A refresh takes a few seconds, and all of it is to be in the same week. */
export const LAST_SECOND = SECONDS_PER_WEEK - 10;

/** Servers: seconds between two refreshes. Workstations: share of days on which they are used. */
export function habitOf(kind: Kind, random: Random): number {
  if (kind === 'workstation') return 0.1 + 0.85 * random.unit() ** 0.7;
  // The timer refreshes lists that have expired; some have it switched off and refresh by hand, about once a week.
  return random.chance(0.08)
    ? SECONDS_PER_WEEK * (0.7 + 0.8 * random.unit())
    : LIST_EXPIRES + SECONDS_PER_HOUR * random.unit();
}

export function serverTimes(system: Refresher, week: Week, random: Random): EpochSeconds[] {
  const times: EpochSeconds[] = [];
  const end = Math.min(weekStart(week) + LAST_SECOND, system.diesAt);
  for (; system.nextRefresh < end; system.nextRefresh = nextRefreshOf(system, random)) {
    if (system.nextRefresh >= weekStart(week)) times.push(system.nextRefresh);
  }
  return times;
}

function nextRefreshOf({ nextRefresh, habit }: Refresher, random: Random): EpochSeconds {
  return (nextRefresh + habit + random.unit() * SECONDS_PER_HOUR) as EpochSeconds;
}

/** On the days on which somebody works at it, once a day, by local daylight. */
export function workstationTimes(system: Refresher, week: Week, random: Random): EpochSeconds[] {
  const isAway = random.chance(0.06);
  const times: EpochSeconds[] = [];
  for (let day = 0; day < 7; day += 1) {
    const weekend = day >= 5 ? 0.7 : 1;
    if (!random.chance(system.habit * weekend) || isAway) continue;
    const localHour = 8 + 7 * (random.unit() + random.unit());
    const time = timeOfWeek(week, day, localHour, system.country);
    if (time >= system.bornAt && time < system.diesAt) times.push(time);
  }
  return times.sort((a, b) => a - b);
}

/** Working hours, mostly on working days. */
export function officeTime(week: Week, country: Country, random: Random): EpochSeconds {
  const day = random.chance(0.9) ? random.below(5) : 5 + random.below(2);
  return timeOfWeek(week, day, 7 + 6 * (random.unit() + random.unit()), country);
}

/** Where a local Monday begins before the week or ends after it, its time moves to the week's other end. */
function timeOfWeek(week: Week, day: number, localHour: number, { hoursAhead }: Country): EpochSeconds {
  const second = day * DAY + (localHour - hoursAhead) * SECONDS_PER_HOUR;
  const within = (second + SECONDS_PER_WEEK) % SECONDS_PER_WEEK;
  return (weekStart(week) + Math.min(Math.floor(within), LAST_SECOND)) as EpochSeconds;
}
