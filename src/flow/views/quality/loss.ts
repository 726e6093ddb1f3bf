import { median, quantile } from 'd3-array';
import type { Week } from '../../sightings/week.ts';

/** Smaller repositories rise and fall by chance. */
const LEAST_HITS = 300;
/** With fewer repositories an agreement between them says nothing. */
const LEAST_REPOSITORIES = 4;
const LOSS = 0.85;
/** How far the middle half of the repositories may differ. */
const AGREEMENT = 0.1;

/**
 * Undeclared loss of logs: every repository falls by the same factor against the weeks before and after. Releases and
 * holidays move repositories apart, missing logs do not. Fires on the two known weeks of Fedora's 2020 and on no other.
 *
 * Answers what is left, 0 to 1, or undefined. A week at the edge has one neighbour only and is not judged.
 */
export function undeclaredLoss(
  week: Week,
  hitsOf: (week: Week) => ReadonlyMap<string, number> | undefined,
): number | undefined {
  const [before, now, after] = [week - 1, week, week + 1].map((number) => hitsOf(number as Week));
  if (before === undefined || now === undefined || after === undefined) return undefined;
  const ratios: number[] = [];
  for (const [repository, earlier] of before) {
    const later = after.get(repository) ?? 0;
    if (Math.min(earlier, later) >= LEAST_HITS) ratios.push((now.get(repository) ?? 0) / ((earlier + later) / 2));
  }
  if (ratios.length < LEAST_REPOSITORIES) return undefined;
  const middle = median(ratios)!;
  const spread = quantile(ratios, 0.75)! - quantile(ratios, 0.25)!;
  return middle < LOSS && spread < AGREEMENT ? middle : undefined;
}
