import type { Week } from '../sightings/week.ts';
import type { EpochHour, EpochMinute, Rejection } from '../tallies/log-tally.ts';
import { addCells, decodeCells, EMPTY_CELLS, encodeCells, type WeekCells } from './cells.ts';
import type { Stored } from './checksum.ts';
import { checked, type Database, sealed } from './database.ts';
import { HOUR_BYTES, type HourBits, hourBitsByWeek, hoursIn, unionOfHours } from './hours.ts';
import type { LogId, LogState, Span, UnmarkedLog } from './ledger.ts';
import { damaged } from './vault-fault.ts';

/** `first_hour` of a log whose first candidate's time is not known. */
const NO_HOUR = -1;
/** `week` of rejections whose time is not known. */
const NO_WEEK = -1;

export interface LogRow {
  id: LogId;
  source: number;
  name: string;
  origin: 'log' | 'import';
  candidates: number;
  counted: number;
  span: Span | undefined;
}

const LOG_COLUMNS = 'id, source, name, origin, candidates, counted, first_minute, last_minute, checksum';

export function readLogs(database: Database, where = '1', ...values: (number | string)[]): LogRow[] {
  return database.all(`SELECT ${LOG_COLUMNS} FROM log WHERE ${where} ORDER BY id`, ...values).map((stored) => {
    const row = checked('log', stored);
    const from = row['first_minute'];
    return {
      id: Number(row['id']) as LogId,
      source: Number(row['source']),
      name: String(row['name']),
      origin: row['origin'] as 'log' | 'import',
      candidates: Number(row['candidates']),
      counted: Number(row['counted']),
      span:
        from === null
          ? undefined
          : { from: Number(from) as EpochMinute, until: Number(row['last_minute']) as EpochMinute },
    };
  });
}

export function readLog(database: Database, id: LogId): LogRow {
  const [log] = readLogs(database, 'id = ?', id);
  if (log === undefined) throw damaged('a row belongs to a log that the ledger does not hold');
  return log;
}

export function newLogId(database: Database): LogId {
  return Number(database.get('SELECT coalesce(max(id), 0) + 1 AS id FROM log')?.['id']) as LogId;
}

export function writeLog(database: Database, log: LogRow): void {
  const { id, source, name, origin, candidates, counted, span } = log;
  // Not INSERT OR REPLACE: that deletes the row first, and other tables refer to it.
  database.run(
    `INSERT INTO log (${LOG_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, candidates = excluded.candidates, counted = excluded.counted,
       first_minute = excluded.first_minute, last_minute = excluded.last_minute, checksum = excluded.checksum`,
    ...sealed(id, source, name, origin, candidates, counted, span?.from ?? null, span?.until ?? null),
  );
}

/** Takes a log and all that it brought out of every table but the cube. */
export function deleteLog(database: Database, log: LogId): void {
  for (const table of ['log_state', 'log_front', 'log_reading', 'rejection', 'tally', 'hours'])
    database.run(`DELETE FROM ${table} WHERE log = ?`, log);
  database.run('DELETE FROM log WHERE id = ?', log);
}

const STATE_COLUMNS = 'candidates, sha256, first_hour, log, checksum';

/** The states of logs whose first candidate fell in this hour: only such logs can be continued (G3). */
export function statesAt(database: Database, firstHour: EpochHour | undefined): LogState[] {
  return readStates(database, 'first_hour = ?', firstHour ?? NO_HOUR);
}

export function readStates(database: Database, where: string, ...values: number[]): LogState[] {
  const columns = 's.candidates, s.sha256, s.first_hour, s.log, s.checksum, l.candidates AS latest';
  return database
    .all(
      `SELECT ${columns} FROM log_state s JOIN log l ON l.id = s.log WHERE s.${where} ORDER BY s.candidates`,
      ...values,
    )
    .map(({ latest, ...stored }) => {
      const row = checked('log_state', stored);
      const candidates = Number(row['candidates']);
      const sha256 = Buffer.from(row['sha256'] as Uint8Array).toString('hex');
      return { log: Number(row['log']) as LogId, candidates, sha256, isLatest: latest === candidates };
    });
}

