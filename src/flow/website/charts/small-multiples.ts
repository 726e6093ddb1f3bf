import { max } from 'd3-array';
import type { VNode } from 'preact';
import { type Box, emptyNote, type ValueAxis, valueAxis, valueScale, weekPlaces } from './axes.ts';
import type { SmallMultiples } from './chart.ts';
import { type Drawing, fontSize, isNarrow, type Look } from './look.ts';
import { formatDay, formatNumber } from './numbers.ts';
import { linePath } from './series-marks.ts';
import { isAlone, type Point, seriesPoints } from './series-points.ts';
import { hollowPoint, tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { fitText } from './text-width.ts';

/** The line above the charts, which names the unit and the time of all of them. */
const TOP = 24;
const PANEL = 128;
const GAP = 24;
/** The name, and below it the top of the axis and the newest number. */
const NAME_ROW = 36;
const BOTTOM = 20;
/** Of the dot at the end of a line. */
const DOT = 3;
/** How much wider bold letters are. */
const BOLDER = 1.15;

export function multiplesHeight({ series }: SmallMultiples, narrow: boolean): number {
  return TOP + Math.max(1, Math.ceil(series.length / columnsOf(narrow))) * PANEL;
}

function columnsOf(narrow: boolean): number {
  return narrow ? 2 : 4;
}

export function drawSmallMultiples(chart: SmallMultiples, look: Look): Drawing {
  const points = seriesPoints({ ...chart, form: 'line' });
  const most = points.map((of) => max(of, ({ state, to }) => (state === 'unknown' ? 0 : to)) ?? 0);
  const shared = Math.max(0, ...most);
  const whole = { left: 0, right: look.width, top: 0, bottom: look.height };
  return {
    defs: [],
    marks: [
      svg('text', { class: 'muted', x: 0, y: 12 }, headOf(chart, look)),
      ...chart.series.flatMap(({ name }, n) => {
        const axis = valueAxis(chart.axis === 'same' ? shared : most[n]!, false, { ...look, height: PANEL });
        return drawPanel({ name, points: points[n]!, axis, box: boxOf(chart, look, n) }, chart.weeks, look);
      }),
      ...(chart.series.length === 0 ? [emptyNote(whole, look)] : []),
    ],
  };
}

function headOf({ unit, weeks }: SmallMultiples, { locale }: Look): string {
  const [first, last] = [weeks[0], weeks.at(-1)];
  if (first === undefined || last === undefined) return unit;
  // English has short names of months; Japanese ones are short as they are.
  const day = (monday: string) => formatDay(monday, locale, { dateStyle: locale === 'en' ? 'medium' : 'long' });
  return `${unit} (${day(first)} – ${day(last)})`;
}

function boxOf({ series }: SmallMultiples, look: Look, n: number): Box {
  const columns = columnsOf(isNarrow(look));
  const rows = Math.ceil(series.length / columns);
  const width = (look.width - (columns - 1) * GAP) / columns;
  const height = (look.height - TOP) / rows;
  const left = (n % columns) * (width + GAP);
  const top = TOP + Math.floor(n / columns) * height;
  return { left, right: left + width, top: top + NAME_ROW, bottom: top + height - BOTTOM };
}

interface Panel {
  name: string;
  points: readonly Point[];
  axis: ValueAxis;
  box: Box;
}

function drawPanel({ name, points, axis, box }: Panel, weeks: readonly string[], look: Look): VNode[] {
  const places = { x: weekPlaces(weeks, box), y: valueScale(axis, box) };
  const sure = points.findLast(({ state }) => state === 'sure');
  const dots = points.filter((point, n) => point === sure || isAlone(points, n));
  return [
    ...drawName(name, points, box, look),
    svg('path', { class: 'grid', d: `M${tenth(box.left)},${tenth(box.top)}H${tenth(box.right)}` }),
    svg('text', { class: 'muted', x: tenth(box.left), y: tenth(box.top - 4) }, axis.ticks[0]?.label),
    svg('path', { class: 'axis', d: `M${tenth(box.left)},${tenth(box.bottom)}H${tenth(box.right)}` }),
    svg('path', { class: 'line stroke-0', d: linePath(points, places) }),
    ...points
      .filter(({ state }) => state === 'doubtful')
      .map(({ week, to }) => hollowPoint(places.x[week]!, places.y(to), '0')),
    ...dots.map(({ week, to }) =>
      svg('circle', { class: 'fill-0', cx: tenth(places.x[week]!), cy: tenth(places.y(to)), r: DOT }),
    ),
  ];
}

/** The number is that of the newest week; without one there is only the name. */
function drawName(name: string, points: readonly Point[], { left, right, top }: Box, look: Look): VNode[] {
  const newest = points.at(-1);
  const number = newest === undefined || newest.state === 'unknown' ? '' : formatNumber(newest.to, look.locale);
  const text = fitText(name, (right - left) / BOLDER, fontSize(look));
  return [
    svg('text', { class: 'strong', x: tenth(left), y: tenth(top - NAME_ROW + 14) }, text),
    svg('text', { x: tenth(right), y: tenth(top - 4), 'text-anchor': 'end' }, number),
  ];
}
