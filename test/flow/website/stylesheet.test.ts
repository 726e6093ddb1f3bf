import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const CSS = readFileSync(join(import.meta.dirname, '../../../src/flow/website/assets/site.css'), 'utf8');
const [LIGHT, DARK] = [CSS, CSS.slice(CSS.indexOf('prefers-color-scheme: dark'))].map(coloursIn);

function coloursIn(css: string): Map<string, string> {
  const block = css.slice(css.indexOf(':root'), css.indexOf('}', css.indexOf(':root')));
  return new Map(Array.from(block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g), ([, name, colour]) => [name!, colour!]));
}

/** As WCAG 2 defines them. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const TEXTS: readonly [string, string][] = [
  ['ink', 'paper'],
  ['ink', 'wash'],
  ['ink', 'accent-wash'],
  ['quiet', 'paper'],
  ['quiet', 'wash'],
  ['accent', 'paper'],
  ['accent', 'wash'],
  ['warn', 'warn-wash'],
  ['strict', 'warn-wash'],
  ['paper', 'good'],
];

for (const [scheme, colours] of [
  ['light', LIGHT!],
  ['dark', DARK!],
] as const) {
  test(`texts can be read in ${scheme} colours (WCAG AA: 4.5 to 1)`, () => {
    for (const [text, ground] of TEXTS) {
      const found = contrast(colours.get(text)!, colours.get(ground)!);
      assert.ok(found >= 4.5, `${text} on ${ground}: ${found.toFixed(2)}`);
    }
  });
}

test('the stylesheet asks nobody for anything', () => {
  assert.doesNotMatch(CSS, /@import|url\(|https?:/);
});

test('readers who want less motion, other colours or paper are thought of', () => {
  for (const query of ['prefers-reduced-motion', 'forced-colors', 'prefers-color-scheme', '@media print']) {
    assert.ok(CSS.includes(query), query);
  }
});
