import type { Week } from '../sightings/week.ts';
import { familiarNames, type NamesOfTime } from '../tallies/familiar-names.ts';
import type { KeptNames } from '../tallies/naming.ts';
import { groupOf } from './cell-bounds.ts';
import { splitKey } from './cells.ts';
import type { Database } from './database.ts';
import { type Dictionaries, textOf } from './dictionary.ts';
import { readCube } from './week-cubes.ts';

/** So many closed weeks are looked at. In an open one a flood may be going on, and more of it is read each minute. */
const WEEKS = 6;

/** The names of the last closed weeks; of those before one, if it is given. */
export function familiarWeeks(database: Database, dictionaries: Dictionaries, before?: Week): KeptNames {
  return familiarNames(lastClosed(database, before).map((week) => namesOf(database, dictionaries, week)));
}

function lastClosed(database: Database, before = Number.MAX_SAFE_INTEGER): Week[] {
  return database
    .all(
      'SELECT week FROM cube WHERE week < ? AND week NOT IN (SELECT week FROM week_key) ORDER BY week DESC LIMIT ?',
      before,
      WEEKS,
    )
    .map((row) => Number(row['week']) as Week);
}

/** So many groups are familiar: half of those that a week may have. */
const MOST_GROUPS = 32_768;

/** The groups (`groupOf`) of the last closed weeks: those that were there in most of them, then the heaviest. */
export function familiarGroups(database: Database): ReadonlySet<number> {
  const known = new Map<number, { group: number; weeks: number; hits: number }>();
  for (const week of lastClosed(database)) {
    const { keys, hits } = readCube(database, week);
    for (let i = 0; i < keys.length; i++) {
      const group = groupOf(keys[i]!);
      const isNext = i > 0 && groupOf(keys[i - 1]!) === group;
      const seen = known.get(group) ?? { group, weeks: 0, hits: 0 };
      known.set(group, seen);
      if (!isNext) seen.weeks++;
      seen.hits += hits[i]!;
    }
  }
  const sorted = [...known.values()].sort((a, b) => b.weeks - a.weeks || b.hits - a.hits || a.group - b.group);
  return new Set(sorted.slice(0, MOST_GROUPS).map(({ group }) => group));
}

function namesOf(database: Database, dictionaries: Dictionaries, week: Week): NamesOfTime {
  const { keys, hits } = readCube(database, week);
  const systems = new Map<number, number>();
  const requests = new Map<number, number>();
  for (let i = 0; i < keys.length; i++) {
    const { system, request } = splitKey(keys[i]!);
    systems.set(system, (systems.get(system) ?? 0) + hits[i]!);
    requests.set(request, (requests.get(request) ?? 0) + hits[i]!);
  }
  const systemTexts = dictionaries.systems.known(systems.keys());
  const requestTexts = dictionaries.requests.known(requests.keys());
  return {
    systems: Array.from(systems, ([id, count]) => [textOf(systemTexts, id), count] as const),
    requests: Array.from(requests, ([id, count]) => [textOf(requestTexts, id), count] as const),
  };
}
