/**
 * Charts as plain data. A chart is drawn (`drawChart`), tabulated (`chartTable`) and described (`describe`) from the same
 * value, so picture, table and text cannot disagree.
 */
export type Chart = TimeSeries | SmallMultiples | RankedBars | Slopes | ReleaseCurves | WorldMap;

interface Labelled {
  /** A stable name for files and anchors: `systems-timeseries-line`. */
  id: string;
  /** A question, in the reader's language. */
  title: string;
  /** The answer in one sentence, with the number. */
  summary: string;
}

/** Weeks from left to right. Gaps stay gaps; the axis begins at 0, unless it is logarithmic. */
export interface TimeSeries extends Labelled {
  kind: 'time-series';
  /** `stacked`: bands that add up; `share`: stacked to 100 %; `line`: each for itself. */
  form: 'stacked' | 'share' | 'line';
  /** Lines only: heights of a stack mean nothing here. Equal growth has an equal slope; 0 and less is not drawn. */
  isLogarithmic?: boolean;
  /** Mondays, ISO days, ascending, without holes. */
  weeks: readonly string[];
  series: readonly Series[];
  /** Where the repositories disagree; the same length as `weeks`. */
  band: { label: string; low: readonly (number | null)[]; high: readonly (number | null)[] } | undefined;
  /** Weeks whose number is not to be trusted: drawn hollow, with the line broken. */
  doubtful: readonly boolean[];
  pins: readonly Pin[];
  unit: string;
}

export interface Series {
  name: string;
  /** Null: nothing is known. 0 is 0. */
  values: readonly (number | null)[];
  /** `light`: new or short-lived. `grey`: no longer supported, other. */
  tone: 'plain' | 'light' | 'grey';
}

export interface Pin {
  /** ISO day; drawn at the week it falls in. */
  date: string;
  /** Stands in the list below the chart, beside the pin's number. */
  text: string;
}

/** A small line chart for each series, side by side; each axis begins at 0. */
export interface SmallMultiples extends Labelled {
  kind: 'small-multiples';
  /** `same`: heights can be compared between the charts; `own`: each is as high as its own numbers. */
  axis: 'same' | 'own';
  weeks: readonly string[];
  series: readonly Series[];
  doubtful: readonly boolean[];
  unit: string;
}

/** One bar for each name, most first. */
export interface RankedBars extends Labelled {
  kind: 'ranked-bars';
  bars: readonly Bar[];
  /** Values are shares from 0 to 1, and are written as percents. */
  isShare?: boolean;
  unit: string;
  /** `earlier` of each bar is drawn as a second dot: "a year before". */
  earlierLabel: string | undefined;
}

export interface Bar {
  name: string;
  value: number;
  earlier: number | null;
  /** What to write in place of the number: "fewer than 10". */
  instead: string | undefined;
}

/** What has become of each name between two moments: a line from the left to the right. The axis begins at 0. */
export interface Slopes extends Labelled {
  kind: 'slopes';
  /** The two moments, in the reader's language. */
  ends: readonly [string, string];
  /** Most at the right first. Null: nothing is known, and no line is drawn. */
  lines: readonly { name: string; before: number | null; now: number; tone: Series['tone'] }[];
  unit: string;
}

/** Shares of each version, aligned on the week of its release. */
export interface ReleaseCurves extends Labelled {
  kind: 'release-curves';
  /** `values[n]`: n weeks after the release, 0 to 1. */
  curves: readonly { name: string; values: readonly (number | null)[]; isCurrent: boolean }[];
  axis: string;
}

export interface WorldMap extends Labelled {
  kind: 'world-map';
  /** ISO 3166-1 alpha-2 -> value; countries without one are drawn as "no number". */
  values: ReadonlyMap<string, number>;
  unit: string;
}

/** A chart as rows of text and numbers, for readers who cannot or would not look. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
  /** What the cells of each column are; weeks are ISO days, shares are 0 to 1. A text may stand in place of a number. */
  kinds?: readonly ('week' | 'text' | 'count' | 'share')[];
}
