import { max } from 'd3-array';
import { type ScaleLinear, scaleBand, scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { emptyNote } from './axes.ts';
import type { Bar, RankedBars } from './chart.ts';
import { drawLegend, LEGEND_LINE } from './legend.ts';
import { type Drawing, fontSize, isNarrow, type Look } from './look.ts';
import { formatNumber, formatShare } from './numbers.ts';
import { hollowPoint, tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { fitText, textWidth } from './text-width.ts';

const ROW = 30;
/** On a phone a name stands above its bar. */
const NARROW_ROW = 46;
const TOP = 22;
const BAR = 14;
/** In a picture with room to spare bars are thicker, but not as thick as blocks. */
const THICKEST = 26;
const GAP = 12;
/** More than this of the width is not given to names; the table has them whole. */
const NAMES_PART = 0.32;

export function barsHeight(chart: RankedBars, narrow: boolean): number {
  const rows = Math.max(2, chart.bars.length) * (narrow ? NARROW_ROW : ROW);
  return TOP + rows + (chart.earlierLabel === undefined ? 0 : LEGEND_LINE + 4);
}

interface Rows {
  names: number;
  x: ScaleLinear<number, number>;
  /** The middle of the bar of a row. */
  y: (row: number) => number;
  thickness: number;
  size: number;
  look: Look;
}

export function drawRankedBars(chart: RankedBars, look: Look): Drawing {
  const rows = rowsOf(chart, look);
  const box = { left: 0, right: look.width, top: 0, bottom: look.height };
  return {
    defs: [],
    marks: [
      svg('text', { class: 'muted', x: rows.names, y: 12 }, chart.unit),
      ...chart.bars.flatMap((bar, n) => drawBar(bar, n, chart, rows)),
      ...drawKeys(chart, look),
      ...(chart.bars.length === 0 ? [emptyNote(box, look)] : []),
    ],
  };
}

function rowsOf({ bars, earlierLabel, isShare }: RankedBars, look: Look): Rows {
  const [size, narrow] = [fontSize(look), isNarrow(look)];
  const widest = max(bars, ({ name }) => textWidth(name, size)) ?? 0;
  const names = narrow ? 0 : Math.ceil(Math.min(widest, look.width * NAMES_PART)) + GAP;
  const numbers =
    max(bars, (bar) => (bar.instead === undefined ? textWidth(numberOf(bar, isShare, look), size) : 0)) ?? 0;
  const most = max(bars, (bar) => Math.max(shownValue(bar), shownEarlier(bar, earlierLabel) ?? 0)) ?? 0;
  const band = scaleBand<number>(
    bars.map((_, n) => n),
    [TOP, look.height - keysHeight(earlierLabel)],
  );
  const thickness = tenth(Math.min(THICKEST, Math.max(BAR, band.bandwidth() * 0.45)));
  const middle = narrow ? band.bandwidth() - thickness / 2 - 6 : band.bandwidth() / 2;
  return {
    names,
    x: scaleLinear([0, most > 0 ? most : 1], [names, look.width - numbers - GAP]),
    y: (n) => band(n)! + middle,
    thickness,
    size,
    look,
  };
}

function numberOf({ value }: Bar, isShare: boolean | undefined, { locale }: Look): string {
  return isShare === true ? formatShare(value, locale) : formatNumber(value, locale);
}

/** What is said in words has no length. */
function shownValue({ instead, value }: Bar): number {
  return instead === undefined ? value : 0;
}

function shownEarlier({ earlier }: Bar, label: string | undefined): number | null {
  return label === undefined ? null : earlier;
}

function drawBar(bar: Bar, n: number, { earlierLabel, isShare }: RankedBars, rows: Rows): VNode[] {
  const y = rows.y(n);
  const { thickness } = rows;
  const end = rows.x(shownValue(bar));
  const earlier = shownEarlier(bar, earlierLabel);
  const then = earlier === null ? end : rows.x(earlier);
  const words = bar.instead ?? numberOf(bar, isShare, rows.look);
  const kind = bar.instead === undefined ? {} : { class: 'muted' };
  return [
    drawName(bar, y, rows),
    svg('rect', {
      class: 'fill-0',
      x: rows.names,
      y: tenth(y - thickness / 2),
      width: tenth(end - rows.names),
      height: thickness,
    }),
    ...(earlier === null ? [] : drawEarlier(end, then, y)),
    // To the right of the dot, if that is farther: the number belongs to the bar all the same.
    svg('text', { ...kind, x: tenth(Math.max(end, then + (earlier === null ? 0 : 5)) + 6), y: tenth(y + 4) }, words),
  ];
}

function drawName({ name }: Bar, y: number, { names, size, look, thickness }: Rows): VNode {
  if (names === 0) return svg('text', { x: 0, y: tenth(y - thickness / 2 - 6) }, fitText(name, look.width, size));
  const place = { x: names - GAP, y: tenth(y + 4), 'text-anchor': 'end' };
  return svg('text', place, fitText(name, names - GAP, size));
}

function drawEarlier(end: number, then: number, y: number): VNode[] {
  return [
    svg('path', { class: 'stroke-1', d: `M${tenth(end)},${tenth(y)}H${tenth(then)}` }),
    hollowPoint(then, y, '1'),
  ];
}

function keysHeight(label: string | undefined): number {
  return label === undefined ? 0 : LEGEND_LINE + 4;
}

function drawKeys({ earlierLabel }: RankedBars, look: Look): VNode[] {
  if (earlierLabel === undefined) return [];
  const text = fitText(earlierLabel, look.width - 30, fontSize(look));
  const item = { text, key: { kind: 'hollow', colour: '1' } as const, x: 0, line: 0 };
  return drawLegend([item], 0, look.height - LEGEND_LINE, '');
}
