import { type Located, type Placed, TIERS, type Tier } from './rank.ts';
import { CONTINENT, COUNTRY, type Nearness, type Neighbours, type Snapshot, WORLD } from './snapshot.ts';
import type { Order } from './stickiness.ts';

/**
 * The best `most` for a client whose place is not known, as `rankMirror` would rank them: within a tier the order alone
 * decides, and that is sorted already.
 */
export function walkOrder(
  { mirrors, neighbours }: Snapshot,
  { country, asn, order }: Located,
  most: number,
  accepts: (index: number) => boolean,
): Placed[] {
  const near = neighbours(country);
  const found: Placed[] = [];
  const isSame = (index: number) => asn !== undefined && mirrors[index]!.mirror.hostAsn === asn;
  const isSameAccepted = (index: number) => isSame(index) && accepts(index);
  const isOtherAccepted = (index: number) => !isSame(index) && accepts(index);
  if (asn !== undefined) walk(order, near, COUNTRY, 'near-same-network', found, most, isSameAccepted);
  walk(order, near, COUNTRY, 'near', found, most, asn === undefined ? accepts : isOtherAccepted);
  walk(order, near, CONTINENT, 'continent', found, most, accepts);
  walk(order, near, WORLD, 'world', found, most, accepts);
  return found;
}

function walk(
  order: Order,
  { nearness, places }: Neighbours,
  wanted: Nearness,
  name: Tier,
  found: Placed[],
  most: number,
  accepts: (index: number) => boolean,
): void {
  if (found.length >= most) return;
  const tier = TIERS.indexOf(name);
  const way = wayThrough(order, places[wanted]);
  for (let at = 0; at < way.length && found.length < most; at++) {
    const index = way[at]!;
    if (nearness[index] === wanted && accepts(index)) found.push({ index, tier, kilometres: undefined });
  }
}

/** So few are sorted sooner than found in the whole order, of which only the beginning is walked to find ten of many. */
const FEW = 24;

function wayThrough({ places, ranks }: Order, wanted: Uint16Array): ArrayLike<number> {
  if (wanted.length > FEW) return places;
  const sorted: number[] = [];
  for (const index of wanted) {
    let at = sorted.length;
    for (; at > 0 && ranks[sorted[at - 1]!]! > ranks[index]!; at--) sorted[at] = sorted[at - 1]!;
    sorted[at] = index;
  }
  return sorted;
}
