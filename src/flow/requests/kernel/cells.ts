// The log's tally: (system, request, country, week) -> hits, after the country of each hit is looked up.
import { SHARED, placeOf, sharedCountryOf } from './countries';
import { BATCH, BATCH_LIMIT, CELLS, NETWORKS, NETWORKS_ROW, SCRATCH, TOUCHED } from './memory';
import { MOST_PARTS, WITHOUT_COUNTRY, countPart, partOf, touchSpread } from './spread';

// A system's full row of networks for a week that gives way to a third week.
@external("host", "networks") declare function handOverNetworks(system: u32, week: u32, count: u32, networks: usize): void;
// The number of `other` in place of a system (kind 0) or of a request (kind 1), see C5.
@external("host", "otherOf") declare function otherOf(kind: u32, number: u32): u32;

// A hit with its cell, before it is counted, its part of all networks and its network.
@external("host", "tellHit") declare function tellHit(low: u32, high: u32, part: u32, networkLow: u32, networkHigh: u32): void;
let tells: bool = false;
export function tellHits(each: bool): void { tells = each; }

/** Hits wait here: u64 key without country, u64 address, u32 kind of address, u32 place of its country, then its part of networks. */
const WAITING: usize = 24;
let waiting: u32 = 0;
/** Those of them whose country only the ranges tell: u32 address. */
const OTHERS: usize = BATCH + <usize>BATCH_LIMIT * WAITING;

/** Cells: u64 key + 1 (0 = free), u64 hits. Key: request 18 bits, country 8; then, from bit 32, week 12, system 17. */
const CELL: usize = 16;
const FIRST_BITS: u32 = 12;
const MOST_BITS: u32 = 21;
const MOST_CELLS: u32 = 1 << 20;
let bits: u32 = FIRST_BITS;
let used: u32 = 0;

export function clearCells(): void {
  bits = FIRST_BITS;
  used = 0;
  waiting = 0;
  memory.fill(CELLS, 0, CELL << FIRST_BITS);
}

export function clearNetworks(systems: u32): void {
  memory.fill(NETWORKS, 0, <usize>systems * NETWORKS_ROW);
}

// @ts-ignore: decorator
@inline export function keyOf(system: u32, week: u32, request: u32): u64 {
  return (<u64>system << 44) | (<u64>week << 32) | <u64>request;
}

// @ts-ignore: decorator
@inline export function hit(key: u64, address: u64, kind: u32): void {
  const entry = BATCH + <usize>waiting * WAITING;
  store<u64>(entry, key);
  store<u64>(entry, address, 8);
  store<u32>(entry, kind, 16);
  if (++waiting == BATCH_LIMIT) settle();
}

/** Looks up the countries of the hits that wait, and counts them in the order they came. */
export function settle(): void {
  const end = BATCH + <usize>waiting * WAITING;
  touchNetworks(end);
  lookUpCountries(end);
  for (let entry = BATCH; entry < end; entry += WAITING) {
    const kind = load<u32>(entry, 16), address = load<u64>(entry, 8), key = load<u64>(entry);
    const network = kind == 4 ? (address >> 8) | (<u64>1 << 63) : address >> 16;
    const part = partOf(kind, address, network);
    // Some tables have a country for networks that are nobody's (P5).
    store<u64>(entry, select<u64>(key, key & WITHOUT_COUNTRY, part < MOST_PARTS));
    store<u32>(entry, part, 20);
    store<u64>(entry, network, 8);
  }
  touchCells(end);
  for (let entry = BATCH; entry < end; entry += WAITING) {
    const part = load<u32>(entry, 20);
    if (part < MOST_PARTS) noteNetwork(load<u64>(entry), load<u64>(entry, 8));
    countPart(load<u64>(entry), part);
  }
  if (tells) tellEach(end);
  for (let entry = BATCH; entry < end; entry += WAITING) count(load<u64>(entry));
  waiting = 0;
}

function tellEach(end: usize): void {
  for (let entry = BATCH; entry < end; entry += WAITING) {
    tellHit(load<u32>(entry), load<u32>(entry, 4), load<u32>(entry, 20), load<u32>(entry, 8), load<u32>(entry, 12));
  }
}

/**
 * Writes the countries into the keys: by their places for most, then by ranges for the few others. One read for each hit
 * in each loop and no branches, so that a processor waits for many of them at once.
 */
// @ts-ignore: decorator
@inline function lookUpCountries(end: usize): void {
  for (let entry = BATCH; entry < end; entry += WAITING) {
    store<u32>(entry, <u32>placeOf(load<u32>(entry, 16) == 4, load<u64>(entry, 8)), 20);
  }
  let others: usize = OTHERS;
  for (let entry = BATCH; entry < end; entry += WAITING) {
    const country = select<u32>(<u32>load<u8>(<usize>load<u32>(entry, 20)), 0, load<u32>(entry, 16) != 0);
    const isShared = <u32>(country == SHARED);
    store<u64>(entry, load<u64>(entry) | (<u64>(country & (isShared - 1)) << 18));
    store<u32>(others, <u32>entry);
    others += <usize>(isShared << 2);
  }
  for (let other: usize = OTHERS; other < others; other += 4) {
    const entry = <usize>load<u32>(other);
    const country = sharedCountryOf(load<u32>(entry, 16) == 4, load<u64>(entry, 8));
    store<u64>(entry, load<u64>(entry) | (<u64>country << 18));
  }
}

