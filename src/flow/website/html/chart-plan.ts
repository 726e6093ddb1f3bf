import type { Chart, TimeSeries } from '../charts/chart.ts';
import type { CountedWeek } from '../figures/tables.ts';
import type { Sentence } from '../language/sentence.ts';

/** A chart, and what its page knows of it beside the picture. */
export interface ChartPlan {
  chart: Chart;
  /** The chart's `summary`, with the formulas of its numbers. */
  summary: Sentence;
  /** The week of the summary. */
  week: CountedWeek;
  source: TableSource;
  /** Another picture of the same numbers, for the readers who ask for it. */
  logarithmic?: TimeSeries;
}

/**
 * How to compute the numbers of the chart's table. `columns`: one formula for each column after the first; `*` in it
 * stands for the Monday of the row. `cells`: such a list for each row. Undefined where nothing is published.
 */
export type TableSource =
  | { kind: 'columns'; formulas: readonly (string | undefined)[] }
  | { kind: 'cells'; formulas: readonly (readonly (string | undefined)[])[] };
