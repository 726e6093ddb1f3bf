import type { VNode } from 'preact';
import type { ReleaseCurves, Series } from '../charts/chart.ts';
import { breakDown, type Group, groupFigure, groupFilter } from '../figures/breakdown.ts';
import { type Figure, ratio } from '../figures/figure.ts';
import {
  type CountedWeek,
  countSystems,
  systemsFormula,
  systemsOf,
  weekFigure,
  weekFormula,
} from '../figures/tables.ts';
import {
  type Curve,
  isUnsupported,
  type Minors,
  minorGroups,
  releaseCurves,
  releaseOf,
  versionGroups,
} from '../figures/versions.ts';
import { chartBlock } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { number, paragraph } from '../html/words.ts';
import { plainText, type Sentence } from '../language/sentence.ts';
import { groupName } from './names.ts';
import { nothingYet } from './nothing-yet.ts';
import { seriesPlan } from './series-plan.ts';

export function versionsPage(here: Here): Page {
  const { words, tables } = here;
  const week = tables.shown;
  const { title } = words.versions;
  if (week === undefined) return nothingYet(here, 'versions/', title);
  const { groups } = versionGroups(tables, words.names.otherVersions);
  const lead = leadOf(here, week, groups);
  const [share, count] = sharePlans(here, week, groups, lead);
  const minors = minorGroups(tables, words.names.otherVersions).flatMap((of) => minorPlan(here, week, of));
  const curves = curvesPlan(here, week);
  const plans = [share, count, ...minors, ...(curves ? [curves] : [])];
  return {
    path: 'versions/',
    title,
    description: plainText(lead),
    content: [
      el('h1', {}, words.nav.versions),
      paragraph(unsupportedSentence(here, week, groups)),
      minors.length === 0 ? null : paragraph(words.versions.perMajor, 'note'),
      ...plans.map((plan) => chartBlock(here, plan)),
      crossReleaseNote(here, week),
      el('h2', {}, words.versions.tableTitle),
      versionTable(here, week),
    ],
    charts: plans,
  };
}

function leadOf(here: Here, week: CountedWeek, groups: readonly Group[]): Sentence {
  const { tables, formats, words } = here;
  const counted = groups.map((group) => ({ group, figure: groupFigure(tables, week, 'version', group) }));
  const named = counted.filter(({ group }) => group.name !== words.names.otherVersions);
  const first = named.toSorted((a, b) => b.figure.value - a.figure.value)[0];
  const share = first && ratio(first.figure, systemsOf(week));
  if (first === undefined || share === undefined) return [words.chart.noNumber];
  return words.versions.lead(formats.share(share), first.group.name, formats.count(first.figure));
}

function sharePlans(
  here: Here,
  week: CountedWeek,
  groups: readonly Group[],
  summary: Sentence,
): [ChartPlan, ChartPlan] {
  const { words, tables } = here;
  const toneOf = ({ name }: Group): Series['tone'] =>
    name === words.names.otherVersions || isUnsupported(tables, name) ? 'grey' : 'plain';
  const common = { summary, week, column: 'version', groups, toneOf } as const;
  const { title, countTitle } = words.versions;
  return [
    seriesPlan(here, { ...common, id: 'systems-timeseries-share-version', title, form: 'share' }),
    seriesPlan(here, { ...common, id: 'systems-timeseries-line-version', title: countTitle, form: 'line' }),
  ];
}

function unsupportedSentence({ tables, formats, words }: Here, week: CountedWeek, groups: readonly Group[]): Sentence {
  const members = groups.flatMap((group) => group.members).filter((version) => isUnsupported(tables, version));
  const count = countSystems(tables, week, { version: members });
  const share = ratio(count, systemsOf(week));
  if (members.length === 0 || count.value === 0 || share === undefined) return [words.versions.noUnsupported];
  return words.versions.unsupported(formats.count(count), formats.share(share));
}

