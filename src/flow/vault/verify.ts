import type { Week } from '../sightings/week.ts';
import { FEWEST_HASHED } from '../tallies/log-identity.ts';
import { addCells, decodeCells, EMPTY_CELLS, equalCells, splitKey, sumOfHits, type WeekCells } from './cells.ts';
import { readCountedHours } from './counted-hours.ts';
import { checked, type Database } from './database.ts';
import type { Dictionaries } from './dictionary.ts';
import type { LogId } from './ledger.ts';
import {
  readFronts,
  readHours,
  readLogs,
  readReadings,
  readRejections,
  readStates,
  readTallies,
} from './ledger-rows.ts';
import { readSummary, weeksWithSummary } from './network-summary.ts';
import { readKeys, readNetworks } from './networks.ts';
import { verifyPublished } from './published.ts';
import { KEEP_DAMAGED, VaultFault } from './vault-fault.ts';
import { readCube } from './week-cubes.ts';
import { weeksWithSpread } from './week-networks.ts';

/**
 * Reads the whole vault and says what is wrong: the file's structure, each row's checksum, the conservation sums of each
 * log, the ledger against the cube, that every cell names entries that exist, and that `readWeeks` can read as commands
 * do: SQLite's own check passes over some damage to an empty index.
 */
export function verify(database: Database, dictionaries: Dictionaries, readWeeks: () => unknown): string[] {
  const findings = [
    ...attempt('the structure of the file', () => verifyStructure(database)),
    ...attempt('the sums of the logs', () => verifyLogs(database)),
    ...attempt('the hours and networks', () => verifyEvidence(database)),
    ...attempt('the cube', () => verifyCube(database, dictionaries)),
    ...attempt('what was published', () => {
      verifyPublished(database);
      return [];
    }),
    ...attempt('the weeks', () => {
      readWeeks();
      return [];
    }),
  ];
  return [...new Set(findings)];
}

/** A check that cannot be carried out is a finding too; the others go on. */
function attempt(what: string, check: () => string[]): string[] {
  try {
    return check();
  } catch (error) {
    if (error instanceof VaultFault) return [error.message.replace(`. ${KEEP_DAMAGED}`, '')];
    return [`${what} cannot be checked: ${error instanceof Error ? error.message : 'unknown error'}`];
  }
}

function verifyStructure(database: Database): string[] {
  const found = database.all('PRAGMA integrity_check').map((row) => String(row['integrity_check']));
  const broken = database
    .all('PRAGMA foreign_key_check')
    .map((row) => `a row of ${row['table']} refers to a missing row`);
  return [...found.filter((line) => line !== 'ok').map((line) => `SQLite: ${line}`), ...new Set(broken)];
}

function verifyLogs(database: Database): string[] {
  const rejected = new Map<LogId, number>();
  for (const { log, count } of readRejections(database)) rejected.set(log, (rejected.get(log) ?? 0) + count);
  readFronts(database);
  const readings = new Map(readReadings(database).map((reading) => [reading.log, reading]));
  const marked = new Map<LogId, number>();
  for (const { log, lines } of readCountedHours(database)) marked.set(log, (marked.get(log) ?? 0) + lines);
  const problems: string[] = [];
  for (const log of readLogs(database)) {
    const sum = log.counted + (rejected.get(log.id) ?? 0) + (readings.get(log.id)?.known ?? 0);
    if (log.candidates !== sum) {
      problems.push(`log ${log.id}: ${log.candidates} candidates, but ${sum} counted, rejected and known before`);
    }
    const lines = marked.get(log.id);
    if (lines !== undefined && lines !== log.counted) {
      problems.push(`log ${log.id}: ${log.counted} counted, but ${lines} in its hours`);
    }
    const inTallies = [...readTallies(database, log.id).values()].reduce((total, cells) => total + sumOfHits(cells), 0);
    if (log.counted !== inTallies)
      problems.push(`log ${log.id}: ${log.counted} counted, but ${inTallies} in its cells`);
    const states = readStates(database, 'log = ?', log.id);
    const format = readings.get(log.id)?.format;
    const isHashed = format === undefined || format === 'spool' || log.candidates >= FEWEST_HASHED;
    if (log.origin === 'log' && log.candidates > 0 && isHashed && states.at(-1)?.candidates !== log.candidates) {
      problems.push(`log ${log.id}: its latest state is missing`);
    }
  }
  return problems;
}

function verifyEvidence(database: Database): string[] {
  readHours(database);
  for (const row of database.each('SELECT week, os_name, networks, checksum FROM network_count'))
    checked('network_count', row);
  const withKey = new Set(readKeys(database).map(({ week }) => week));
  for (const week of weeksWithSummary(database)) readSummary(database, week);
  const withNetworks = [...readNetworks(database).map(({ week }) => week), ...weeksWithSpread(database)];
  const without = withNetworks.filter((week) => !withKey.has(week));
  return [...new Set(without.map((week) => `week ${week} has networks without the key of the week`))];
}

function verifyCube(database: Database, dictionaries: Dictionaries): string[] {
  const systems = dictionaries.systems.all();
  const requests = dictionaries.requests.all();
  const countries = dictionaries.countries.all();
  dictionaries.sources.all();
  const problems: string[] = [];
  const weeks = database.all('SELECT week FROM cube UNION SELECT week FROM tally ORDER BY week');
  for (const row of weeks) {
    const week = Number(row['week']) as Week;
    const cube = readCube(database, week);
    if (!equalCells(cube, sumOfTallies(database, week))) {
      problems.push(`week ${week}: the cube is not the sum of the logs`);
    }
    const names = (key: number) => {
      const { system, request, country } = splitKey(key);
      return systems.has(system) && requests.has(request) && countries.has(country);
    };
    if (!cube.keys.every(names)) problems.push(`week ${week}: a cell refers to an entry that no dictionary holds`);
  }
  return problems;
}

function sumOfTallies(database: Database, week: Week): WeekCells {
  let sum = EMPTY_CELLS;
  for (const row of database.each('SELECT cells FROM tally WHERE week = ?', week)) {
    sum = addCells(sum, decodeCells(row['cells'] as Uint8Array));
  }
  return sum;
}