export function findState(database: Database, candidates: number, sha256: string): LogState | undefined {
  const row = database.get(
    `SELECT ${STATE_COLUMNS} FROM log_state WHERE candidates = ? AND sha256 = ?`,
    candidates,
    Buffer.from(sha256, 'hex'),
  );
  if (row === undefined) return undefined;
  const log = Number(checked('log_state', row)['log']) as LogId;
  return { log, candidates, sha256, isLatest: readLog(database, log).candidates === candidates };
}

export function writeState(
  database: Database,
  state: { log: LogId; candidates: number; sha256: string; firstHour: EpochHour | undefined },
): void {
  database.run(
    `INSERT INTO log_state (${STATE_COLUMNS}) VALUES (?, ?, ?, ?, ?)`,
    ...sealed(state.candidates, Buffer.from(state.sha256, 'hex'), state.firstHour ?? NO_HOUR, state.log),
  );
}

const FRONT_COLUMNS = 'log, sha256, checksum';

/** How a log was read. A log without it has no marks (G5). */
export interface Reading {
  log: LogId;
  format: string;
  /** Candidates that other logs had brought before. */
  known: number;
}

const READING_COLUMNS = 'log, format, known, checksum';

export function readReadings(database: Database, where = '1', ...values: number[]): Reading[] {
  return database.all(`SELECT ${READING_COLUMNS} FROM log_reading WHERE ${where}`, ...values).map((stored) => {
    const row = checked('log_reading', stored);
    return { log: Number(row['log']) as LogId, format: String(row['format']), known: Number(row['known']) };
  });
}

export function writeReading(database: Database, { log, format, known }: Reading): void {
  database.run(
    `INSERT OR REPLACE INTO log_reading (${READING_COLUMNS}) VALUES (?, ?, ?, ?)`,
    ...sealed(log, format, known),
  );
}

/** The SHA-256 of the first 4 KiB of candidate lines of logs without marks that have so many (G5). */
export function readFronts(database: Database, where = '1', ...values: Stored[]): { log: LogId; sha256: string }[] {
  return database.all(`SELECT ${FRONT_COLUMNS} FROM log_front WHERE ${where}`, ...values).map((stored) => {
    const row = checked('log_front', stored);
    return { log: Number(row['log']) as LogId, sha256: Buffer.from(row['sha256'] as Uint8Array).toString('hex') };
  });
}

export function writeFront(database: Database, log: LogId, sha256: string): void {
  database.run(
    `INSERT OR REPLACE INTO log_front (${FRONT_COLUMNS}) VALUES (?, ?, ?)`,
    ...sealed(log, Buffer.from(sha256, 'hex')),
  );
}

export function addRejections(database: Database, log: LogId, rejections: readonly Rejection[]): void {
  for (const { week, reason, count } of rejections) {
    const key = [log, week ?? NO_WEEK, reason] as const;
    const row = database.get(
      'SELECT log, week, reason, count, checksum FROM rejection WHERE log = ? AND week = ? AND reason = ?',
      ...key,
    );
    const before = row === undefined ? 0 : Number(checked('rejection', row)['count']);
    database.run(
      'INSERT OR REPLACE INTO rejection (log, week, reason, count, checksum) VALUES (?, ?, ?, ?, ?)',
      ...sealed(...key, before + count),
    );
  }
}

export interface RejectionRow {
  log: LogId;
  week: Week | undefined;
  reason: string;
  count: number;
}

