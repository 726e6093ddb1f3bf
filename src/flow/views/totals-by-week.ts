import { createHash } from 'node:crypto';
import type { Week } from '../sightings/week.ts';
import { exactHits } from '../tallies/log-tally.ts';
import { NAME_FIELDS } from '../tallies/naming.ts';
import { putVarint } from '../vault/cells.ts';
import { ByteNumbers } from './byte-numbers.ts';
import { NumberedNames } from './numbered-names.ts';
import type { TotalsSink } from './row-taker.ts';
import type { Spill } from './spill.ts';
import type { TotalsRequest, TotalsSystem } from './totals.ts';
import type { TotalsKey } from './totals-rules.ts';

/** How much is kept in memory. Beyond, it goes on in another way, and more slowly. */
export interface Room {
  /** Of rows, in bytes: about five each. */
  rows: number;
  /** Different keys in all weeks, and systems and requests they are made of: those of Fedora's ten years are 300,000. */
  keys: number;
  names: number;
}

export const ROOM: Room = { rows: 2 ** 26, keys: 2 ** 20, names: 2 ** 17 };

/** As the logs of a week may (C7); the busiest week of Fedora's has a tenth. */
const MOST_CELLS = 524_288;
/** Of keys that have no number. */
const MOST_LOOSE_BYTES = 2 ** 25;
const FIRST_BYTES = 256;
/** Three numbers. */
const LONGEST_ROW = 24;
/** How many rows are named one by one. */
const MOST_NAMED = 5;

/** Some rows of the file: how many, and the numbers of the first. */
export interface SomeRows {
  count: number;
  first: number[];
}

/** A week's rows, of which those with the same key are one. */
export interface WeekOfTotals {
  week: Week;
  systems: readonly TotalsSystem[];
  requests: readonly TotalsRequest[];
  /** In the order of X3: places in `systems` and `requests`, and hits. */
  system: Uint32Array;
  request: Uint32Array;
  hits: Float64Array;
  /** Of them all as JSON, which is how weeks were known from the first version on. */
  sha256: string;
}

interface KeptWeek {
  bytes: Buffer;
  used: number;
  lastRow: number;
  rows: number;
  hits: number;
  hasLoose: boolean;
  /** Where its earlier rows lie on the disk. */
  segments: { start: number; length: number }[];
}

/** Different rows of a week, in the order in which they came. */
interface Cells {
  system: number[];
  request: number[];
  hits: number[];
}

/**
 * The rows of a file by their weeks, in whatever order they come, until it is known that all of them can be used. A row
 * takes five bytes: the number of its key, its hits, and how many rows of other weeks came before it.
 */
export class TotalsByWeek implements TotalsSink {
  readonly #spill: Spill;
  readonly #room: Room;
  readonly #shown: (name: string) => string;
  readonly #weeks = new Map<Week, KeptWeek>();
  #latest: { week: Week; kept: KeptWeek } | undefined;
  #held = 0;
  readonly #systems = NumberedNames.systems();
  readonly #requests = NumberedNames.requests();
  readonly #keys: ByteNumbers;
  readonly #pair = new DataView(new ArrayBuffer(8));
  /** Of each key. */
  readonly #systemOf: number[] = [];
  readonly #requestOf: number[] = [];
  /** Of each key its place in the week that is put together, counted from `#firstPlace`; less is of a week before. */
  #placeOf = new Float64Array(0);
  #firstPlace = 1;
  readonly unnamed: SomeRows = { count: 0, first: [] };
  readonly addedUp: SomeRows = { count: 0, first: [] };

  /** Names that may not be `shown` have another text stand for them. */
  constructor(spill: Spill, shown: (name: string) => string, seed: number, room = ROOM) {
    this.#spill = spill;
    this.#shown = shown;
    this.#room = room;
    this.#keys = new ByteNumbers(seed, room.keys);
  }

  /** Twice the number, and one if it has lost a name. */
  numberOf(key: TotalsKey): number | undefined {
    const shown = this.#shownKey(key);
    const number = this.#numberOfShown(shown);
    return number === undefined ? undefined : number * 2 + Number(hasLostNames(key, shown));
  }

