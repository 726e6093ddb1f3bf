import type { ComponentChildren } from 'preact';

export type Locale = 'en' | 'ja';

/** How a chart is drawn. Sizes are in the units of its viewBox; texts are 12 or 13 units high. */
export interface Look {
  width: number;
  height: number;
  locale: Locale;
  /** Stands before the ids in the SVG; needed where one page holds the same chart twice. */
  key?: string;
  /** The outlines of the countries; a world map without them shows its legend only. */
  outlines?: WorldOutlines;
}

/** What a world map is made of: `territories.json`, of which only this is used. */
export interface WorldOutlines {
  width: number;
  height: number;
  sphere: string;
  unassigned: string;
  territories: Readonly<Record<string, { path: string; place?: readonly [number, number] | undefined }>>;
}

/** What a chart consists of, drawn from (0, 0) to (width, height). `defs` hold patterns. */
export interface Drawing {
  defs: ComponentChildren;
  marks: ComponentChildren;
}

/** Below this width a chart is on a phone. */
const PHONE = 600;

export function isNarrow({ width }: Look): boolean {
  return width < PHONE;
}

/** A phone shows 360 units on 320 pixels, so its letters are larger. */
export function fontSize(look: Look): number {
  return isNarrow(look) ? 13 : 12;
}

export function idOf(chart: { id: string }, look: Look, part: string): string {
  return `${look.key ?? ''}${chart.id}-${part}`;
}
