import { renderToString } from 'preact-render-to-string';
import { csvText } from '../../views/files/csv.ts';
import type { OutputFile } from '../../views/publication/output-file.ts';
import type { Chart, TimeSeries } from '../charts/chart.ts';
import { chartTable } from '../charts/chart-table.ts';
import { drawChart } from '../charts/draw-chart.ts';
import { chartFileName } from '../charts/files.ts';
import type { CountedWeek, Tables } from '../figures/tables.ts';
import type { LanguageCode } from '../language/messages.ts';
import { lookOf } from './chart-look.ts';
import type { ChartPlan } from './chart-plan.ts';
import type { Here } from './here.ts';
import { folderOf } from './links.ts';

/** Where the files of a chart lie, without ending, from the root of the site. */
export function chartPath(
  { publication }: Tables,
  { monday }: CountedWeek,
  chart: Chart,
  language: LanguageCode,
): string {
  return `${folderOf(language, 'chart/')}${chartFileName(monday, publication.distribution, chart)}`;
}

export interface Range {
  name: 'year' | 'two' | 'all';
  weeks: number;
  isShown: boolean;
}

const YEAR = 52;

/** The spans of time that a chart can be seen in, as far as it is longer; one if there is no choice. */
export function rangesOf(chart: Chart): Range[] {
  if (chart.kind !== 'time-series') return [];
  const all = chart.weeks.length;
  const ranges: Range[] = [
    { name: 'year', weeks: YEAR, isShown: false },
    { name: 'two', weeks: 2 * YEAR, isShown: all > 2 * YEAR },
  ];
  const shorter = ranges.filter(({ weeks }) => weeks < all);
  return [...shorter, { name: 'all', weeks: all, isShown: !shorter.some(({ isShown }) => isShown) }];
}

/** What pages and pictures show: the last two years. The numbers in CSV and JSON are of all weeks. */
export function pictureOf(chart: Chart): Chart {
  switch (chart.kind) {
    case 'time-series':
      return lastWeeks(chart, 2 * YEAR);
    case 'small-multiples':
      return { ...chart, ...lastOf(chart, 2 * YEAR) };
    default:
      return chart;
  }
}

function lastWeeks(chart: TimeSeries, count: number): TimeSeries {
  const { band } = chart;
  const last = <Value>(values: readonly Value[]) => values.slice(-count);
  return { ...chart, ...lastOf(chart, count), band: band && { ...band, low: last(band.low), high: last(band.high) } };
}

function lastOf({ weeks, series, doubtful }: Pick<TimeSeries, 'weeks' | 'series' | 'doubtful'>, count: number) {
  const last = <Value>(values: readonly Value[]) => values.slice(-count);
  return {
    weeks: last(weeks),
    series: series.map((one) => ({ ...one, values: last(one.values) })),
    doubtful: last(doubtful),
  };
}

/** Which rows of its numbers a page shows: those of its picture, and of what is told by age as many. */
export function rowsShown(chart: Chart, rows: number): { from: number; to: number } {
  const isOfWeeks = chart.kind === 'time-series' || chart.kind === 'small-multiples';
  if (isOfWeeks) return { from: Math.max(0, rows - 2 * YEAR), to: rows };
  return { from: 0, to: chart.kind === 'release-curves' ? Math.min(2 * YEAR, rows) : rows };
}

/** The numbers of a chart, and the pictures that its range buttons fetch: drawn for the page and its stylesheet. */
export function chartDataFiles(here: Here, plan: ChartPlan): OutputFile[] {
  const { chart, week } = plan;
  const path = chartPath(here.tables, week, chart, here.language);
  const { columns, rows } = chartTable(chart, here.language);
  const document = {
    title: chart.title,
    summary: chart.summary,
    method: here.tables.publication.method,
    columns,
    rows,
  };
  return [
    textFile(`${path}.csv`, csvText(`${path}.csv`, columns, rows), 'text/csv; charset=utf-8'),
    textFile(`${path}.json`, `${JSON.stringify(document)}\n`, 'application/json'),
    ...rangeFiles(here, plan, path),
  ];
}

function rangeFiles(here: Here, { chart, logarithmic }: ChartPlan, path: string): OutputFile[] {
  const ranges = rangesOf(chart);
  if (chart.kind !== 'time-series' || (ranges.length < 2 && logarithmic === undefined)) return [];
  const pictures = [
    ...ranges.map(({ name, weeks }) => ({ name, picture: lastWeeks(chart, weeks) })),
    ...(logarithmic === undefined ? [] : [{ name: 'log', picture: logarithmic }]),
  ];
  return pictures.flatMap(({ name, picture }) =>
    (['wide', 'narrow'] as const).map((size) => {
      const text = renderToString(drawChart(picture, lookOf(here, picture, size)));
      return textFile(`${path}-${name}-${size}.svg`, svgNamespace(text), 'image/svg+xml');
    }),
  );
}

/** In a page the namespace goes without saying; a file needs it. */
function svgNamespace(text: string): string {
  return text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

export function textFile(path: string, text: string, mediaType: string): OutputFile {
  return { path, bytes: new TextEncoder().encode(text), mediaType };
}
