import { type EpochSeconds, SECONDS_PER_WEEK, weekStart } from '../sightings/week.ts';
import { LONGEST_GAP } from '../vault/hours.ts';
import type { WeekSummary } from '../vault/vault.ts';

/** Whether a week may be taken for the whole week (H2, H3). */
export function isComplete({ week, coverage }: WeekSummary, now: EpochSeconds): boolean {
  if (weekStart(week) + SECONDS_PER_WEEK > now) return false;
  return coverage === undefined || coverage.gap < LONGEST_GAP;
}
