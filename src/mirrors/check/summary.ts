import type { HealthState, MirrorHealth, RepositoryHealth } from '../catalogue.ts';
import { secondsOf } from './time-text.ts';

/** A run in numbers, and what it changed. */
export interface Summary {
  checked: string;
  mirrors: {
    all: number;
    /** Given out for every repository that was looked at, for some, for none. */
    whole: number;
    partly: number;
    not: number;
  };
  /** How many mirrors have a TIME that is further behind the master's than is allowed. */
  behind: number;
  verdicts: Readonly<Record<RepositoryHealth['verdict'], number>>;
  changes: readonly Change[];
}

/** A mirror that is given out no more, for as many repositories, or again. */
export interface Change {
  mirror: string;
  dropped: number;
  returned: number;
  /** The first that holds for what was dropped; empty if nothing was. */
  reason: string;
}

export function summarise(before: HealthState | undefined, after: HealthState, allowedOutdate: number): Summary {
  const mirrors = Object.values(after.mirrors);
  const listings = mirrors.map(listingOf);
  const count = (listing: Listing) => listings.filter((one) => one === listing).length;
  return {
    checked: after.checked,
    mirrors: { all: mirrors.length, whole: count('whole'), partly: count('partly'), not: count('not') },
    behind: mirrors.filter(({ time }) => isBehind(time, after.masterTime, allowedOutdate)).length,
    verdicts: verdictCounts(mirrors),
    changes: Object.entries(after.mirrors).flatMap(([name, health]) => changeOf(name, before?.mirrors[name], health)),
  };
}

type Listing = 'whole' | 'partly' | 'not';

function listingOf({ repositories }: MirrorHealth): Listing {
  const listed = Object.values(repositories).map(({ isListed }) => isListed);
  if (!listed.includes(true)) return 'not';
  return listed.includes(false) ? 'partly' : 'whole';
}

/** By the master's TIME, not by a clock: when the master stands still, nobody is behind. */
function isBehind(time: string | undefined, masterTime: string | undefined, allowedOutdate: number): boolean {
  if (time === undefined || masterTime === undefined) return false;
  return secondsOf(masterTime) - secondsOf(time) > allowedOutdate;
}

function verdictCounts(mirrors: readonly MirrorHealth[]): Summary['verdicts'] {
  const counts = { current: 0, previous: 0, stale: 0, missing: 0, unreachable: 0, broken: 0 };
  for (const { repositories } of mirrors) {
    for (const { verdict } of Object.values(repositories)) counts[verdict]++;
  }
  return counts;
}

function changeOf(mirror: string, before: MirrorHealth | undefined, after: MirrorHealth): Change[] {
  const entries = Object.entries(after.repositories).map(([key, health]) => ({
    health,
    was: before?.repositories[key as keyof MirrorHealth['repositories']]?.isListed,
  }));
  const dropped = entries.filter(({ was, health }) => was === true && !health.isListed);
  const returned = entries.filter(({ was, health }) => was === false && health.isListed);
  if (dropped.length === 0 && returned.length === 0) return [];
  const reason = dropped[0]?.health.reason ?? '';
  return [{ mirror, dropped: dropped.length, returned: returned.length, reason }];
}
