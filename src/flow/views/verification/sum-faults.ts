import { mondayOf, type Week } from '../../sightings/week.ts';
import { repositoryPattern } from '../definition/repository-pattern.ts';
import { systemsSums } from '../publication/assemble.ts';
import { sumOf } from '../publication/rows.ts';
import { allTotals, isWithheld, type MarginRow, type Publication, type SystemsRow } from '../publication/tables.ts';
import { MARGINS } from '../publication/week-content.ts';
import { implausibleWeeks } from '../quality/plausible-age.ts';

/** Sums that other rows contradict, although every file repeats them, as sentences that name both tables. */
export function sumFaults(publication: Publication): string[] {
  return [...systemsFaults(publication), ...exclusionFaults(publication), ...epelFaults(publication)];
}

/** As they are called in `weeks.csv`, and the table whose rows they are sums of. */
const COLUMNS: readonly (readonly [keyof ReturnType<typeof systemsSums>, string, string])[] = [
  ['systems', 'systems', 'margins'],
  ['established', 'established', 'margins'],
  ['newOrShortLived', 'new_or_shortlived', 'margins'],
  ['ageUnknown', 'age_unknown', 'margins'],
  ['ageImplausible', 'age_implausible', 'systems'],
];

function systemsFaults({ weeks, systems, margins, distribution }: Publication): string[] {
  const numbered = weeks.filter((week) => week.systems !== null).map(({ week }) => week);
  const implausible = implausibleWeeks(numbered, systems);
  const headline = systems.filter(({ os }) => distribution.headline.includes(os));
  const rows = Map.groupBy(headline, ({ week }): number => week);
  const ofWeeks = Map.groupBy(margins, ({ week }): number => week);
  return weeks.flatMap((week) => {
    if (week.systems === null) return [];
    const [counted, byField] = [rows.get(week.week) ?? [], ofWeeks.get(week.week) ?? []];
    const sums = systemsSums(week.week, counted, byField, implausible);
    return [
      ...COLUMNS.flatMap(([name, column, table]) => fault(week.week, 'weeks', column, week[name], table, sums[name])),
      ...marginFaults(week.week, week.systems, byField),
      ...rowFaults(week.week, week.systems, counted, byField),
    ];
  });
}

/** The rows of each field are all systems. */
function marginFaults(week: Week, systems: number, margins: readonly MarginRow[]): string[] {
  return MARGINS.flatMap((field) => {
    const sum = sumOf(margins.filter((row) => row.field === field));
    return fault(week, 'weeks', `systems by ${field}`, systems, 'margins', sum);
  });
}

/**
 * What a name stands for in the rows of several fields is what it stands for by itself, or it stands in none of them. Of
 * large ones a hundredth may be in rows that do not name them.
 */
function rowFaults(week: Week, systems: number, rows: readonly SystemsRow[], margins: readonly MarginRow[]): string[] {
  if (rows.length === 0) return [];
  const values = margins.flatMap(({ field, value, systems: stated }) => {
    const named = rows.filter((row) => String(row[field]) === value);
    const sum = sumOf(named);
    const isShown = named.length > 0 && !isWithheld(value);
    if (!isShown || (sum < stated && sum >= stated - Math.floor(stated / 100))) return [];
    return fault(week, 'margins', `${field} ${JSON.stringify(value)}`, stated, 'systems', sum);
  });
  return [...fault(week, 'weeks', 'systems', systems, 'systems', sumOf(rows)), ...values];
}

function exclusionFaults({ weeks, exclusions }: Publication): string[] {
  const sums = sumsBy(exclusions.map(({ week, requests }) => [String(week), requests]));
  return weeks.flatMap(({ week, excluded, systems }) =>
    systems === null ? [] : fault(week, 'weeks', 'excluded', excluded, 'exclusions', sums.get(String(week)) ?? 0),
  );
}

/** EPEL's rows are sums of check-ins in its repositories, wherever no other rule claims one of these. */
function epelFaults({ weeks, epel, totals, distribution }: Publication): string[] {
  const releaseIn = releasesOf(distribution.epel);
  const claimedIn = releasesOf([...distribution.census, ...distribution.crosschecks]);
  const asked = allTotals(totals).flatMap(({ week, repoTag, hits }) => {
    const release = releaseIn(repoTag);
    return release === undefined ? [] : [{ week, release, hits, isClaimed: claimedIn(repoTag) !== undefined }];
  });
  if (asked.some(({ isClaimed }) => isClaimed)) return [];
  const sums = sumsBy(asked.map(({ week, release, hits }) => [`${week} ${release}`, hits]));
  const own = sumsBy(epel.map(({ week, release, systems }) => [`${week} ${release}`, systems]));
  const releases = [...new Set([...asked, ...epel].map(({ release }) => release))].sort();
  return weeks.flatMap(({ week }) =>
    releases.flatMap((release) => {
      const [stated, sum] = [own.get(`${week} ${release}`) ?? 0, sums.get(`${week} ${release}`) ?? 0];
      return fault(week, 'epel', `release ${release}`, stated, 'totals', sum);
    }),
  );
}

function releasesOf(patterns: readonly string[]): (tag: string) => string | undefined {
  const compiled = patterns.map((text) => repositoryPattern(text));
  return (tag) => compiled.map((pattern) => pattern?.releaseOf(tag)).find((release) => release !== undefined);
}

function fault(week: Week, table: string, name: string, stated: number | null, rows: string, sum: number): string[] {
  if (stated === sum) return [];
  return [`data/${table}.csv: ${mondayOf(week)}: ${name}: ${stated}; the rows of data/${rows}.csv add up to ${sum}`];
}

function sumsBy(parts: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, part] of parts) sums.set(key, (sums.get(key) ?? 0) + part);
  return sums;
}
