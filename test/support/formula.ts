import { parse } from 'csv-parse/sync';
import {
  countriesTable,
  epelTable,
  exclusionsTable,
  marginsTable,
  systemsTable,
} from '../../src/flow/views/files/base-tables.ts';
import { csvFile } from '../../src/flow/views/files/csv.ts';
import { NOTHING_KEPT } from '../../src/flow/views/files/kept-files.ts';
import { totalsFiles } from '../../src/flow/views/files/totals-tables.ts';
import { weeksTable } from '../../src/flow/views/files/weeks-table.ts';
import type { Publication } from '../../src/flow/views/publication/tables.ts';
import { mondayOf } from '../../src/flow/views/publication/week-name.ts';

const PAIRS: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  div: (a, b) => a / b,
  mul: (a, b) => a * b,
  sub: (a, b) => a - b,
};

/** Computes again what a number on a page says of itself (`data-of`), from the published CSV files and nothing else. */
export class Formulas {
  readonly #files: Map<string, Map<string, Record<string, string>[]>>;

  constructor(publication: Publication) {
    const tables = [
      systemsTable(publication),
      marginsTable(publication),
      weeksTable(publication),
      countriesTable(publication),
      epelTable(publication),
      exclusionsTable(publication),
    ];
    const [totals] = totalsFiles(publication, NOTHING_KEPT);
    const written = [...tables.map((table) => ({ table, file: csvFile(table) })), totals!];
    const files = written.map(({ table, file }): [string, Record<string, string>[]] => {
      const text = Buffer.from(file.bytes).toString('utf8');
      return [table.name, parse(text, { columns: true })];
    });
    files.push(['corrections', publication.corrections.map(correctionRecord)]);
    this.#files = new Map(files.map(([name, rows]) => [name, Map.groupBy(rows, (row) => row['week_start']!)]));
  }

  evaluate(formula: string): number {
    const { value, rest } = this.#read(formula);
    if (rest !== '') throw new Error(`expected the end of the formula, found ${rest}`);
    return value;
  }

  #read(text: string): { value: number; rest: string } {
    const [, name] = /^(add|div|mul|sub|median)\(/.exec(text) ?? [];
    if (name === 'median') return this.#readMedian(text.slice('median('.length));
    if (name !== undefined) return this.#readPair(name, text.slice(name.length + 1));
    const [, number] = /^(\d+(?:\.\d+)?)/.exec(text) ?? [];
    if (number !== undefined) return { value: Number(number), rest: text.slice(number.length) };
    const { values, rest } = this.#readRows(text);
    return { value: values.reduce((sum, value) => sum + value, 0), rest };
  }

  #readPair(name: string, text: string): { value: number; rest: string } {
    const a = this.#read(text);
    const b = this.#read(expect(a.rest, ','));
    return { value: PAIRS[name]!(a.value, b.value), rest: expect(b.rest, ')') };
  }

  #readMedian(text: string): { value: number; rest: string } {
    const { values, rest } = this.#readRows(text);
    const sorted = values.toSorted((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    return { value: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2, rest: expect(rest, ')') };
  }

  #readRows(text: string): { values: number[]; rest: string } {
    const [all, file, conditions, column] = /^(\w+)\[([^\]]*)\]\.(\w+)/.exec(text) ?? [];
    if (all === undefined) throw new Error(`expected a formula, found ${text}`);
    const wanted = conditions!.split('&').map((condition) => {
      const [name, values] = condition.split('=');
      return [name!, values!.split(',').map(decodeURIComponent)] as const;
    });
    const weeks = wanted.find(([name]) => name === 'week_start')![1];
    const rows = weeks.flatMap((week) => this.#files.get(file!)?.get(week) ?? []);
    const found = rows.filter((row) => wanted.every(([name, values]) => values.includes(row[name] ?? '')));
    return { values: found.map((row) => numberIn(row, column!)), rest: text.slice(all.length) };
  }
}

function numberIn(row: Record<string, string>, column: string): number {
  const cell = row[column];
  if (cell === undefined || cell === '') throw new Error(`expected a number in the column ${column}, found none`);
  return Number(cell);
}

function expect(text: string, sign: string): string {
  if (!text.startsWith(sign)) throw new Error(`expected ${sign}, found ${text}`);
  return text.slice(sign.length);
}

function correctionRecord({ week, revision, before, after }: Publication['corrections'][number]) {
  const text = (value: number | null) => (value === null ? '' : String(value));
  return {
    week_start: mondayOf(week),
    revision: String(revision),
    before: text(before.systems),
    after: text(after.systems),
  };
}
