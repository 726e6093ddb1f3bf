import { parse } from 'csv-parse/sync';
import { FIRST_WEEK, LAST_WEEK, mondayOf, type Week } from '../../sightings/week.ts';
import { weekOfDay } from '../publication/week-name.ts';

/** A published file that cannot be one. The message names file, row and column, never what stands there. */
export class TableFault extends Error {
  override readonly name = 'TableFault';
}

/** The rows of a published table as texts, from whatever file. */
export interface PublishedRows {
  path: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Throws `TableFault`. */
export function csvRows(path: string, bytes: Uint8Array): PublishedRows {
  try {
    const [columns, ...rows] = parse(Buffer.from(bytes)) as string[][];
    if (columns !== undefined) return { path, columns, rows };
  } catch {
    // The library's message would repeat what stands there.
  }
  throw new TableFault(`${path}: expected a table as CSV`);
}

/** Reads the cells of one row. Each throws `TableFault` unless the cell is what it asks for. */
export class RowReader {
  readonly #table: PublishedRows;
  readonly #places: ReadonlyMap<string, number>;
  #number = 0;

  constructor(table: PublishedRows) {
    this.#table = table;
    this.#places = new Map(table.columns.map((name, place) => [name, place]));
    const twice = table.columns.find((name, place) => this.#places.get(name) !== place);
    // Two programs could read two numbers.
    if (twice !== undefined) throw new TableFault(`${table.path}: expected each column once`);
  }

  /** All rows, each as `read` sees it. */
  map<Row>(read: (cells: RowReader) => Row): Row[] {
    return this.#table.rows.map((_, index) => {
      this.#number = index;
      return read(this);
    });
  }

  has(column: string): boolean {
    return this.#places.has(column);
  }

  text(column: string): string {
    const place = this.#places.get(column);
    if (place === undefined) throw new TableFault(`${this.#table.path}: expected a column ${column}`);
    return this.#table.rows[this.#number]![place]!;
  }

  integer(column: string): number {
    const text = this.text(column);
    if (!/^(?:0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(Number(text)))
      throw this.#fault(column, 'a whole number');
    return Number(text);
  }

  integerOrNull(column: string): number | null {
    return this.text(column) === '' ? null : this.integer(column);
  }

  shareOrNull(column: string): number | null {
    const text = this.text(column);
    if (text === '') return null;
    const value = Number(text);
    if (!/^[\d.e-]+$/.test(text) || !(value >= 0 && value <= 1)) throw this.#fault(column, 'a number from 0 to 1');
    return value;
  }

  oneOf<const Value extends string>(column: string, values: readonly Value[]): Value {
    const found = values.find((value) => value === this.text(column));
    if (found === undefined) throw this.#fault(column, `one of ${values.join(', ')}`);
    return found;
  }

  /** The week whose Monday stands there. */
  week(column: string): Week {
    const text = this.text(column);
    const week = /^\d{4}-\d{2}-\d{2}$/.test(text) ? weekOfDay(text) : Number.NaN;
    if (!(week >= FIRST_WEEK && week <= LAST_WEEK) || mondayOf(week as Week) !== text)
      throw this.#fault(column, 'a Monday');
    return week as Week;
  }

  /** The week that has this number. */
  weekNumber(column: string): Week {
    const week = this.integer(column);
    if (week < FIRST_WEEK || week > LAST_WEEK) throw this.#fault(column, 'the number of a week');
    return week as Week;
  }

  #fault(column: string, expected: string): TableFault {
    return new TableFault(`${this.#table.path}: row ${this.#number + 1}: ${column}: expected ${expected}`);
  }
}
