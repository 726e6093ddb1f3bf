/** Series have this many colours; more of them begin anew, and are told apart by dash, marker and label. */
export const SERIES_COLOURS = 6;
/** Steps of a map, least first. */
export const MAP_STEPS = 5;

type Palette = Record<string, string>;
export type Theme = 'auto' | 'light' | 'dark';

/**
 * Told apart with any kind of colour vision (measured in the tests), and 3 to 1 and more against the background. By the
 * names that `chartVariables` gives them in CSS: `text` is `--chart-text`.
 */
export const CHART_COLOURS: Record<'light' | 'dark', Palette> = {
  light: {
    background: '#ffffff',
    text: '#1c2530',
    muted: '#56616f',
    grid: '#e2e6eb',
    axis: '#8a94a1',
    band: '#46505c',
    grey: '#858e99',
    'grey-2': '#b3bac3',
    none: '#eef0f3',
    'series-0': '#1f5fd0',
    'series-1': '#cb8203',
    'series-2': '#0fa76a',
    'series-3': '#92127f',
    'series-4': '#b03521',
    'series-5': '#4e2c38',
    'step-0': '#c6dcf7',
    'step-1': '#93bdf0',
    'step-2': '#5795e3',
    'step-3': '#2467c4',
    'step-4': '#123c80',
  },
  dark: {
    background: '#12171e',
    text: '#e8ecf1',
    muted: '#a3aebb',
    grid: '#2a333e',
    axis: '#6c7886',
    band: '#c3ccd6',
    grey: '#7b8795',
    'grey-2': '#55606d',
    none: '#1f2731',
    'series-0': '#6ea4ff',
    'series-1': '#f0cc2a',
    'series-2': '#35e6b4',
    'series-3': '#a05a9b',
    'series-4': '#e85a3a',
    'series-5': '#ccd7ff',
    'step-0': '#1d3a63',
    'step-1': '#2a5b9e',
    'step-2': '#4282d6',
    'step-3': '#79aef2',
    'step-4': '#cfe3ff',
  },
};

/** System colours, of which there are few: hatching, dashes and labels carry the difference. */
const FORCED: Palette = {
  ...Object.fromEntries(Object.keys(CHART_COLOURS.light).map((name) => [name, 'CanvasText'])),
  background: 'Canvas',
  none: 'Canvas',
  grid: 'GrayText',
  grey: 'GrayText',
  'grey-2': 'GrayText',
  'step-0': 'Canvas',
  'step-1': 'GrayText',
  'series-0': 'Highlight',
  'series-2': 'LinkText',
};

/** The declarations that set the colours, for any selector: `--chart-text:#1c2530;...`. */
export function chartVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--chart-${name}:${colour};`)
    .join('');
}

const SERIES_RULES = Array.from(
  { length: SERIES_COLOURS },
  (_, n) => `.chart .fill-${n}{fill:var(--chart-series-${n})}.chart .stroke-${n}{stroke:var(--chart-series-${n})}`,
);
const STEP_RULES = Array.from({ length: MAP_STEPS }, (_, n) => `.chart .step-${n}{fill:var(--chart-step-${n})}`);

/** How the parts of a chart look; the colours are variables. */
export const CHART_RULES = [
  '.chart{font-family:system-ui,sans-serif}',
  '.chart text{fill:var(--chart-text)}',
  '.chart .muted{fill:var(--chart-muted)}',
  '.chart .strong{font-weight:bold}',
  '.chart .paper{fill:var(--chart-background)}',
  '.chart .grid{stroke:var(--chart-grid);fill:none}',
  '.chart .axis{stroke:var(--chart-axis);fill:none}',
  '.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}',
  '.chart .bold{stroke-width:3.5}',
  '.chart .edge{stroke:var(--chart-background);stroke-width:1}',
  '.chart .hollow{fill:var(--chart-background);stroke-width:2}',
  '.chart .band{fill:var(--chart-band);fill-opacity:.22;stroke:var(--chart-band);stroke-width:.75}',
  '.chart .pin{fill:var(--chart-background);stroke:var(--chart-muted)}',
  '.chart .pin-line{stroke:var(--chart-muted);stroke-dasharray:2 3;fill:none}',
  '.chart .pin-halo{stroke:var(--chart-background);stroke-opacity:.85;fill:none}',
  '.chart .leader{stroke:var(--chart-axis);stroke-dasharray:1 3;fill:none}',
  ...['grey', 'grey-2'].map(
    (name) => `.chart .fill-${name}{fill:var(--chart-${name})}.chart .stroke-${name}{stroke:var(--chart-${name})}`,
  ),
  '.chart .axis-edge{stroke:var(--chart-axis);stroke-width:.75}',
  '.chart .none{fill:var(--chart-none)}',
  '.chart .hatch-line{stroke:var(--chart-axis);stroke-opacity:.6;stroke-width:1.4}',
  '.chart .hit{fill:none;pointer-events:all}',
  ...SERIES_RULES,
  ...STEP_RULES,
].join('\n');

/** How the parts of a badge look. */
export const BADGE_RULES = [
  '.badge{font-family:Verdana,"DejaVu Sans",sans-serif}',
  '.badge .label{fill:var(--chart-none)}',
  '.badge .frame{fill:none;stroke:var(--chart-axis)}',
  '.badge .message{fill:var(--chart-series-0)}',
  '.badge .stale{fill:var(--chart-muted)}',
  '.badge text{fill:var(--chart-text)}',
  '.badge .on{fill:var(--chart-background)}',
  '.badge .line{fill:none;stroke:var(--chart-series-0);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}',
].join('\n');

/**
 * The text of a stylesheet for charts and badges, in a page (`auto`) or in an SVG file. `light` and `dark` stand without
 * variables and media queries, which programs that turn SVG into pictures do not know.
 */
export function chartStyle(theme: Theme, rules: string = CHART_RULES): string {
  if (theme !== 'auto') return withColours(rules, CHART_COLOURS[theme]);
  const { light, dark } = CHART_COLOURS;
  return [
    `:root{${chartVariables(light)}}`,
    `@media (prefers-color-scheme:dark){:root{${chartVariables(dark)}}}`,
    `@media print{:root{${chartVariables(light)}}}`,
    `@media (forced-colors:active){:root{${chartVariables(FORCED)}}}`,
    rules,
  ].join('\n');
}

function withColours(rules: string, palette: Palette): string {
  return rules.replaceAll(/var\(--chart-([\w-]+)\)/g, (_, name: string) => palette[name]!);
}
