import { type HourMarks, markOfEntry } from '../tallies/hour-marks.ts';
import type { EpochHour } from '../tallies/log-tally.ts';
import { checked, type Database, sealed } from './database.ts';
import type { LogId } from './ledger.ts';
import { type CountedHour, keptOf } from './overlap.ts';
import { damaged } from './vault-fault.ts';

const COLUMNS = 'hour, log, lines, level, marks, checksum';
const MARK_BYTES = 4;
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
    for (const { hour, lines, level, entries } of hours) {
      const marks = new Uint32Array(entries.length);
      for (let i = 0; i < marks.length; i++) marks[i] = keptOf(markOfEntry(entries[i]!));
      this.#database.run(
        `INSERT INTO counted_hour (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
        ...sealed(hour, log, lines, level, packMarks(marks)),
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
      marks: unpackMarks(row['marks'] as Uint8Array),
    };
  });
}

/** Four bytes each, the lowest first. */
function packMarks(marks: Uint32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(marks.length * MARK_BYTES));
  for (let i = 0; i < marks.length; i++) bytes.setUint32(i * MARK_BYTES, marks[i]!, true);
  return new Uint8Array(bytes.buffer);
}

function unpackMarks(bytes: Uint8Array): Uint32Array {
  if (bytes.length % MARK_BYTES !== 0) throw damaged('the marks of an hour are cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks = new Uint32Array(bytes.length / MARK_BYTES);
  for (let i = 0; i < marks.length; i++) marks[i] = view.getUint32(i * MARK_BYTES, true);
  return marks;
}
