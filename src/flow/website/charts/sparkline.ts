import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { VNode } from 'preact';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';

interface Size {
  width: number;
  height: number;
}

/** The line of a sparkline and its newest point; from 0, with its gaps. */
export function sparklineShape(values: readonly (number | null)[], { width, height }: Size) {
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [3, width - 4]);
  const y = scaleLinear([0, max(values, (value) => value ?? 0) || 1], [height - 2, 4]);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, n) => x(n))
    .y((value) => y(value ?? 0))
    .digits(1);
  const newest = values.findLastIndex((value) => value !== null);
  const end = newest < 0 ? undefined : { x: tenth(x(newest)), y: tenth(y(values[newest]!)) };
  return { d: path(values) ?? '', end };
}

/** A small line beside a number that says the same; so it has no text and is hidden from screen readers. */
export function sparkline(values: readonly (number | null)[], size: Size): VNode {
  const { d, end } = sparklineShape(values, size);
  return svg(
    'svg',
    { class: 'chart sparkline', viewBox: `0 0 ${size.width} ${size.height}`, 'aria-hidden': 'true', ...size },
    svg('path', { class: 'axis', d: `M0,${size.height - 1}H${size.width}` }),
    svg('path', { class: 'line stroke-0', d }),
    end === undefined ? null : svg('circle', { class: 'fill-0', cx: end.x, cy: end.y, r: 3 }),
  );
}
