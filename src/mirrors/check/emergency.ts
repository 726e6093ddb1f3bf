import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { HealthState } from '../catalogue.ts';
import { timeText } from './time-text.ts';

export type Emergency = NonNullable<HealthState['emergency']>;

/** Longer than any sane roll-out takes. Whoever needs more says so again. */
export const LONGEST_EMERGENCY_SECONDS = 7 * 86_400;

/** From now on only mirrors with the newest metadata are given out. It ends by itself: nobody has to remember it. */
export function declare(
  state: HealthState,
  { why, seconds, repositories }: { why: string; seconds: number; repositories: Emergency['repositories'] },
  now: EpochSeconds,
): HealthState {
  return { ...state, emergency: { repositories, until: timeText(now + seconds), why } };
}

/** How many mirrors would be given out for each repository that it is about, newest metadata only. */
export function currentMirrors(
  { mirrors }: HealthState,
  repositories: Emergency['repositories'],
): { key: string; current: number; listed: number }[] {
  const counts = new Map<string, { current: number; listed: number }>();
  for (const mirror of Object.values(mirrors)) {
    for (const [key, { verdict, isListed }] of Object.entries(mirror.repositories)) {
      if (repositories !== 'all' && !repositories.includes(key.split('/')[1]!)) continue;
      const count = counts.get(key) ?? { current: 0, listed: 0 };
      if (isListed) count.listed++;
      if (isListed && verdict === 'current') count.current++;
      counts.set(key, count);
    }
  }
  return [...counts].map(([key, count]) => ({ key, ...count })).sort((a, b) => a.current - b.current);
}
