import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
} from 'd3-shape';
import type { VNode } from 'preact';
import type { Series } from './chart.ts';
import { SERIES_COLOURS } from './colours.ts';
import { svg } from './svg.ts';

/** What tells a series from the others: never its colour alone. */
export interface SeriesStyle {
  /** The end of a class name, as in `fill-0` and `stroke-grey`. */
  colour: string;
  isHatched: boolean;
  dash: string | undefined;
  marker: SymbolType;
}

const DASHES = [undefined, '8 4', '2 5', '12 4 2 4', '5 3'];
const MARKERS = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross, symbolStar, symbolSquare];
const MARKER_AREA = 46;

/** Colours, dashes and markers repeat at different lengths, so that far more series than colours stay different. */
export function styleOf(place: number, tone: Series['tone'] = 'plain'): SeriesStyle {
  const grey = place % 2 === 0 ? 'grey' : 'grey-2';
  return {
    colour: tone === 'grey' ? grey : String(place % SERIES_COLOURS),
    isHatched: tone === 'light',
    dash: tone === 'light' ? '3 4' : DASHES[place % DASHES.length],
    marker: MARKERS[place % MARKERS.length]!,
  };
}

/** A light series has the colour of the one before it: a part of the same thing. Grey ones take turns. */
export function seriesStyles(series: readonly Series[]): SeriesStyle[] {
  let plain = 0;
  return series.map(({ tone }, n) => {
    if (tone === 'plain') plain += 1;
    return styleOf(tone === 'grey' ? n : Math.max(0, plain - 1), tone);
  });
}

export function marker(x: number, y: number, { marker: shape, colour }: SeriesStyle): VNode {
  const d = symbol(shape, MARKER_AREA).digits(1)()!;
  return svg('path', { class: `fill-${colour} edge`, transform: `translate(${tenth(x)},${tenth(y)})`, d });
}

/** Hollow: a number that is there, but not to be trusted. */
export function hollowPoint(x: number, y: number, colour: string): VNode {
  return svg('circle', { class: `hollow stroke-${colour}`, cx: tenth(x), cy: tenth(y), r: 3.5 });
}

export function hatchId(prefix: string, colour: string): string {
  return `${prefix}-${colour}`;
}

/** Diagonal lines on a pale ground, for fills with `url(#id)`. */
export function hatch(prefix: string, colour: string): VNode {
  const size = { width: 7, height: 7 };
  return svg(
    'pattern',
    { id: hatchId(prefix, colour), ...size, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { ...size, class: `fill-${colour}`, 'fill-opacity': 0.22 }),
    svg('rect', { width: 2, height: 7, class: `fill-${colour}`, 'fill-opacity': 0.75 }),
  );
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
