import { CURRENT, isEmergency, LISTED, UNFIT } from './fitness.ts';
import { among, type Givable, type Mask, type Offer, type Wanted } from './offer.ts';
import {
  type Belonging,
  bestTier,
  compareRanks,
  keepBest,
  type Located,
  type Placed,
  type Rank,
  rankMirror,
  TIERS,
  type Tier,
} from './rank.ts';
import { CONTINENT, COUNTRY, type Snapshot, WORLD } from './snapshot.ts';
import { walkOrder } from './walk-order.ts';

export const MOST_MIRRORS = 10;

/** What a request wants of the mirrors. */
export interface Wish extends Wanted {
  /** Only mirrors of these countries, if there are any; empty: wherever is best. */
  countries: readonly string[];
  /** As if nothing were known of the client: Fedora's `country=global`. */
  isGlobal: boolean;
}

export interface ChosenMirror {
  /** A mirror's place in the snapshot, or where the distribution itself keeps its files. */
  from: number | 'master' | 'vault';
  /** Base address without a slash at its end. */
  base: string;
  tier: Tier | undefined;
  kilometres: number | undefined;
}

/** How much had to be given up so that the list is not empty. */
export type Resort = 'none' | 'any-country' | 'any-family' | 'outdated' | 'master' | 'unfit' | 'vault' | 'nothing';

export interface Choice {
  mirrors: readonly ChosenMirror[];
  resort: Resort;
  isEmergency: boolean;
}

/** Everything that a choice is made of. */
interface Question {
  snapshot: Snapshot;
  wish: Wish;
  client: Located;
  belongings: ReadonlyMap<number, Belonging>;
  offer: Offer;
  /** Mirrors up to this level are given out. */
  worst: number;
}

/** The client's mirrors, the best first, at most ten. Empty only if the catalogue knows no address at all. */
export function choose(
  snapshot: Snapshot,
  wish: Wish,
  client: Located,
  address: Uint8Array | undefined,
  now: number,
): Choice {
  const isUrgent = isEmergency(snapshot.state, wish.scope, now);
  const question = questionOf(snapshot, wish, client, address, isUrgent);
  const { mirrors, resort } = healthy(question) ?? lastResort(question, isUrgent);
  return { mirrors, resort, isEmergency: isUrgent };
}

/** Places of the mirrors that this client would get if they were well, the best first, at most ten. */
export function leftOut(
  snapshot: Snapshot,
  wish: Wish,
  client: Located,
  address: Uint8Array | undefined,
  now: number,
): number[] {
  const question = questionOf(snapshot, wish, client, address, isEmergency(snapshot.state, wish.scope, now));
  const well = question.offer.givable(question.worst, client.family);
  const unwell = those(question.offer.givable(UNFIT, undefined), (index) => well.own[index] === 0);
  return bestOf(question, unwell, compareRanks).map(({ index }) => index);
}

function questionOf(
  snapshot: Snapshot,
  wish: Wish,
  client: Located,
  address: Uint8Array | undefined,
  isUrgent: boolean,
): Question {
  return {
    snapshot,
    wish,
    client: wish.isGlobal ? { ...client, country: undefined, continent: undefined, point: undefined } : client,
    belongings: belongingsOf(snapshot, wish, client, address),
    offer: snapshot.offer(wish),
    worst: isUrgent ? CURRENT : LISTED,
  };
}

/** A list for a named country is not for the client's own network: whoever asks may be asking for somebody else. */
function belongingsOf(
  { networks, byAsn }: Snapshot,
  { countries, isGlobal }: Wish,
  { asn }: Located,
  address: Uint8Array | undefined,
): Map<number, Belonging> {
  const found = new Map<number, Belonging>();
  if (countries.length > 0 || isGlobal) return found;
  if (asn !== undefined) for (const index of byAsn.get(asn) ?? []) found.set(index, { kind: 'asn' });
  if (address === undefined) return found;
  for (const { prefixLength, owners } of networks.networksOf(address).reverse()) {
    for (const index of owners) found.set(index, { kind: 'network', prefixLength });
  }
  return found;
}

type Listing = Pick<Choice, 'mirrors' | 'resort'>;

/** Mirrors that the check found well. A country without one gives way first, then the kind of address. */
function healthy(question: Question): Listing | undefined {
  const { snapshot, wish, client, offer, worst } = question;
  const { countries } = wish;
  const well = offer.givable(worst, client.family);
  const isAsked = (index: number) => countries.includes(snapshot.mirrors[index]!.mirror.country);
  const asked = countries.length > 0 ? listing(question, 'none', those(well, isAsked)) : undefined;
  return (
    asked ??
    listing(question, countries.length > 0 ? 'any-country' : 'none', well) ??
    listing(question, 'any-family', offer.givable(worst, undefined))
  );
}

