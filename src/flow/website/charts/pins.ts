import type { VNode } from 'preact';
import type { Pin, TimeSeries } from './chart.ts';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';

/** A pin as it stands in the chart; the list below the chart has the same numbers. */
export interface NumberedPin extends Pin {
  number: number;
  /** The Monday of the week it falls in. */
  week: string;
}

const RADIUS = 9;
export const PIN_ROW = 2 * RADIUS + 3;

/** By date, from 1. Pins before or after the weeks of the chart are not in it. */
export function numberedPins({ pins, weeks }: TimeSeries): NumberedPin[] {
  const end = weeks.length === 0 ? '' : dayAfter(weeks.at(-1)!, 6);
  return pins
    .filter(({ date }) => weeks.length > 0 && date >= weeks[0]! && date <= end)
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
    .map((pin, n) => ({ ...pin, number: n + 1, week: weeks.findLast((monday) => monday <= pin.date)! }));
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The row of each pin, the lowest first, so that none covers another. */
export function pinRows(places: readonly number[]): number[] {
  const ends: number[] = [];
  return places.map((x) => {
    const free = ends.findIndex((end) => end <= x - RADIUS);
    const row = free < 0 ? ends.length : free;
    ends[row] = x + RADIUS + 1;
    return row;
  });
}

export function drawPin({ number }: NumberedPin, x: number, y: number, bottom: number): VNode[] {
  const d = `M${tenth(x)},${tenth(y + RADIUS)}V${bottom}`;
  return [
    svg('path', { class: 'pin-halo', d }),
    svg('path', { class: 'pin-line', d }),
    svg('circle', { class: 'pin', cx: tenth(x), cy: tenth(y), r: RADIUS }),
    svg('text', { x: tenth(x), y: tenth(y + 4), 'text-anchor': 'middle', 'font-size': 11 }, number),
  ];
}
