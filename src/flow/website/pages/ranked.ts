import type { Bar, RankedBars, SmallMultiples } from '../charts/chart.ts';
import { breakDown, type Group, groupFigure, groupFilter, groupFormula } from '../figures/breakdown.ts';
import { ratio } from '../figures/figure.ts';
import { type Column, type CountedWeek, countedWeek, systemsFormula, systemsOf } from '../figures/tables.ts';
import { chartBlock } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import type { PagePath } from '../html/links.ts';
import { paragraph } from '../html/words.ts';
import { plainText, type Sentence, type Shown } from '../language/sentence.ts';
import { editionName, groupName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';
import { isDoubtful, seriesPlan } from './series-plan.ts';

/** A page that ranks the groups of one column: which are there, and what has become of them in a year. */
interface Ranking {
  path: PagePath;
  column: Extract<Column, 'edition' | 'arch'>;
  heading: string;
  title: string;
  overTime: string;
  each: string;
  nameOf: (value: string) => string;
  /** `rest`: the largest group is in the sentence, all others in the chart. */
  lead: (share: Shown, first: Group, count: Shown, rest: boolean) => Sentence;
  leavesOutFirst: boolean;
  notes: readonly string[];
}

const YEAR = 52;
const MOST_LINES = 6;
const MOST_PANELS = 12;
/** A group this large hides the others. */
const DOMINANT = 0.75;

export function editionsPage(here: Here): Page {
  const { editions } = here.words;
  const nameOf = (value: string) => editionName(here, value);
  return rankingPage(here, {
    path: 'editions/',
    column: 'edition',
    heading: here.words.nav.editions,
    title: editions.title,
    overTime: editions.overTime,
    each: editions.each,
    nameOf,
    lead: (share, first, count) =>
      first.name === here.words.names.generic
        ? editions.leadNotStated(share, count)
        : editions.lead(share, first.name, count),
    leavesOutFirst: false,
    notes: [editions.notStated, ...tooFewNote(here)],
  });
}

export function architecturesPage(here: Here): Page {
  const { architectures } = here.words;
  return rankingPage(here, {
    path: 'architectures/',
    column: 'arch',
    heading: here.words.nav.architectures,
    title: architectures.title,
    overTime: architectures.overTime,
    each: architectures.each,
    nameOf: (value) => groupName(here.words, value),
    lead: (share, first, count, rest) =>
      rest ? architectures.lead(share, first.name, count) : architectures.leadAlone(share, first.name, count),
    leavesOutFirst: true,
    notes: [...(here.tables.step > 1 ? [architectures.rounded(String(here.tables.step))] : []), ...tooFewNote(here)],
  });
}

/** Said only where it is so. */
function tooFewNote({ words, tables, formats }: Here): string[] {
  const { protection } = tables.publication;
  return protection.kind === 'small-groups' ? [words.editions.tooFew(formats.number(protection.k))] : [];
}

function rankingPage(here: Here, ranking: Ranking): Page {
  const { tables, formats } = here;
  const { path, title, column } = ranking;
  const week = tables.shown;
  const { groups } = breakDown(tables, column, ranking.nameOf);
  const first = groups[0];
  const count = week && first && groupFigure(tables, week, column, first);
  const share = week && count && ratio(count, systemsOf(week));
  if (week === undefined || first === undefined || count === undefined || share === undefined)
    return nothingYet(here, path, title);
  const leavesOut = ranking.leavesOutFirst && share.value > DOMINANT && groups.length > 1;
  const shown = leavesOut ? groups.slice(1) : groups;
  const lead = ranking.lead(formats.share(share), first, formats.count(count), leavesOut);
  const plans = [
    barsPlan(here, week, ranking, shown, lead),
    linesPlan(here, week, ranking, shown, lead),
    ...eachPlan(here, week, ranking, groups),
  ];
  return {
    path,
    title,
    description: plainText(lead),
    content: [
      el('h1', {}, ranking.heading),
      ...plans.map((plan) => chartBlock(here, plan)),
      ...ranking.notes.map((note) => paragraph(note, 'note')),
    ],
    charts: plans,
  };
}

function linesPlan(
  here: Here,
  week: CountedWeek,
  { column, overTime }: Ranking,
  groups: readonly Group[],
  summary: Sentence,
) {
  const named = groups.filter(({ name }) => name !== here.words.names.other).slice(0, MOST_LINES);
  return seriesPlan(here, {
    id: `systems-timeseries-line-${column}`,
    title: overTime,
    summary,
    form: 'line',
    week,
    column,
    groups: named,
  });
}

/** Each group by itself, the largest too, over the last two years: lines in one chart hide the small ones. */
function eachPlan(here: Here, week: CountedWeek, { column, each }: Ranking, groups: readonly Group[]): ChartPlan[] {
  const { tables, words, formats } = here;
  const { weeks } = tables.publication;
  const last = <Value>(values: readonly Value[]) => values.slice(-2 * YEAR);
  const now = weeks.findIndex(({ week: number }) => number === week.week);
  const shown = groups
    .filter(({ name, values }) => name !== words.names.other && (values[now] ?? null) !== null)
    .slice(0, MOST_PANELS);
  const [first, least] = [shown[0], shown.at(-1)];
  if (first === undefined || least === undefined || first === least) return [];
  const count = (group: Group) => formats.count(groupFigure(tables, week, column, group));
  const summary = words.editions.eachLead(first.name, count(first), least.name, count(least));
  const chart: SmallMultiples = {
    kind: 'small-multiples',
    id: `systems-multiples-${column}`,
    title: each,
    summary: plainText(summary),
    axis: 'same',
    weeks: last(tables.mondays),
    series: shown.map(({ name, values }) => ({ name, values: last(values), tone: 'plain' })),
    doubtful: last(weeks).map(isDoubtful),
    unit: words.units.systems,
  };
  const formulas = shown.map((group) => groupFormula(tables, column, group));
  return [{ chart, summary, week, source: { kind: 'columns', formulas } }];
}

/** Bars with the number of a year before. A group that had a number within the year and has none now says so in words. */
function barsPlan(
  here: Here,
  week: CountedWeek,
  { column, title }: Ranking,
  groups: readonly Group[],
  summary: Sentence,
): ChartPlan {
  const { tables, words } = here;
  const { weeks } = tables.publication;
  const now = weeks.findIndex(({ week: number }) => number === week.week);
  const before = weeks[now - YEAR] && countedWeek(weeks[now - YEAR]!);
  const shown = groups.filter(({ values }) =>
    values.slice(Math.max(now - YEAR, 0), now + 1).some((value) => value !== null),
  );
  const bars = shown.map((group): Bar => {
    const value = group.values[now] ?? null;
    const earlier = before === undefined ? null : (group.values[now - YEAR] ?? null);
    return { name: group.name, value: value ?? 0, earlier, instead: value === null ? words.chart.tooFew : undefined };
  });
  const chart: RankedBars = {
    kind: 'ranked-bars',
    id: `systems-bars-${column}`,
    title,
    summary: plainText(summary),
    bars,
    unit: words.units.systems,
    earlierLabel: before === undefined ? undefined : words.chart.earlier,
  };
  const formula = (monday: string, group: Group) => systemsFormula(tables, monday, groupFilter(column, group));
  const formulas = shown.map((group) => [formula(week.monday, group), before && formula(before.monday, group)]);
  return { chart, summary, week, source: { kind: 'cells', formulas } };
}
