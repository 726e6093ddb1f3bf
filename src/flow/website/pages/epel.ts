import type { VNode } from 'preact';
import { isWithheld } from '../../views/publication/tables.ts';
import type { Series, Slopes } from '../charts/chart.ts';
import {
  type EpelChange,
  type EpelRelease,
  epelChange,
  epelFigure,
  epelFormula,
  epelReleases,
  epelResolution,
} from '../figures/epel.ts';
import { type Figure, ratio } from '../figures/figure.ts';
import type { CountedWeek } from '../figures/tables.ts';
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
const YEAR = 52;

export function epelPage(here: Here): Page {
  const { words, tables } = here;
  const week = tables.shown;
  const { title } = words.epel;
  if (week === undefined) return nothingYet(here, 'epel/', title);
  const releases = epelReleases(tables);
  const plans = releases.map((release) => releasePlan(here, week, release));
  const change = epelChange(tables, week);
  const changes = change === undefined ? [] : [changePlan(here, week, change)];
  return {
    path: 'epel/',
    title,
    description: `${words.epel.warning} ${words.epel.warningNote}`,
    content: [
      el('h1', {}, title),
      el('p', { class: 'warning strict' }, el('strong', {}, words.epel.warning), ' ', words.epel.warningNote),
      ...plans.map((plan) => chartBlock(here, plan)),
      ...resolutionNotes(here, week),
      ...changes.map((plan) => chartBlock(here, plan)),
      ...changeNotes(here, change),
      paragraph(words.epel.neverAdded, 'note'),
      el('h2', {}, words.epel.tableTitle),
      epelTable(here, week, releases),
    ],
    charts: [...plans, ...changes],
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
    tone: toneOf(os),
  }));
  const chart = timeSeries(here, {
    id: `epel-timeseries-line-${release}`,
    title: words.epel.overTime(release),
    summary: plainText(summary),
    form: 'line',
    series,
    band: undefined,
  });
  const formulas = shown.map(({ os }) => epelFormula('*', { release, os }));
  return { chart, summary, week, source: { kind: 'columns', formulas } };
}

function toneOf(os: string): Series['tone'] {
  return isWithheld(os) ? 'grey' : 'plain';
}

/** The most of them now, and what they were a year before, or as early as there are numbers. */
function changePlan(here: Here, week: CountedWeek, { since, weeks, systems }: EpelChange): ChartPlan {
  const { words, formats } = here;
  const shown = systems.slice(0, MOST_LINES);
  const first = shown[0]!;
  const figure = (monday: string, value: number): Figure => ({ value, of: epelFormula(monday, { os: first.os }) });
  const summary = words.epel.changeLead(
    groupName(words, first.os),
    first.before === null ? undefined : formats.count(figure(since.monday, first.before)),
    formats.count(figure(week.monday, first.now)),
    weeks,
  );
  const chart: Slopes = {
    kind: 'slopes',
    id: 'epel-slopes',
    title: weeks === YEAR ? words.epel.changeYear : words.epel.changeSince(formats.day(since.monday)),
    summary: plainText(summary),
    ends: [formats.day(since.monday), formats.day(week.monday)],
    lines: shown.map(({ os, before, now }) => ({ name: groupName(words, os), before, now, tone: toneOf(os) })),
    unit: words.units.systems,
  };
  const formulas = shown.map(({ os, before }) => [
    before === null ? undefined : epelFormula(since.monday, { os }),
    epelFormula(week.monday, { os }),
  ]);
  return { chart, summary, week, source: { kind: 'cells', formulas } };
}

/** What to know of the comparison: that it is not of a whole year, or not of the same systems. */
function changeNotes({ words }: Here, change: EpelChange | undefined): VNode[] {
  if (change === undefined) return [paragraph(words.epel.noChange, 'note')];
  const notes = [
    ...(change.weeks === YEAR ? [] : [words.epel.notYear(change.weeks)]),
    ...(change.hasRollout ? [words.epel.rollout] : []),
  ];
  return notes.map((note) => paragraph(note, 'note'));
}

/** Repositories that count the same systems say how fine any of them can be. */
function resolutionNotes(here: Here, week: CountedWeek): VNode[] {
  const { words, formats, tables } = here;
  return epelResolution(tables, week).map(({ release, difference }) =>
    paragraph(words.epel.resolution(release, formats.share(difference)), 'note'),
  );
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
