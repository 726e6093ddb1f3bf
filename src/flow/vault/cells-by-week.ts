import type { Week } from '../sightings/week.ts';
import type { CellColumns } from '../tallies/log-tally.ts';
import { addCells, COUNTRIES, cellKey, EMPTY_CELLS, type WeekCells } from './cells.ts';

/** The vault's id for each place in a tally's lists. */
export interface CellIds {
  systems: Uint32Array;
  requests: Uint32Array;
  countries: Uint32Array;
}

/** Rows of a table of cells. */
interface Rows {
  from: number;
  end: number;
}

/**
 * A row in 64 bits that sort like its week and its key. From the lowest: place of the row, country, request, system,
 * week. A request may lie across the two words.
 */
interface Packing {
  firstWeek: number;
  countryAt: number;
  requestAt: number;
  /** How many bits of the request are in the low word. */
  requestLow: number;
  systemAt: number;
  weekAt: number;
}

const WORD_BITS = 32;

/**
 * Sorts a log's cells into weeks, in the vault's ids. This runs once, before the compiler has seen it: to have packed
 * rows sorted by the runtime takes half as long as any sorting here. Rows that do not fit are sorted by halves.
 */
export function byWeek(cells: CellColumns, ids: CellIds): Map<Week, WeekCells> {
  const most = { system: greatest(ids.systems), request: greatest(ids.requests), country: greatest(ids.countries) };
  // Throws if an id is too large for a key.
  cellKey(most.system, most.request, most.country);
  return sortRows(cells, ids, most, { from: 0, end: cells.hits.length });
}

type MostIds = Record<'system' | 'request' | 'country', number>;

function sortRows(cells: CellColumns, ids: CellIds, most: MostIds, { from, end }: Rows): Map<Week, WeekCells> {
  if (from === end) return new Map();
  const packing = packingOf(cells.week, most, { from, end });
  if (packing !== undefined) return unpack(packSorted(cells, ids, packing, { from, end }), packing, cells.hits, from);
  const middle = (from + end) >>> 1;
  const weeks = sortRows(cells, ids, most, { from, end: middle });
  for (const [week, others] of sortRows(cells, ids, most, { from: middle, end })) {
    weeks.set(week, addCells(weeks.get(week) ?? EMPTY_CELLS, others));
  }
  return weeks;
}

/** The distinct weeks of rows. */
export function weeksIn(rows: Uint32Array): Set<number> {
  // Most logs are of one week, and no loop here tells as fast.
  if (isOneValue(rows)) return new Set(rows.subarray(0, 1));
  const weeks = new Set<number>();
  for (let row = 0; row < rows.length; row++) {
    if (row === 0 || rows[row] !== rows[row - 1]) weeks.add(rows[row]!);
  }
  return weeks;
}

/** Then it is the same as itself, one row on. */
function isOneValue(rows: Uint32Array): boolean {
  const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
  return rows.length > 0 && bytes.subarray(rows.BYTES_PER_ELEMENT).equals(bytes.subarray(0, -rows.BYTES_PER_ELEMENT));
}

/** Undefined if the rows take more than 64 bits. A single one always fits. */
function packingOf(weeks: Uint32Array, most: MostIds, { from, end }: Rows): Packing | undefined {
  const found = [...weeksIn(weeks.subarray(from, end))];
  const firstWeek = Math.min(...found);
  const lastWeek = Math.max(...found);
  const countryAt = bitsOf(end - from - 1);
  const requestAt = countryAt + bitsOf(most.country);
  const requestBits = bitsOf(most.request);
  const requestLow = Math.min(requestBits, WORD_BITS - requestAt);
  const systemAt = requestBits - requestLow;
  const weekAt = systemAt + bitsOf(most.system);
  // To shift by 32 is not to shift at all.
  const fits = requestAt < WORD_BITS && weekAt < WORD_BITS && weekAt + bitsOf(lastWeek - firstWeek) <= WORD_BITS;
  return fits ? { firstWeek, countryAt, requestAt, requestLow, systemAt, weekAt } : undefined;
}

function bitsOf(most: number): number {
  return WORD_BITS - Math.clz32(most);
}

function greatest(ids: Uint32Array): number {
  let most = 0;
  for (let place = 0; place < ids.length; place++) if (ids[place]! > most) most = ids[place]!;
  return most;
}

/** The words of the packed rows, the low one of each first. */
function packSorted(cells: CellColumns, ids: CellIds, packing: Packing, { from, end }: Rows): Int32Array {
  const { week, system, request, country } = cells;
  const { systems, requests, countries } = ids;
  const { firstWeek, countryAt, requestAt, requestLow, systemAt, weekAt } = packing;
  const packed = new BigUint64Array(end - from);
  const words = new Int32Array(packed.buffer);
  for (let row = from; row < end; row++) {
    const id = requests[request[row]!]!;
    const place = row - from;
    words[2 * place] = (id << requestAt) | (countries[country[row]!]! << countryAt) | place;
    words[2 * place + 1] =
      ((week[row]! - firstWeek) << weekAt) | (systems[system[row]!]! << systemAt) | (id >>> requestLow);
  }
  packed.sort();
  return words;
}

/** In 32-bit numbers as far as it goes: each larger one is put on the heap, as long as nothing is compiled. */
function unpack(words: Int32Array, packing: Packing, hitsOf: Float64Array, from: number): Map<Week, WeekCells> {
  const { firstWeek, countryAt, requestAt, requestLow, systemAt, weekAt } = packing;
  const placeMask = 2 ** countryAt - 1;
  const countryMask = 2 ** (requestAt - countryAt) - 1;
  const requestMask = 2 ** systemAt - 1;
  const systemMask = 2 ** (weekAt - systemAt) - 1;
  const keys = new Float64Array(words.length / 2);
  const hits = new Float64Array(keys.length);
  const weeks = new Map<Week, WeekCells>();
  for (let start = 0; start < keys.length; ) {
    const week = words[2 * start + 1]! >>> weekAt;
    let end = start;
    while (end < keys.length && words[2 * end + 1]! >>> weekAt === week) {
      const system = words[2 * end + 1]! >>> systemAt;
      const firstKey = cellKey(system & systemMask, 0, 0);
      let before = -1;
      for (; end < keys.length && words[2 * end + 1]! >>> systemAt === system; end++) {
        const low = words[2 * end]!;
        const request = ((words[2 * end + 1]! & requestMask) << requestLow) | (low >>> requestAt);
        const rest = request * COUNTRIES + ((low >>> countryAt) & countryMask);
        if (rest <= before) throw new Error('two cells of a log have the same key; please report this');
        before = rest;
        keys[end] = firstKey + rest;
        hits[end] = hitsOf[from + (low & placeMask)]!;
      }
    }
    weeks.set((firstWeek + week) as Week, { keys: keys.subarray(start, end), hits: hits.subarray(start, end) });
    start = end;
  }
  return weeks;
}
