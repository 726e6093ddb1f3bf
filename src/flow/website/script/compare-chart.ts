import { nice, ticks } from 'd3-array';
import type { Measure, View } from './comparison.ts';
import { svg } from './elements.ts';

/** Not the charts of the pages: those would make the script three times as large. */
const WIDE = { width: 760, height: 340, left: 64, right: 600, top: 16, bottom: 300 };
/** On a phone the letters stay as large, and the picture becomes smaller around them. */
const NARROW = { width: 400, height: 320, left: 66, right: 290, top: 16, bottom: 280 };
type Box = typeof WIDE;
const DASHES = ['none', '8 4', '2 5', '12 4 2 4', '5 3', '14 3'];
/** Corners of the markers, around their middle. */
const MARKERS = [
  '-4,-4 4,-4 4,4 -4,4',
  '0,-5 5,4 -5,4',
  '0,-6 5,0 0,6 -5,0',
  '-5,-4 5,-4 0,5',
  '-2,-5 2,-5 5,0 2,5 -2,5 -5,0',
  '-5,-2 5,-2 5,2 -5,2',
];
const LABEL = 17;

export interface Manner {
  measure: Measure;
  locale: string;
  /** Mondays of weeks that cannot be trusted: their points are hollow and alone. */
  doubtful: readonly string[];
  isNarrow: boolean;
}

/** Lines from 0, with gaps where nothing is published; each ends in its marker and its name. */
export function drawComparison({ weeks, series }: View, { measure, locale, doubtful, isNarrow }: Manner): SVGElement {
  const box = isNarrow ? NARROW : WIDE;
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)), 0);
  const top = nice(0, most === 0 ? 1 : most, 5)[1];
  const marks = ticks(0, top, 5);
  const x = (n: number) => box.left + ((box.right - box.left) * n) / Math.max(1, weeks.length - 1);
  const y = (value: number) => box.bottom - ((box.bottom - box.top) * value) / top;
  const heights = labelHeights(
    series.map(({ values }) => y(values.findLast((value) => value !== null) ?? 0)),
    box,
  );
  const title = series.map(({ name }) => name).join(', ');
  return svg(
    'svg',
    { class: 'chart', role: 'img', viewBox: `0 0 ${box.width} ${box.height}`, 'font-size': 13, 'aria-label': title },
    ...marks.flatMap((mark) => valueMark(mark, y(mark), box, { measure, locale })),
    ...ticks(0, weeks.length - 1, isNarrow ? 2 : 5)
      .filter(Number.isInteger)
      .map((n) => weekMark(weeks[n]!, x(n), box, locale)),
    ...series.flatMap(({ name, values }, n) => [
      ...seriesMarks(
        values.map((value, at) => ({ value, isDoubtful: doubtful.includes(weeks[at]!) })),
        n,
        x,
        y,
      ),
      ...labelOf({ name, values, n, height: heights[n]! }, x, y, box),
    ]),
  );
}

function valueMark(
  value: number,
  y: number,
  box: Box,
  { measure, locale }: Pick<Manner, 'measure' | 'locale'>,
): SVGElement[] {
  const format = new Intl.NumberFormat(locale, measure === 'share' ? { style: 'percent' } : {});
  return [
    svg('path', { class: 'grid', d: `M${box.left},${y}H${box.right}` }),
    svg('text', { class: 'muted', x: box.left - 8, y: y + 4, 'text-anchor': 'end' }, format.format(value)),
  ];
}

function weekMark(week: string, x: number, box: Box, locale: string): SVGElement {
  const format = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', timeZone: 'UTC' });
  const text = format.format(new Date(`${week}T00:00:00Z`));
  return svg('text', { class: 'muted', x, y: box.bottom + 22, 'text-anchor': 'middle' }, text);
}

interface Point {
  value: number | null;
  isDoubtful: boolean;
}

function seriesMarks(points: readonly Point[], n: number, x: Scale, y: Scale): SVGElement[] {
  const trusted = points.map(({ value, isDoubtful }) => (isDoubtful ? null : value));
  const hollow = points.flatMap(({ value, isDoubtful }, at) => {
    const place = { cx: x(at).toFixed(1), cy: y(value ?? 0).toFixed(1), r: 3.5 };
    return isDoubtful && value !== null ? [svg('circle', { class: `hollow stroke-${n}`, ...place })] : [];
  });
  return [
    ...runs(trusted).map((run) =>
      lineOf(
        run.map(([at, value]) => [x(at), y(value)] as const),
        n,
      ),
    ),
    ...hollow,
  ];
}

/** Stretches of weeks with numbers. */
function runs(values: readonly (number | null)[]): [number, number][][] {
  const found: [number, number][][] = [];
  for (const [n, value] of values.entries()) {
    if (value === null) continue;
    if (n === 0 || values[n - 1] === null) found.push([]);
    found.at(-1)!.push([n, value]);
  }
  return found;
}

function lineOf(points: readonly (readonly [number, number])[], n: number): SVGElement {
  const style = { class: `line stroke-${n}`, 'stroke-dasharray': DASHES[n]! };
  return svg('polyline', { ...style, points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ') });
}

type Scale = (value: number) => number;

interface EndLabel {
  name: string;
  values: readonly (number | null)[];
  n: number;
  height: number;
}

function labelOf({ name, values, n, height }: EndLabel, x: Scale, y: Scale, box: Box): SVGElement[] {
  const last = values.findLastIndex((value) => value !== null);
  if (last < 0) return [];
  const marker = (left: number, top: number) =>
    svg('polygon', { class: `fill-${n} edge`, points: MARKERS[n]!, transform: `translate(${left},${top})` });
  return [
    marker(x(last), y(values[last]!)),
    marker(box.right + 16, height),
    svg('text', { x: box.right + 28, y: height + 4 }, name),
  ];
}

/** As near as can be to where the lines end, without overlap. */
function labelHeights(wanted: readonly number[], box: Box): number[] {
  const heights = [...wanted];
  const order = wanted.map((_, n) => n).sort((a, b) => wanted[a]! - wanted[b]!);
  let least = box.top;
  for (const n of order) {
    heights[n] = Math.max(heights[n]!, least);
    least = heights[n]! + LABEL;
  }
  let most = box.bottom;
  for (const n of order.toReversed()) {
    heights[n] = Math.min(heights[n]!, most);
    most = heights[n]! - LABEL;
  }
  return heights;
}
