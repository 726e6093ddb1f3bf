import type { Release } from '../../views/publication/tables.ts';
import { isWithheld } from '../../views/publication/tables.ts';
import { weekOfDay } from '../../views/publication/week-name.ts';
import { type Breakdown, breakDown, foldOthers, type Group } from './breakdown.ts';
import type { Tables } from './tables.ts';

/** So many versions can be told apart in one chart. */
const MOST_VERSIONS = 7;
/** What was never as much as this part of the largest would be a line without a height. */
const LEAST_PART = 0.003;
export const CURVE_WEEKS = 52;

/** `9` of `9.6`: the part that a release is known by. */
export function majorOf(version: string): string {
  return /^\d+(?=\.(\d|withheld$))/.exec(version)?.[0] ?? version;
}

/** By major version, newest release first; the least of them together. */
export function versionGroups(tables: Tables, nameOfOthers: string): Breakdown {
  const { column, groups } = breakDown(tables, 'version', majorOf);
  return { column, groups: largestByNumber(groups, nameOfOthers) };
}

export interface Minors {
  major: string;
  /** Newest first, the least of them together. */
  groups: readonly Group[];
  /** All versions of the major, also those without a number in the shown week. */
  members: readonly string[];
}

/** For each major version that has more than one minor, newest first: what it consists of. */
export function minorGroups(tables: Tables, nameOfOthers: string): Minors[] {
  const { groups } = breakDown(tables, 'version');
  return [...Map.groupBy(groups, ({ name }) => majorOf(name))]
    .filter(([major, minors]) => minors.length > 1 && !isWithheld(major))
    .sort(([a], [b]) => versionNumber(b) - versionNumber(a))
    .map(([major, minors]) => ({
      major,
      groups: largestByNumber(minors, nameOfOthers),
      members: minors.map(({ name }) => name),
    }));
}

/** Those that can be seen and told apart in one chart, newest first, and the others together. */
function largestByNumber(groups: readonly Group[], nameOfOthers: string): Group[] {
  const largest = groups
    .filter(({ name }) => !isWithheld(name))
    .toSorted((a, b) => most(b) - most(a))
    .filter((group, _, [first]) => most(group) >= most(first!) * LEAST_PART)
    .slice(0, MOST_VERSIONS);
  const folded = foldOthers(groups, (group) => largest.includes(group) || isWithheld(group.name), nameOfOthers);
  const rank = (group: Group) => (largest.includes(group) ? versionNumber(group.name) : Number.NEGATIVE_INFINITY);
  return folded.sort((a, b) => rank(b) - rank(a));
}

function most(group: Group): number {
  return Math.max(...group.values.map((value) => value ?? 0));
}

/** Names that are no number come after all others. */
function versionNumber(name: string): number {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?/.exec(name) ?? [];
  // As a decimal number 9.10 would come before 9.9.
  return major === undefined ? -1 : Number(major) * 1000 + Number(minor);
}

export function releaseOf(tables: Tables, version: string): Release | undefined {
  const { releases } = tables.publication.distribution;
  return (
    releases.find((release) => release.version === version) ??
    releases.find((release) => release.version === majorOf(version))
  );
}

/** Whether its support had ended by the end of the shown week. */
export function isUnsupported(tables: Tables, version: string): boolean {
  const end = releaseOf(tables, version)?.endOfLife;
  return end !== undefined && tables.shown !== undefined && weekOfDay(end) <= tables.shown.week;
}

export interface Curve {
  version: string;
  group: Group;
  /** `values[n]`: the share of all systems n weeks after the week of the release. */
  values: (number | null)[];
  /** Of each value, the index of its week; -1 where that week is not in the tables. */
  weeks: number[];
}

/** One for each release that came out within the published weeks. */
export function releaseCurves(tables: Tables): Curve[] {
  const { groups } = breakDown(tables, 'version', majorOf);
  const { weeks, distribution } = tables.publication;
  const first = weeks[0]?.week ?? 0;
  return distribution.releases.flatMap(({ version, released }) => {
    const group = groups.find(({ name }) => name === version);
    if (group === undefined || released === undefined || weekOfDay(released) < first) return [];
    const start = weekOfDay(released) - first;
    const places = Array.from(
      { length: Math.min(CURVE_WEEKS + 1, Math.max(weeks.length - start, 0)) },
      (_, n) => start + n,
    );
    const share = (place: number) => {
      const [part, whole] = [group.values[place] ?? null, weeks[place]?.systems ?? null];
      return part === null || whole === null || whole === 0 ? null : part / whole;
    };
    return places.length === 0 ? [] : [{ version, group, values: places.map(share), weeks: places }];
  });
}
