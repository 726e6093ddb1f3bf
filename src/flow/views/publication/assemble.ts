import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../../sightings/week.ts';
import { rangeOf } from '../census.ts';
import { type GradedAnnotation, publishedAnnotation } from '../definition/annotations.ts';
import type { Definition } from '../definition/definition.ts';
import type { RepositoryPattern } from '../definition/repository-pattern.ts';
import { groupKey, type ImplausibleWeeks, implausibleAges, implausibleWeeks } from '../quality/plausible-age.ts';
import type { Rules } from '../survey.ts';
import type { TotalsRow } from '../totals.ts';
import { accountSums } from './published-accounts.ts';
import { countryRows, epelRows, type OtherSums, otherSums, sumOf, systemsRows, totalsRows } from './rows.ts';
import {
  type CorrectedNumbers,
  type Correction,
  METHOD,
  NO_NUMBERS,
  OTHER,
  type Publication,
  type PublishedAliases,
  type PublishedDistribution,
  type PublishedWeek,
  type SystemsRow,
} from './tables.ts';
import type { WeekContent } from './week-content.ts';

/** A week is published this long after its end: mirrors hand in their logs once a day. */
export const PUBLISHED_AFTER_SECONDS = 26 * 3600;
/** When the newest number is older than this, the site says that it is old. */
const STALE_AFTER_SECONDS = 9 * 86_400;

/** All revisions of the published weeks, and the weeks that wait. */
export interface History {
  contents: ReadonlyMap<Week, readonly WeekContent[]>;
  held: ReadonlyMap<Week, string>;
}

/** The published tables, from what was decided about each week. */
export function assemble(
  history: History,
  rules: Rules,
  annotations: readonly GradedAnnotation[],
  now: EpochSeconds,
): Publication {
  const { definition } = rules;
  const weeks = weeksBetween([...history.contents.keys(), ...history.held.keys()]);
  const newest = new Map([...history.contents].map(([week, revisions]) => [week, revisions.at(-1)!]));
  const shown = [...newest].filter(([, { grade }]) => grade !== 'X').sort(([a], [b]) => a - b);
  const systems = shown.flatMap(([week, content]) => systemsRows(week, content));
  const totals = shown.flatMap(([week, content]) => totalsRows(week, content, definition));
  const implausible = implausibleWeeks(
    shown.map(([week]) => week),
    systems,
  );
  const systemsByWeek = Map.groupBy(systems, ({ week }) => week);
  const totalsByWeek = Map.groupBy(totals, ({ week }) => week);
  const summaries = weeks.map((week) => {
    const content = newest.get(week);
    if (content === undefined || content.grade === 'X') return weekWithoutNumbers(week, history, content);
    const revision = history.contents.get(week)!.length;
    const rows = systemsByWeek.get(week) ?? [];
    return summarise(week, content, revision, rows, totalsByWeek.get(week) ?? [], implausible, rules);
  });
  const decided = [...history.contents.values()].flat().map((content) => content.decided);
  const nextUpdate = nextUpdateAfter(weeks.at(-1));
  const overdue = nextUpdateAfter(shown.at(-1)?.[0]);
  return {
    method: METHOD,
    distribution: describeDistribution(definition),
    protection: definition.as_published
      ? { kind: 'as-published' }
      : { kind: 'small-groups', k: definition.small_groups.k, networks: definition.small_groups.networks },
    updated: decided.sort().at(-1) ?? '',
    nextUpdate: nextUpdate === undefined ? '' : isoInstant(nextUpdate),
    isStale: overdue !== undefined && now > overdue + STALE_AFTER_SECONDS - SECONDS_PER_WEEK,
    weeks: summaries,
    systems,
    countries: shown.flatMap(([week, content]) => countryRows(week, content)),
    epel: epelRows(totals, rules),
    totals,
    exclusions: shown.flatMap(([week, { exclusions }]) =>
      exclusions.map(([reason, requests]) => ({ week, reason, requests })),
    ),
    annotations: annotations.map(publishedAnnotation).sort((a, b) => (a.date < b.date ? -1 : 1)),
    corrections: correctionsOf(history),
    implausibleAges: implausibleAges(implausible, shown.at(-1)?.[0]),
    aliases: publishedAliases(rules),
    audit: { hidden: hiddenIn(shown.at(-1)?.[1]), recoverable: 0, weeks: decided.length },
  };
}

function weeksBetween(weeks: readonly Week[]): Week[] {
  if (weeks.length === 0) return [];
  const first = Math.min(...weeks);
  return Array.from({ length: Math.max(...weeks) - first + 1 }, (_, n) => (first + n) as Week);
}

export function isoInstant(time: EpochSeconds): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z');
}

function nextUpdateAfter(newest: Week | undefined): EpochSeconds | undefined {
  if (newest === undefined) return undefined;
  return (weekStart(newest) + 2 * SECONDS_PER_WEEK + PUBLISHED_AFTER_SECONDS) as EpochSeconds;
}

