import { repositoryPattern } from '../../views/definition/repository-pattern.ts';
import { type EpelRow, isWithheld } from '../../views/publication/tables.ts';
import type { TotalsRow } from '../../views/totals.ts';
import { type Figure, rowsOf } from './figure.ts';
import { annotationsBetween, type CountedWeek, countedWeek, isTrusted, type Tables } from './tables.ts';

/** Systems of ages 2 to 4 that use one release of EPEL, by their os, in every week. */
export interface EpelRelease {
  release: string;
  /** Most in the shown week first. */
  systems: readonly { os: string; values: readonly (number | null)[] }[];
}

/** A roll-out makes everything look new: the youngest say nothing about who uses EPEL. */
const AGES = [2, 3, 4];

export function epelReleases({ publication, shown }: Tables): EpelRelease[] {
  const { weeks, epel } = publication;
  const now = weeks.findIndex(({ week }) => week === shown?.week);
  const byRelease = Map.groupBy(
    epel.filter(({ age }) => AGES.includes(Number(age))),
    ({ release }) => release,
  );
  return Array.from(byRelease, ([release, rows]) => {
    const systems = Array.from(
      Map.groupBy(rows, ({ os }) => os),
      ([os, own]) => {
        const byWeek = Map.groupBy(own, ({ week }) => week);
        const values = weeks.map(({ week }) => byWeek.get(week)?.reduce((sum, row) => sum + row.systems, 0) ?? null);
        return { os, values };
      },
    );
    const rank = ({ os, values }: (typeof systems)[number]) => (isWithheld(os) ? -1 : (values[now] ?? 0));
    return { release, systems: systems.sort((a, b) => rank(b) - rank(a) || (a.os < b.os ? -1 : 1)) };
  }).sort((a, b) => Number(b.release) - Number(a.release) || (a.release < b.release ? 1 : -1));
}

/** `monday` may be `*`. Without `os` or `release`: of all. */
export function epelFormula(monday: string, { release, os }: { release?: string; os?: string }): string {
  const where = { ...(release === undefined ? {} : { release }), ...(os === undefined ? {} : { os }) };
  return rowsOf('epel', { week_start: monday, ...where, age: AGES }, 'systems');
}

export function epelFigure(tables: Tables, week: CountedWeek, { release, systems }: EpelRelease, os?: string): Figure {
  const place = tables.publication.weeks.findIndex((other) => other.week === week.week);
  const counted = os === undefined ? systems : systems.filter((own) => own.os === os);
  const value = counted.reduce((sum, { values }) => sum + (values[place] ?? 0), 0);
  return { value, of: epelFormula(week.monday, { release, ...(os === undefined ? {} : { os }) }) };
}

/** What has become of each os, over all releases, since a year before or as long as there are numbers. */
export interface EpelChange {
  since: CountedWeek;
  weeks: number;
  /** Some systems have begun to be counted in between: the difference is not growth. */
  hasRollout: boolean;
  /** Most now first. */
  systems: readonly { os: string; before: number | null; now: number }[];
}

const YEAR = 52;

/** Undefined where there is no earlier week that can be trusted. */
export function epelChange(tables: Tables, week: CountedWeek): EpelChange | undefined {
  const { weeks, epel } = tables.publication;
  const rows = Map.groupBy(
    epel.filter(({ age }) => AGES.includes(Number(age))),
    (row) => row.week as number,
  );
  const now = weeks.findIndex((other) => other.week === week.week);
  const at = weeks.findIndex((other, n) => n >= now - YEAR && n < now && isTrusted(other) && rows.has(other.week));
  const since = weeks[at] && countedWeek(weeks[at]);
  if (since === undefined) return undefined;
  const before = sumsByOs(rows.get(since.week) ?? []);
  const systems = [...sumsByOs(rows.get(week.week) ?? [])]
    .map(([os, sum]) => ({ os, before: before.get(os) ?? null, now: sum }))
    .sort((a, b) => Number(isWithheld(a.os)) - Number(isWithheld(b.os)) || b.now - a.now || (a.os < b.os ? -1 : 1));
  const hasRollout = annotationsBetween(tables, since.monday, week.monday).some(
    ({ kind, of }) => kind === 'rollout' && of === 'epel',
  );
  return systems.length === 0 ? undefined : { since, weeks: now - at, hasRollout, systems };
}

function sumsByOs(rows: readonly EpelRow[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { os, systems } of rows) sums.set(os, (sums.get(os) ?? 0) + systems);
  return sums;
}

/**
 * By how much the repositories that the same systems ask for differ, for each release: the most that any of them differs
 * from the one that counts. Check-ins of all ages.
 */
export function epelResolution(tables: Tables, week: CountedWeek): { release: string; difference: Figure }[] {
  const { distribution, totals } = tables.publication;
  const rows = totals.of(week.week);
  const own = checkInsByRelease(rows, distribution.epel, week.monday);
  const others = distribution.epelCrosschecks.map((pattern) => checkInsByRelease(rows, [pattern], week.monday));
  return [...own].flatMap(([release, counted]) => {
    const differences = others.flatMap((checks) => {
      const check = checks.get(release);
      return check === undefined ? [] : [distance(counted, check)];
    });
    const most = differences.toSorted((a, b) => b.value - a.value)[0];
    return most === undefined || most.value === 0 ? [] : [{ release, difference: most }];
  });
}

function checkInsByRelease(
  rows: readonly TotalsRow[],
  patterns: readonly string[],
  monday: string,
): Map<string, Figure> {
  const compiled = patterns.map((text) => repositoryPattern(text));
  const releaseOf = (tag: string) => compiled.map((one) => one?.releaseOf(tag)).find((found) => found !== undefined);
  const byRelease = Map.groupBy(rows, ({ repoTag }) => releaseOf(repoTag));
  const releases = [...byRelease].flatMap(([release, own]): [string, Figure][] => {
    if (release === undefined) return [];
    const tags = [...new Set(own.map(({ repoTag }) => repoTag))].sort();
    const value = own.reduce((sum, { hits }) => sum + hits, 0);
    return value === 0
      ? []
      : [[release, { value, of: rowsOf('totals', { week_start: monday, repo_tag: tags }, 'hits') }]];
  });
  return new Map(releases.sort(([a], [b]) => Number(b) - Number(a)));
}

function distance(own: Figure, other: Figure): Figure {
  const times = { value: other.value / own.value, of: `div(${other.of},${own.of})` };
  return times.value < 1
    ? { value: 1 - times.value, of: `sub(1,${times.of})` }
    : { value: times.value - 1, of: `sub(${times.of},1)` };
}
