import { median, quantile } from 'd3-array';
import type { Week } from '../../sightings/week.ts';

/** Smaller repositories rise and fall by chance. */
const LEAST_HITS = 300;
/** With fewer repositories an agreement between them says nothing. */
const LEAST_REPOSITORIES = 4;
const LOSS = 0.85;
/** The week before and the week after are to be more than it, each: else the one before a leap would look like a loss. */
const BELOW_BOTH = 0.9;
/** How far the middle half of the repositories may differ. */
const AGREEMENT = 0.1;

type Hits = ReadonlyMap<string, number>;

/**
 * Undeclared loss of logs: every repository falls by the same factor against the weeks before and after, and below both.
 * Holidays move repositories apart, missing logs do not. A release empties the repositories of one release and fills those
 * of another, which hides a loss in its week: so those of all releases are looked at together, too. Fires on the two known
 * weeks of Fedora's 2020 and on no other, and on every week after August from which two in five lines are taken, that of
 * Fedora 33 among them, but for one in which the testing repositories of a beta were emptied.
 *
 * Answers what is left, 0 to 1, or undefined. A week at the edge has one neighbour only and is not judged.
 */
export function undeclaredLoss(week: Week, hitsOf: (week: Week) => Hits | undefined): number | undefined {
  const [before, now, after] = [week - 1, week, week + 1].map((number) => hitsOf(number as Week));
  if (before === undefined || now === undefined || after === undefined) return undefined;
  return commonFall(before, now, after) ?? commonFall(ofAllReleases(before), ofAllReleases(now), ofAllReleases(after));
}

function commonFall(before: Hits, now: Hits, after: Hits): number | undefined {
  const ratios: number[] = [];
  const toLesser: number[] = [];
  for (const [repository, earlier] of before) {
    const later = after.get(repository) ?? 0;
    const lesser = Math.min(earlier, later);
    if (lesser < LEAST_HITS) continue;
    const hits = now.get(repository) ?? 0;
    ratios.push(hits / ((earlier + later) / 2));
    toLesser.push(hits / lesser);
  }
  if (ratios.length < LEAST_REPOSITORIES) return undefined;
  const middle = median(ratios)!;
  const spread = quantile(ratios, 0.75)! - quantile(ratios, 0.25)!;
  return middle < LOSS && median(toLesser)! < BELOW_BOTH && spread < AGREEMENT ? middle : undefined;
}

/** `baseos-9` and `baseos-10` are one. */
function ofAllReleases(hits: Hits): Hits {
  const sums = new Map<string, number>();
  for (const [repository, count] of hits) {
    const name = repository.replace(/\d+(?:\.\d+)*/g, '#');
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}