/** Of a major version that nobody runs in this week there is nothing to say. */
function minorPlan(here: Here, week: CountedWeek, { major, groups, members }: Minors): ChartPlan[] {
  const { tables, formats, words } = here;
  const counted = groups
    .filter(({ name }) => name !== words.names.otherVersions)
    .map((group) => ({ name: group.name, figure: groupFigure(tables, week, 'version', group) }));
  const first = counted.toSorted((a, b) => b.figure.value - a.figure.value)[0];
  const share = first && ratio(first.figure, countSystems(tables, week, { version: members }));
  if (first === undefined || share === undefined) return [];
  return [
    seriesPlan(here, {
      id: `systems-timeseries-share-minor-${major}`,
      title: words.versions.minorTitle(major),
      summary: words.versions.minorLead(formats.share(share), first.name, major),
      form: 'share',
      week,
      column: 'version',
      groups,
      toneOf: ({ name }) => (name === words.names.otherVersions ? 'grey' : 'plain'),
      whole: { version: members },
    }),
  ];
}

function curvesPlan(here: Here, week: CountedWeek): ChartPlan | undefined {
  const { tables, formats, words } = here;
  const curves = releaseCurves(tables).filter(({ values }) => values.some((value) => value !== null));
  const current = curves[0];
  const at = current?.values.findLastIndex((value) => value !== null) ?? -1;
  if (current === undefined || at < 0) return undefined;
  const share: Figure = { value: current.values[at]!, of: curveFormula(here, current, at)! };
  const summary = words.versions.curvesLead(current.version, formats.share(share), words.versions.weeks(at));
  const chart: ReleaseCurves = {
    kind: 'release-curves',
    id: 'systems-curves-version',
    title: words.versions.curvesTitle,
    summary: plainText(summary),
    curves: curves.map((curve) => ({ name: curve.version, values: curve.values, isCurrent: curve === current })),
    axis: words.versions.curvesAxis,
  };
  const longest = Math.max(...curves.map(({ values }) => values.length));
  const formulas = Array.from({ length: longest }, (_, n) => curves.map((curve) => curveFormula(here, curve, n)));
  return { chart, summary, week, source: { kind: 'cells', formulas } };
}

function curveFormula({ tables }: Here, { group, weeks, values }: Curve, n: number): string | undefined {
  if ((values[n] ?? null) === null) return undefined;
  const monday = tables.mondays[weeks[n]!]!;
  return `div(${systemsFormula(tables, monday, groupFilter('version', group))},${weekFormula(monday, 'systems')})`;
}

function crossReleaseNote({ formats, words }: Here, week: CountedWeek): VNode | null {
  const count = weekFigure(week, 'crossRelease');
  return count === undefined ? null : paragraph(words.versions.crossRelease(formats.count(count)), 'note');
}

function versionTable(here: Here, week: CountedWeek): VNode {
  const { tables, formats, words } = here;
  const { columns } = words;
  const heads = [columns.version, columns.systems, columns.share, columns.released, columns.endOfLife];
  const rows = breakDown(tables, 'version').groups.flatMap((group) => {
    const count = groupFigure(tables, week, 'version', group);
    const share = ratio(count, systemsOf(week));
    if (count.value === 0 || share === undefined) return [];
    const release = releaseOf(tables, group.name);
    const ended = isUnsupported(tables, group.name) ? ` (${words.versions.ended})` : '';
    const day = (date: string | undefined) =>
      date === undefined ? '–' : el('time', { datetime: date }, formats.day(date));
    const name = groupName(words, group.name);
    return [
      [
        name,
        number(formats.count(count)),
        number(formats.share(share)),
        // The day of 9 is not that of 9.6.
        day(release?.version === group.name ? release.released : undefined),
        [day(release?.endOfLife), ended],
      ],
    ];
  });
  const numeric = [false, true, true, false, false];
  const shape = heads.map((title, n) => ({ title, numeric: numeric[n]! }));
  return table(shape, rows, { caption: words.versions.tableTitle, hideCaption: true });
}
