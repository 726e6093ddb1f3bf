import type { TimeSeries } from './chart.ts';

type Values = readonly (number | null)[];

/** The numbers as the chart shows them, one list for each series: shares of the week's whole (0 to 1), or as given. */
export function shownValues({ form, series, weeks }: Pick<TimeSeries, 'form' | 'series' | 'weeks'>): Values[] {
  const given = series.map(({ values }) => weeks.map((_, week) => values[week] ?? null));
  if (form !== 'share') return given;
  const wholes = weeks.map((_, week) => given.reduce((sum, values) => sum + (values[week] ?? 0), 0));
  // Of nothing there are no shares.
  return given.map((values) =>
    values.map((value, week) => (value === null || wholes[week] === 0 ? null : value / wholes[week]!)),
  );
}