export function readRejections(database: Database, where = '1', ...values: number[]): RejectionRow[] {
  const rows = database.all(`SELECT log, week, reason, count, checksum FROM rejection WHERE ${where}`, ...values);
  return rows.map((stored) => {
    const row = checked('rejection', stored);
    const week = Number(row['week']);
    return {
      log: Number(row['log']) as LogId,
      week: week === NO_WEEK ? undefined : (week as Week),
      reason: String(row['reason']),
      count: Number(row['count']),
    };
  });
}

export function addTally(database: Database, log: LogId, week: Week, cells: WeekCells): void {
  const row = database.get('SELECT cells FROM tally WHERE log = ? AND week = ?', log, week);
  const before = row === undefined ? EMPTY_CELLS : decodeCells(row['cells'] as Uint8Array);
  database.run(
    'INSERT OR REPLACE INTO tally (log, week, cells) VALUES (?, ?, ?)',
    log,
    week,
    encodeCells(addCells(before, cells)),
  );
}

export function readTallies(database: Database, log: LogId): Map<Week, WeekCells> {
  const rows = database.all('SELECT week, cells FROM tally WHERE log = ?', log);
  return new Map(rows.map((row) => [Number(row['week']) as Week, decodeCells(row['cells'] as Uint8Array)]));
}

/** What each log has brought to a week. */
export function readTalliesOf(database: Database, week: Week): { log: LogId; cells: WeekCells }[] {
  return database.all('SELECT log, cells FROM tally WHERE week = ? ORDER BY log', week).map((row) => {
    return { log: Number(row['log']) as LogId, cells: decodeCells(row['cells'] as Uint8Array) };
  });
}

export interface HoursRow {
  log: LogId;
  week: Week;
  seen: HourBits;
  counted: HourBits;
}

const HOURS_COLUMNS = 'log, week, seen, counted, checksum';

export function readHours(database: Database, where = '1', ...values: number[]): HoursRow[] {
  return database.all(`SELECT ${HOURS_COLUMNS} FROM hours WHERE ${where}`, ...values).map((stored) => {
    const row = checked('hours', stored);
    return {
      log: Number(row['log']) as LogId,
      week: Number(row['week']) as Week,
      seen: row['seen'] as Uint8Array,
      counted: row['counted'] as Uint8Array,
    };
  });
}

export function addHours(
  database: Database,
  log: LogId,
  hours: { seen: readonly EpochHour[]; counted: readonly EpochHour[] },
): void {
  const seen = hourBitsByWeek([...hours.seen, ...hours.counted]);
  const counted = hourBitsByWeek(hours.counted);
  const none = new Uint8Array(HOUR_BYTES);
  for (const [week, bits] of seen) {
    const [before] = readHours(database, 'log = ? AND week = ?', log, week);
    database.run(
      `INSERT OR REPLACE INTO hours (${HOURS_COLUMNS}) VALUES (?, ?, ?, ?, ?)`,
      ...sealed(
        log,
        week,
        unionOfHours(before?.seen ?? none, bits),
        unionOfHours(before?.counted ?? none, counted.get(week) ?? none),
      ),
    );
  }
}

/**
 * The logs of a source whose span is known and meets this one. Others share no minute with it. None
 * of them can end later than the longest log that begins at the end of this one: without that, logs that come in no
 * order of time would each be compared with all that are later.
 */
export function neighboursOf(database: Database, source: number, span: Span | undefined): UnmarkedLog[] {
  if (span === undefined) return [];
  const longest = database.get(
    `SELECT last_minute - first_minute AS minutes FROM log WHERE source = ? AND last_minute - first_minute >= 0
     ORDER BY last_minute - first_minute DESC LIMIT 1`,
    source,
  );
  if (longest === undefined) return [];
  const logs = readLogs(
    database,
    'source = ? AND last_minute BETWEEN ? AND ? AND first_minute <= ?',
    source,
    span.from,
    span.until + Number(longest['minutes']),
    span.until,
  );
  return logs.map((log) => ({
    ...log,
    hours: readHours(database, 'log = ?', log.id).flatMap((row) => hoursIn(row.counted, row.week)),
  }));
}
