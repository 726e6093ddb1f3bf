import type { VNode } from 'preact';
import { WITHHELD } from '../../views/publication/tables.ts';
import { groupFigure } from '../figures/breakdown.ts';
import { isTrusted } from '../figures/tables.ts';
import { versionGroups } from '../figures/versions.ts';
import { chartBlock } from '../html/chart-block.ts';
import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { paragraph } from '../html/words.ts';
import { editionName, groupName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';
import { seriesPlan } from './series-plan.ts';

const MOST_LINES = 6;
/** As the columns of `systems.csv` are called: they stand in the page's address. */
const BREAKDOWNS = ['version', 'edition', 'arch', 'age'] as const;
const FILTERS = ['version', 'edition', 'arch'] as const;
const MEASURES = ['count', 'share', 'index'] as const;

/** The most used versions; the script replaces them with what the reader chooses. */
export function comparePage(here: Here): Page {
  const { words, tables, formats } = here;
  const week = tables.shown;
  if (week === undefined) return nothingYet(here, 'compare/', words.compare.title);
  const named = versionGroups(tables, words.names.otherVersions).groups.filter(
    ({ name }) => name !== words.names.otherVersions,
  );
  const groups = named
    .toSorted((a, b) => groupFigure(tables, week, 'version', b).value - groupFigure(tables, week, 'version', a).value)
    .slice(0, MOST_LINES);
  const first = groups[0];
  if (first === undefined) return nothingYet(here, 'compare/', words.compare.title);
  const count = formats.count(groupFigure(tables, week, 'version', first));
  const plan = seriesPlan(here, {
    id: 'compare-timeseries-line-version',
    title: words.compare.defaultTitle,
    summary: words.compare.defaultSummary(first.name, count),
    form: 'line',
    week,
    column: 'version',
    groups,
  });
  return {
    path: 'compare/',
    title: words.compare.title,
    description: words.compare.lead,
    content: [
      el('h1', {}, words.compare.title),
      paragraph(words.compare.lead),
      el('noscript', {}, paragraph(words.compare.withoutScript, 'note')),
      builder(here),
      el('div', { id: 'compare-default' }, chartBlock(here, plan)),
    ],
    charts: [plan],
  };
}

/** Hidden until the script has the numbers. */
function builder(here: Here): VNode {
  const { words, links } = here;
  const { compare } = words;
  return el(
    'form',
    { id: 'compare', hidden: true, ...dataForScript(here) },
    el('fieldset', {}, el('legend', {}, compare.form), ...choices(here)),
    el('fieldset', { id: 'compare-groups' }, el('legend', {}, compare.series)),
    el(
      'p',
      { class: 'actions' },
      el('a', { id: 'compare-download', href: links.file('data/systems.csv') }, compare.download),
      el('button', { type: 'button', id: 'compare-svg' }, compare.downloadSvg),
      el('button', { type: 'button', id: 'compare-png' }, compare.downloadPng),
      el('button', { type: 'button', id: 'compare-copy', 'data-copied': words.embed.copied }, compare.copy),
    ),
    el('p', { id: 'compare-state', role: 'status' }),
    el('div', { id: 'compare-view' }),
  );
}

function choices({ words }: Here): VNode[] {
  const { compare, columns } = words;
  return [
    select(
      'by',
      compare.by,
      BREAKDOWNS.map((name) => [name, columns[name]]),
    ),
    ...FILTERS.map((name) => select(name, `${compare.filter} ${columns[name]}`, [['', compare.any]])),
    select(
      'measure',
      compare.measure,
      MEASURES.map((name) => [name, compare.measures[name]]),
    ),
    // The script has the weeks.
    select('from', compare.from, []),
    select('to', compare.to, []),
  ];
}

/** Where the numbers lie, and the words: the script knows no language. */
function dataForScript(here: Here): Record<string, string> {
  const { words, tables, language, links } = here;
  const { hidden, loading, failed, nothing, table, week } = words.compare;
  const texts = { hidden, loading, failed, nothing, table, week, noNumber: words.chart.noNumber };
  const names = {
    generic: editionName(here, 'generic'),
    other: groupName(words, WITHHELD),
    ages: words.ages[tables.ages],
  };
  return {
    'data-systems': links.file('data/systems.csv'),
    'data-series': links.file('api/v1/series/'),
    'data-headline': JSON.stringify(tables.publication.distribution.headline),
    'data-texts': JSON.stringify(texts),
    'data-names': JSON.stringify(names),
    'data-doubtful': JSON.stringify(doubtfulWeeks(here)),
    'data-locale': language,
  };
}

/** Drawn as on the other pages: not joined to the weeks beside them. */
function doubtfulWeeks({ tables }: Here): string[] {
  return tables.publication.weeks.flatMap((week, n) =>
    week.systems === null || isTrusted(week) ? [] : [tables.mondays[n]!],
  );
}

function select(name: string, title: string, options: readonly (readonly [string, string])[]): VNode {
  const items: Child[] = options.map(([value, text]) => el('option', { value }, text));
  return el('label', {}, title, ' ', el('select', { name }, ...items));
}
