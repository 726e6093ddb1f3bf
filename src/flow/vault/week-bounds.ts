import { OTHER } from '../sightings/clean-text.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Week } from '../sightings/week.ts';
import { ALL_SYSTEMS, type CellColumns, type LogTally } from '../tallies/log-tally.ts';
import { byField, type KeptNames, NAME_FIELDS, type NameField, requestKey, systemKey } from '../tallies/naming.ts';
import { MOST_IDS, splitKey, type WeekCells } from './cells.ts';
import { weeksIn } from './cells-by-week.ts';
import { type Dictionaries, textOf } from './dictionary.ts';

/** How much the logs of a week may name together, beside what is kept anyway (C7). */
export interface WeekLimits {
  /** Distinct values of each field, and their bytes together. */
  values: number;
  valueBytes: number;
  systems: number;
  requests: number;
}

export const WEEK_LIMITS: WeekLimits = {
  values: 2_048,
  valueBytes: 131_072,
  systems: 49_152,
  requests: 65_536,
};

/** A log brings more names than its week has room for, and nobody has said which are kept. */
export class KeptNamesNeeded extends Error {
  override readonly name = 'KeptNamesNeeded';
}

/**
 * A log takes half of what is left at most, its heaviest names first: a burst leaves room for those that come later,
 * and there is always some.
 */
export function shareOf(limit: number, taken: number): number {
  return Math.max(0, Math.ceil((limit - taken) / 2));
}

/**
 * The tally with all names that its weeks have no room for as `other` (C7): values in their field, then systems, which
 * keep their os name, and requests, which keep their repository. Sums stay what they are. A name that a week knows is
 * never among them, so that what is counted of it is exact.
 */
export function fitNames(
  tally: LogTally,
  current: (week: Week) => WeekCells,
  dictionaries: Dictionaries,
  kept: KeptNames | undefined,
  limits: WeekLimits = WEEK_LIMITS,
): LogTally {
  const { systems, requests } = tally;
  const mayBeTooMany =
    dictionaries.systems.greatest() + systems.length > limits.values ||
    dictionaries.requests.greatest() + requests.length > limits.values ||
    bytesOf(systems) + bytesOf(requests) > limits.valueBytes / 2;
  if (!mayBeTooMany) return tally;
  const weeks = Array.from(weeksIn(tally.cells.week), (week) =>
    namesIn(current(week as Week), dictionaries, weightsIn(tally, week)),
  );
  const isKept = keptTest(kept);
  const refused = byField(
    (field) => new Set(weeks.flatMap((week) => refusedValues(week[field], isKept[field], limits))),
  );
  const areAllValuesKept = NAME_FIELDS.every((field) => refused[field].size === 0);
  const named = areAllValuesKept ? { systems, requests } : withoutRefused({ systems, requests }, refused);
  const greatestSystem = dictionaries.systems.greatest();
  const refusedSystems = new Set(
    weeks.flatMap((week) =>
      refusedRows(week.systems, named.systems, systemKey, kept?.systems ?? [], limits.systems, greatestSystem),
    ),
  );
  const refusedRequests = new Set(
    weeks.flatMap((week) =>
      refusedRows(
        week.requests,
        named.requests,
        requestKey,
        kept?.requests ?? [],
        limits.requests,
        dictionaries.requests.greatest(),
      ),
    ),
  );
  if (areAllValuesKept && refusedSystems.size === 0 && refusedRequests.size === 0) return tally;
  if (kept === undefined) throw new KeptNamesNeeded();
  return withNames(
    tally,
    named.systems.map((system) =>
      refusedSystems.has(systemKey(system)) ? { ...system, osVersion: OTHER, osVariant: OTHER, osArch: OTHER } : system,
    ),
    named.requests.map((request) =>
      refusedRequests.has(requestKey(request)) ? { ...request, repoArch: OTHER } : request,
    ),
  );
}

type Named = Pick<LogTally, 'systems' | 'requests'>;

function withoutRefused({ systems, requests }: Named, refused: Record<NameField, ReadonlySet<string>>): Named {
  const named = (field: NameField, value: string) => (refused[field].has(value) ? OTHER : value);
  return {
    systems: systems.map(({ client, osName, osVersion, osVariant, osArch }) => ({
      client,
      osName: named('osName', osName),
      osVersion: named('osVersion', osVersion),
      osVariant: named('osVariant', osVariant),
      osArch: named('osArch', osArch),
    })),
    requests: requests.map(({ age, repoTag, repoArch }) => ({
      age,
      repoTag: named('repoTag', repoTag),
      repoArch: named('repoArch', repoArch),
    })),
  };
}

