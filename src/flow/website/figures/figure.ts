/**
 * A number and how to get it from the published files. Each number on the pages carries its formula, so that a reader,
 * or a test, can compute it again:
 *
 *     weeks[week_start=2026-05-04].systems            the column, summed over the rows that match
 *     systems[week_start=2026-05-04&version=9.5,9.6].systems
 *     div(a,b)  sub(a,b)  mul(a,b)  add(a,b)          of two formulas or plain numbers
 *     median(weeks[week_start=2026-04-27,2026-05-04].systems)
 *
 * Values are percent-encoded; a comma separates those of which one must match.
 */
export interface Figure {
  value: number;
  of: string;
}

export type Where = Readonly<Record<string, string | number | readonly (string | number)[]>>;

export function rowsOf(file: string, where: Where, column: string): string {
  const conditions = Object.entries(where).map(([name, values]) => `${name}=${[values].flat().map(encode).join(',')}`);
  return `${file}[${conditions.join('&')}].${column}`;
}

/** A value that contains a comma or a bracket stays one value. `*` stands for the row of a table. */
function encode(value: string | number): string {
  return value === '*'
    ? '*'
    : encodeURIComponent(value).replace(/[()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

/** Undefined where there is nothing to divide by. */
export function ratio(part: Figure, whole: Figure): Figure | undefined {
  return whole.value === 0 ? undefined : { value: part.value / whole.value, of: `div(${part.of},${whole.of})` };
}

export function difference(a: Figure, b: Figure): Figure {
  return { value: a.value - b.value, of: `sub(${a.of},${b.of})` };
}

export function sumOf(a: Figure, b: Figure): Figure {
  return { value: a.value + b.value, of: `add(${a.of},${b.of})` };
}

export function scaled(figure: Figure, by: number): Figure {
  return { value: figure.value * by, of: `mul(${figure.of},${by})` };
}

export function divided(figure: Figure, by: number): Figure {
  return { value: figure.value / by, of: `div(${figure.of},${by})` };
}

/** By how much a number is more than another was: 0.5 is half as much again. Where both are exact, the two are the same. */
export interface Growth {
  least: Figure;
  most: Figure;
}

/**
 * All that the growth can be, if each of the two numbers is a whole one less than `within` away from the truth (R14).
 * Undefined where there may have been nothing to grow.
 */
export function growth(before: Figure, after: Figure, within: number): Growth | undefined {
  const slack = within - 1;
  if (before.value <= slack) return undefined;
  return {
    least: exactGrowth(moved(before, 'add', slack), moved(after, 'sub', slack)),
    most: exactGrowth(moved(before, 'sub', slack), moved(after, 'add', slack)),
  };
}

function exactGrowth(before: Figure, after: Figure): Figure {
  return { value: after.value / before.value - 1, of: `sub(div(${after.of},${before.of}),1)` };
}

function moved({ value, of }: Figure, how: 'add' | 'sub', by: number): Figure {
  if (by === 0) return { value, of };
  return { value: how === 'add' ? value + by : value - by, of: `${how}(${of},${by})` };
}
