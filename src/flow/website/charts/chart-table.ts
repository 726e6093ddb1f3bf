import type { Chart, ChartTable, RankedBars, ReleaseCurves, Slopes, TimeSeries, WorldMap } from './chart.ts';
import type { Locale } from './look.ts';
import { shownValues } from './series-values.ts';
import { CHART_WORDS } from './words.ts';

type Row = (string | number | null)[];

/** The numbers of a chart, in the order in which it shows them. */
export function chartTable(chart: Chart, locale: Locale): ChartTable {
  switch (chart.kind) {
    case 'time-series':
      return seriesTable(chart, locale);
    case 'ranked-bars':
      return barsTable(chart, locale);
    case 'small-multiples':
      return seriesTable({ ...chart, form: 'line', band: undefined }, locale);
    case 'slopes':
      return slopesTable(chart, locale);
    case 'release-curves':
      return curvesTable(chart);
    case 'world-map':
      return mapTable(chart, locale);
  }
}

type Tabulated = Pick<TimeSeries, 'form' | 'weeks' | 'series' | 'doubtful' | 'band'>;

function seriesTable(chart: Tabulated, locale: Locale): ChartTable {
  const words = CHART_WORDS[locale];
  const { band } = chart;
  const values = shownValues(chart);
  const hasNotes = chart.doubtful.includes(true);
  return {
    columns: [
      words.week,
      ...chart.series.map(({ name }) => name),
      ...(band === undefined ? [] : [words.low, words.high]),
      ...(hasNotes ? [words.note] : []),
    ],
    rows: chart.weeks.map(
      (week, n): Row => [
        week,
        ...values.map((of) => of[n]!),
        ...(band === undefined ? [] : [band.low[n] ?? null, band.high[n] ?? null]),
        ...(hasNotes ? [chart.doubtful[n] === true ? words.doubtful : ''] : []),
      ],
    ),
    kinds: [
      'week',
      ...values.map(() => (chart.form === 'share' ? 'share' : 'count')),
      ...(band === undefined ? [] : (['count', 'count'] as const)),
      ...(hasNotes ? (['text'] as const) : []),
    ],
  };
}

function barsTable({ bars, unit, earlierLabel, isShare }: RankedBars, locale: Locale): ChartTable {
  const kind = isShare === true ? 'share' : 'count';
  const earlier = earlierLabel === undefined ? [] : [earlierLabel];
  return {
    columns: [CHART_WORDS[locale].name, unit, ...earlier],
    rows: bars.map((bar): Row => [bar.name, bar.instead ?? bar.value, ...earlier.map(() => bar.earlier)]),
    kinds: ['text', kind, ...earlier.map(() => kind)],
  };
}

function slopesTable({ lines, ends }: Slopes, locale: Locale): ChartTable {
  return {
    columns: [CHART_WORDS[locale].name, ...ends],
    rows: lines.map(({ name, before, now }): Row => [name, before, now]),
    kinds: ['text', 'count', 'count'],
  };
}

function curvesTable({ curves, axis }: ReleaseCurves): ChartTable {
  const longest = Math.max(0, ...curves.map(({ values }) => values.length));
  return {
    columns: [axis, ...curves.map(({ name }) => name)],
    rows: Array.from(
      { length: longest },
      (_, week): Row => [week, ...curves.map(({ values }) => values[week] ?? null)],
    ),
    kinds: ['count', ...curves.map(() => 'share' as const)],
  };
}

function mapTable({ values, unit }: WorldMap, locale: Locale): ChartTable {
  const nameOf = countryNames(locale);
  const rows = [...values].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return {
    columns: [CHART_WORDS[locale].country, unit],
    rows: rows.map(([code, value]): Row => [nameOf(code), value]),
    kinds: ['text', 'count'],
  };
}

/** Names by ISO 3166-1 alpha-2 or UN M49 code; what is neither names itself. */
export function countryNames(locale: Locale): (code: string) => string {
  const names = new Intl.DisplayNames(locale, { type: 'region' });
  return (code) => (/^(?:[A-Z]{2}|\d{3})$/.test(code) ? names.of(code)! : code);
}
