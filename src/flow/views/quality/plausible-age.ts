import type { Week } from '../../sightings/week.ts';
import { majorOf } from '../definition/repository-pattern.ts';
import { type ImplausibleAge, OTHER, type SystemsRow } from '../publication/tables.ts';

/** Such a share of systems under two weeks of age ... */
const SHARE = 0.9;
/** ... in so many weeks, and as many weeks after the group was first seen. */
const WEEKS = 6;

/**
 * Groups whose systems never grow old: they live less than two weeks, or their age does not survive a restart. The data
 * cannot tell which. Judged by published rows alone, at the end of the last of `weeks`.
 */
export function implausibleAges(weeks: readonly Week[], rows: readonly SystemsRow[]): ImplausibleAge[] {
  const groups = Map.groupBy(
    rows.filter(({ os, edition, age }) => os !== OTHER && edition !== OTHER && age !== OTHER),
    groupKey,
  );
  return [...groups.values()].flatMap((group) => {
    const since = implausibleSince(weeks, group);
    const { os, version, edition } = group[0]!;
    return since === undefined ? [] : [{ os, version: majorOf(version) ?? version, edition, since }];
  });
}

/** Minor releases come and go too fast to be judged. */
export function groupKey({ os, version, edition }: Pick<SystemsRow, 'os' | 'version' | 'edition'>): string {
  return [os, majorOf(version) ?? version, edition].join('\0');
}

function implausibleSince(weeks: readonly Week[], group: readonly SystemsRow[]): Week | undefined {
  const sums = new Map<Week, { all: number; young: number }>();
  for (const { week, age, systems } of group) {
    const sum = sums.get(week) ?? { all: 0, young: 0 };
    sums.set(week, { all: sum.all + systems, young: sum.young + (age === 1 ? systems : 0) });
  }
  const seen = weeks.filter((week) => sums.has(week));
  // Every group is young when it begins.
  const judged = seen.slice(WEEKS);
  const young = judged.map((week) => sums.get(week)!.young >= SHARE * sums.get(week)!.all);
  const start = young.lastIndexOf(false) + 1;
  return judged.length - start >= WEEKS && judged.at(-1) === weeks.at(-1) ? judged[start] : undefined;
}
