import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../../sightings/week.ts';
import { rangeOf } from '../census.ts';
import { type GradedAnnotation, publishedAnnotation } from '../definition/annotations.ts';
import type { Definition } from '../definition/definition.ts';
import type { RepositoryPattern } from '../definition/repository-pattern.ts';
import { fewestShown } from '../protection/rounding.ts';
import { groupKey, type ImplausibleWeeks, implausibleAges, implausibleWeeks } from '../quality/plausible-age.ts';
import type { Rules } from '../survey.ts';
import { type OtherSums, sumOf, totalsRows } from './rows.ts';
import {
  type CorrectedNumbers,
  type Correction,
  type MarginField,
  type MarginRow,
  METHOD,
  NO_NUMBERS,
  type Publication,
  type PublishedAliases,
  type PublishedDistribution,
  type PublishedWeek,
  type SystemsRow,
  WITHHELD,
} from './tables.ts';
import { isTakenBack, type WeekContent } from './week-content.ts';
import { type Decided, viewOf as makeView, type WeekView } from './week-view.ts';

/** A week is published this long after its end: mirrors hand in their logs once a day. */
export const PUBLISHED_AFTER_SECONDS = 26 * 3600;
/** When the newest number is older than this, the site says that it is old. */
const STALE_AFTER_SECONDS = 9 * 86_400;

/** All revisions of the published weeks, and the weeks that wait. */
export interface History {
  contents: ReadonlyMap<Week, readonly WeekContent[]>;
  held: ReadonlyMap<Week, string>;
}

/** The published tables, from what was decided about each week. `viewOf`: of those revisions that are shown. */
export function assemble(
  history: History,
  rules: Rules,
  annotations: readonly GradedAnnotation[],
  now: EpochSeconds,
  viewOf: (week: Week, content: WeekContent) => WeekView = (week, content) => makeView(week, content, rules),
): Publication {
  const { definition } = rules;
  const weeks = weeksBetween([...history.contents.keys(), ...history.held.keys()]);
  const newest = new Map([...history.contents].map(([week, revisions]) => [week, revisions.at(-1)!]));
  const shown = [...newest].filter(([, content]) => !isTakenBack(content)).sort(([a], [b]) => a - b);
  const views = new Map(shown.map(([week, content]) => [week, viewOf(week, content)]));
  const all = [...views.values()];
  const systems = all.flatMap((view) => view.systems);
  const implausible = implausibleWeeks(
    shown.map(([week]) => week),
    systems,
  );
  const summaries = weeks.map((week) => {
    const view = views.get(week);
    if (view === undefined || view.isWithheld) return weekWithoutNumbers(week, history, newest.get(week), view);
    return summarise(week, view, history.contents.get(week)!.length, implausible, rules);
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
    margins: all.flatMap((view) => view.margins),
    countries: all.flatMap((view) => view.countries),
    epel: all.flatMap((view) => view.epel),
    totals: {
      weeks: [...views].filter(([, { hasTotals }]) => hasTotals).map(([week]) => week),
      of: (week) => (views.has(week) ? totalsRows(week, newest.get(week)!, definition) : []),
    },
    exclusions: [...views].flatMap(
      ([
        week,
        {
          isWithheld,
          decided: { exclusions },
        },
      ]) => (isWithheld ? [] : exclusions).map(([reason, requests]) => ({ week, reason, requests })),
    ),
    annotations: annotations.map(publishedAnnotation).sort((a, b) => (a.date < b.date ? -1 : 1)),
    corrections: correctionsOf(history),
    implausibleAges: implausibleAges(implausible, shown.at(-1)?.[0]),
    aliases: publishedAliases(rules),
    audit: {
      hidden: mostHidden(all.at(-1)?.hidden ?? 0, definition.small_groups.k),
      weeks: decided.length,
    },
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

/** At most so many: how many exactly would tell who came and went. */
function mostHidden(hidden: number, k: number): number {
  return Math.max(k, Math.ceil(hidden / k) * k);
}

function summarise(
  week: Week,
  { systems: rows, margins, others, decided, accounts, within }: WeekView,
  revision: number,
  implausible: ImplausibleWeeks,
  rules: Rules,
): PublishedWeek {
  const counted = rows.filter(({ os }) => rules.definition.headline.includes(os));
  const { crosschecks, crossRelease, ...unknown } = others;
  const sums = systemsSums(week, counted, margins, implausible);
  return {
    week,
    fewerThan: null,
    within,
    ...sums,
    ...rangeOfWeek(decided, sums.systems, crosschecks),
    crossRelease,
    accounts,
    coverage: decided.coverage,
    grade: decided.grade,
    uaUnknownShare: unknownShare(rows, unknown),
    excluded: decided.exclusions.reduce((sum, [, requests]) => sum + requests, 0),
    status: 'published',
    revision,
    note: decided.note,
  };
}

/** What a week's rows add up to. `counted`: those of the headline; `margins`: the same systems by one field at a time. */
export function systemsSums(
  week: Week,
  counted: readonly SystemsRow[],
  margins: readonly MarginRow[],
  implausible: ImplausibleWeeks,
): Record<'systems' | 'established' | 'newOrShortLived' | 'ageUnknown' | 'ageImplausible', number> {
  const numberOf = (field: MarginField, fits: (value: string) => boolean) =>
    sumOf(margins.filter((row) => row.field === field && fits(row.value)));
  const old = counted.filter(({ age }) => age !== 1 && age !== WITHHELD);
  return {
    systems: numberOf('os', () => true),
    established: numberOf('age', (age) => ['2', '3', '4'].includes(age)),
    newOrShortLived: numberOf('age', (age) => age === '1'),
    ageUnknown: numberOf('age', (age) => age === WITHHELD),
    ageImplausible: sumOf(old.filter((row) => implausible.get(groupKey(row))?.has(week))),
  };
}

/**
 * As it was decided, of true numbers, or none where they would give somebody away; of weeks of the first method, and of
 * totals passed on, what their rows say.
 */
function rangeOfWeek({ headline, exact }: Decided, systems: number, crosschecks: readonly number[]) {
  if (exact === undefined) return rangeOf(systems, crosschecks);
  return { low: headline.low, high: headline.high };
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

function weekWithoutNumbers(
  week: Week,
  { contents, held }: History,
  content: WeekContent | undefined,
  view: WeekView | undefined,
): PublishedWeek {
  return {
    week,
    ...NO_NUMBERS,
    coverage: content?.coverage ?? null,
    grade: content === undefined || content.withdrawn ? null : content.grade,
    fewerThan: view !== undefined && isFew(view) ? fewestShown(view.k) : null,
    status: statusOf(content, held.has(week)),
    revision: contents.get(week)?.length ?? 0,
    note: content?.note ?? held.get(week) ?? '',
  };
}

function statusOf(content: WeekContent | undefined, isHeld: boolean): PublishedWeek['status'] {
  if (content === undefined || content.withdrawn) return isHeld ? 'held' : 'missing';
  return content.grade === 'X' ? 'excluded' : 'withheld';
}

function isFew({ decided: { exact }, k }: WeekView): boolean {
  return exact !== undefined && exact.systems < fewestShown(k);
}

function correctionsOf({ contents }: History): Correction[] {
  const numbers = (content: WeekContent): CorrectedNumbers => ({
    systems: isTakenBack(content) ? null : content.headline.systems,
    grade: content.withdrawn ? null : content.grade,
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
