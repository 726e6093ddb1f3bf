import { createHmac } from 'node:crypto';
import { LOCAL_PART, NETWORK_PARTS, NO_ADDRESS_PART, PARTS } from '../tallies/log-tally.ts';
import { NumberPacker, unpackNumbers } from './packed-numbers.ts';

/** Hits by part of all networks: PARTS sums. */
export type PartHits = ArrayLike<number>;

export function noHits(): number[] {
  return new Array<number>(PARTS).fill(0);
}

/** Hits by part, by key. In one block: a log can bring 16,000 rows, and as objects they took 30 MB of a run's memory. */
export class PartTable {
  readonly #rows = new Map<number, number>();
  #hits = new Float64Array(PARTS);

  get size(): number {
    return this.#rows.size;
  }

  keys(): Iterable<number> {
    return this.#rows.keys();
  }

  get(key: number): PartHits | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#hitsOf(row);
  }

  *[Symbol.iterator](): Generator<[key: number, hits: PartHits]> {
    for (const [key, row] of this.#rows) yield [key, this.#hitsOf(row)];
  }

  /** `hits` from the place `from` on, each of them to the part that `order` gives. */
  add(key: number, hits: ArrayLike<number>, order: Uint8Array, from = 0): void {
    const at = this.#rowOf(key) * PARTS;
    for (let part = 0; part < PARTS; part++) {
      if (hits[from + part]! > 0) this.#hits[at + order[part]!]! += hits[from + part]!;
    }
  }

  #hitsOf(row: number): PartHits {
    return this.#hits.subarray(row * PARTS, (row + 1) * PARTS);
  }

  #rowOf(key: number): number {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#rows.size;
    this.#rows.set(key, row);
    if ((row + 1) * PARTS > this.#hits.length) {
      const larger = new Float64Array(this.#hits.length * 2);
      larger.set(this.#hits);
      this.#hits = larger;
    }
    return row;
  }
}

/**
 * How the check-ins of a week spread over networks, as long as the week is open. Which part a network lies in is hidden by
 * the key of the week. Sums, so neither the order of logs nor of their lines matters.
 */
export interface Spread {
  /** By `pairKey`. */
  pairs: PartTable;
  /** By the vault's id of the country. */
  countries: PartTable;
  /** By the vault's id of the source. */
  sources: PartTable;
  /** At most three keyed hashes of networks, 64 bits each, by the vault's id of the system. */
  networks: Map<number, bigint[]>;
}

export function emptySpread(): Spread {
  return { pairs: new PartTable(), countries: new PartTable(), sources: new PartTable(), networks: new Map() };
}

/** Requests stay below 2^22. */
const REQUESTS = 2 ** 22;

export function pairKey(system: number, request: number): number {
  return system * REQUESTS + request;
}

export function splitPair(key: number): { system: number; request: number } {
  const system = Math.floor(key / REQUESTS);
  return { system, request: key - system * REQUESTS };
}

/** Where each part goes under a key: those of networks are shuffled, the others stay. */
export function orderOfParts(key: Uint8Array): Uint8Array {
  const draws = createHmac('sha512', key).update('parts').digest();
  const order = Uint8Array.from({ length: PARTS }, (_, part) => part);
  for (let left = NETWORK_PARTS; left > 1; left--) {
    // Of 16 bits: no place is preferred by more than a two thousandth.
    const drawn = draws.readUInt16BE((NETWORK_PARTS - left) * 2) % left;
    [order[left - 1], order[drawn]] = [order[drawn]!, order[left - 1]!];
  }
  return order;
}

/** What a stranger's flood of invented groups may take; of more, those with the fewest check-ins are forgotten. */
const MOST_PAIRS = 65_536;
const HALF = 2n ** 32n;

/** `place`: where it stands, so that it is not taken for another one (V2). */
export function packSpread(place: number[], { pairs, countries, sources, networks }: Spread): Uint8Array {
  const numbers = new NumberPacker(place);
  for (const rows of [sources, countries, pairs]) {
    numbers.push(rows.size);
    for (const [key, hits] of rows) {
      numbers.push(key, partsWithHits(hits));
      for (let part = 0; part < PARTS; part++) if (hits[part]! > 0) numbers.push(hits[part]!);
    }
  }
  numbers.push(networks.size);
  for (const [system, hashes] of networks) {
    numbers.push(system, hashes.length);
    for (const hash of hashes) numbers.push(Number(hash / HALF), Number(hash % HALF));
  }
  return numbers.bytes();
}

