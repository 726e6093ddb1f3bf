import type { Week } from '../../sightings/week.ts';
import { majorOf } from '../definition/repository-pattern.ts';
import { type ImplausibleAge, OTHER, type SystemsRow, WITHHELD } from '../publication/tables.ts';

/** Such a share of systems of the youngest age ... */
const SHARE = 0.9;
/** ... in so many weeks, and as many weeks after the group was first seen. */
const WEEKS = 6;

/** The weeks in which the ages of a group (`groupKey`) could not be believed, with the first week of each such time. */
export type ImplausibleWeeks = ReadonlyMap<string, ReadonlyMap<Week, Week>>;

/**
 * Groups whose systems never grow old: they live no longer than the youngest age, or their age does not survive a restart. The data
 * cannot tell which. Judged by published rows alone, each week by itself and those before it: what is found out later
 * does not change what was published.
 */
export function implausibleWeeks(weeks: readonly Week[], rows: readonly SystemsRow[]): ImplausibleWeeks {
  const groups = Map.groupBy(
    rows.filter(({ os, edition, age }) => isNamed(os) && isNamed(edition) && age !== WITHHELD),
    groupKey,
  );
  const judged = [...groups].map(([key, group]) => [key, judgeGroup(weeks, group)] as const);
  return new Map(judged.filter(([, found]) => found.size > 0));
}

function isNamed(name: string): boolean {
  return name !== OTHER && name !== WITHHELD;
}

/** The groups of the newest week. */
export function implausibleAges(found: ImplausibleWeeks, newest: Week | undefined): ImplausibleAge[] {
  return [...found].flatMap(([key, weeks]) => {
    const since = newest === undefined ? undefined : weeks.get(newest);
    const [os, version, edition, client] = key.split('\0') as [string, string, string, string];
    return since === undefined ? [] : [{ os, version, edition, client, since }];
  });
}

/** Minor releases come and go too fast to be judged. Two clients on one system have an age each. */
export function groupKey({
  os,
  version,
  edition,
  client,
}: Pick<SystemsRow, 'os' | 'version' | 'edition' | 'client'>): string {
  return [os, majorOf(version) ?? version, edition, client].join('\0');
}

function judgeGroup(weeks: readonly Week[], group: readonly SystemsRow[]): Map<Week, Week> {
  const sums = new Map<Week, { all: number; young: number }>();
  for (const { week, age, systems } of group) {
    const sum = sums.get(week) ?? { all: 0, young: 0 };
    sums.set(week, { all: sum.all + systems, young: sum.young + (age === 1 ? systems : 0) });
  }
  const found = new Map<Week, Week>();
  let run: Week[] = [];
  // Every group is young when it begins.
  for (const week of weeks.filter((each) => sums.has(each)).slice(WEEKS)) {
    const { all, young } = sums.get(week)!;
    run = young >= SHARE * all ? [...run, week] : [];
    if (run.length >= WEEKS) found.set(week, run[0]!);
  }
  return found;
}
