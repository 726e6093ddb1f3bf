import type { VNode } from 'preact';
import { commonScale } from '../../views/age-scale.ts';
import { mondayOf } from '../../views/publication/week-name.ts';
import type { RankedBars } from '../charts/chart.ts';
import { type Breakdown, breakDown, groupFigure } from '../figures/breakdown.ts';
import { ratio } from '../figures/figure.ts';
import { lifetimeOf, lifetimesBy } from '../figures/lifetimes.ts';
import { type CountedWeek, systemsOf, type Tables } from '../figures/tables.ts';
import { chartBlock } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { number, paragraph, sentence } from '../html/words.ts';
import { plainText, type Sentence } from '../language/sentence.ts';
import { ageName, editionName, groupName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';
import { seriesPlan } from './series-plan.ts';

export function agePage(here: Here): Page {
  const { words, tables } = here;
  const { title } = words.age;
  const week = tables.shown;
  if (week === undefined) return nothingYet(here, 'age/', title);
  const plan = agesPlan(here, week);
  const survival = survivalPlan(here, week);
  const { repoAgeUpTo } = tables.publication.distribution;
  return {
    path: 'age/',
    title,
    description: plainText(plan.summary),
    content: [
      el('h1', {}, words.nav.age),
      repoAgeUpTo === undefined ? null : paragraph(words.age.repoBasis(repoAgeUpTo), 'warning'),
      chartBlock(here, plan),
      paragraph(words.age.buckets, 'note'),
      survival === undefined ? null : chartBlock(here, survival),
      survival === undefined ? null : lifetimeTable(here, week),
      survival === undefined ? null : paragraph(words.age.derived[tables.ages], 'note'),
      implausibleList(here),
    ],
    charts: survival === undefined ? [plan] : [plan, survival],
  };
}

function agesPlan(here: Here, week: CountedWeek): ChartPlan {
  const { tables, words, formats } = here;
  const oldestFirst = (a: { members: readonly string[] }, b: { members: readonly string[] }) =>
    b.members[0]!.localeCompare(a.members[0]!, 'en');
  const groups = breakDown(tables, 'age')
    .groups.map((group) => ({ ...group, name: ageName(here, group.name) }))
    .sort(oldestFirst);
  const numbered = groups.filter(({ members }) => members[0] !== 'other');
  const others = groups.filter(({ members }) => members[0] === 'other');
  const oldest = numbered.find(({ members }) => members[0] === '4');
  const share = oldest && ratio(groupFigure(tables, week, 'age', oldest), systemsOf(week));
  return seriesPlan(here, {
    id: 'systems-timeseries-stacked-age',
    title: words.age.title,
    summary:
      share === undefined ? [words.chart.noNumber] : words.age.lead(formats.share(share), words.spans[tables.ages]),
    form: 'stacked',
    week,
    column: 'age',
    groups: [...numbered, ...others],
    toneOf: ({ members }) => (members[0] === '1' ? 'light' : members[0] === 'other' ? 'grey' : 'plain'),
  });
}

function editionsOf(here: Here): Breakdown {
  const { column, groups } = breakDown(here.tables, 'edition', (value) => editionName(here, value));
  return { column, groups: groups.filter(({ name }) => name !== here.words.names.other) };
}

/** The share of each edition's new systems that is still there after two to four weeks. */
function survivalPlan(here: Here, week: CountedWeek): ChartPlan | undefined {
  const { tables, words, formats } = here;
  const all = lifetimeOf(tables, week, {});
  const lifetimes = lifetimesBy(tables, week, editionsOf(here)).toSorted((a, b) => b.survival.value - a.survival.value);
  if (all === undefined || lifetimes.length === 0) return undefined;
  const span = words.spans[tables.ages];
  const summary = words.age.lifetimesLead(formats.about(all.arrivals), formats.share(all.survival), span);
  const chart: RankedBars = {
    kind: 'ranked-bars',
    id: 'systems-bars-survival',
    title: words.age.lifetimesTitle,
    summary: plainText(summary),
    bars: lifetimes.map(({ group, survival }) => ({
      name: group.name,
      value: survival.value,
      earlier: null,
      instead: undefined,
    })),
    unit: words.age.survival(span),
    isShare: true,
    earlierLabel: undefined,
  };
  const formulas = lifetimes.map(({ survival }) => [survival.of]);
  return { chart, summary, week, source: { kind: 'cells', formulas } };
}

function lifetimeTable(here: Here, week: CountedWeek): VNode {
  const { words, formats, tables } = here;
  const rows = lifetimesBy(tables, week, editionsOf(here)).map(({ group, arrivals, survival }) => [
    group.name,
    number(formats.about(arrivals)),
    number(formats.share(survival)),
  ]);
  const columns = [
    { title: words.columns.edition, numeric: false },
    { title: words.age.arrivals, numeric: true },
    { title: words.age.survival(words.spans[tables.ages]), numeric: true },
  ];
  return table(columns, rows, { caption: words.age.lifetimesTitle, hideCaption: true });
}

function implausibleList(here: Here): VNode {
  const { words, tables } = here;
  const items = implausibleSentences(here, tables);
  return el(
    'section',
    {},
    el('h2', {}, words.age.implausibleTitle),
    items.length === 0
      ? paragraph(words.age.noImplausible)
      : el('ul', {}, ...items.map((item) => el('li', {}, ...sentence(item)))),
  );
}

function implausibleSentences(here: Here, tables: Tables): Sentence[] {
  const { words, formats } = here;
  return tables.publication.implausibleAges.map(({ os, version, edition, client, since }) => {
    const name = [os, groupName(words, version), editionName(here, edition)].join(' · ');
    return words.age.implausible(name, formats.day(mondayOf(since)), words.spans[commonScale([client])]);
  });
}
