import { ticks } from 'd3-array';
import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import type { VNode } from 'preact';
import { fontSize, isNarrow, type Locale, type Look } from './look.ts';
import { axisFormat, formatDay } from './numbers.ts';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { textWidth } from './text-width.ts';
import { CHART_WORDS } from './words.ts';

/** Where the data is drawn. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface ValueAxis {
  /** Most at first; from 0, unless it is logarithmic. */
  ticks: { value: number; label: string }[];
  least: number;
  most: number;
  isLogarithmic: boolean;
  /** What the labels need at the left of the box. */
  width: number;
}

/** Room below the box for two lines: the month, and the year where it begins. */
export const TIME_AXIS_HEIGHT = 38;

/** `most`: the largest number drawn; if nothing is, the axis still goes from 0 to 1. */
export function valueAxis(most: number, share: boolean, look: Look): ValueAxis {
  const count = Math.max(2, Math.min(6, Math.floor(look.height / 60)));
  const scale = scaleLinear([0, most > 0 ? most : 1], [0, 1]).nice(count);
  const found = scale.ticks(count).filter((value) => share || Number.isInteger(value));
  return { ...labelled(found, most, share, look), least: 0, most: scale.domain()[1]!, isLogarithmic: false };
}

/** From a power of ten to a power of ten. `least` and `most`: of the numbers drawn, above 0; neither if there are none. */
export function logarithmicAxis(least: number | undefined, most: number | undefined, look: Look): ValueAxis {
  const scale = scaleLog([least ?? 1, Math.max(most ?? 1, (least ?? 1) * 2)], [0, 1]).nice();
  // D3 leaves the labels empty that it has no room for.
  const isLabelled = scale.tickFormat(6);
  const found = scale.ticks().filter((value) => value >= 1 && isLabelled(value) !== '');
  const [bottom, top] = scale.domain() as [number, number];
  return { ...labelled(found, top, false, look), least: bottom, most: top, isLogarithmic: true };
}

function labelled(values: readonly number[], most: number, share: boolean, look: Look) {
  const format = axisFormat(look.locale, { share, most, narrow: isNarrow(look) });
  const ticks = values.map((value) => ({ value, label: format(value) })).reverse();
  const widths = ticks.map(({ label }) => textWidth(label, fontSize(look)));
  return { ticks, width: Math.ceil(Math.max(...widths)) + 8 };
}

export function valueScale({ least, most, isLogarithmic }: ValueAxis, box: Box): (value: number) => number {
  return (isLogarithmic ? scaleLog : scaleLinear)([least, most], [box.bottom, box.top]);
}

export function drawValueAxis(axis: ValueAxis, box: Box): VNode[] {
  const y = valueScale(axis, box);
  return axis.ticks.flatMap(({ value, label }) => [
    svg('path', { class: value === axis.least ? 'axis' : 'grid', d: `M${box.left},${tenth(y(value))}H${box.right}` }),
    svg('text', { class: 'muted', x: box.left - 8, y: tenth(y(value) + 4), 'text-anchor': 'end' }, label),
  ]);
}

/** The place of each week; a single one stands in the middle. */
export function weekPlaces(weeks: readonly string[], box: Box): number[] {
  const scale = scaleUtc(span(weeks), [box.left + 6, box.right - 6]);
  return weeks.map((week) => scale(new Date(week)));
}

function span(weeks: readonly string[]): [Date, Date] {
  return [new Date(weeks[0] ?? 0), new Date(weeks.at(-1) ?? 0)];
}

interface TimeTick {
  day: string;
  x: number;
}

export function drawTimeAxis(weeks: readonly string[], box: Box, look: Look): VNode[] {
  const room = isNarrow(look) ? 62 : 80;
  const count = Math.max(2, Math.floor((box.right - box.left) / room));
  const isShort = weeks.length <= count * 3;
  const found = isShort ? weekTicks(weeks, box, count) : monthTicks(weeks, box, count);
  return found.flatMap((tick, n) => drawTimeTick(tick, found[n - 1], box, look.locale, isShort));
}

/** Over few weeks the marks are weeks themselves: D3's own weeks begin on Sundays. */
function weekTicks(weeks: readonly string[], box: Box, count: number): TimeTick[] {
  const places = weekPlaces(weeks, box);
  const chosen = weeks.length === 1 ? [0] : ticks(0, weeks.length - 1, count).filter(Number.isInteger);
  return weeks.length === 0 ? [] : chosen.map((n) => ({ day: weeks[n]!, x: places[n]! }));
}

function monthTicks(weeks: readonly string[], box: Box, count: number): TimeTick[] {
  const scale = scaleUtc(span(weeks), [box.left + 6, box.right - 6]);
  // D3 takes the round interval next to the wish, which may give twice as many ticks.
  const wishes = Array.from({ length: count }, (_, n) => scale.ticks(count - n));
  const fitting = wishes.find(({ length }) => length <= count * 1.7) ?? [];
  return fitting.map((date) => ({ day: date.toISOString().slice(0, 10), x: scale(date) }));
}

function drawTimeTick(
  { day, x }: TimeTick,
  before: TimeTick | undefined,
  box: Box,
  locale: Locale,
  isWeek: boolean,
): VNode[] {
  const year = day.slice(0, 4) === before?.day.slice(0, 4) ? '' : formatDay(day, locale, { year: 'numeric' });
  const month = formatDay(day, locale, isWeek ? { day: 'numeric', month: 'short' } : { month: 'short' });
  const place = { class: 'muted', x: tenth(x), 'text-anchor': 'middle' };
  return [
    svg('path', { class: 'axis', d: `M${tenth(x)},${tenth(box.bottom)}v4` }),
    svg('text', { ...place, y: tenth(box.bottom + 17) }, month),
    ...(year === '' ? [] : [svg('text', { ...place, y: tenth(box.bottom + 32) }, year)]),
  ];
}

/** In place of data that is not there. */
export function emptyNote({ left, right, top, bottom }: Box, { locale }: Look): VNode {
  const place = { x: (left + right) / 2, y: (top + bottom) / 2, 'text-anchor': 'middle' } as const;
  return svg('text', { ...place, class: 'muted' }, CHART_WORDS[locale].empty);
}
