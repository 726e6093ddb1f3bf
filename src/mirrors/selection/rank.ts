import { kilometresBetween, type Point } from './distance.ts';
import { CONTINENT, COUNTRY, type PreparedMirror } from './snapshot.ts';
import { byNumber, type Order, orderKey } from './stickiness.ts';

/** Why a mirror stands where it stands, the best first. */
export const TIERS = [
  'network',
  'asn',
  'near-same-network',
  'near',
  'country',
  'distance',
  'continent',
  'world',
] as const;
export type Tier = (typeof TIERS)[number];

/** A mirror that is in a client's list, and why. */
export interface Placed {
  /** The mirror's place in the snapshot. */
  index: number;
  tier: number;
  kilometres: number | undefined;
}

/** A mirror's place in a client's list: by tier, then by measure, then by key; the smallest first. */
export interface Rank extends Placed {
  measure: number;
  key: number;
}

export interface Located {
  order: Order;
  family: 'v4' | 'v6';
  /** ISO 3166-1 alpha-2; undefined if it is not known. */
  country: string | undefined;
  continent: string | undefined;
  point: Point | undefined;
  asn: number | undefined;
}

/** By network, with the length of its prefix, or by a declared AS number. */
export type Belonging = { kind: 'network'; prefixLength: number } | { kind: 'asn' };

/** Within this many kilometres it is the line that decides, not the way; AlmaLinux found this figure. */
const NEAR_KM = 500;
const PLACE = Object.fromEntries(TIERS.map((tier, place) => [tier, place])) as Record<Tier, number>;

/**
 * Undefined if its tier alone puts it behind `last`: most mirrors are out of the question for most clients, and their
 * keys need not be known.
 */
export function rankMirror(
  index: number,
  prepared: PreparedMirror,
  client: Located,
  belonging: Belonging | undefined,
  last: Rank | undefined,
): Rank | undefined {
  const kilometres =
    client.point === undefined || prepared.point === undefined
      ? undefined
      : kilometresBetween(client.point, prepared.point);
  const tier = belonging === undefined ? placeOf(prepared, client, kilometres) : PLACE[belonging.kind];
  if (last !== undefined && tier > last.tier) return undefined;
  const measure = measureOf(tier, belonging, kilometres);
  const key = orderKey(client.order.seed, prepared.number, prepared.mirror.weight);
  return { index, tier, measure, key, kilometres };
}

/** The longest prefix first; where the way decides, the shortest way. */
function measureOf(tier: number, belonging: Belonging | undefined, kilometres: number | undefined): number {
  if (belonging !== undefined) return belonging.kind === 'network' ? -belonging.prefixLength : 0;
  return tier === PLACE.country || tier === PLACE.distance ? (kilometres ?? Number.POSITIVE_INFINITY) : 0;
}

/** The best tier that a mirror without belonging can have: of the client's country, of its continent, of elsewhere. */
export function bestTier(nearness: number, { point }: Located): number {
  if (nearness === COUNTRY) return PLACE['near-same-network'];
  // Where distances are known they come before continents.
  if (point !== undefined) return PLACE.distance;
  return nearness === CONTINENT ? PLACE.continent : PLACE.world;
}

function placeOf(prepared: PreparedMirror, client: Located, kilometres: number | undefined): number {
  const { mirror, continent } = prepared;
  if (client.country !== undefined && mirror.country === client.country) {
    // Of a client that only its country is known of, all its country is near.
    const isNear = client.point === undefined || (kilometres !== undefined && kilometres <= NEAR_KM);
    if (!isNear) return PLACE.country;
    return client.asn !== undefined && mirror.hostAsn === client.asn ? PLACE['near-same-network'] : PLACE.near;
  }
  if (kilometres !== undefined) return PLACE.distance;
  return client.continent !== undefined && continent === client.continent ? PLACE.continent : PLACE.world;
}

export function compareRanks(a: Rank, b: Rank): number {
  return a.tier - b.tier || byNumber(a.measure, b.measure) || byNumber(a.key, b.key) || a.index - b.index;
}

/** Keeps the best `most` in order: to sort all 530 for ten would be work for nothing. */
export function keepBest<Value>(best: Value[], next: Value, most: number, compare: (a: Value, b: Value) => number) {
  if (best.length === most && compare(next, best[most - 1]!) >= 0) return;
  let place = best.length;
  while (place > 0 && compare(next, best[place - 1]!) < 0) place--;
  best.splice(place, 0, next);
  if (best.length > most) best.pop();
}