/** Check-ins by place in the tally's lists, of one week. */
interface Weights {
  systems: readonly [place: number, hits: number][];
  requests: readonly [place: number, hits: number][];
  tally: LogTally;
}

interface NamedValues {
  known: ReadonlySet<string>;
  fresh: ReadonlyMap<string, number>;
}

interface NamedRows {
  count: number;
  /** Of what the week names. */
  keys(): ReadonlySet<string>;
  weights: readonly [place: number, hits: number][];
}

type NamesOfWeek = Record<NameField, NamedValues> & { systems: NamedRows; requests: NamedRows };

function weightsIn(tally: LogTally, week: number): Weights {
  const { cells } = tally;
  const systems = new Map<number, number>();
  const requests = new Map<number, number>();
  for (let row = 0; row < cells.hits.length; row++) {
    if (cells.week[row] !== week) continue;
    const hits = cells.hits[row]!;
    systems.set(cells.system[row]!, (systems.get(cells.system[row]!) ?? 0) + hits);
    requests.set(cells.request[row]!, (requests.get(cells.request[row]!) ?? 0) + hits);
  }
  return { systems: [...systems], requests: [...requests], tally };
}

/** What a week names, and what a log would add. */
function namesIn({ keys }: WeekCells, dictionaries: Dictionaries, { systems, requests, tally }: Weights): NamesOfWeek {
  const ids = { systems: new Set<number>(), requests: new Set<number>() };
  for (let i = 0; i < keys.length; i++) {
    const { system, request } = splitKey(keys[i]!);
    ids.systems.add(system);
    ids.requests.add(request);
  }
  const knownSystems = dictionaries.systems.known(ids.systems);
  const knownRequests = dictionaries.requests.known(ids.requests);
  const allSystems = Array.from(ids.systems, (id) => textOf(knownSystems, id));
  const allRequests = Array.from(ids.requests, (id) => textOf(knownRequests, id));
  const values = <Row>(
    rows: readonly Row[],
    weights: readonly [number, number][],
    all: readonly Row[],
    of: (row: Row) => string,
  ): NamedValues => {
    const known = new Set(all.map(of));
    const fresh = new Map<string, number>();
    for (const [place, hits] of weights) {
      const value = of(rows[place]!);
      if (!known.has(value)) fresh.set(value, (fresh.get(value) ?? 0) + hits);
    }
    return { known, fresh };
  };
  const ofSystems = (of: (system: System) => string) => values(tally.systems, systems, allSystems, of);
  const ofRequests = (of: (request: Request) => string) => values(tally.requests, requests, allRequests, of);
  return {
    osName: ofSystems(({ osName }) => osName),
    osVersion: ofSystems(({ osVersion }) => osVersion),
    osVariant: ofSystems(({ osVariant }) => osVariant),
    osArch: ofSystems(({ osArch }) => osArch),
    repoTag: ofRequests(({ repoTag }) => repoTag),
    repoArch: ofRequests(({ repoArch }) => repoArch),
    systems: { count: allSystems.length, keys: () => new Set(allSystems.map(systemKey)), weights: systems },
    requests: { count: allRequests.length, keys: () => new Set(allRequests.map(requestKey)), weights: requests },
  };
}

type KeptTests = Record<NameField, (value: string) => boolean>;

function keptTest(kept: KeptNames | undefined): KeptTests {
  return byField((field) => {
    const values = new Set(kept?.values[field]);
    const patterns = kept?.patterns[field] ?? [];
    return (value) =>
      value === '' || value === OTHER || values.has(value) || patterns.some((pattern) => pattern.test(value));
  });
}

function refusedValues(
  { known, fresh }: NamedValues,
  isKept: (value: string) => boolean,
  limits: WeekLimits,
): string[] {
  const taken = [...known].filter((value) => !isKept(value));
  const strange = heaviestFirst([...fresh].filter(([value]) => !isKept(value)));
  const room = shareOf(limits.values, taken.length);
  const bytes = shareOf(limits.valueBytes, sumOfBytes(taken));
  let used = 0;
  let place = 0;
  for (; place < Math.min(room, strange.length); place++) {
    used += Buffer.byteLength(strange[place]!);
    if (used > bytes) break;
  }
  return strange.slice(place);
}

