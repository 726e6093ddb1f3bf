import { crc32 } from 'node:zlib';
import { exactHits, sumOf } from '../tallies/log-tally.ts';
import { damaged } from './vault-fault.ts';

/**
 * One week's cells in the vault's ids, sorted by key without repeats. A key is
 * system * 2^31 + request * 2^9 + country: exact in a number, as systems and requests stay below 2^22.
 */
export interface WeekCells {
  readonly keys: Float64Array;
  readonly hits: Float64Array;
}

export const EMPTY_CELLS: WeekCells = { keys: new Float64Array(0), hits: new Float64Array(0) };
export const COUNTRIES = 2 ** 9;
/** Of systems, and of requests. */
export const MOST_IDS = 2 ** 22;
const REQUESTS = MOST_IDS;
const SYSTEMS = MOST_IDS;

export function cellKey(system: number, request: number, country: number): number {
  if (system >= SYSTEMS || request >= REQUESTS || country >= COUNTRIES) {
    throw new RangeError('the vault holds more distinct systems, requests or countries than it can number');
  }
  return (system * REQUESTS + request) * COUNTRIES + country;
}

export function splitKey(key: number): { system: number; request: number; country: number } {
  const pair = Math.floor(key / COUNTRIES);
  const system = Math.floor(pair / REQUESTS);
  return { system, request: pair - system * REQUESTS, country: key - pair * COUNTRIES };
}

/** The sum of two tables, or their difference with `sign` -1. Cells that come to 0 are left out. */
export function addCells(a: WeekCells, b: WeekCells, sign: 1 | -1 = 1): WeekCells {
  // The first log of a week, and the first part of a log, are what most commits bring.
  if (a.keys.length === 0 && sign === 1) return b;
  const keys = new Float64Array(a.keys.length + b.keys.length);
  const hits = new Float64Array(keys.length);
  let i = 0;
  let j = 0;
  let n = 0;
  while (i < a.keys.length || j < b.keys.length) {
    const left = i < a.keys.length ? a.keys[i]! : Number.POSITIVE_INFINITY;
    const right = j < b.keys.length ? b.keys[j]! : Number.POSITIVE_INFINITY;
    const sum = (left <= right ? a.hits[i++]! : 0) + (right <= left ? sign * b.hits[j++]! : 0);
    if (sum < 0) throw damaged('a log holds more than the week it belongs to');
    if (sum === 0) continue;
    keys[n] = Math.min(left, right);
    hits[n++] = exactHits(sum);
  }
  return { keys: keys.slice(0, n), hits: hits.slice(0, n) };
}

export function sumOfHits(cells: WeekCells): number {
  return exactHits(sumOf(cells.hits));
}

export function equalCells(a: WeekCells, b: WeekCells): boolean {
  return (
    a.keys.length === b.keys.length &&
    a.keys.every((key, i) => key === b.keys[i]) &&
    a.hits.every((hits, i) => hits === b.hits[i])
  );
}

const LONGEST_VARINT = 8;
const CHECKSUM_BYTES = 4;

/** Cells that were encoded: those of the first log of a week are written as the log's and as the week's. */
const encoded = new WeakMap<WeekCells, Uint8Array>();

/** Keys as differences and hits, both in 7-bit groups, and a CRC-32: about 4 bytes a cell. */
export function encodeCells(cells: WeekCells): Uint8Array {
  const bytes = encoded.get(cells) ?? encode(cells);
  encoded.set(cells, bytes);
  return bytes;
}

function encode({ keys, hits }: WeekCells): Uint8Array {
  const bytes = Buffer.allocUnsafe(keys.length * 2 * LONGEST_VARINT + CHECKSUM_BYTES);
  let at = 0;
  let before = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const step = key - before;
    const count = hits[i]!;
    before = key;
    // Most are this small, and a call takes as long as all else.
    if (step < 128) bytes[at++] = step;
    else at = putVarint(bytes, at, step);
    if (count < 128) bytes[at++] = count;
    else at = putVarint(bytes, at, count);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at);
  return Uint8Array.prototype.slice.call(bytes, 0, at + CHECKSUM_BYTES);
}

/** Answers where it ends. */
export function putVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  // In whole numbers of the machine from here on.
  for (; rest >= 128; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}

export function decodeCells(bytes: Uint8Array): WeekCells {
  // A flipped bit in a row's header turns a blob into something else.
  if (!(bytes instanceof Uint8Array)) throw damaged('the cells of a week are missing');
  const end = bytes.length - CHECKSUM_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (end < 0 || crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) {
    throw damaged('the cells of a week do not have their checksum');
  }
  // Counted first: arrays for as many as there might be are five times as long, and weeks are read one after the other.
  let numbers = 0;
  for (let i = 0; i < end; i++) if (bytes[i]! < 128) numbers += 1;
  const keys = new Float64Array(numbers >>> 1);
  const hits = new Float64Array(numbers >>> 1);
  let at = 0;
  const take = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  let key = 0;
  for (let n = 0; n < keys.length; n++) {
    key += take();
    keys[n] = key;
    hits[n] = take();
  }
  return { keys, hits };
}
