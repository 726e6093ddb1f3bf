import { area, curveLinear, line } from 'd3-shape';
import type { VNode } from 'preact';
import type { TimeSeries } from './chart.ts';
import { isAlone, type Point } from './series-points.ts';
import { hatchId, hollowPoint, marker, type SeriesStyle, tenth } from './series-style.ts';
import { svg } from './svg.ts';

/** Where numbers and weeks lie in the picture. */
export interface Places {
  x: readonly number[];
  y: (value: number) => number;
}

/** The least distance between two markers of a line. */
const MARKER_DISTANCE = 90;
/** The width of a week that stands alone in a stack. */
const ALONE = 6;

/** Straight lines only: a curve would show values between the weeks that nobody measured. */
export function areaPath(points: readonly Point[], { x, y }: Places): string {
  const path = area<Point>()
    .defined(({ state }, n) => state === 'sure' || isEdgeOf(points, n))
    .x(({ week }) => x[week]!)
    .y0(({ from }) => y(from))
    .y1(({ to }) => y(to))
    .curve(curveLinear)
    .digits(1);
  return (
    (path(points) ?? '') +
    alone(points)
      .map((point) => column(point, x[point.week]!, y))
      .join('')
  );
}

function isEdgeOf(points: readonly Point[], n: number): boolean {
  return points[n]?.isEdge === true && [n - 1, n + 1].some((beside) => points[beside]?.state === 'sure');
}

/** An area one week wide has no width: it is drawn as a column. */
function column({ from, to }: Point, x: number, y: Places['y']): string {
  const [left, top, bottom] = [tenth(x - ALONE / 2), tenth(y(to)), tenth(y(from))];
  return `M${left},${bottom}V${top}h${ALONE}V${bottom}Z`;
}

export function linePath(points: readonly Point[], { x, y }: Places): string {
  const path = line<Point>()
    .defined(({ state }) => state === 'sure')
    .x(({ week }) => x[week]!)
    .y(({ to }) => y(to))
    .curve(curveLinear)
    .digits(1);
  return path(points) ?? '';
}

function alone(points: readonly Point[]): Point[] {
  return points.filter((_, n) => isAlone(points, n) && !isEdgeOf(points, n - 1) && !isEdgeOf(points, n + 1));
}

export function drawLayer(
  form: TimeSeries['form'],
  points: readonly Point[],
  style: SeriesStyle,
  places: Places,
  hatches: string,
): VNode[] {
  return form === 'line' ? drawLine(points, style, places) : drawArea(points, style, places, hatches);
}

function drawArea(points: readonly Point[], style: SeriesStyle, places: Places, hatches: string): VNode[] {
  const fill = style.isHatched
    ? { class: 'edge', fill: `url(#${hatchId(hatches, style.colour)})` }
    : { class: `edge fill-${style.colour}` };
  return [svg('path', { ...fill, d: areaPath(points, places) }), ...doubtfulPoints(points, style, places)];
}

export function drawLine(points: readonly Point[], style: SeriesStyle, places: Places, bold = false): VNode[] {
  const { colour, dash } = style;
  const line = svg('path', {
    class: `line stroke-${colour}${bold ? ' bold' : ''}`,
    'stroke-dasharray': dash,
    d: linePath(points, places),
  });
  const markers = markedPoints(points, places).map(({ week, to }) => marker(places.x[week]!, places.y(to), style));
  return [line, ...markers, ...doubtfulPoints(points, style, places)];
}

function doubtfulPoints(points: readonly Point[], { colour }: SeriesStyle, { x, y }: Places): VNode[] {
  return points.filter(({ state }) => state === 'doubtful').map(({ week, to }) => hollowPoint(x[week]!, y(to), colour));
}

/** Some points along the line, those that stand alone, and the last. */
function markedPoints(points: readonly Point[], { x }: Places): Point[] {
  const last = points.findLastIndex(({ state }) => state === 'sure');
  let marked = Number.NEGATIVE_INFINITY;
  return points.filter((point, n) => {
    if (point.state !== 'sure') return false;
    const isDue = x[n]! - marked >= MARKER_DISTANCE && x[last]! - x[n]! >= MARKER_DISTANCE / 2;
    if (isDue) marked = x[n]!;
    return isDue || n === last || isAlone(points, n);
  });
}