/** One bit a part: in most rows few have any. */
function partsWithHits(hits: PartHits): number {
  let parts = 0;
  for (let part = 0; part < PARTS; part++) if (hits[part]! > 0) parts |= 1 << part;
  return parts >>> 0;
}

export function largestPairs(pairs: PartTable): PartTable {
  if (pairs.size <= MOST_PAIRS) return pairs;
  const sized = [...pairs].map(([key, hits]) => ({ key, hits, sum: sumOfParts(hits) }));
  sized.sort((a, b) => b.sum - a.sum || a.key - b.key);
  const largest = new PartTable();
  for (const { key, hits } of sized.slice(0, MOST_PAIRS)) largest.add(key, hits, AS_THEY_STAND);
  return largest;
}

const AS_THEY_STAND = Uint8Array.from({ length: PARTS }, (_, part) => part);

export function unpackSpread(place: number[], bytes: unknown): Spread {
  const next = unpackNumbers(bytes, 'the networks of a week', place);
  const [sources, countries, pairs] = [unpackRows(next), unpackRows(next), unpackRows(next)];
  const networks = new Map<number, bigint[]>();
  for (let left = next(); left > 0; left--) {
    const system = next();
    networks.set(
      system,
      Array.from({ length: next() }, () => BigInt(next()) * HALF + BigInt(next())),
    );
  }
  return { pairs, countries, sources, networks };
}

/** As `unpackSpread`, of the sources alone, which come first. */
export function unpackSources(place: number[], bytes: unknown): Spread['sources'] {
  return unpackRows(unpackNumbers(bytes, 'the networks of a week', place));
}

function unpackRows(next: () => number): PartTable {
  const rows = new PartTable();
  const hits = noHits();
  for (let left = next(); left > 0; left--) {
    const key = next();
    const parts = next();
    for (let part = 0; part < PARTS; part++) hits[part] = (parts >>> part) & 1 ? next() : 0;
    rows.add(key, hits, AS_THEY_STAND);
  }
  return rows;
}

export function sumOfParts(hits: PartHits): number {
  let sum = 0;
  for (let part = 0; part < PARTS; part++) sum += hits[part]!;
  return sum;
}

/** Check-ins whose address says nothing: it is local, or there is none. */
export function hiddenHits(hits: PartHits): number {
  return hits[LOCAL_PART]! + hits[NO_ADDRESS_PART]!;
}

/** What is known of the addresses of check-ins. Sums; the heaviest of several sums is at most their sum. */
export interface AddressSums {
  checkIns: number;
  withAddress: number;
  /** With an address that can be a client's: not local. */
  located: number;
  /** From the part of all networks that most came from, and from the three. */
  heaviest: number;
  heaviestThree: number;
}

/** Of hits whose parts are not the same: those of several keys stand side by side. */
export function addressSums(spreads: readonly PartHits[]): AddressSums {
  const sum = (of: (hits: PartHits) => number) => spreads.reduce((total, hits) => total + of(hits), 0);
  const checkIns = sum(sumOfParts);
  const parts = spreads.flatMap((hits) => Array.from(hits).slice(0, NETWORK_PARTS)).sort((a, b) => b - a);
  return {
    checkIns,
    withAddress: checkIns - sum((hits) => hits[NO_ADDRESS_PART]!),
    located: checkIns - sum(hiddenHits),
    heaviest: parts[0] ?? 0,
    heaviestThree: (parts[0] ?? 0) + (parts[1] ?? 0) + (parts[2] ?? 0),
  };
}

/** A few more than a home or an office has: fewer can well come from three networks. */
const FEWEST_BEHIND_PROXIES = 200;
const SHARE_BEHIND_PROXIES = 0.95;

/**
 * Why the addresses of check-ins say nothing of their systems; undefined if they do. `hidden`: most have none that could
 * be a client's, which no client can bring about. `few`: nearly all are in three parts of thirty of all networks, as behind
 * proxies; a stranger would have to send nineteen times what all others do.
 */
export function whySilent({ checkIns, located, heaviestThree }: AddressSums): 'hidden' | 'few' | undefined {
  if (located * 2 < checkIns) return 'hidden';
  const isFew = checkIns >= FEWEST_BEHIND_PROXIES && heaviestThree >= located * SHARE_BEHIND_PROXIES;
  return isFew ? 'few' : undefined;
}
