import { Resvg } from '@resvg/resvg-js';

/** Throws if the text is not well-formed XML, or not SVG. */
export function assertSvg(text: string): void {
  new Resvg(text, { font: { loadSystemFonts: false } });
}

/** The elements of a name, each by its attributes and its text, if it has no other elements. */
export function elementsOf(text: string, name: string): { attributes: Record<string, string>; text: string }[] {
  const found = text.matchAll(new RegExp(`<${name}((?: [\\w:-]+="[^"]*")*)\\s*/?>(?:([^<]*)</${name}>)?`, 'g'));
  return Array.from(found, ([, attributes, content]) => ({
    attributes: Object.fromEntries(
      Array.from(attributes!.matchAll(/ ([\w:-]+)="([^"]*)"/g), ([, key, value]) => [key!, unescaped(value!)]),
    ),
    text: unescaped(content ?? ''),
  }));
}

export function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** The points of a path of straight lines, one list for each of its pieces. */
export function pathPieces(d: string): [number, number][][] {
  const pieces = d.split('M').filter((piece) => piece !== '' && !piece.includes('V'));
  return pieces.map((piece) =>
    Array.from(piece.matchAll(/(-?[\d.]+),(-?[\d.]+)/g), ([, x, y]): [number, number] => [Number(x), Number(y)]),
  );
}

const UNITS: Record<string, number> = { '%': 0.01, K: 1_000, M: 1e6 };

/** From a height in the picture back to a number, by the labels of the value axis. */
export function valueAxisOf(text: string): { valueAt: (y: number) => number; perUnit: number } {
  const labels = elementsOf(text, 'text').filter(({ attributes }) => attributes['text-anchor'] === 'end');
  const [top, bottom] = [labels[0]!, labels.at(-1)!].map((label) => ({
    y: Number(label.attributes['y']) - 4,
    value: Number(label.text.replace(/[,%KM]/g, '')) * (UNITS[label.text.at(-1)!] ?? 1),
  }));
  const perUnit = (top!.value - bottom!.value) / (bottom!.y - top!.y);
  return { valueAt: (y) => bottom!.value + (bottom!.y - y) * perUnit, perUnit };
}
