import type { VNode } from 'preact';
import { fewestShown } from '../../views/protection/rounding.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { paragraph } from '../html/words.ts';
import { type Estimator, MEASURED_BIAS } from '../measured-bias.ts';
import { EXAMPLE, type ExampleLine } from './methodology-example.ts';
import { ageName } from './names.ts';
import { pitfallTable } from './pitfalls.ts';

/** In how many weeks a system is counted that asks for its list of mirrors so often; from dnf's own rule. */
export const CAPTURE = [
  [1, 0.4],
  [2, 0.67],
  [3, 0.8],
  [4, 1],
] as const;

export function methodologyPage(here: Here): Page {
  const { words } = here;
  const { methodology } = words;
  return {
    path: 'methodology/',
    title: methodology.title,
    description: methodology.lead,
    content: [
      el('h1', {}, methodology.title),
      paragraph(methodology.lead),
      el('h2', { id: 'steps' }, methodology.stepsTitle),
      steps(here),
      el('p', {}, el('a', { href: here.links.page('methodology/names/') }, methodology.namesLink)),
      paragraph(methodology.growth),
      el('h2', { id: 'example' }, methodology.exampleTitle),
      ...example(here),
      el('h2', { id: 'pitfalls' }, methodology.pitfallsTitle),
      pitfallTable(here),
      el('h2', { id: 'capture' }, methodology.captureTitle),
      paragraph(methodology.captureLead),
      captureTable(here),
      ...biasSection(here),
    ],
    charts: [],
  };
}

function steps({ words, tables, formats }: Here): VNode {
  const { census, crosschecks } = tables.publication.distribution;
  const { methodology } = words;
  const { protection } = tables.publication;
  const all = [
    ...methodology.steps,
    methodology.census(formats.list(census)),
    ...(crosschecks.length === 0 ? [] : [methodology.crosschecks(formats.list(crosschecks))]),
    ...methodology.laterSteps,
    ...(protection.kind === 'small-groups'
      ? [methodology.protection(formats.number(protection.k), formats.number(fewestShown(protection.k)))]
      : []),
  ];
  return el('ol', { class: 'steps' }, ...all.map((step) => el('li', {}, step)));
}

function example(here: Here): VNode[] {
  const { methodology, code } = here.words;
  const rows = EXAMPLE.map(({ line, outcome }) => [el('code', {}, line), outcomeText(here, outcome)]);
  const columns = [
    { title: methodology.exampleLine, numeric: false },
    { title: methodology.exampleOutcome, numeric: false },
  ];
  return [
    paragraph(methodology.exampleLead),
    el('div', { class: 'log' }, table(columns, rows, { caption: methodology.exampleTitle, hideCaption: true })),
    paragraph(methodology.exampleResult),
    paragraph(methodology.exampleTry),
    el('pre', { tabindex: 0, 'aria-label': code }, el('code', {}, 'rollcall demo')),
  ];
}

function outcomeText(here: Here, outcome: ExampleLine['outcome']): string {
  const { outcomes } = here.words.methodology;
  if (outcome.kind === 'system') return outcomes.system(outcome.release, ageName(here, String(outcome.age)));
  return outcomes[outcome.kind];
}

function captureTable({ words, formats }: Here): VNode {
  const { methodology } = words;
  const share = (value: number) => formats.share({ value, of: '' }).text;
  const rows = CAPTURE.map(([requests, value]) => [
    requests === 4 ? methodology.captureMore : String(requests),
    share(value),
  ]);
  const columns = [
    { title: methodology.captureRequests, numeric: false },
    { title: methodology.captureShare, numeric: true },
  ];
  return table(columns, rows, { caption: methodology.captureTitle, hideCaption: true });
}

const OURS: Estimator = 'census';

/** One row for each fleet: our way, what its repositories say of it, and the other ways of counting, as measured. */
function biasSection({ words, formats }: Here): VNode[] {
  const { methodology } = words;
  const { rows: measured, disagreements, systems, weeks, command } = MEASURED_BIAS;
  const others = [...new Set(measured.map(({ estimator }) => estimator))].filter((name) => name !== OURS);
  const percent = (value: number) => formats.change({ value: value / 100, of: '' }).text;
  const rows = disagreements.map(({ fleet, percent: apart, weeksAround }) => {
    const rowOf = (name: Estimator) => measured.find((row) => row.fleet === fleet && row.estimator === name)!;
    const ours = rowOf(OURS);
    return [
      methodology.fleets[fleet],
      `${percent(ours.percent)} (${percent(ours.least)} … ${percent(ours.most)})`,
      formats.share({ value: apart / 100, of: '' }).text,
      String(weeksAround),
      ...others.map((name) => percent(rowOf(name).percent)),
    ];
  });
  const columns = [
    { title: methodology.biasFleet, numeric: false },
    { title: methodology.estimators[OURS], numeric: true },
    { title: methodology.biasDisagree, numeric: true },
    { title: methodology.biasAround(String(weeks)), numeric: true },
    ...others.map((name) => ({ title: methodology.estimators[name], numeric: true })),
  ];
  return [
    el('h2', { id: 'bias' }, methodology.biasTitle),
    paragraph(methodology.biasLead(String(rows.length), formats.number(systems), String(weeks))),
    table(columns, rows, { caption: methodology.biasTitle, hideCaption: true }),
    paragraph(methodology.biasLesson),
    paragraph(methodology.biasCommand),
    el('pre', { tabindex: 0, 'aria-label': words.code }, el('code', {}, command)),
  ];
}
