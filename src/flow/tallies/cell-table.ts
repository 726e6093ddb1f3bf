import type { Week } from '../sightings/week.ts';
import { type CellColumns, exactHits } from './log-tally.ts';

const FIRST_ROOM = 1_024;
const SYSTEM_STEP = 2 ** 28;
const REQUEST_STEP = 2 ** 10;

/**
 * The cells of a log, numbered in the order in which they come. In columns and under numbers: as objects under texts a
 * million of them, which strangers can make (C5), took 200 MB more.
 */
export class CellTable {
  readonly #rows = new Map<Week, Map<number, number>>();
  #size = 0;
  #columns = columnsFor(FIRST_ROOM);

  get size(): number {
    return this.#size;
  }

  find(week: Week, system: number, request: number, country: number): number | undefined {
    return this.#rows.get(week)?.get(keyOf(system, request, country));
  }

  add(week: Week, system: number, request: number, country: number): number {
    const row = this.#size++;
    if (row === this.#columns.hits.length) this.#columns = resized(this.#columns, row, row * 2);
    const ofWeek = this.#rows.get(week) ?? new Map<number, number>();
    this.#rows.set(week, ofWeek.set(keyOf(system, request, country), row));
    const columns = this.#columns;
    columns.week[row] = week;
    columns.system[row] = system;
    columns.request[row] = request;
    columns.country[row] = country;
    return row;
  }

  count(row: number): void {
    this.#columns.hits[row] = exactHits(this.#columns.hits[row]! + 1);
  }

  columns(): CellColumns {
    return resized(this.#columns, this.#size, this.#size);
  }
}

function keyOf(system: number, request: number, country: number): number {
  return system * SYSTEM_STEP + request * REQUEST_STEP + country;
}

function columnsFor(rows: number): CellColumns {
  return {
    week: new Uint32Array(rows),
    system: new Uint32Array(rows),
    request: new Uint32Array(rows),
    country: new Uint32Array(rows),
    hits: new Float64Array(rows),
  };
}

/** The first `used` rows, with room for so many. */
function resized(from: CellColumns, used: number, rows: number): CellColumns {
  const to = columnsFor(rows);
  to.week.set(from.week.subarray(0, used));
  to.system.set(from.system.subarray(0, used));
  to.request.set(from.request.subarray(0, used));
  to.country.set(from.country.subarray(0, used));
  to.hits.set(from.hits.subarray(0, used));
  return to;
}
