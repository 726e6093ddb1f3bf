import { type Located, type Placed, TIERS, type Tier } from './rank.ts';
import { COUNTRY, type Snapshot } from './snapshot.ts';

/** Of what stands with the client's provider in its country, then by how near it is. */
const WALKED = (['near-same-network', 'near', 'continent', 'world'] as const).map((tier: Tier) => TIERS.indexOf(tier));
const SAME_NETWORK = 0;
const NEAR = 1;

/**
 * The best `most` for a client whose place is not known, as `rankMirror` would rank them: within a tier the order alone
 * decides, and that is sorted already. `accepts` is asked of few mirrors, as tiers that are full take no more.
 */
export function walkOrder(
  snapshot: Snapshot,
  client: Located,
  most: number,
  accepts: (index: number) => boolean,
): Placed[] {
  const nearness = snapshot.nearness(client.country);
  const lists: Placed[][] = WALKED.map(() => []);
  const best = lists[client.asn === undefined ? NEAR : SAME_NETWORK]!;
  for (const index of client.order.places) {
    const at = nearness[index] === COUNTRY ? listInCountry(snapshot, client, index) : nearness[index]! + 1;
    const list = lists[at]!;
    if (list.length === most || !accepts(index)) continue;
    list.push({ index, tier: WALKED[at]!, kilometres: undefined });
    if (best.length === most) break;
  }
  return lists.flat().slice(0, most);
}

function listInCountry({ mirrors }: Snapshot, { asn }: Located, index: number): number {
  return asn !== undefined && mirrors[index]!.mirror.hostAsn === asn ? SAME_NETWORK : NEAR;
}