/** Reads what the loops below will change: the misses of many hits are waited for at once, not one after the other. */
// @ts-ignore: decorator
@inline function touchNetworks(end: usize): void {
  let sum: u32 = 0;
  for (let entry = BATCH; entry < end; entry += WAITING) {
    sum += load<u32>(networksOf(load<u64>(entry))) + touchSpread(load<u64>(entry));
  }
  store<u32>(TOUCHED, sum);
}

/** Some cells lie behind this place, and all of them elsewhere once the table has doubled: that only costs a miss. */
// @ts-ignore: decorator
@inline function touchCells(end: usize): void {
  let sum: u32 = 0;
  for (let entry = BATCH; entry < end; entry += WAITING) sum += load<u32>(CELLS + <usize>first(load<u64>(entry)) * CELL);
  store<u32>(TOUCHED, sum);
}

// @ts-ignore: decorator
@inline function networksOf(key: u64): usize {
  return NETWORKS + <usize>(key >> 44) * NETWORKS_ROW + (<usize>(key >> 27) & 32);
}

/** P3: at most three networks a system and week; two weeks at a time, as a log seldom holds more. */
// @ts-ignore: decorator
@inline function noteNetwork(key: u64, network: u64): void {
  const week = <u32>(key >> 32) & 0xfff, system = <u32>(key >> 44);
  const row = networksOf(key);
  if (load<u32>(row) != week + 1) {
    if (load<u32>(row)) handOverNetworks(system, load<u32>(row) - 1, load<u32>(row, 4), row + 8);
    store<u32>(row, week + 1);
    store<u32>(row, 0, 4);
  }
  const n = load<u32>(row, 4);
  if (n == 3) return;
  for (let i: u32 = 0; i < n; i++) if (load<u64>(row + 8 + (<usize>i << 3)) == network) return;
  store<u64>(row + 8 + (<usize>n << 3), network);
  store<u32>(row, n + 1, 4);
}

/** Where the search for a cell begins. */
// @ts-ignore: decorator
@inline function first(key: u64): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> (64 - <u64>bits));
}

// @ts-ignore: decorator
@inline function place(key: u64): usize {
  const mask = (1 << bits) - 1;
  let i = first(key);
  while (true) {
    const cell = CELLS + <usize>i * CELL;
    const stored = load<u64>(cell);
    if (stored == key + 1 || !stored) return cell;
    i = (i + 1) & mask;
  }
}

// @ts-ignore: decorator
@inline function count(key: u64): void {
  const cell = place(key);
  if (load<u64>(cell)) store<u64>(cell, load<u64>(cell, 8) + 1, 8);
  else countNew(key);
}

function countNew(key: u64): void {
  if (used >= MOST_CELLS) key = otherKey(key);
  else if (used >= (<u32>5 << bits) / 8 && bits < MOST_BITS) double();
  const cell = place(key);
  if (!load<u64>(cell)) {
    // The cells of `other` are few (age x client x country x week); only hostile clocks could fill the table with them.
    if (used >= (1 << MOST_BITS) - 64) unreachable();
    store<u64>(cell, key + 1);
    store<u64>(cell, 0, 8);
    used++;
  }
  store<u64>(cell, load<u64>(cell, 8) + 1, 8);
}

function otherKey(key: u64): u64 {
  const system = otherOf(0, <u32>(key >> 44)), request = otherOf(1, <u32>key & 0x3ffff);
  return keyOf(system, <u32>(key >> 32) & 0xfff, request) | (key & 0x3fc0000);
}

function double(): void {
  const size = CELL << bits;
  memory.copy(SCRATCH, CELLS, size);
  memory.fill(CELLS, 0, size * 2);
  bits++;
  for (let from: usize = SCRATCH; from < SCRATCH + size; from += CELL) {
    if (load<u64>(from)) v128.store(place(load<u64>(from) - 1), v128.load(from));
  }
}

/** Lists the cells at SCRATCH as u64 key, u64 hits; answers how many. */
export function listCells(): u32 {
  settle();
  let to: usize = SCRATCH;
  const end = CELLS + (CELL << bits);
  for (let from: usize = CELLS; from < end; from += CELL) {
    if (!load<u64>(from)) continue;
    store<u64>(to, load<u64>(from) - 1);
    store<u64>(to, load<u64>(from, 8), 8);
    to += CELL;
  }
  return used;
}
