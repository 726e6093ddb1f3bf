import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { type Box, emptyNote } from './axes.ts';
import type { Slopes } from './chart.ts';
import { drawEndLabels, endLabelsWidth, spreadLabels } from './end-labels.ts';
import { KEY_WIDTH } from './legend.ts';
import { type Drawing, fontSize, type Look } from './look.ts';
import { formatNumber } from './numbers.ts';
import { marker, type SeriesStyle, styleOf, tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { fitText, textWidth } from './text-width.ts';

/** The unit, and below it the two moments. */
const TOP = 52;
const BOTTOM = 14;
const GAP = 10;
/** Names get no more than this of the width; the table has them whole. */
const NAMES_PART = 0.5;

interface Line {
  name: string;
  style: SeriesStyle;
  before: { y: number; text: string } | undefined;
  now: { y: number; text: string };
}

export function drawSlopes(chart: Slopes, look: Look): Drawing {
  const box = boxOf(chart, look);
  const lines = linesOf(chart, box, look);
  return {
    defs: [],
    marks: [
      svg('text', { class: 'muted', x: 0, y: 12 }, chart.unit),
      ...drawEnds(chart, box, look),
      ...lines.flatMap((line) => drawLine(line, box)),
      ...drawBefore(lines, box),
      ...drawEndLabels(lines.map(endLabel(box)), box, ''),
      ...(lines.length === 0 ? [emptyNote(box, look)] : []),
    ],
  };
}

function boxOf({ lines }: Slopes, look: Look): Box {
  const size = fontSize(look);
  const number = (value: number) => textWidth(formatNumber(value, look.locale), size);
  const numbers = max(lines, ({ before }) => (before === null ? 0 : number(before))) ?? 0;
  const names = endLabelsWidth(
    lines.map((line) => ({ ...endText(line, look), key: { kind: 'hollow', colour: '0' } })),
    size,
  );
  return { left: numbers + 2 * GAP, right: look.width - names, top: TOP, bottom: look.height - BOTTOM };
}

/** A long name gives way: the lines need room of their own. */
function endText({ name, now }: Slopes['lines'][number], look: Look): { text: string; number: string } {
  const number = formatNumber(now, look.locale);
  const size = fontSize(look);
  return { text: fitText(name, look.width * NAMES_PART - KEY_WIDTH - textWidth(number, size), size), number };
}

function linesOf(chart: Slopes, box: Box, look: Look): Line[] {
  const most = max(chart.lines, ({ before, now }) => Math.max(before ?? 0, now)) || 1;
  const y = scaleLinear([0, most], [box.bottom, box.top + GAP]);
  return chart.lines.map((line, n) => ({
    name: endText(line, look).text,
    style: styleOf(n, line.tone),
    before: line.before === null ? undefined : { y: y(line.before), text: formatNumber(line.before, look.locale) },
    now: { y: y(line.now), text: formatNumber(line.now, look.locale) },
  }));
}

function drawEnds({ ends }: Slopes, { left, right, top, bottom }: Box, look: Look): VNode[] {
  const half = textWidth(ends[0], fontSize(look)) / 2;
  return [left, right].flatMap((x, n) => [
    svg('path', { class: 'axis', d: `M${tenth(x)},${top}V${bottom}` }),
    svg('text', { class: 'muted', x: tenth(Math.max(x, half)), y: top - 12, 'text-anchor': 'middle' }, ends[n]),
  ]);
}

function drawLine({ style, before, now }: Line, { left, right }: Box): VNode[] {
  if (before === undefined) return [marker(right, now.y, style)];
  const d = `M${tenth(left)},${tenth(before.y)}L${tenth(right)},${tenth(now.y)}`;
  const line = svg('path', { class: `line stroke-${style.colour}`, 'stroke-dasharray': style.dash, d });
  return [line, marker(left, before.y, style), marker(right, now.y, style)];
}

function drawBefore(lines: readonly Line[], { left, top, bottom }: Box): VNode[] {
  const known = lines.flatMap(({ before }) => before ?? []);
  const heights = spreadLabels(
    known.map(({ y }) => y),
    top,
    bottom,
  );
  return known.map(({ text }, n) => {
    return svg('text', { x: tenth(left - GAP), y: tenth(heights[n]! + 4), 'text-anchor': 'end' }, text);
  });
}

function endLabel({ right }: Box) {
  return ({ name, style, now }: Line) => ({
    text: name,
    number: now.text,
    key: { kind: 'line' as const, style },
    x: right,
    y: now.y,
  });
}
