import type { VNode } from 'preact';
import type { WorldMap } from './chart.ts';
import { countryNames } from './chart-table.ts';
import { drawLegend, type LegendItem, legendHeight, placeLegend } from './legend.ts';
import { type Drawing, fontSize, idOf, type Look, type WorldOutlines } from './look.ts';
import { mapSteps } from './map-steps.ts';
import { formatNumber } from './numbers.ts';
import { tenth } from './series-style.ts';
import { svg } from './svg.ts';
import { CHART_WORDS } from './words.ts';

const UNIT_ROW = 22;
const LEGEND_GAP = 10;

export function drawWorldMap(chart: WorldMap, look: Look): Drawing {
  const { stepOf, steps } = mapSteps([...chart.values.values()]);
  const pattern = idOf(chart, look, 'none');
  const items: LegendItem[] = [
    ...steps.map(({ step, least, most }) => ({
      text: rangeText(least, most, look),
      key: { kind: 'box', className: `step-${step} axis-edge` } as const,
    })),
    { text: CHART_WORDS[look.locale].noNumber, key: { kind: 'pattern', fill: `url(#${pattern})` } },
  ];
  const legend = placeLegend(items, look.width, fontSize(look));
  const height = look.height - UNIT_ROW - LEGEND_GAP - legendHeight(legend);
  const outlines = look.outlines;
  return {
    defs: [nonePattern(pattern)],
    marks: [
      svg('text', { class: 'muted', x: 0, y: 12 }, chart.unit),
      ...(outlines === undefined ? [] : [drawCountries(chart, look, outlines, height, stepOf, pattern)]),
      ...drawLegend(legend, 0, look.height - legendHeight(legend), ''),
    ],
  };
}

/** The height in which the map has the whole width. */
export function mapHeight(chart: WorldMap, look: Omit<Look, 'height'>): number {
  const { width, height } = look.outlines ?? { width: 960, height: 415 };
  const { steps } = mapSteps([...chart.values.values()]);
  const texts = [...steps.map(({ least, most }) => rangeText(least, most, look)), CHART_WORDS[look.locale].noNumber];
  const items = texts.map((text): LegendItem => ({ text, key: { kind: 'pattern', fill: '' } }));
  const legend = legendHeight(placeLegend(items, look.width, fontSize({ ...look, height: 0 })));
  return Math.round((look.width * height) / width) + UNIT_ROW + LEGEND_GAP + legend;
}

function rangeText(least: number, most: number, { locale }: Pick<Look, 'locale'>): string {
  const [from, to] = [formatNumber(least, locale), formatNumber(most, locale)];
  return from === to ? from : `${from}–${to}`;
}

/** Countries without a number: neither a step nor nothing. */
function nonePattern(id: string): VNode {
  const size = { width: 5, height: 5 };
  return svg(
    'pattern',
    { id, ...size, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { ...size, class: 'none' }),
    svg('path', { class: 'hatch-line', d: 'M0,0V5' }),
  );
}

function drawCountries(
  { values, unit }: WorldMap,
  { locale, width }: Look,
  outlines: WorldOutlines,
  height: number,
  stepOf: (value: number) => number,
  pattern: string,
): VNode {
  const scale = Math.min(width / outlines.width, height / outlines.height);
  const left = (width - outlines.width * scale) / 2;
  const nameOf = countryNames(locale);
  const none = `url(#${pattern})`;
  const entries = Object.entries(outlines.territories);
  const [known, unknown] = [
    entries.filter(([code]) => values.has(code)),
    entries.filter(([code]) => !values.has(code)),
  ];
  return svg(
    'g',
    { transform: `translate(${tenth(left)},${UNIT_ROW}) scale(${scale.toFixed(4)})` },
    svg('path', { class: 'grid', d: outlines.sphere }),
    svg('path', { class: 'edge', fill: none, d: outlines.unassigned }),
    ...unknown.map(([code, { path }]) =>
      path === ''
        ? null
        : svg('path', { class: 'edge', fill: none, d: path }, title(nameOf(code), CHART_WORDS[locale].noNumber)),
    ),
    ...known.map(([code, shape]) => {
      const value = values.get(code)!;
      const text = title(nameOf(code), `${formatNumber(value, locale)} ${unit}`);
      return drawCountry(shape, `step-${stepOf(value)}`, text, scale);
    }),
  );
}

function title(name: string, text: string): VNode {
  return svg('title', {}, `${name}: ${text}`);
}

/** A dot where a country is too small for a shape. */
function drawCountry(
  { path, place }: WorldOutlines['territories'][string],
  className: string,
  text: VNode,
  scale: number,
): VNode | null {
  if (path !== '') return svg('path', { class: `${className} edge`, d: path }, text);
  if (place === undefined) return null;
  return svg('circle', { class: `${className} axis-edge`, cx: place[0], cy: place[1], r: tenth(3.5 / scale) }, text);
}
