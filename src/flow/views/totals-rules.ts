import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { EpochSeconds, Week } from '../sightings/week.ts';
import { FIRST_WEEK, LAST_WEEK, mondayOf, sundayOf, weekOf } from '../sightings/week.ts';
import { TotalsError } from './totals.ts';

/** The two parts of what a row's hits are counted by, within its week. Published totals say nothing of the client. */
export type TotalsSystem = Omit<System, 'client'>;

type Cell = string | null;
export type TotalsRecord = { readonly [column: string]: Cell | undefined };

/** Of a row: what it would be an error to go on with. It is said with the row's number, and never with its contents. */
export interface RowFault {
  column: string;
  expected: string;
}

export type Found<Value> = { kind: 'value'; value: Value } | { kind: 'fault'; fault: RowFault };

export const SYSTEM_COLUMNS = ['os_name', 'os_version', 'os_variant', 'os_arch'];
export const REQUEST_COLUMNS = ['sys_age', 'repo_tag', 'repo_arch'];
export const WEEK_COLUMNS = ['weeknum', 'week_start', 'week_end'];
export const HITS_COLUMN = 'hits';
const NEEDED_COLUMNS = [HITS_COLUMN, 'sys_age', ...SYSTEM_COLUMNS, 'repo_tag', 'repo_arch'];
export const KNOWN_COLUMNS = [...NEEDED_COLUMNS, ...WEEK_COLUMNS];
const MOST_REMEMBERED = 65_536;

export function requireColumns(path: string, names: readonly string[]): void {
  const missing = NEEDED_COLUMNS.filter((name) => !names.includes(name));
  if (!names.includes('weeknum') && !names.includes('week_start')) missing.unshift('week_start');
  if (missing.length > 0)
    throw new TotalsError(`${path}: expected a table of totals, missing column ${missing.join(', ')}`);
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    const known = KNOWN_COLUMNS.includes(name) ? name : `${at + 1}`;
    if (seen.has(name)) throw new TotalsError(`${path}: expected a table of totals, column ${known} stands twice`);
    seen.add(name);
  }
}

export function systemOf(record: TotalsRecord): Found<TotalsSystem> {
  const fault = textFault(record, SYSTEM_COLUMNS);
  if (fault !== undefined) return { kind: 'fault', fault };
  const [osName, osVersion, osVariant, osArch] = SYSTEM_COLUMNS.map((column) => record[column]!) as Four;
  return { kind: 'value', value: { osName, osVersion, osVariant, osArch } };
}

type Four = [string, string, string, string];

/** Daily addresses are not check-ins (X4). Their weeks are none. */
export function isLeftOut(record: TotalsRecord): boolean {
  return record['sys_age'] === '-1';
}

export function requestOf(record: TotalsRecord): Found<Request> {
  const age = wholeNumber(record['sys_age']);
  if (age === undefined || !isAge(age))
    return { kind: 'fault', fault: { column: 'sys_age', expected: '1, 2, 3 or 4' } };
  const fault = textFault(record, ['repo_tag', 'repo_arch']);
  if (fault !== undefined) return { kind: 'fault', fault };
  return { kind: 'value', value: { age, repoTag: record['repo_tag']!, repoArch: record['repo_arch']! } };
}

function textFault(record: TotalsRecord, columns: readonly string[]): RowFault | undefined {
  const column = columns.find((name) => typeof record[name] !== 'string');
  return column === undefined ? undefined : { column, expected: 'text' };
}

/** Undefined if they are none. */
export function hitsOf(cell: Cell | undefined): number | undefined {
  const hits = wholeNumber(cell);
  return hits === undefined || hits < 1 ? undefined : hits;
}

export const HITS_FAULT: RowFault = { column: HITS_COLUMN, expected: 'a whole number of 1 or more' };

function wholeNumber(cell: Cell | undefined): number | undefined {
  if (typeof cell !== 'string' || !/^-?\d+$/.test(cell)) return undefined;
  const value = Number(cell);
  return Number.isSafeInteger(value) ? value : undefined;
}

function isAge(value: number): value is Age {
  return value >= 1 && value <= 4;
}

/** The week of a row by the columns that name it, or what is wrong with them. */
export function weekReader(): (record: TotalsRecord) => Week | RowFault {
  const weeks = new Map<string, Week>();

  const fromDates = (record: TotalsRecord): Week | RowFault => {
    const start = record['week_start'] ?? '';
    const end = record['week_end'];
    const key = `${start}/${end}`;
    const known = weeks.get(key);
    if (known !== undefined) return known;
    const week = weekOfMonday(start);
    if (week === null) return { column: 'week_start', expected: 'a Monday from 2020-02-10 on, when counting began' };
    if (end !== undefined && dayOf(end ?? '') !== sundayOf(week)) {
      return { column: 'week_end', expected: 'the Sunday of the same week' };
    }
    if (weeks.size === MOST_REMEMBERED) weeks.clear();
    weeks.set(key, week);
    return week;
  };

  return (record) => {
    if (record['weeknum'] === undefined) return fromDates(record);
    const week = wholeNumber(record['weeknum']);
    if (week === undefined || week < FIRST_WEEK || week > LAST_WEEK)
      return { column: 'weeknum', expected: `a week number from ${FIRST_WEEK} on, when counting began` };
    // Whoever added a column of the other kind may have shifted it.
    if (record['week_start'] !== undefined) {
      const other = fromDates(record);
      if (typeof other === 'object') return other;
      if (other !== week) return { column: 'week_start', expected: 'the Monday of the week that weeknum names' };
    }
    return week as Week;
  };
}

/** The day of `2020-02-10` or, as SQLite's DATETIME columns have it, `2020-02-10 00:00:00`; empty if neither. */
function dayOf(text: string): string {
  return /^(\d{4}-\d{2}-\d{2})([ T]00:00:00)?$/.exec(text)?.[1] ?? '';
}

function weekOfMonday(text: string): Week | null {
  const day = dayOf(text);
  const time = Date.parse(`${day}T00:00:00Z`) / 1000;
  if (Number.isNaN(time)) return null;
  const week = weekOf(time as EpochSeconds);
  // Some engines read 2020-02-31 as a day in March; only a day that reads back as itself is one.
  return week >= FIRST_WEEK && week <= LAST_WEEK && mondayOf(week) === day ? week : null;
}
