import { createHash } from 'node:crypto';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Week } from '../sightings/week.ts';
import { exactHits } from '../tallies/log-tally.ts';
import type { NumberedNames } from './numbered-names.ts';

export interface Names {
  systems: NumberedNames<System>;
  requests: NumberedNames<Request>;
}

/** Some rows of the file: how many, and the numbers of the first. */
export interface SomeRows {
  count: number;
  first: number[];
}

export interface RowsNoted {
  unnamed: SomeRows;
  addedUp: SomeRows;
}

/** A week's rows, of which those that differ in nothing but hits are one. */
export interface WeekOfTotals {
  week: Week;
  systems: System[];
  requests: Request[];
  /** In the order of X3: places in `systems` and `requests`, and hits. */
  system: Uint32Array;
  request: Uint32Array;
  hits: Float64Array;
  /** Of them all as JSON, which is how weeks were known from the first version on. */
  sha256: string;
}

/** What logs of a week may hold (C7), and an import: Fedora's busiest week has a tenth. */
const MOST_CELLS = 524_288;
const MOST_SYSTEMS = 49_152;
const MOST_REQUESTS = 65_536;
const FIRST_ROWS = 4_096;
/** How many rows are named one by one. */
const MOST_NAMED = 5;
const FEW = 4;

/** Puts a week together. Rows that are the same but for their hits are added up when there are many, and at the end. */
export class WeekRows {
  readonly #week: Week;
  readonly #names: Names;
  readonly #noted: RowsNoted;
  #system = new Uint32Array(FIRST_ROWS);
  #request = new Uint32Array(FIRST_ROWS);
  #hits = new Float64Array(FIRST_ROWS);
  /** The number of each row in the file; 0 if it is not to be told. */
  #row = new Float64Array(FIRST_ROWS);
  #count = 0;

  constructor(week: Week, names: Names, noted: RowsNoted) {
    this.#week = week;
    this.#names = names;
    this.#noted = noted;
  }

