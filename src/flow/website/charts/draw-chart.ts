import type { VNode } from 'preact';
import type { Chart } from './chart.ts';
import { LEGEND_LINE } from './legend.ts';
import { type Drawing, fontSize, idOf, isNarrow, type Locale, type Look } from './look.ts';
import { formatDay } from './numbers.ts';
import { barsHeight, drawRankedBars } from './ranked-bars.ts';
import { drawReleaseCurves } from './release-curves.ts';
import { drawSlopes } from './slopes.ts';
import { drawSmallMultiples, multiplesHeight } from './small-multiples.ts';
import { svg } from './svg.ts';
import { drawTimeSeries } from './time-series.ts';
import { drawWorldMap, mapHeight } from './world-map.ts';

/** The chart as SVG for a page whose stylesheet has `chartStyle('auto')`. */
export function drawChart(chart: Chart, look: Look): VNode {
  const [title, description] = [idOf(chart, look, 'title'), idOf(chart, look, 'description')];
  const { defs, marks } = drawMarks(chart, look);
  return svg(
    'svg',
    {
      class: 'chart',
      role: 'img',
      'aria-labelledby': title,
      'aria-describedby': description,
      viewBox: `0 0 ${look.width} ${look.height}`,
      'font-size': fontSize(look),
    },
    svg('title', { id: title }, chart.title),
    svg('desc', { id: description }, describe(chart, look.locale)),
    svg('defs', {}, defs),
    marks,
  );
}

export function drawMarks(chart: Chart, look: Look): Drawing {
  switch (chart.kind) {
    case 'time-series':
      return drawTimeSeries(chart, look);
    case 'ranked-bars':
      return drawRankedBars(chart, look);
    case 'small-multiples':
      return drawSmallMultiples(chart, look);
    case 'slopes':
      return drawSlopes(chart, look);
    case 'release-curves':
      return drawReleaseCurves(chart, look);
    case 'world-map':
      return drawWorldMap(chart, look);
  }
}

/** Below a chart of 4:3 on a phone. */
const NARROW_LEGEND = 3 * LEGEND_LINE;

/** The height at which a chart of this width reads well: on phones 4:3 and a legend, bars and maps as they need. */
export function suggestedHeight(chart: Chart, look: Omit<Look, 'height'>): number {
  const narrow = isNarrow({ ...look, height: 0 });
  if (chart.kind === 'ranked-bars') return barsHeight(chart, narrow);
  if (chart.kind === 'small-multiples') return multiplesHeight(chart, narrow);
  if (chart.kind === 'world-map') return mapHeight(chart, look);
  return narrow ? Math.round((look.width * 3) / 4) + NARROW_LEGEND : Math.round(look.width * 0.42);
}

/** The chart in words: its answer, and what time it is about. */
export function describe(chart: Chart, locale: Locale): string {
  if (chart.kind !== 'time-series' || chart.weeks.length === 0) return chart.summary;
  const [first, last] = [chart.weeks[0]!, chart.weeks.at(-1)!].map((day) =>
    formatDay(day, locale, { dateStyle: 'long' }),
  );
  return `${chart.summary} (${first === last ? first : `${first} – ${last}`})`;
}