function hiddenIn(content: WeekContent | undefined): number {
  if (content === undefined) return 0;
  return Object.values(content.tables).reduce((sum, { rows, dropped }) => {
    const members = [...rows.flatMap((row) => row.members), ...dropped];
    return sum + members.filter(({ isShown }) => !isShown).length;
  }, 0);
}

function summarise(
  week: Week,
  content: WeekContent,
  revision: number,
  rows: readonly SystemsRow[],
  totals: readonly TotalsRow[],
  implausible: ImplausibleWeeks,
  rules: Rules,
): PublishedWeek {
  const counted = rows.filter(({ os }) => rules.definition.headline.includes(os));
  const { crosschecks, crossRelease, ...unknown } = otherSums(totals, counted, rules);
  const sums = systemsSums(week, counted, implausible);
  return {
    week,
    ...sums,
    ...rangeOf(sums.systems, crosschecks),
    crossRelease,
    accounts: accountSums(week, content, rules),
    coverage: content.coverage,
    grade: content.grade,
    uaUnknownShare: unknownShare(rows, unknown),
    excluded: content.exclusions.reduce((sum, [, requests]) => sum + requests, 0),
    status: 'published',
    revision,
    note: content.note,
  };
}

/** What a week's rows add up to. `counted`: those of the headline. */
export function systemsSums(
  week: Week,
  counted: readonly SystemsRow[],
  implausible: ImplausibleWeeks,
): Record<'systems' | 'established' | 'newOrShortLived' | 'ageUnknown' | 'ageImplausible', number> {
  const old = counted.filter(({ age }) => age !== 1 && age !== OTHER);
  return {
    systems: sumOf(counted),
    established: sumOf(old),
    newOrShortLived: sumOf(counted.filter(({ age }) => age === 1)),
    ageUnknown: sumOf(counted.filter(({ age }) => age === OTHER)),
    ageImplausible: sumOf(old.filter((row) => implausible.get(groupKey(row))?.has(week))),
  };
}

/** Of the rows that everybody can see: the exact share would tell how few they are. */
function unknownShare(
  rows: readonly SystemsRow[],
  { crossReleaseAll, crossReleaseUnknown }: Pick<OtherSums, 'crossReleaseAll' | 'crossReleaseUnknown'>,
): number | null {
  const all = sumOf(rows) + crossReleaseAll;
  const unknown = sumOf(rows.filter(({ os }) => os === '')) + crossReleaseUnknown;
  return all === 0 ? null : Math.round((unknown / all) * 1000) / 1000;
}

function weekWithoutNumbers(week: Week, { contents, held }: History, content: WeekContent | undefined): PublishedWeek {
  return {
    week,
    ...NO_NUMBERS,
    coverage: content?.coverage ?? null,
    grade: content?.grade ?? null,
    status: content !== undefined ? 'excluded' : held.has(week) ? 'held' : 'missing',
    revision: contents.get(week)?.length ?? 0,
    note: content?.note ?? held.get(week) ?? '',
  };
}

function correctionsOf({ contents }: History): Correction[] {
  const numbers = ({ grade, headline }: WeekContent): CorrectedNumbers => ({
    systems: grade === 'X' ? null : headline.systems,
    grade,
  });
  const corrections = [...contents].flatMap(([week, revisions]) =>
    revisions.slice(1).map((content, at) => ({
      week,
      revision: at + 2,
      date: content.decided.slice(0, 10),
      before: numbers(revisions[at]!),
      after: numbers(content),
      why: content.why,
    })),
  );
  return corrections.sort((a, b) =>
    a.date < b.date ? -1 : a.date > b.date ? 1 : a.week - b.week || a.revision - b.revision,
  );
}

function publishedAliases({ aliases: { version, entries } }: Rules): PublishedAliases {
  return { version, entries: entries.map(({ field, is, means, since }) => ({ field, is, means, since })) };
}

function describeDistribution(definition: Definition): PublishedDistribution {
  const texts = (patterns: readonly RepositoryPattern[]) => patterns.map(({ text }) => text);
  return {
    id: definition.id,
    name: definition.name,
    homepage: definition.homepage,
    siteUrl: definition.site_url.replace(/\/+$/, ''),
    licence: definition.licence,
    headline: definition.headline,
    census: definition.census.flatMap(({ repository }) => texts(repository)),
    crosschecks: definition.census.flatMap(({ crosschecks }) => texts(crosschecks.flat())),
    epel: texts(definition.epel?.repository ?? []),
    epelCrosschecks: texts(definition.epel?.crosschecks.flat() ?? []),
    releases: definition.releases.map(({ os, version, released, end_of_life: endOfLife }) => {
      return { os, version, released, endOfLife };
    }),
    repoAgeUpTo: definition.repo_age_up_to,
  };
}
