import type { VNode } from 'preact';
import { drawKey, KEY_WIDTH, type LegendItem } from './legend.ts';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { textWidth } from './text-width.ts';

/** The name of a series, beside the place where it ends. */
export interface EndLabel extends LegendItem {
  x: number;
  y: number;
  /** The one that the chart is about. */
  strong?: boolean;
  /** The newest number, where there is room for it. */
  number: string;
}

const LINE = 16;
const LEADER = 8;
/** How much wider bold letters are. */
const BOLDER = 1.15;
/** Between the newest week and the edge of the box; a series that ends farther away is led to its label. */
const MARGIN = 12;

export function endLabelsWidth(labels: readonly Omit<EndLabel, 'x' | 'y'>[], size: number): number {
  const widths = labels.map(({ text, number, strong }) => textWidth(`${text} ${number}`, size) * (strong ? BOLDER : 1));
  return LEADER + KEY_WIDTH + Math.max(0, ...widths);
}

/** Whether labels can stand side by side in this height. */
export function fitsLabels(count: number, height: number): boolean {
  return count * LINE <= height;
}

/** Heights as near as can be to those wanted, in the same order, without overlap, within the bounds. */
export function spreadLabels(wanted: readonly number[], top: number, bottom: number): number[] {
  const order = wanted.map((_, n) => n).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const placed = order.map((n) => wanted[n]!);
  for (let n = 0; n < placed.length; n++) placed[n] = Math.max(placed[n]!, n === 0 ? top : placed[n - 1]! + LINE);
  for (let n = placed.length - 1; n >= 0; n--) {
    placed[n] = Math.min(placed[n]!, n === placed.length - 1 ? bottom : placed[n + 1]! - LINE);
  }
  const heights: number[] = [];
  for (const [place, n] of order.entries()) heights[n] = placed[place]!;
  return heights;
}

export function drawEndLabels(
  labels: readonly EndLabel[],
  box: { right: number; top: number; bottom: number },
  hatches: string,
): VNode[] {
  const heights = spreadLabels(
    labels.map(({ y }) => y),
    box.top + LINE / 2,
    box.bottom - LINE / 2,
  );
  return labels.flatMap((label, n) => drawLabel(label, box.right + LEADER, heights[n]!, hatches));
}

function drawLabel({ key, text, number, strong, ...end }: EndLabel, left: number, y: number, hatches: string): VNode[] {
  const isFar = Math.abs(end.y - y) > 3 || left - LEADER - end.x > MARGIN;
  const leader = svg('path', { class: 'leader', d: `M${tenth(end.x + 6)},${tenth(end.y)}L${left - 2},${tenth(y)}` });
  const figure = number === '' ? [] : [' ', svg('tspan', { class: 'muted' }, number)];
  return [
    ...(isFar ? [leader] : []),
    ...drawKey(key, left, tenth(y), hatches),
    svg(
      'text',
      { x: left + KEY_WIDTH, y: tenth(y + 4), class: strong === true ? 'strong' : undefined },
      text,
      ...figure,
    ),
  ];
}
