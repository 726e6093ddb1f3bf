import { stack } from 'd3-shape';
import type { TimeSeries } from './chart.ts';
import { shownValues } from './series-values.ts';

/** A week of a series, in the numbers of the value axis. */
export interface Point {
  week: number;
  /** 0, or where the series below ends. */
  from: number;
  to: number;
  state: 'sure' | 'doubtful' | 'unknown';
  /** Nothing of this series in a week that is known: in a stack it thins out to here, without a hole beside it. */
  isEdge?: boolean;
}

type Plotted = Pick<TimeSeries, 'form' | 'weeks' | 'series' | 'doubtful'>;

/** The points of each series; in stacks a series stands on those before it. */
export function seriesPoints(chart: Plotted): Point[][] {
  const values = shownValues(chart);
  const state = (value: number | null | undefined, week: number): Point['state'] => {
    if (value === null || value === undefined) return 'unknown';
    return chart.doubtful[week] === true ? 'doubtful' : 'sure';
  };
  if (chart.form === 'line') {
    return values.map((of) => of.map((value, week) => ({ week, from: 0, to: value ?? 0, state: state(value, week) })));
  }
  // By number, not by name: names may be anything.
  const stacked = stack<number, number>()
    .keys(values.keys())
    .value((week, series) => values[series]![week] ?? 0)(chart.weeks.map((_, week) => week));
  const isKnown = chart.weeks.map((_, week) => values.some((of) => state(of[week], week) === 'sure'));
  return stacked.map((layer, series) =>
    layer.map(([from, to], week): Point => {
      const own = state(values[series]![week], week);
      return { week, from, to, state: own, isEdge: own === 'unknown' && isKnown[week]! };
    }),
  );
}

/** The band between the least and the most, where both are known. */
export function bandPoints({ band, weeks, doubtful }: TimeSeries): Point[] {
  return weeks.map((_, week) => {
    const [low, high] = [band?.low[week] ?? null, band?.high[week] ?? null];
    if (low === null || high === null || doubtful[week] === true) return { week, from: 0, to: 0, state: 'unknown' };
    return { week, from: low, to: high, state: 'sure' };
  });
}

/** Sure, but the week before and the week after are not: no line can be drawn to it. */
export function isAlone(points: readonly Point[], n: number): boolean {
  return points[n]!.state === 'sure' && points[n - 1]?.state !== 'sure' && points[n + 1]?.state !== 'sure';
}
