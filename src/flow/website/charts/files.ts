import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Chart } from './chart.ts';
import { chartStyle, type Theme } from './colours.ts';
import { describe, drawMarks } from './draw-chart.ts';
import { fontSize, idOf, type Look } from './look.ts';
import { svg } from './svg.ts';
import { wrapText } from './text-width.ts';

/** What stands below a chart that left its page: whose numbers, of when, from where. */
export interface Source {
  text: string;
}

const PADDING = 20;
const TITLE = { size: 20, line: 26 };
const SUMMARY = { size: 14, line: 20 };
const FOOT = 26;

/** The text of an SVG file with title, answer and source in the picture. `look` is the size of the whole. */
export function chartFile(chart: Chart, look: Look, theme: Theme, source: Source): string {
  return svgFile(posterOf(chart, look, theme, source));
}

/**
 * The text of an SVG file. Preact escapes for HTML; XML forbids more: "]]>" in text, and characters such as U+0000, in
 * place of which U+FFFD stands.
 */
export function svgFile(root: VNode): string {
  const text = renderToString(root).toWellFormed().replaceAll(']]>', ']]&gt;');
  return `${text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')}\n`;
}

function posterOf(chart: Chart, look: Look, theme: Theme, source: Source): VNode {
  const [title, description] = [idOf(chart, look, 'title'), idOf(chart, look, 'description')];
  const { width, height } = look;
  const room = width - 2 * PADDING;
  const heading = headingOf(chart, room);
  const inner = { ...look, width: room, height: height - heading.height - FOOT - 2 * PADDING };
  const { defs, marks } = drawMarks(chart, inner);
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  const names = { role: 'img', 'aria-labelledby': title, 'aria-describedby': description };
  return svg(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'chart', ...names, ...size, 'font-size': fontSize(inner) },
    svg('title', { id: title }, chart.title),
    svg('desc', { id: description }, describe(chart, look.locale)),
    svg('style', {}, chartStyle(theme)),
    svg('defs', {}, defs),
    svg('rect', { class: 'paper', width, height }),
    svg('g', { transform: `translate(${PADDING},${PADDING})` }, heading.texts),
    svg('g', { transform: `translate(${PADDING},${PADDING + heading.height})` }, marks),
    svg('text', { class: 'muted', x: PADDING, y: height - PADDING + 4 }, wrapText(source.text, room, 12, 1)),
  );
}

function headingOf(chart: Chart, room: number): { texts: VNode[]; height: number } {
  const title = wrapText(chart.title, room * 0.9, TITLE.size, 2);
  const summary = wrapText(chart.summary, room, SUMMARY.size, 2);
  const below = title.length * TITLE.line;
  const texts = [
    ...title.map((text, n) =>
      svg('text', { class: 'strong', 'font-size': TITLE.size, y: TITLE.size + n * TITLE.line }, text),
    ),
    ...summary.map((text, n) => svg('text', { 'font-size': SUMMARY.size, y: below + 16 + n * SUMMARY.line }, text)),
  ];
  return { texts, height: below + summary.length * SUMMARY.line + 14 };
}

/** PNGs are of this size, which is what links in messengers and networks show. */
export const PNG_SIZE = { width: 1200, height: 675 };
/** The picture is drawn this much smaller and then enlarged: its letters are to be read on a phone. */
const PNG_ZOOM = 1.5;

const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
const REQUIRE = createRequire(import.meta.url);

/**
 * PNG bytes, the same on every machine: with the fonts of a package, not of the system. They have no Japanese letters,
 * so the look must be English.
 */
export async function chartPng(
  chart: Chart,
  look: Omit<Look, 'width' | 'height'>,
  source: Source,
): Promise<Uint8Array> {
  const size = { width: PNG_SIZE.width / PNG_ZOOM, height: PNG_SIZE.height / PNG_ZOOM };
  const fontFiles = FONTS.map((name) => REQUIRE.resolve(`dejavu-fonts-ttf/ttf/${name}`));
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' };
  const image = await renderAsync(chartFile(chart, { ...look, ...size }, 'light', source), {
    font,
    fitTo: { mode: 'width', value: PNG_SIZE.width },
  });
  return image.asPng();
}

/**
 * The name of a chart's file without its ending, as in `2024-12-02-almalinux_baseos_systems-timeseries-line-variant`.
 * `monday`: of its newest week.
 */
export function chartFileName(
  monday: string,
  distribution: { id: string; census: readonly string[] },
  chart: Chart,
): string {
  const repository = distribution.census[0]!.replace(/[-_.]?\{release\}/g, '');
  return `${monday}-${slug(distribution.id)}_${slug(repository)}_${slug(chart.id)}`;
}

/** Nothing that means something to a file system or a URL. */
function slug(text: string): string {
  const clean = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return clean.replace(/^-|-$/g, '') || 'x';
}