function those({ own, open }: Givable, holds: (index: number) => boolean): Givable {
  return { own: among(own, holds), open: among(open, holds) };
}

function listing(question: Question, resort: Resort, givable: Givable): Listing | undefined {
  const best = bestOf(question, givable, compareRanks);
  return best.length === 0 ? undefined : { mirrors: best.map((rank) => chosen(question, rank)), resort };
}

type Order = (a: Rank, b: Rank) => number;

/** The best ten that may be given to this client; one alone if it has the monopoly in the client's network. */
function bestOf(question: Question, { own, open }: Givable, order: Order): Placed[] {
  const { snapshot, belongings, client } = question;
  const declared = belongings.size === 0 ? [] : ranksOfOwn(question, own);
  const monopolies = declared.filter(({ index }) => snapshot.mirrors[index]!.mirror.isMonopoly).sort(order);
  if (monopolies.length > 0) return monopolies.slice(0, 1);
  const isOpen = (index: number) => open[index] === 1 && !belongings.has(index);
  const best = declared.sort(order).slice(0, MOST_MIRRORS);
  if (order !== compareRanks || client.point !== undefined) return rankOthers(question, isOpen, order, best);
  // Those of its own network come before all others.
  const others = walkOrder(snapshot, client, MOST_MIRRORS, isOpen);
  return best.length === 0 ? others : [...best, ...others].slice(0, MOST_MIRRORS);
}

function ranksOfOwn({ snapshot, belongings, client }: Question, own: Mask): Rank[] {
  return [...belongings]
    .filter(([index]) => own[index] === 1)
    .map(([index, belonging]) => rankMirror(index, snapshot.mirrors[index]!, client, belonging, undefined)!);
}

/** Adds the others to `best`: where distances are known, or something else comes before them, each has to be ranked. */
function rankOthers(
  { snapshot, client }: Question,
  isOpen: (index: number) => boolean,
  order: Order,
  best: Rank[],
): Rank[] {
  const { places } = snapshot.neighbours(client.country);
  const lastByRank = () => (order === compareRanks ? best[MOST_MIRRORS - 1] : undefined);
  for (const nearness of [COUNTRY, CONTINENT, WORLD] as const) {
    const last = lastByRank();
    // Of 530 mirrors a client of a country with many looks at those alone.
    if (last !== undefined && last.tier < bestTier(nearness, client)) break;
    for (const index of places[nearness]) {
      if (!isOpen(index)) continue;
      const rank = rankMirror(index, snapshot.mirrors[index]!, client, undefined, lastByRank());
      if (rank !== undefined) keepBest(best, rank, MOST_MIRRORS, order);
    }
  }
  return best;
}

/**
 * Nothing healthy is left. Old metadata is better than none, the master is right by definition, and a mirror that did
 * not answer the check may answer the client. In an emergency old metadata is what must not be given out, so the
 * master comes first. Modules lie beside the master's own tree, so for them it comes last.
 */
function lastResort(question: Question, isEmergency: boolean): Listing {
  const { master, vault } = question.snapshot.catalogue;
  const fromMaster = own('master', master);
  const isModule = question.wish.module !== undefined;
  const outdated = byFitness(question, UNFIT - 1);
  const unfit = byFitness(question, UNFIT);
  const first = !isModule && (isEmergency || outdated.length === 0) ? fromMaster : [];
  if (first.length > 0) return { mirrors: first, resort: 'master' };
  if (outdated.length > 0) return { mirrors: [...outdated, ...(isModule ? [] : fromMaster)], resort: 'outdated' };
  if (unfit.length > 0) return { mirrors: unfit, resort: 'unfit' };
  if (fromMaster.length > 0) return { mirrors: fromMaster, resort: 'master' };
  const fromVault = own('vault', vault);
  return { mirrors: fromVault, resort: fromVault.length > 0 ? 'vault' : 'nothing' };
}

/** What the distribution itself keeps, if it does. */
function own(from: 'master' | 'vault', base: string | undefined): ChosenMirror[] {
  return base === undefined ? [] : [{ from, base, tier: undefined, kilometres: undefined }];
}

/** The least stale first: what fell behind last. One place is left for the master. */
function byFitness(question: Question, worst: number): ChosenMirror[] {
  const { fitness, givable } = question.offer;
  const compare = (a: Rank, b: Rank) => {
    const [one, other] = [fitness[a.index]!, fitness[b.index]!];
    return one.level - other.level || other.since - one.since || compareRanks(a, b);
  };
  return bestOf(question, givable(worst, undefined), compare)
    .slice(0, MOST_MIRRORS - 1)
    .map((rank) => chosen(question, rank));
}

function chosen({ offer }: Question, { index, tier, kilometres }: Placed): ChosenMirror {
  return { from: index, base: offer.bases[index]!, tier: TIERS[tier]!, kilometres };
}
