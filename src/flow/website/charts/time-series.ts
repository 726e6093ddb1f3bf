import { max, min } from 'd3-array';
import type { VNode } from 'preact';
import {
  type Box,
  drawTimeAxis,
  drawValueAxis,
  emptyNote,
  logarithmicAxis,
  TIME_AXIS_HEIGHT,
  type ValueAxis,
  valueAxis,
  valueScale,
  weekPlaces,
} from './axes.ts';
import type { TimeSeries } from './chart.ts';
import { drawEndLabels, type EndLabel, endLabelsWidth, fitsLabels } from './end-labels.ts';
import { drawLegend, type LegendItem, legendHeight, type PlacedItem, placeLegend } from './legend.ts';
import { type Drawing, fontSize, idOf, isNarrow, type Look } from './look.ts';
import { formatNumber, formatShare } from './numbers.ts';
import { drawPin, numberedPins, PIN_ROW, pinRows } from './pins.ts';
import { areaPath, drawLayer, linePath, type Places } from './series-marks.ts';
import { bandPoints, type Point, seriesPoints } from './series-points.ts';
import { hatch, type SeriesStyle, seriesStyles, tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { CHART_WORDS } from './words.ts';

/** The line above the chart that names the unit. */
const UNIT_ROW = 26;
const RIGHT_EDGE = 20;
/** Names longer than this part of the width stand below the chart instead. */
const LABELS_PART = 0.3;

export function drawTimeSeries(chart: TimeSeries, look: Look): Drawing {
  const layers = layersOf(chart, look);
  const axis = axisOf(chart, layers, look);
  const frame = frameOf(chart, look, layers, axis);
  const places = { x: weekPlaces(chart.weeks, frame.box), y: valueScale(axis, frame.box) };
  const hatches = idOf(chart, look, 'hatch');
  const hatched = new Set(layers.filter(({ style }) => style.isHatched).map(({ style }) => style.colour));
  return {
    defs: [...hatched].map((colour) => hatch(hatches, colour)),
    marks: [
      svg('text', { class: 'muted', x: 0, y: 12 }, chart.unit),
      ...drawValueAxis(axis, frame.box),
      ...drawTimeAxis(chart.weeks, frame.box, look),
      ...layers.flatMap(({ points, style }) => drawLayer(chart.form, points, style, places, hatches)),
      ...drawBand(chart, layers, places),
      ...drawPins(chart, places, frame.box),
      ...(frame.direct ? drawEndLabels(endLabels(layers, places), frame.box, hatches) : []),
      ...drawLegend(frame.legend, 0, frame.box.bottom + TIME_AXIS_HEIGHT, hatches),
      ...(isEmpty(layers) ? [emptyNote(frame.box, look)] : []),
      ...hitAreas(chart.weeks, places, frame.box),
    ],
  };
}

interface Layer {
  item: LegendItem;
  /** The newest number in words; empty where it is not known or there is no room. */
  number: string;
  style: SeriesStyle;
  points: Point[];
}

function layersOf(chart: TimeSeries, look: Look): Layer[] {
  const styles = seriesStyles(chart.series);
  const points = seriesPoints(chart);
  const kind = chart.form === 'line' ? 'line' : 'area';
  return chart.series.map(({ name }, n) => ({
    item: { text: name, key: { kind, style: styles[n]! } },
    number: isNarrow(look) ? '' : newest(points[n]!, chart.form, look),
    style: styles[n]!,
    points: points[n]!,
  }));
}

function newest(points: readonly Point[], form: TimeSeries['form'], { locale }: Look): string {
  const last = points.at(-1);
  if (last === undefined || last.state === 'unknown') return '';
  const value = last.to - last.from;
  return form === 'share' ? formatShare(value, locale) : formatNumber(value, locale);
}

function axisOf(chart: TimeSeries, layers: readonly Layer[], look: Look): ValueAxis {
  if (chart.isLogarithmic !== true) return valueAxis(highest(chart, layers), chart.form === 'share', look);
  const drawn = layers.flatMap(({ points }) => points.flatMap(({ state, to }) => (state === 'unknown' ? [] : [to])));
  return logarithmicAxis(min(drawn), max(drawn), look);
}

function highest(chart: TimeSeries, layers: readonly Layer[]): number {
  if (chart.form === 'share') return 1;
  const known = [...layers.map(({ points }) => points), bandPoints(chart)].flat();
  return max(known, ({ state, to }) => (state === 'unknown' ? 0 : to)) ?? 0;
}

function isEmpty(layers: readonly Layer[]): boolean {
  return layers.every(({ points }) => points.every(({ state }) => state === 'unknown'));
}

interface Frame {
  box: Box;
  /** Names stand where the series end; otherwise in the legend. */
  direct: boolean;
  legend: PlacedItem[];
}

function frameOf(chart: TimeSeries, look: Look, layers: readonly Layer[], axis: ValueAxis): Frame {
  const size = fontSize(look);
  const labelled = layers.filter(({ points }) => points.some(({ state }) => state !== 'unknown'));
  const labels = endLabelsWidth(
    labelled.map(({ item, number }) => ({ ...item, number })),
    size,
  );
  const direct = labels <= look.width * LABELS_PART && fitsLabels(labelled.length, look.height - 140);
  const legend = placeLegend(legendItems(chart, look, direct ? [] : layers), look.width, size);
  const right = direct ? Math.max(labels, RIGHT_EDGE) : RIGHT_EDGE;
  const box = { left: axis.width, right: look.width - right, top: 0, bottom: 0 };
  const rows = pinRows(numberedPins(chart).map(({ week }) => weekPlaces(chart.weeks, box)[chart.weeks.indexOf(week)]!));
  box.top = UNIT_ROW + (rows.length === 0 ? 0 : (Math.max(...rows) + 1) * PIN_ROW);
  box.bottom = look.height - TIME_AXIS_HEIGHT - legendHeight(legend);
  return { box, direct, legend };
}

function legendItems({ band, doubtful }: TimeSeries, { locale }: Look, layers: readonly Layer[]): LegendItem[] {
  const text = CHART_WORDS[locale].doubtful;
  return [
    ...layers.map(({ item }) => item),
    ...(band === undefined ? [] : [{ text: band.label, key: { kind: 'box', className: 'band' } as const }]),
    ...(doubtful.includes(true) ? [{ text, key: { kind: 'hollow', colour: '0' } as const }] : []),
  ];
}

/** The band lies over the top of a stack, so that top is drawn once more above it. */
function drawBand(chart: TimeSeries, layers: readonly Layer[], places: Places): VNode[] {
  const path = areaPath(bandPoints(chart), places);
  if (path === '') return [];
  const band = svg('path', { class: 'band', d: path });
  const top = layers.at(-1);
  if (chart.form !== 'stacked' || top === undefined) return [band];
  return [band, svg('path', { class: `line stroke-${top.style.colour}`, d: linePath(top.points, places) })];
}

function drawPins(chart: TimeSeries, { x }: Places, box: Box): VNode[] {
  const pins = numberedPins(chart);
  const at = pins.map(({ week }) => x[chart.weeks.indexOf(week)]!);
  const rows = pinRows(at);
  return pins.flatMap((pin, n) => drawPin(pin, at[n]!, box.top - (rows[n]! + 0.5) * PIN_ROW, box.bottom));
}

function endLabels(layers: readonly Layer[], { x, y }: Places): EndLabel[] {
  return layers.flatMap(({ item, number, points }) => {
    const last = points.findLast(({ state }) => state !== 'unknown');
    if (last === undefined) return [];
    const height = item.key.kind === 'line' ? y(last.to) : y((last.from + last.to) / 2);
    return [{ ...item, number, x: x[last.week]!, y: height }];
  });
}

/** One for each week, as wide as a week, for the pointer. */
function hitAreas(weeks: readonly string[], { x }: Places, { left, right, top, bottom }: Box): VNode[] {
  const between = weeks.map((_, n) => (n === 0 ? left : (x[n - 1]! + x[n]!) / 2));
  return weeks.map((week, n) => {
    const end = between[n + 1] ?? right;
    const size = { width: tenth(end - between[n]!), height: tenth(bottom - top) };
    return svg('rect', { class: 'hit', 'data-week': week, x: tenth(between[n]!), y: tenth(top), ...size });
  });
}
