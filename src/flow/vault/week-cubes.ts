import type { Week } from '../sightings/week.ts';
import { addCells, decodeCells, EMPTY_CELLS, encodeCells, type WeekCells } from './cells.ts';
import type { Database } from './database.ts';

/**
 * The weeks that a transaction changes. Each is read once and written once, however many logs add to it: a run over a
 * hundred thousand small logs would otherwise rewrite its weeks a hundred thousand times.
 */
export class WeekCubes {
  readonly #database: Database;
  readonly #changed = new Map<Week, WeekCells>();

  constructor(database: Database) {
    this.#database = database;
  }

  add(week: Week, cells: WeekCells): void {
    this.#changed.set(week, addCells(this.current(week), cells));
  }

  takeOut(week: Week, cells: WeekCells): void {
    this.#changed.set(week, addCells(this.current(week), cells, -1));
  }

  write(): void {
    for (const [week, cells] of this.#changed) {
      if (cells.keys.length === 0) this.#database.run('DELETE FROM cube WHERE week = ?', week);
      else this.#database.run('INSERT OR REPLACE INTO cube (week, cells) VALUES (?, ?)', week, encodeCells(cells));
    }
    this.#changed.clear();
  }

  /** With all that the transaction has changed so far. */
  current(week: Week): WeekCells {
    return this.#changed.get(week) ?? readCube(this.#database, week);
  }
}

export function readCube(database: Database, week: Week): WeekCells {
  const row = database.get('SELECT cells FROM cube WHERE week = ?', week);
  return row === undefined ? EMPTY_CELLS : decodeCells(row['cells'] as Uint8Array);
}
