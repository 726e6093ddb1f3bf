import {
  type EpochSeconds,
  HOURS_PER_WEEK,
  SECONDS_PER_HOUR,
  type Week,
  weekOf,
  weekStart,
} from '../sightings/week.ts';
import type { HourMarks } from '../tallies/hour-marks.ts';
import type { EpochHour } from '../tallies/log-tally.ts';
import { checked, type Database, sealed } from './database.ts';
import type { LogId } from './ledger.ts';
import type { CountedHour } from './overlap.ts';
import { damaged } from './vault-fault.ts';

const COLUMNS = 'hour, log, lines, level, marks, checksum';
/** So many marks are kept in memory, 4 bytes each: those of the hours that the logs of a run share. */
const MOST_REMEMBERED = 4_000_000;

/**
 * The hours of counted logs with their marks (G4). Logs of one run share hours, and a hundred thousand small logs may
 * share a day: what was read of an hour is remembered.
 */
export class CountedHours {
  readonly #database: Database;
  readonly #hours = new Map<EpochHour, CountedHour[]>();
  #remembered = 0;
  #version = -1;

  constructor(database: Database) {
    this.#database = database;
  }

  /** At the start of a transaction: what another program has changed meanwhile is not remembered. */
  begin(): void {
    const version = Number(this.#database.get('PRAGMA data_version')?.['data_version']);
    if (version !== this.#version || this.#remembered > MOST_REMEMBERED) this.forget();
    this.#version = version;
  }

  /** After a transaction that came to nothing. */
  forget(): void {
    this.#hours.clear();
    this.#remembered = 0;
  }

  at(hour: EpochHour): readonly CountedHour[] {
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    const read = readCountedHours(this.#database, 'hour = ?', hour);
    this.#hours.set(hour, read);
    for (const { marks } of read) this.#remembered += marks.length;
    return read;
  }

  add(log: LogId, hours: readonly HourMarks[]): void {
    for (const { hour, lines, level, marks } of hours) {
      this.#database.run(
        `INSERT INTO counted_hour (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
        ...sealed(hour, log, lines, level, bytesOf(marks)),
      );
      this.#hours.get(hour)?.push({ log, hour, lines, level, marks });
      this.#remembered += marks.length;
    }
  }

  takeOut(log: LogId): void {
    this.#database.run('DELETE FROM counted_hour WHERE log = ?', log);
    this.forget();
  }
}

export function readCountedHours(database: Database, where = '1', ...values: number[]): CountedHour[] {
  return database.all(`SELECT ${COLUMNS} FROM counted_hour WHERE ${where} ORDER BY id`, ...values).map((stored) => {
    const row = checked('counted_hour', stored);
    return {
      log: Number(row['log']) as LogId,
      hour: Number(row['hour']) as EpochHour,
      lines: Number(row['lines']),
      level: Number(row['level']),
      marks: marksOf(row['marks'] as Uint8Array),
    };
  });
}

/**
 * How many lines were counted in each hour of each week, by Monday's first hour first. Without their marks the sums cannot
 * be checked against their checksums; to read all marks would take as long as to read the logs.
 */
export function linesByHour(database: Database): Map<Week, Float64Array> {
  const weeks = new Map<Week, Float64Array>();
  for (const row of database.all('SELECT hour, SUM(lines) AS lines FROM counted_hour GROUP BY hour')) {
    const hour = Number(row['hour']);
    const week = weekOf((hour * SECONDS_PER_HOUR) as EpochSeconds);
    const hours = weeks.get(week) ?? new Float64Array(HOURS_PER_WEEK);
    hours[hour - weekStart(week) / SECONDS_PER_HOUR] = Number(row['lines']);
    weeks.set(week, hours);
  }
  return weeks;
}

/** Four bytes each, the lowest first, as in the kernel's memory. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function marksOf(bytes: Uint8Array): Uint32Array {
  if (bytes.length % Uint32Array.BYTES_PER_ELEMENT !== 0) throw damaged('the marks of an hour are cut off');
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
