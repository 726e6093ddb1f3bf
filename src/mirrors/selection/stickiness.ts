import { createHash, hash } from 'node:crypto';
import { networkOf, parseAddress } from '../../geo/address.ts';

/** What decides a client's order of mirrors for an hour. */
export type Seed = readonly [number, number];

const SECONDS_PER_HOUR = 3600;

/**
 * One seed for a /24 or /48 and an hour: all repositories of a client in one run then begin with the same mirror, as
 * metadata of different ages breaks dependencies between repositories. The secret is random, is held in memory for a
 * day and then forgotten, so that no list tells which network it was made for. An HMAC would take four times as long, and
 * keeps from extending what is hashed, which nobody could do anything with.
 */
export function clientSeed(secret: string, address: string, now: number): Seed {
  const parsed = parseAddress(address);
  const network = parsed === undefined ? 0n : networkOf(parsed);
  const hour = Math.floor(now / SECONDS_PER_HOUR);
  const digest = hash('sha256', `${secret} ${network} ${hour}`, 'buffer');
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
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