  row(week: Week, code: number, hits: number, row: number): void {
    const kept = this.#roomFor(week, LONGEST_ROW);
    put(kept, code + 1, hits, row);
  }

  rowWithKey(week: Week, key: TotalsKey, hits: number, row: number): void {
    const shown = this.#shownKey(key);
    const text = Buffer.from(JSON.stringify(shown));
    const kept = this.#roomFor(week, LONGEST_ROW * 2 + text.length);
    kept.hasLoose = true;
    put(kept, 0, hits, row);
    kept.used = putVarint(kept.bytes, kept.used, Number(hasLostNames(key, shown)));
    kept.used = putVarint(kept.bytes, kept.used, text.length);
    kept.bytes.set(text, kept.used);
    kept.used += text.length;
  }

  /** The weeks of the file, and what they hold before rows are added up. */
  weeks(): { week: Week; rows: number; hits: number }[] {
    return [...this.#weeks].map(([week, { rows, hits }]) => ({ week, rows, hits })).sort((a, b) => a.week - b.week);
  }

  /** Puts a week together, once. Undefined if it has more different rows than any week can have. */
  week(week: Week): WeekOfTotals | undefined {
    const kept = this.#weeks.get(week)!;
    // Where the common numbers have not been enough, a week has its own.
    const systems = kept.hasLoose ? NumberedNames.systems() : this.#systems;
    const requests = kept.hasLoose ? NumberedNames.requests() : this.#requests;
    const cells: Cells = { system: [], request: [], hits: [] };
    const add = (place: number | undefined, { hits, row, isUnnamed }: Row): boolean => {
      const isNew = place === undefined;
      if (isUnnamed) note(this.unnamed, row);
      else if (!isNew) note(this.addedUp, row);
      if (isNew) cells.hits.push(hits);
      else cells.hits[place] = exactHits(cells.hits[place]! + hits);
      return isNew;
    };

    if (this.#placeOf.length < this.#systemOf.length) this.#placeOf = new Float64Array(this.#systemOf.length);
    const first = this.#firstPlace;
    const placesLoose = new Map<string, number>();
    let looseBytes = 0;
    for (const row of this.#rowsOf(kept)) {
      const { key, keyText } = row;
      if (keyText === undefined) {
        const place = this.#placeOf[key]! - first;
        if (!add(place < 0 ? undefined : place, row)) continue;
        this.#placeOf[key] = first + cells.hits.length - 1;
        const [system, request] = [this.#systemOf[key]!, this.#requestOf[key]!];
        cells.system.push(kept.hasLoose ? systems.numberOf(this.#systems.valueOf(system))! : system);
        cells.request.push(kept.hasLoose ? requests.numberOf(this.#requests.valueOf(request))! : request);
      } else if (add(placesLoose.get(keyText), row)) {
        placesLoose.set(keyText, cells.hits.length - 1);
        looseBytes += keyText.length;
        const looseKey = JSON.parse(keyText) as TotalsKey;
        cells.system.push(systems.numberOf(looseKey)!);
        cells.request.push(requests.numberOf(looseKey)!);
      }
      if (cells.hits.length > MOST_CELLS || looseBytes > MOST_LOOSE_BYTES) break;
    }
    this.#firstPlace += cells.hits.length;
    const isTooMany = cells.hits.length > MOST_CELLS || looseBytes > MOST_LOOSE_BYTES;
    return isTooMany ? undefined : inOrder(week, cells, systems, requests);
  }

  #shownKey(key: TotalsKey): TotalsKey {
    return {
      osName: this.#shown(key.osName),
      osVersion: this.#shown(key.osVersion),
      osVariant: this.#shown(key.osVariant),
      osArch: this.#shown(key.osArch),
      sysAge: key.sysAge,
      repoTag: this.#shown(key.repoTag),
      repoArch: this.#shown(key.repoArch),
    };
  }

  #numberOfShown(key: TotalsKey): number | undefined {
    const system = this.#systems.numberOf(key, this.#room.names);
    const request = this.#requests.numberOf(key, this.#room.names);
    if (system === undefined || request === undefined) return undefined;
    this.#pair.setUint32(0, system);
    this.#pair.setUint32(4, request);
    const known = this.#keys.find(this.#pair, 0, 8);
    if (known !== -1) return known;
    const number = this.#systemOf.length;
    // One that is full would forget the others.
    if (number >= this.#room.keys) return undefined;
    this.#keys.add(this.#pair, 0, 8, number);
    this.#systemOf.push(system);
    this.#requestOf.push(request);
    return number;
  }

  #roomFor(week: Week, bytes: number): KeptWeek {
    const kept = this.#latest?.week === week ? this.#latest.kept : this.#find(week);
    if (kept.used + bytes > kept.bytes.length) {
      if (this.#held > this.#room.rows) this.#spillAll();
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * kept.bytes.length, kept.used + bytes));
      kept.bytes.copy(larger, 0, 0, kept.used);
      this.#held += larger.length - kept.bytes.length;
      kept.bytes = larger;
    }
    return kept;
  }

  #find(week: Week): KeptWeek {
    const known = this.#weeks.get(week);
    const kept = known ?? { bytes: NOTHING, used: 0, lastRow: 0, rows: 0, hits: 0, hasLoose: false, segments: [] };
    if (known === undefined) this.#weeks.set(week, kept);
    this.#latest = { week, kept };
    return kept;
  }

  #spillAll(): void {
    for (const kept of this.#weeks.values()) {
      if (kept.used === 0) continue;
      kept.segments.push({ start: this.#spill.write(kept.bytes.subarray(0, kept.used)), length: kept.used });
      kept.bytes = NOTHING;
      kept.used = 0;
    }
    this.#held = 0;
  }

  *#rowsOf(kept: KeptWeek): Generator<Row> {
    const row: Row = { key: 0, keyText: undefined, isUnnamed: false, hits: 0, row: 0 };
    for (const bytes of this.#segmentsOf(kept)) {
      for (const reader = { bytes, at: 0 }; reader.at < bytes.length; ) {
        const code = takeVarint(reader);
        row.hits = takeVarint(reader);
        row.row += takeVarint(reader);
        if (code > 0) {
          row.key = (code - 1) >>> 1;
          row.isUnnamed = ((code - 1) & 1) === 1;
          row.keyText = undefined;
        } else {
          row.isUnnamed = takeVarint(reader) === 1;
          const length = takeVarint(reader);
          row.keyText = bytes.toString('utf8', reader.at, reader.at + length);
          reader.at += length;
        }
        yield row;
      }
    }
  }

  *#segmentsOf({ segments, bytes, used }: KeptWeek): Generator<Buffer> {
    for (const { start, length } of segments) yield this.#spill.read(start, length);
    yield bytes.subarray(0, used);
  }
}

const NOTHING = Buffer.alloc(0);

/** Of a key that has no number there is the text. */
interface Row {
  key: number;
  keyText: string | undefined;
  isUnnamed: boolean;
  hits: number;
  row: number;
}

function hasLostNames(key: TotalsKey, shown: TotalsKey): boolean {
  return NAME_FIELDS.some((field) => key[field] !== shown[field]);
}

function put(kept: KeptWeek, code: number, hits: number, row: number): void {
  let at = putVarint(kept.bytes, kept.used, code);
  at = putVarint(kept.bytes, at, hits);
  kept.used = putVarint(kept.bytes, at, row - kept.lastRow);
  kept.lastRow = row;
  kept.rows += 1;
  kept.hits += hits;
}

function takeVarint(reader: { bytes: Buffer; at: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = reader.bytes[reader.at++]!;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

/** Weeks come in another order than rows. */
function note(some: SomeRows, row: number): void {
  some.count += 1;
  if (some.first.length === MOST_NAMED && row > some.first.at(-1)!) return;
  some.first = [...some.first, row].sort((a, b) => a - b).slice(0, MOST_NAMED);
}

function inOrder(
  week: Week,
  cells: Cells,
  systems: NumberedNames<TotalsSystem>,
  requests: NumberedNames<TotalsRequest>,
): WeekOfTotals {
  const order = orderOf(cells, systems.ranks(), requests.ranks(), requests.size);
  const ofWeek = { systems: new OwnPlaces(systems), requests: new OwnPlaces(requests) };
  const system = new Uint32Array(order.length);
  const request = new Uint32Array(order.length);
  const hits = new Float64Array(order.length);
  const hash = new RowHash(week);
  for (let row = 0; row < order.length; row++) {
    const cell = order[row]!;
    const [ofSystem, ofRequest] = [cells.system[cell]!, cells.request[cell]!];
    system[row] = ofWeek.systems.placeOf(ofSystem);
    request[row] = ofWeek.requests.placeOf(ofRequest);
    hits[row] = cells.hits[cell]!;
    hash.add(hits[row]!, systems.jsonOf(ofSystem), requests.jsonOf(ofRequest));
  }
  return {
    week,
    systems: ofWeek.systems.values,
    requests: ofWeek.requests.values,
    system,
    request,
    hits,
    sha256: hash.digest(),
  };
}

/** Numbers are sorted by the runtime, ten times as fast as by any comparison: rank and cell as one, where they fit. */
function orderOf(cells: Cells, ofSystem: Uint32Array, ofRequest: Uint32Array, requests: number): Uint32Array {
  const count = cells.hits.length;
  const rank = (cell: number) => ofSystem[cells.system[cell]!]! * requests + ofRequest[cells.request[cell]!]!;
  if (ofSystem.length * requests * count > Number.MAX_SAFE_INTEGER)
    return Uint32Array.from(cells.hits.keys()).sort((a, b) => rank(a) - rank(b));
  const packed = new Float64Array(count);
  for (let cell = 0; cell < count; cell++) packed[cell] = rank(cell) * count + cell;
  return Uint32Array.from(packed.sort(), (value) => value % count);
}

/** Of all numbers those that a week has. */
class OwnPlaces<Value> {
  readonly values: Value[] = [];
  readonly #names: NumberedNames<Value>;
  readonly #places: Int32Array;

  constructor(names: NumberedNames<Value>) {
    this.#names = names;
    this.#places = new Int32Array(names.size).fill(-1);
  }

  placeOf(number: number): number {
    const known = this.#places[number]!;
    if (known >= 0) return known;
    const place = this.values.push(this.#names.valueOf(number)) - 1;
    this.#places[number] = place;
    return place;
  }
}

const HASHED_AT_ONCE = 65_536;
/** Beside the names of a row, which are no longer than this six times. */
const LONGEST_TEXT = 8192;

/** The SHA-256 of `JSON.stringify` of a week's rows, without that text. */
class RowHash {
  readonly #hash = createHash('sha256');
  readonly #start: Buffer;
  readonly #bytes = Buffer.allocUnsafe(HASHED_AT_ONCE);
  #used = 0;
  #isBegun = false;

  constructor(week: Week) {
    this.#start = Buffer.from(`{"week":${week},"hits":`);
    this.#hash.update('[');
  }

  add(hits: number, system: Buffer, request: Buffer): void {
    if (this.#used + LONGEST_TEXT > HASHED_AT_ONCE) this.#flush();
    if (this.#isBegun) this.#put(COMMA);
    this.#isBegun = true;
    this.#put(this.#start);
    this.#used += this.#bytes.write(String(hits), this.#used, 'latin1');
    this.#put(COMMA);
    this.#put(system);
    this.#put(COMMA);
    this.#put(request);
    this.#put(BRACE);
  }

  digest(): string {
    this.#flush();
    return this.#hash.update(']').digest('hex');
  }

  #put(text: Buffer): void {
    const bytes = this.#bytes;
    let at = this.#used;
    // Faster than a call for so few.
    for (let from = 0; from < text.length; from++) bytes[at++] = text[from]!;
    this.#used = at;
  }

  #flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}

const COMMA = Buffer.from(',');
const BRACE = Buffer.from('}');
