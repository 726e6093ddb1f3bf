import type { VNode } from 'preact';
import { drawKey, KEY_WIDTH, type LegendItem } from './legend.ts';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { textWidth } from './text-width.ts';

/** The name of a series, beside the place where it ends. */
export interface EndLabel extends LegendItem {
  y: number;
  /** The newest number, where there is room for it. */
  number: string;
}

const LINE = 16;
const LEADER = 8;

export function endLabelsWidth(labels: readonly Omit<EndLabel, 'y'>[], size: number): number {
  const widths = labels.map(({ text, number }) => textWidth(`${text} ${number}`, size));
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

function drawLabel({ key, text, number, y: end }: EndLabel, left: number, y: number, hatches: string): VNode[] {
  const moved = Math.abs(end - y) > 3;
  const leader = svg('path', { class: 'axis', d: `M${left - LEADER + 1},${tenth(end)}L${left - 2},${tenth(y)}` });
  const figure = number === '' ? [] : [' ', svg('tspan', { class: 'muted' }, number)];
  return [
    ...(moved ? [leader] : []),
    ...drawKey(key, left, tenth(y), hatches),
    svg('text', { x: left + KEY_WIDTH, y: tenth(y + 4) }, text, ...figure),
  ];
}
