import { max } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { type Box, drawValueAxis, emptyNote, valueAxis, valueScale } from './axes.ts';
import type { ReleaseCurves } from './chart.ts';
import { drawEndLabels, endLabelsWidth, fitsLabels } from './end-labels.ts';
import { drawLegend, type LegendItem, legendHeight, placeLegend } from './legend.ts';
import { type Drawing, fontSize, isNarrow, type Look } from './look.ts';
import { formatShare } from './numbers.ts';
import { drawLine, type Places } from './series-marks.ts';
import type { Point } from './series-points.ts';
import { type SeriesStyle, styleOf, tenth } from './series-style.ts';
import { svg } from './svg.ts';

const TOP = 12;
const AXIS_HEIGHT = 42;
const RIGHT_EDGE = 20;
const LABELS_PART = 0.3;

type Curve = ReleaseCurves['curves'][number];

export function drawReleaseCurves(chart: ReleaseCurves, look: Look): Drawing {
  const lines = chart.curves.map((curve, n) => ({ ...curve, style: styleOf(n), points: pointsOf(curve) }));
  const most = max(lines, ({ points }) => max(points, ({ to }) => to)) ?? 0;
  const axis = valueAxis(most, true, look);
  const { box, direct, legend } = frameOf(lines, look, axis.width);
  const weeks = Math.max(1, ...chart.curves.map(({ values }) => values.length - 1));
  const x = scaleLinear([0, weeks], [box.left, box.right - 6]);
  const places = { x: Array.from({ length: weeks + 1 }, (_, week) => x(week)), y: valueScale(axis, box) };
  // The current release last, so that it lies on top.
  const order = lines.toSorted((a, b) => Number(a.isCurrent) - Number(b.isCurrent));
  const labels = lines.flatMap(({ points, ...line }) => {
    const last = points.findLast(({ state }) => state === 'sure');
    return last === undefined ? [] : [{ ...itemOf(line), number: numberOf(line, look), ...endOf(last, line, places) }];
  });
  return {
    defs: [],
    marks: [
      ...drawValueAxis(axis, box),
      ...drawWeekAxis(chart.axis, x, box, look),
      ...order.flatMap(({ points, style, isCurrent }) => drawLine(points, style, places, isCurrent)),
      ...(direct ? drawEndLabels(labels, box, '') : []),
      ...drawLegend(legend, 0, box.bottom + AXIS_HEIGHT, ''),
      ...(labels.length > 0 ? [] : [emptyNote(box, look)]),
    ],
  };
}

function pointsOf({ values }: Curve): Point[] {
  return values.map((value, week) => ({ week, from: 0, to: value ?? 0, state: value === null ? 'unknown' : 'sure' }));
}

function endOf({ week, to }: Point, { isCurrent }: Curve, { x, y }: Places) {
  return { x: x[week]!, y: y(to), strong: isCurrent };
}

type Line = Curve & { style: SeriesStyle };

function itemOf({ name, style }: Pick<Line, 'name' | 'style'>): LegendItem {
  return { text: name, key: { kind: 'line', style } };
}

function numberOf({ values }: Pick<Line, 'values'>, look: Look): string {
  const last = values.findLast((value) => value !== null);
  return isNarrow(look) || last === undefined || last === null ? '' : formatShare(last, look.locale);
}

function frameOf(lines: readonly Line[], look: Look, left: number) {
  const size = fontSize(look);
  const labels = endLabelsWidth(
    lines.map((line) => ({ ...itemOf(line), number: numberOf(line, look), strong: line.isCurrent })),
    size,
  );
  const direct = labels <= look.width * LABELS_PART && fitsLabels(lines.length, look.height - 80);
  const legend = placeLegend(direct ? [] : lines.map(itemOf), look.width, size);
  const right = look.width - (direct ? Math.max(labels, RIGHT_EDGE) : RIGHT_EDGE);
  return {
    box: { left, right, top: TOP, bottom: look.height - AXIS_HEIGHT - legendHeight(legend) },
    direct,
    legend,
  };
}

function drawWeekAxis(title: string, x: ScaleLinear<number, number>, box: Box, look: Look): VNode[] {
  const weeks = x.ticks(isNarrow(look) ? 4 : 10);
  const label = { class: 'muted', 'text-anchor': 'middle' } as const;
  return [
    ...weeks
      .filter(Number.isInteger)
      .flatMap((week) => [
        svg('path', { class: 'axis', d: `M${tenth(x(week))},${tenth(box.bottom)}v4` }),
        svg('text', { ...label, x: tenth(x(week)), y: tenth(box.bottom + 17) }, week),
      ]),
    svg('text', { ...label, x: (box.left + box.right) / 2, y: tenth(box.bottom + 34) }, title),
  ];
}
