import type { VNode } from 'preact';
import type { WorldMap } from '../charts/chart.ts';
import { type CountryFigure, countriesOf } from '../figures/countries.ts';
import { type Figure, ratio } from '../figures/figure.ts';
import { type CountedWeek, systemsOf } from '../figures/tables.ts';
import { chartBlock } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { number, paragraph } from '../html/words.ts';
import { plainText, type Sentence } from '../language/sentence.ts';
import { countryName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';

const PATH = 'countries/';

/** The table first, for it says everything; maps after it. */
export function countriesPage(here: Here): Page {
  const { words, tables, context } = here;
  const { title } = words.countries;
  const week = tables.shown;
  if (week === undefined) return nothingYet(here, PATH, title);
  const countries = countriesOf(tables, week, context.territories);
  const named = countries.filter(({ kind }) => kind === 'country');
  const lead = leadOf(here, week, named);
  if (named.length === 0 || lead === undefined)
    return {
      path: PATH,
      title,
      description: words.countries.none,
      content: [el('h1', {}, title), el('p', {}, words.countries.none)],
      charts: [],
    };
  const plans = mapPlans(here, week, named, lead);
  return {
    path: PATH,
    title,
    description: plainText(lead),
    content: [
      el('h1', {}, title),
      paragraph(lead, 'answer'),
      unknownNote(here, week, countries),
      countryTable(here, week, countries),
      paragraph(words.countries.rolledUp, 'note'),
      ...plans.map((plan) => chartBlock(here, plan)),
      paragraph(words.countries.population(context.territories.source), 'small'),
      paragraph(words.countries.address, 'small'),
    ],
    charts: plans,
  };
}

function leadOf({ words, formats }: Here, week: CountedWeek, named: readonly CountryFigure[]): Sentence | undefined {
  const first = named[0];
  const share = first && ratio(first.systems, systemsOf(week));
  if (first === undefined || share === undefined) return undefined;
  return words.countries.lead(formats.share(share), formats.region(first.code), formats.count(first.systems));
}

function unknownNote({ words, formats }: Here, week: CountedWeek, countries: readonly CountryFigure[]): VNode | null {
  const unknown = countries.find(({ kind }) => kind === 'unknown');
  const share = unknown && ratio(unknown.systems, systemsOf(week));
  return share === undefined ? null : paragraph(words.countries.unknown(formats.share(share)));
}

function countryTable(here: Here, week: CountedWeek, countries: readonly CountryFigure[]): VNode {
  const { words, formats } = here;
  const columns = [
    { title: words.columns.country, numeric: false },
    { title: words.columns.systems, numeric: true },
    { title: words.columns.share, numeric: true },
    { title: words.columns.perPeople, numeric: true },
  ];
  const rows = countries.map((country) => {
    const share = ratio(country.systems, systemsOf(week));
    return [
      countryName(here, country),
      number(formats.count(country.systems)),
      share === undefined ? '–' : number(formats.share(share)),
      country.perPeople === undefined ? '–' : number(formats.decimal(country.perPeople)),
    ];
  });
  return el(
    'div',
    { class: 'searchable' },
    el(
      'label',
      { class: 'search', hidden: true },
      words.countries.search,
      ' ',
      el('input', { type: 'search', 'data-search': '' }),
    ),
    table(columns, rows, { caption: words.countries.title, hideCaption: true, sortable: true }),
  );
}

function mapPlans(here: Here, week: CountedWeek, named: readonly CountryFigure[], lead: Sentence): ChartPlan[] {
  const { words, formats } = here;
  const { perPeopleTitle, perPeopleLead, countTitle } = words.countries;
  const most = named
    .filter(({ perPeople }) => perPeople !== undefined)
    .toSorted((a, b) => b.perPeople!.value - a.perPeople!.value);
  const first = most[0];
  const count = mapPlan(week, named, {
    id: 'systems-map-count',
    title: countTitle,
    summary: lead,
    unit: words.units.systems,
    figureOf: ({ systems }) => systems,
  });
  if (first === undefined) return [count];
  const perPeople = mapPlan(week, most, {
    id: 'systems-map-perpeople',
    title: perPeopleTitle,
    summary: perPeopleLead(formats.region(first.code), formats.decimal(first.perPeople!)),
    unit: words.units.perPeople,
    figureOf: ({ perPeople: figure }) => figure!,
  });
  return [perPeople, count];
}

interface MapQuestion {
  id: string;
  title: string;
  summary: Sentence;
  unit: string;
  figureOf: (country: CountryFigure) => Figure;
}

/** The chart's table ranks by value, then by code: so must the formulas. */
function mapPlan(week: CountedWeek, countries: readonly CountryFigure[], question: MapQuestion): ChartPlan {
  const { id, title, summary, unit, figureOf } = question;
  const figures = countries.map((country) => ({ code: country.code, ...figureOf(country) }));
  figures.sort((a, b) => b.value - a.value || (a.code < b.code ? -1 : 1));
  const values = new Map(figures.map(({ code, value }) => [code, value]));
  const chart: WorldMap = { kind: 'world-map', id, title, summary: plainText(summary), values, unit };
  return { chart, summary, week, source: { kind: 'cells', formulas: figures.map(({ of }) => [of]) } };
}