/** The keys of what there is no room for. */
function refusedRows<Row>(
  { count, keys, weights }: NamedRows,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  kept: readonly Row[],
  limit: number,
  greatest: number,
): string[] {
  const isFull = greatest + weights.length > MOST_IDS - limit;
  const room = isFull ? 0 : shareOf(limit, count);
  // Nearly always: no more is there than there is room for, whatever of it is new.
  if (weights.length <= room) return [];
  const known = keys();
  const fresh = new Map<string, number>();
  for (const [place, hits] of weights) {
    const key = keyOf(rows[place]!);
    if (!known.has(key)) fresh.set(key, (fresh.get(key) ?? 0) + hits);
  }
  if (fresh.size <= room) return [];
  const keptKeys = new Set(kept.map(keyOf));
  return heaviestFirst([...fresh].filter(([key]) => !keptKeys.has(key))).slice(room);
}

function heaviestFirst(weighed: readonly (readonly [string, number])[]): string[] {
  return [...weighed].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

/** Of all texts together, those that stand several times too: no less than of the distinct ones. */
function bytesOf(rows: readonly (System | Request)[]): number {
  let sum = 0;
  for (const row of rows) {
    for (const value of Object.values(row)) if (typeof value === 'string') sum += Buffer.byteLength(value);
  }
  return sum;
}

function sumOfBytes(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
}

/** The tally under other names: what is the same now is added up. Names that no cell has are left out. */
function withNames(tally: LogTally, systems: readonly System[], requests: readonly Request[]): LogTally {
  const { cells, networks, spread } = tally;
  const isUsed = { systems: new Uint8Array(systems.length), requests: new Uint8Array(requests.length) };
  for (const place of cells.system) isUsed.systems[place] = 1;
  for (const place of cells.request) isUsed.requests[place] = 1;
  const system = renumber(systems, isUsed.systems, systemKey);
  const request = renumber(requests, isUsed.requests, requestKey);
  const isOfSystem = (row: number) => spread.system[row] !== ALL_SYSTEMS;
  return {
    ...tally,
    systems: system.values,
    requests: request.values,
    cells: addedUp(cells, system.places, request.places),
    networks: { ...networks, system: networks.system.map((place) => system.places[place]!) },
    spread: {
      ...spread,
      system: spread.system.map((place, row) => (isOfSystem(row) ? system.places[place]! : place)),
      request: spread.request.map((place, row) => (isOfSystem(row) ? request.places[place]! : place)),
    },
  };
}

function renumber<Value>(
  values: readonly Value[],
  isUsed: Uint8Array,
  keyOf: (value: Value) => string,
): { values: Value[]; places: Uint32Array } {
  const known = new Map<string, number>();
  const kept: Value[] = [];
  const places = new Uint32Array(values.length);
  for (const [place, value] of values.entries()) {
    if (isUsed[place] === 0) continue;
    const key = keyOf(value);
    const number = known.get(key) ?? kept.push(value) - 1;
    known.set(key, number);
    places[place] = number;
  }
  return { values: kept, places };
}

const SYSTEM_STEP = 2 ** 28;
const REQUEST_STEP = 2 ** 10;

function addedUp(cells: CellColumns, systemOf: Uint32Array, requestOf: Uint32Array): CellColumns {
  const sums = new Map<number, Map<number, number>>();
  for (let row = 0; row < cells.hits.length; row++) {
    const week = cells.week[row]!;
    const ofWeek = sums.get(week) ?? new Map<number, number>();
    sums.set(week, ofWeek);
    const key =
      systemOf[cells.system[row]!]! * SYSTEM_STEP +
      requestOf[cells.request[row]!]! * REQUEST_STEP +
      cells.country[row]!;
    ofWeek.set(key, (ofWeek.get(key) ?? 0) + cells.hits[row]!);
  }
  let count = 0;
  for (const ofWeek of sums.values()) count += ofWeek.size;
  const added: CellColumns = {
    week: new Uint32Array(count),
    system: new Uint32Array(count),
    request: new Uint32Array(count),
    country: new Uint32Array(count),
    hits: new Float64Array(count),
  };
  let row = 0;
  for (const [week, ofWeek] of sums) {
    for (const [key, hits] of ofWeek) {
      added.week[row] = week;
      added.system[row] = Math.floor(key / SYSTEM_STEP);
      added.request[row] = Math.floor((key % SYSTEM_STEP) / REQUEST_STEP);
      added.country[row] = key % REQUEST_STEP;
      added.hits[row++] = hits;
    }
  }
  return added;
}
