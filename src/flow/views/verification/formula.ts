import { mondayOf } from '../../sightings/week.ts';
import type { Publication } from '../publication/tables.ts';
import type { BaseTables } from './read-publication.ts';

/** A formula that is none, or asks for what no table has. */
export class FormulaError extends Error {
  override readonly name = 'FormulaError';
}

type Row = ReadonlyMap<string, string>;

const PAIRS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  div: (a, b) => a / b,
  mul: (a, b) => a * b,
  sub: (a, b) => a - b,
};
/** The longest that Rollcall writes has 190 characters. */
const LONGEST = 10_000;
const DEEPEST = 100;
/**
 * Rows looked at and characters read, of all formulas together: half a minute's work. Fedora's ten years take a tenth of
 * it; a page of a few kilobytes could ask for all rows again and again, for days.
 */
const MOST_STEPS = 500_000_000;

/** Computes what a number on a page says of itself in `data-of` (O9), from the published tables. */
export class Formulas {
  /** Rows by table and Monday. */
  readonly #tables = new Map<string, Map<string, Row[]>>();
  readonly #results = new Map<string, number>();
  #steps: number;

  constructor(tables: BaseTables, corrections: Publication['corrections'], steps = MOST_STEPS) {
    this.#steps = steps;
    for (const [name, table] of Object.entries(tables)) {
      if (table === undefined) continue;
      const rows = table.rows.map((cells: readonly string[]): Row => {
        const row = new Map(cells.map((cell, place) => [table.columns[place] ?? '', cell]));
        // Fedora's database numbers its weeks.
        if (!row.has('week_start')) row.set('week_start', mondayOf(Number(row.get('weeknum')) as never));
        return row;
      });
      this.#tables.set(name, byMonday(rows));
    }
    this.#tables.set('corrections', byMonday(corrections.map(correctionRow)));
  }

  /** Throws `FormulaError`. */
  evaluate(formula: string): number {
    const known = this.#results.get(formula);
    if (known !== undefined) return known;
    if (formula.length > LONGEST) throw new FormulaError('a formula without end');
    this.#take(formula.length);
    const { value, rest } = this.#read(formula, 0);
    if (rest !== '') throw new FormulaError('more than a formula');
    this.#results.set(formula, value);
    return value;
  }

  #read(text: string, depth: number): { value: number; rest: string } {
    if (depth > DEEPEST) throw new FormulaError('a formula without end');
    const [call, name] = /^(add|div|mul|sub|median)\(/.exec(text) ?? [];
    if (name === 'median') {
      const { values, rest } = this.#rows(text.slice('median('.length));
      return { value: medianOf(values), rest: after(rest, ')') };
    }
    if (name !== undefined) {
      const a = this.#read(text.slice(call!.length), depth + 1);
      const b = this.#read(after(a.rest, ','), depth + 1);
      return { value: PAIRS[name]!(a.value, b.value), rest: after(b.rest, ')') };
    }
    const [number] = /^\d+(?:\.\d+)?/.exec(text) ?? [];
    if (number !== undefined) return { value: Number(number), rest: text.slice(number.length) };
    const { values, rest } = this.#rows(text);
    return { value: values.reduce((sum, value) => sum + value, 0), rest };
  }

  /** Throws when all are spent, and whenever more is asked for then. */
  #take(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new FormulaError('one formula of too many to compute');
  }

  /** `systems[week_start=2026-05-04&version=9.5,9.6].systems` */
  #rows(text: string): { values: number[]; rest: string } {
    const [all, table, conditions, column] = /^(\w+)\[([^\]]*)\]\.(\w+)/.exec(text) ?? [];
    const rows = this.#tables.get(table ?? '');
    if (all === undefined || rows === undefined) throw new FormulaError('a formula of no table');
    const wanted = conditions!.split('&').map((condition) => conditionIn(condition));
    const weeks = wanted.find(([name]) => name === 'week_start')?.[1] ?? [];
    const ofWeeks = [...weeks].flatMap((week) => {
      const own = rows.get(week) ?? [];
      this.#take(own.length * wanted.length);
      return own;
    });
    const found = ofWeeks.filter((row) => wanted.every(([name, values]) => values.has(row.get(name) ?? '')));
    return { values: found.map((row) => numberIn(row, column!)), rest: text.slice(all.length) };
  }
}

function conditionIn(text: string): readonly [string, ReadonlySet<string>] {
  const [name, values = ''] = text.split('=');
  try {
    return [name!, new Set(values.split(',').map(decodeURIComponent))];
  } catch {
    throw new FormulaError('a formula with a value that is not encoded');
  }
}

function numberIn(row: Row, column: string): number {
  const cell = row.get(column);
  if (cell === undefined || cell === '' || Number.isNaN(Number(cell))) throw new FormulaError('a formula of no number');
  return Number(cell);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

function after(text: string, sign: string): string {
  if (text.startsWith(sign)) return text.slice(sign.length);
  throw new FormulaError(`a formula without its ${sign}`);
}

function byMonday(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.get('week_start') ?? '');
}

function correctionRow({ week, revision, before, after: now }: Publication['corrections'][number]): Row {
  const text = (value: number | null) => (value === null ? '' : String(value));
  return new Map([
    ['week_start', mondayOf(week)],
    ['revision', String(revision)],
    ['before', text(before.systems)],
    ['after', text(now.systems)],
  ]);
}
