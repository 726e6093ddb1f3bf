import type { VNode } from 'preact';
import { hatchId, hollowPoint, marker, type SeriesStyle } from './series-style.ts';
import { svg } from './svg.ts';
import { fitText, textWidth } from './text-width.ts';

export interface LegendItem {
  text: string;
  key: Key;
}

type Key =
  | { kind: 'area' | 'line'; style: SeriesStyle }
  | { kind: 'box'; className: string }
  | { kind: 'pattern'; fill: string }
  | { kind: 'hollow'; colour: string };

export const KEY_WIDTH = 22;
const GAP = 18;
export const LEGEND_LINE = 20;

export interface PlacedItem extends LegendItem {
  x: number;
  line: number;
}

/** Items from left to right, in as many lines as they need. */
export function placeLegend(items: readonly LegendItem[], width: number, size: number): PlacedItem[] {
  let [x, line] = [0, 0];
  return items.map((item) => {
    const text = fitText(item.text, width - KEY_WIDTH, size);
    const needed = KEY_WIDTH + textWidth(text, size);
    if (x > 0 && x + needed > width) [x, line] = [0, line + 1];
    const placed = { ...item, text, x, line };
    x += needed + GAP;
    return placed;
  });
}

export function legendHeight(items: readonly PlacedItem[]): number {
  return items.length === 0 ? 0 : (items.at(-1)!.line + 1) * LEGEND_LINE;
}

export function drawLegend(items: readonly PlacedItem[], left: number, top: number, hatches: string): VNode[] {
  return items.flatMap(({ x, line, text, key }) => {
    const y = top + line * LEGEND_LINE + LEGEND_LINE / 2;
    return [...drawKey(key, left + x, y, hatches), svg('text', { x: left + x + KEY_WIDTH, y: y + 4 }, text)];
  });
}

/** The sign beside a name: what its series looks like in the chart. 16 wide, around the height `y`. */
export function drawKey(key: Key, x: number, y: number, hatches: string): VNode[] {
  const box = { x, y: y - 6, width: 16, height: 12 };
  switch (key.kind) {
    case 'area':
      return [
        svg('rect', key.style.isHatched ? { ...box, ...hatchFill(hatches, key.style) } : areaFill(box, key.style)),
      ];
    case 'line':
      return [lineKey(x, y, key.style), marker(x + 8, y, key.style)];
    case 'box':
      return [svg('rect', { ...box, class: key.className })];
    case 'pattern':
      return [svg('rect', { ...box, fill: key.fill })];
    case 'hollow':
      return [hollowPoint(x + 8, y, key.colour)];
  }
}

function hatchFill(hatches: string, { colour }: SeriesStyle) {
  return { fill: `url(#${hatchId(hatches, colour)})` };
}

function areaFill(box: object, { colour }: SeriesStyle) {
  return { ...box, class: `fill-${colour}` };
}

function lineKey(x: number, y: number, { colour, dash }: SeriesStyle): VNode {
  return svg('path', { class: `line stroke-${colour}`, 'stroke-dasharray': dash, d: `M${x},${y}h16` });
}
