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

/** What the page shows: the last two years. Files and tables have all weeks. */
export function pictureOf(chart: Chart): Chart {
  const shown = rangesOf(chart).find(({ isShown }) => isShown);
  return shown === undefined || chart.kind !== 'time-series' ? chart : lastWeeks(chart, shown.weeks);
}

function lastWeeks(chart: TimeSeries, count: number): TimeSeries {
  const last = <Value>(values: readonly Value[]) => values.slice(-count);
  const { band } = chart;
  return {
    ...chart,
    weeks: last(chart.weeks),
    series: chart.series.map((series) => ({ ...series, values: last(series.values) })),
    band: band && { ...band, low: last(band.low), high: last(band.high) },
    doubtful: last(chart.doubtful),
  };
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
