import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHART_COLOURS, chartStyle, MAP_STEPS, SERIES_COLOURS } from '../../../../src/flow/website/charts/colours.ts';

type Rgb = [number, number, number];

/** Linear light, 0 to 1. */
function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

function times(matrix: readonly Rgb[], colour: Rgb): Rgb {
  return matrix.map((row) => row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]) as Rgb;
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** CIELAB under D65. */
function lab(colour: Rgb): Rgb {
  const xyz = times(
    [
      [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
      [0.2126, 0.7152, 0.0722],
      [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ],
    colour.map((part) => Math.min(1, Math.max(0, part))) as Rgb,
  );
  const [x, y, z] = xyz.map((part) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116)) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How colours look to people who lack a kind of cone (Machado, Oliveira, Fernandes 2009, severity 1). */
const VISIONS: Record<string, readonly Rgb[]> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function distance(a: string, b: string, vision: readonly Rgb[]): number {
  const [from, to] = [a, b].map((hex) => lab(times(vision, linear(hex))));
  return Math.hypot(...from!.map((part, n) => part - to![n]!));
}

const names = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${kind}-${n}`);

for (const [theme, palette] of Object.entries(CHART_COLOURS)) {
  describe(`colours of the ${theme} theme`, () => {
    test('text has a contrast of 4.5 and more, lines and areas of 3 and more', () => {
      for (const name of ['text', 'muted']) assert.ok(contrast(palette[name]!, palette['background']!) >= 4.5, name);
      for (const name of [...names('series', SERIES_COLOURS), 'grey', 'axis', 'band']) {
        const found = contrast(palette[name]!, palette['background']!);
        assert.ok(found >= 3, `${name} has only ${found.toFixed(2)}`);
      }
      const badge = contrast(palette['series-0']!, palette['background']!);
      assert.ok(badge >= 4.5, `text on a badge has only ${badge.toFixed(2)}`);
    });

    for (const [vision, matrix] of Object.entries(VISIONS)) {
      test(`with ${vision} no two series look alike, and each step of a map is stronger than the one before`, () => {
        const series = names('series', SERIES_COLOURS);
        for (const [n, a] of series.entries())
          for (const b of series.slice(n + 1)) {
            const found = distance(palette[a]!, palette[b]!, matrix);
            assert.ok(found >= 20, `${a} and ${b} are only ${found.toFixed(1)} apart`);
          }
        const steps = names('step', MAP_STEPS).map((name) => contrast(palette[name]!, palette['background']!));
        assert.deepEqual(
          steps,
          steps.toSorted((a, b) => a - b),
        );
      });
    }
  });
}

test('every colour that a rule names is there, and fixed themes stand without variables', () => {
  for (const theme of ['light', 'dark'] as const) {
    assert.doesNotMatch(chartStyle(theme), /undefined|var\(|@media/);
  }
  const auto = chartStyle('auto');
  const used = new Set(Array.from(auto.matchAll(/var\((--[\w-]+)\)/g), ([, name]) => name!));
  for (const name of used) assert.ok(auto.includes(`${name}:#`), name);
  for (const query of ['prefers-color-scheme:dark', 'print', 'forced-colors:active']) assert.ok(auto.includes(query));
});
