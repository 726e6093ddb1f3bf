import type { VNode } from 'preact';
import { OTHER } from '../../views/publication/tables.ts';
import { type EpelRelease, epelFigure, epelFormula, epelReleases } from '../figures/epel.ts';
import { difference, ratio } from '../figures/figure.ts';
import { type CountedWeek, systemsOf, weekFigure } from '../figures/tables.ts';
import { chartBlock } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { number, paragraph } from '../html/words.ts';
import { plainText, type Sentence } from '../language/sentence.ts';
import { groupName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';
import { timeSeries } from './series-plan.ts';

const MOST_LINES = 6;

export function epelPage(here: Here): Page {
  const { words, tables } = here;
  const week = tables.shown;
  const { title } = words.epel;
  if (week === undefined) return nothingYet(here, 'epel/', title);
  const releases = epelReleases(tables);
  const plans = releases.map((release) => releasePlan(here, week, release));
  return {
    path: 'epel/',
    title,
    description: `${words.epel.warning} ${words.epel.warningNote}`,
    content: [
      el('h1', {}, title),
      el('p', { class: 'warning strict' }, el('strong', {}, words.epel.warning), ' ', words.epel.warningNote),
      ...plans.map((plan) => chartBlock(here, plan)),
      resolutionNote(here, week),
      paragraph(words.epel.neverAdded, 'note'),
      el('h2', {}, words.epel.tableTitle),
      epelTable(here, week, releases),
    ],
    charts: plans,
  };
}

function releasePlan(here: Here, week: CountedWeek, of: EpelRelease): ChartPlan {
  const { words, formats, tables } = here;
  const { release } = of;
  const shown = of.systems.slice(0, MOST_LINES);
  const first = shown[0]!;
  const count = epelFigure(tables, week, of, first.os);
  const summary: Sentence = words.epel.lead(formats.count(count), groupName(words, first.os), release);
  const series = shown.map(({ os, values }) => ({
    name: groupName(words, os),
    values,
    tone: os === OTHER ? ('grey' as const) : ('plain' as const),
  }));
  const chart = timeSeries(here, {
    id: `epel-timeseries-line-${release}`,
    title: words.epel.overTime(release),
    summary: plainText(summary),
    form: 'line',
    series,
    band: undefined,
  });
  const formulas = shown.map(({ os }) => epelFormula('*', release, os));
  return { chart, summary, week, source: { kind: 'columns', formulas } };
}

/** Two repositories that count the same systems say how fine any of them can be. */
function resolutionNote({ words, formats }: Here, week: CountedWeek): VNode | null {
  const [low, high] = [weekFigure(week, 'low'), weekFigure(week, 'high')];
  const share = low && high && ratio(difference(high, low), systemsOf(week));
  return share === undefined || share.value === 0
    ? null
    : paragraph(words.epel.resolution(formats.share(share)), 'note');
}

function epelTable(here: Here, week: CountedWeek, releases: readonly EpelRelease[]): VNode {
  const { words, formats, tables } = here;
  const rows = releases.flatMap((of) => {
    const whole = epelFigure(tables, week, of);
    return of.systems.flatMap(({ os }) => {
      const count = epelFigure(tables, week, of, os);
      const share = ratio(count, whole);
      if (share === undefined || count.value === 0) return [];
      return [[groupName(words, os), of.release, number(formats.count(count)), number(formats.share(share))]];
    });
  });
  const columns = [
    { title: words.epel.system, numeric: false },
    { title: words.epel.release, numeric: false },
    { title: words.columns.systems, numeric: true },
    { title: words.epel.ofRelease, numeric: true },
  ];
  return table(columns, rows, { caption: words.epel.title, hideCaption: true });
}