  /** False if the week holds more than any can. */
  add(
    system: number,
    request: number,
    { hits, row, isUnnamed }: { hits: number; row: number; isUnnamed: boolean },
  ): boolean {
    if (this.#count === this.#system.length && !this.#makeRoom()) return false;
    const at = this.#count++;
    this.#system[at] = system;
    this.#request[at] = request;
    this.#hits[at] = hits;
    this.#row[at] = isUnnamed ? 0 : row;
    if (isUnnamed) note(this.#noted.unnamed, row);
    return true;
  }

  addNamed(system: System, request: Request, row: { hits: number; row: number; isUnnamed: boolean }): boolean {
    const ofSystem = this.#names.systems.numberOf(system, MOST_SYSTEMS);
    const ofRequest = this.#names.requests.numberOf(request, MOST_REQUESTS);
    return ofSystem !== undefined && ofRequest !== undefined && this.add(ofSystem, ofRequest, row);
  }

  inOrder(): WeekOfTotals | undefined {
    this.#addUp();
    if (this.#count > MOST_CELLS) return undefined;
    const { systems, requests } = this.#names;
    const places = { systems: new OwnPlaces(systems), requests: new OwnPlaces(requests) };
    const hash = new RowHash(this.#week);
    for (let row = 0; row < this.#count; row++) {
      const [system, request] = [this.#system[row]!, this.#request[row]!];
      hash.add(this.#hits[row]!, systems.jsonOf(system), requests.jsonOf(request));
      this.#system[row] = places.systems.placeOf(system);
      this.#request[row] = places.requests.placeOf(request);
    }
    const [ofSystems, ofRequests] = [places.systems.values, places.requests.values];
    if (ofSystems.length > MOST_SYSTEMS || ofRequests.length > MOST_REQUESTS) return undefined;
    return {
      week: this.#week,
      systems: ofSystems,
      requests: ofRequests,
      system: this.#system.slice(0, this.#count),
      request: this.#request.slice(0, this.#count),
      hits: this.#hits.slice(0, this.#count),
      sha256: hash.digest(),
    };
  }

  #makeRoom(): boolean {
    if (this.#count >= 2 * MOST_CELLS) {
      this.#addUp();
      return this.#count <= MOST_CELLS;
    }
    this.#system = doubled(this.#system, Uint32Array);
    this.#request = doubled(this.#request, Uint32Array);
    this.#hits = doubled(this.#hits, Float64Array);
    this.#row = doubled(this.#row, Float64Array);
    return true;
  }

  /** Sorts the rows. Of those that are the same, the first of the file keeps its place. */
  #addUp(): void {
    const order = orderOf(this.#system.subarray(0, this.#count), this.#request, this.#names);
    const [system, request, hits, rows] = [this.#system, this.#request, this.#hits, this.#row].map((column) =>
      column.slice(0, this.#count),
    ) as [Uint32Array, Uint32Array, Float64Array, Float64Array];
    let last = -1;
    for (const at of order) {
      const row = rows[at]!;
      if (last >= 0 && this.#system[last] === system[at] && this.#request[last] === request[at]) {
        this.#hits[last] = exactHits(this.#hits[last]! + hits[at]!);
        if (row > 0) note(this.#noted.addedUp, row);
        continue;
      }
      last += 1;
      this.#system[last] = system[at]!;
      this.#request[last] = request[at]!;
      this.#hits[last] = hits[at]!;
      this.#row[last] = row;
    }
    this.#count = last + 1;
  }
}

function doubled<Column extends Uint32Array | Float64Array>(
  column: Column,
  Kind: new (length: number) => Column,
): Column {
  const larger = new Kind(column.length * 2);
  larger.set(column);
  return larger;
}

/** The places of rows by the ranks of their systems, and of one system by those of their requests; equal ones stay in order. */
function orderOf(system: Uint32Array, request: Uint32Array, { systems, requests }: Names): Uint32Array {
  const [ofSystem, ofRequest] = [systems.ranks(), requests.ranks()];
  const rows = Uint32Array.from(system.keys());
  if (rows.length * FEW > ofSystem.length + ofRequest.length)
    return sortedByRank(sortedByRank(rows, request, ofRequest), system, ofSystem);
  // Not worth a count of all ranks.
  const rank = (row: number) => ofSystem[system[row]!]! * ofRequest.length + ofRequest[request[row]!]!;
  return rows.sort((a, b) => rank(a) - rank(b) || a - b);
}

/** By counting: no comparison of so many is as fast. */
function sortedByRank(rows: Uint32Array, numberOf: Uint32Array, ranks: Uint32Array): Uint32Array {
  const places = new Uint32Array(ranks.length + 1);
  for (let i = 0; i < rows.length; i++) places[ranks[numberOf[rows[i]!]!]! + 1]! += 1;
  for (let rank = 0; rank < ranks.length; rank++) places[rank + 1]! += places[rank]!;
  const sorted = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const rank = ranks[numberOf[rows[i]!]!]!;
    sorted[places[rank]!++] = rows[i]!;
  }
  return sorted;
}

/** Weeks come in another order than rows. */
function note(some: SomeRows, row: number): void {
  some.count += 1;
  if (some.first.length === MOST_NAMED && row > some.first.at(-1)!) return;
  some.first = [...some.first, row].sort((a, b) => a - b).slice(0, MOST_NAMED);
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
const COMMA = 0x2c;
const BRACE = 0x7d;

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
    if (this.#isBegun) this.#bytes[this.#used++] = COMMA;
    this.#isBegun = true;
    this.#put(this.#start);
    this.#used += this.#bytes.write(String(hits), this.#used, 'latin1');
    this.#bytes[this.#used++] = COMMA;
    this.#put(system);
    this.#bytes[this.#used++] = COMMA;
    this.#put(request);
    this.#bytes[this.#used++] = BRACE;
  }

  digest(): string {
    this.#flush();
    return this.#hash.update(']').digest('hex');
  }

  #put(text: Buffer): void {
    this.#bytes.set(text, this.#used);
    this.#used += text.length;
  }

  #flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}
