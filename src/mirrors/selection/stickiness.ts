import { createHash, hash } from 'node:crypto';
import type { PreparedMirror } from './snapshot.ts';

/** What decides an order of mirrors. */
export type Seed = readonly [number, number];

/** One order of all mirrors: what clients that share it begin with is decided by it and by what is near them. */
export interface Order {
  seed: Seed;
  /** Places in the snapshot, by `orderKey`. */
  places: Uint16Array;
  /** Of each place in the snapshot, where it stands in `places`. */
  ranks: Uint16Array;
}

/**
 * Networks share this many orders, so that a request finds its order sorted. Few orders would load mirrors unevenly: of
 * 150 in a country each is first in 27 of these, give or take 5, and which networks have which changes with the hour.
 */
export const ORDERS = 4096;
const SECONDS_PER_HOUR = 3600;
const V4_BYTES = 4;

/**
 * One order for a /24 or /48 and an hour, by its number: all repositories of a client in one run then begin with the same
 * mirror, as metadata of different ages breaks dependencies between repositories. The secret is random, is held in memory
 * for a day and then forgotten, so that no list tells which network it was made for. An HMAC would take four times as
 * long, and keeps from extending what is hashed, which nobody could do anything with.
 */
export function orderNumber(secret: string, address: Uint8Array | undefined, now: number): number {
  const hour = Math.floor(now / SECONDS_PER_HOUR);
  return Number.parseInt(hash('sha256', `${secret} ${networkName(address)} ${hour}`).slice(0, 8), 16) % ORDERS;
}

function networkName(address: Uint8Array | undefined): string {
  if (address === undefined) return '';
  const [a, b, c, d, e, f] = address;
  return address.length === V4_BYTES ? `${a}.${b}.${c}` : `${a}.${b}.${c}.${d}.${e}.${f}`;
}

/** Sorts an order when it is first asked for, and remembers those of one secret: 10 MB for 530 mirrors. */
export function ordersOf(mirrors: readonly PreparedMirror[]): (secret: string, number: number) => Order {
  let known: (Order | undefined)[] = [];
  let knownSecret: string | undefined;
  return (secret, number) => {
    if (secret !== knownSecret) known = [];
    knownSecret = secret;
    known[number] ??= orderBy(orderSeed(secret, number), mirrors);
    return known[number];
  };
}

function orderSeed(secret: string, number: number): Seed {
  const digest = hash('sha256', `${secret} order ${number}`, 'buffer');
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

function orderBy(seed: Seed, mirrors: readonly PreparedMirror[]): Order {
  const keys = mirrors.map(({ number, mirror }) => orderKey(seed, number, mirror.weight));
  const places = Uint16Array.from(mirrors.keys()).sort((a, b) => byNumber(keys[a]!, keys[b]!) || a - b);
  const ranks = new Uint16Array(places.length);
  for (const [rank, place] of places.entries()) ranks[place] = rank;
  return { seed, places, ranks };
}

/** Infinity minus itself is no number. */
export function byNumber(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** A number that stands for a mirror whatever its place in the catalogue. */
export function mirrorNumber(name: string): number {
  return createHash('sha256').update(name).digest().readInt32LE(0);
}

/**
 * Where a mirror stands in a client's order, the smallest first: an exponential variable, so that a mirror of weight 2
 * is first twice as often as one of weight 1. A mirror that comes or goes leaves the order of all others as it was.
 */
export function orderKey(seed: Seed, mirror: number, weight: number): number {
  const mixed = mix(mix(seed[0] ^ mirror) ^ seed[1]);
  return -Math.log((mixed + 0.5) / 2 ** 32) / weight;
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the result. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
