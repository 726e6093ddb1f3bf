import type { Chart } from '../charts/chart.ts';
import { suggestedHeight } from '../charts/draw-chart.ts';
import type { Look } from '../charts/look.ts';
import type { Here } from './here.ts';

const WIDTHS = { wide: 760, narrow: 360 } as const;

/** How a chart looks inside a page. */
export function lookOf(here: Pick<Here, 'language' | 'context'>, chart: Chart, size: keyof typeof WIDTHS): Look {
  const look = { width: WIDTHS[size], locale: here.language, key: `${size}-`, outlines: here.context.territories };
  return { ...look, height: suggestedHeight(chart, look) };
}
