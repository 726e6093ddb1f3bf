import type { VNode } from 'preact';
import { BADGE_RULES, chartStyle, type Theme } from '../charts/colours.ts';
import { svgFile } from '../charts/files.ts';
import { sparklineShape } from '../charts/sparkline.ts';
import { svg } from '../charts/svg.ts';
import { textWidth } from '../charts/text-width.ts';

export interface Badge {
  /** "systems last week" */
  label: string;
  /** As `badgeMessage` says it. */
  message: string;
  /** The number is old: grey in place of blue. */
  isStale: boolean;
  /** Weekly values, drawn behind the label; without it there is no line. */
  trend?: readonly (number | null)[];
  /** Which way the number goes, in the reader's language, for the title: "up". */
  arrow?: { direction: 'up' | 'down' | 'steady'; text: string };
}

const HEIGHT = 20;
const SIZE = 11;
const PADDING = 7;
const LINE_WIDTH = 50;
const ARROW_WIDTH = 14;

const ARROWS = { up: 'M0,8L4,1L8,8Z', down: 'M0,1L4,8L8,1Z', steady: 'M0,3H8V6H0Z' };

/** The text of a badge's SVG file. */
export function badgeFile(badge: Badge, theme: Theme): string {
  return svgFile(drawBadge(badge, theme));
}

function drawBadge({ label, message, isStale, trend, arrow }: Badge, theme: Theme): VNode {
  const line = trend === undefined ? 0 : LINE_WIDTH;
  const left = Math.ceil(textWidth(label, SIZE)) + 2 * PADDING + line;
  const sign = arrow === undefined ? 0 : ARROW_WIDTH;
  const right = Math.ceil(textWidth(message, SIZE)) + 2 * PADDING + sign;
  const size = { width: left + right, height: HEIGHT };
  const name = `${label}: ${message}${arrow === undefined ? '' : `, ${arrow.text}`}`;
  return svg(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'badge',
      role: 'img',
      'aria-label': name,
      ...size,
      'font-size': SIZE,
    },
    svg('title', {}, name),
    svg('style', {}, chartStyle(theme, BADGE_RULES)),
    svg('rect', { class: 'label', ...size, rx: 3 }),
    svg('path', { class: isStale ? 'stale' : 'message', d: rightHalf(left, right) }),
    svg('rect', { class: 'frame', x: 0.5, y: 0.5, width: size.width - 1, height: HEIGHT - 1, rx: 2.5 }),
    trend === undefined ? null : drawTrend(trend, left - line - PADDING / 2),
    text(label, PADDING, left - line - 2 * PADDING, ''),
    arrow === undefined ? null : drawArrow(arrow.direction, left + PADDING - 1),
    text(message, left + PADDING + sign, right - sign - 2 * PADDING, 'on'),
  );
}

/** Square at its left, round at its right. */
function rightHalf(left: number, width: number): string {
  return `M${left},0h${width - 3}a3,3 0 0 1 3,3v${HEIGHT - 6}a3,3 0 0 1 -3,3h${3 - width}Z`;
}

/** `textLength` holds the text in its room in any font. */
function text(content: string, x: number, room: number, className: string): VNode {
  return svg('text', { x, y: 14, textLength: room, lengthAdjust: 'spacingAndGlyphs', class: className }, content);
}

function drawTrend(values: readonly (number | null)[], x: number): VNode {
  const { d } = sparklineShape(values, { width: LINE_WIDTH, height: HEIGHT - 4 });
  return svg('path', { class: 'line', transform: `translate(${x},2)`, d });
}

function drawArrow(direction: 'up' | 'down' | 'steady', x: number): VNode {
  return svg('path', { class: 'on', transform: `translate(${x},5.5)`, d: ARROWS[direction] });
}
