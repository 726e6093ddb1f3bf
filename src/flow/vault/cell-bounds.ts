import { OTHER } from '../sightings/clean-text.ts';
import type { Age } from '../sightings/request.ts';
import { addCells, COUNTRIES, cellKey, splitKey, type WeekCells } from './cells.ts';
import { type Dictionaries, textOf } from './dictionary.ts';
import { shareOf } from './week-bounds.ts';

/** How much the logs of a week may hold together, whatever it is made of (C7). */
export interface CellLimits {
  /**
   * Systems with a request. Few names make many of them, and it is these that whoever reads a week holds in memory.
   * Fedora's largest weeks have about 30,000.
   */
  groups: number;
  cells: number;
}

export const CELL_LIMITS: CellLimits = { groups: 65_536, cells: 524_288 };

/** Whether a group, by `groupOf`, was there in closed weeks. */
export type IsFamiliar = (group: number) => boolean;

export function groupOf(key: number): number {
  return Math.floor(key / COUNTRIES);
}

/** Cells of a log that its week did not have: of one group, or a single one. Places in the log's table. */
interface Fresh {
  from: number;
  end: number;
  hits: number;
  isFamiliar: boolean;
}

/** Cells that are no more than the groups a week has room for need not be looked at. */
export function mayBeTooMany(cells: WeekCells, current: WeekCells, limits = CELL_LIMITS): boolean {
  return current.keys.length + cells.keys.length > limits.groups;
}

/**
 * A week's cells of a log, with what the week has no room for under `other` (C7): whole groups, then cells; what was there
 * in closed weeks comes first, and then the heaviest. Client, age, country and sums stay.
 */
export function fitCells(
  cells: WeekCells,
  current: WeekCells,
  isFamiliar: IsFamiliar,
  othersOf: (keys: readonly number[]) => readonly number[],
  limits = CELL_LIMITS,
): WeekCells {
  const isFolded = new Uint8Array(cells.keys.length);
  for (const [taken, fresh, limit] of [
    [countGroups(current), freshGroups(cells, current, isFamiliar), limits.groups],
    [current.keys.length, freshCells(cells, current, isFamiliar), limits.cells],
  ] as const) {
    const left = fresh.filter(({ from }) => isFolded[from] === 0);
    for (const { from, end } of withoutRoom(left, taken, limit)) isFolded.fill(1, from, end);
  }
  return isFolded.includes(1) ? folded(cells, isFolded, othersOf) : cells;
}

/** A quarter of all is for what is familiar: however many others come, some of it is left. */
const SHARE_OF_STRANGE = 0.75;

function withoutRoom(fresh: readonly Fresh[], taken: number, limit: number): Fresh[] {
  if (fresh.length <= shareOf(limit * SHARE_OF_STRANGE, taken)) return [];
  const heaviestFirst = (a: Fresh, b: Fresh) => b.hits - a.hits || a.from - b.from;
  const familiar = fresh.filter((each) => each.isFamiliar).sort(heaviestFirst);
  const strange = fresh.filter((each) => !each.isFamiliar).sort(heaviestFirst);
  const ofFamiliar = Math.max(0, limit - taken);
  const takenNow = taken + Math.min(familiar.length, ofFamiliar);
  return [...familiar.slice(ofFamiliar), ...strange.slice(shareOf(limit * SHARE_OF_STRANGE, takenNow))];
}

function countGroups({ keys }: WeekCells): number {
  let count = 0;
  for (let i = 0; i < keys.length; i++) if (i === 0 || groupOf(keys[i]!) !== groupOf(keys[i - 1]!)) count++;
  return count;
}

/** Keys are sorted, so the cells of a group stand together, in both tables in one order. */
function freshGroups({ keys, hits }: WeekCells, current: WeekCells, isFamiliar: IsFamiliar): Fresh[] {
  const fresh: Fresh[] = [];
  for (let from = 0, there = 0; from < keys.length; ) {
    const group = groupOf(keys[from]!);
    let [end, sum] = [from, 0];
    for (; end < keys.length && groupOf(keys[end]!) === group; end++) sum += hits[end]!;
    while (there < current.keys.length && groupOf(current.keys[there]!) < group) there++;
    const isThere = there < current.keys.length && groupOf(current.keys[there]!) === group;
    if (!isThere) fresh.push({ from, end, hits: sum, isFamiliar: isFamiliar(group) });
    from = end;
  }
  return fresh;
}

function freshCells({ keys, hits }: WeekCells, current: WeekCells, isFamiliar: IsFamiliar): Fresh[] {
  const fresh: Fresh[] = [];
  for (let from = 0, there = 0; from < keys.length; from++) {
    while (there < current.keys.length && current.keys[there]! < keys[from]!) there++;
    if (current.keys[there] === keys[from]) continue;
    fresh.push({ from, end: from + 1, hits: hits[from]!, isFamiliar: isFamiliar(groupOf(keys[from]!)) });
  }
  return fresh;
}

const FOLDED_AT_ONCE = 131_072;

function folded(
  cells: WeekCells,
  isFolded: Uint8Array,
  othersOf: (keys: readonly number[]) => readonly number[],
): WeekCells {
  const places = Array.from(isFolded.keys()).filter((place) => isFolded[place] === 1);
  const sums = new Map<number, number>();
  // A million at once would be as many objects.
  for (let from = 0; from < places.length; from += FOLDED_AT_ONCE) {
    const some = places.slice(from, from + FOLDED_AT_ONCE);
    for (const [at, other] of othersOf(some.map((place) => cells.keys[place]!)).entries()) {
      sums.set(other, (sums.get(other) ?? 0) + cells.hits[some[at]!]!);
    }
  }
  const keys = Float64Array.from(sums.keys()).sort();
  const kept = (_: number, place: number) => isFolded[place] === 0;
  return addCells(
    { keys: cells.keys.filter(kept), hits: cells.hits.filter(kept) },
    { keys, hits: keys.map((key) => sums.get(key)!) },
  );
}

/** Gives the cell of `other` for each that has no place of its own. */
export function othersBy(dictionaries: Dictionaries): (keys: readonly number[]) => number[] {
  return (keys) => {
    const cells = keys.map(splitKey);
    const systems = dictionaries.systems.some(new Set(cells.map(({ system }) => system)));
    const requests = dictionaries.requests.some(new Set(cells.map(({ request }) => request)));
    // There are few clients and ages, and a hundred thousand cells: each asked for by itself took minutes.
    const otherSystem = onceEach((client: string) => {
      const other = { client, osName: OTHER, osVersion: OTHER, osVariant: OTHER, osArch: OTHER };
      return dictionaries.systems.idsOf([other])[0]!;
    });
    const otherRequest = onceEach(
      (age: Age) => dictionaries.requests.idsOf([{ age, repoTag: OTHER, repoArch: OTHER }])[0]!,
    );
    return cells.map(({ system, request, country }) =>
      cellKey(otherSystem(textOf(systems, system).client), otherRequest(textOf(requests, request).age), country),
    );
  };
}

function onceEach<Key>(find: (key: Key) => number): (key: Key) => number {
  const found = new Map<Key, number>();
  return (key) => {
    const id = found.get(key) ?? find(key);
    found.set(key, id);
    return id;
  };
}
