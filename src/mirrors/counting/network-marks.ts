import { createHmac } from 'node:crypto';
import type { System } from '../../flow/sightings/system.ts';
import type { Week } from '../../flow/sightings/week.ts';
import { LOCAL_PART, NO_ADDRESS_PART, partOfNetwork } from '../../geo/address.ts';

/** The key of one week, of all processes that write to one spool. */
export interface NetworkKey {
  /** 16 hexadecimal digits. */
  id: string;
  key: Uint8Array;
}

/** Three are enough to tell one company's fleet from a distribution (P3). */
const MOST_NETWORKS = 3;
/** Names come from strangers. Past so many new groups a week, what is new is not marked, and so not published. */
const MOST_GROUPS = 8_192;
const MARK_DIGITS = 16;

/** Where a request came from: a network as `networkOf` gives it, `local` if its address says nothing, undefined without one. */
export type SeenFrom = bigint | 'local' | undefined;

/**
 * Which networks a group (os name, version, edition, architecture) was seen in this week, in memory, and their marks: at
 * most three a group and process are ever written. A mark is an HMAC: without the key, which does not outlive the week,
 * nobody can try all networks.
 */
export class NetworkMarks {
  readonly week: Week;
  readonly #key: NetworkKey | undefined;
  readonly #partHash: bigint;
  readonly #seen: Map<string, Set<bigint>>;
  #room = MOST_GROUPS;

  /** Without a key nothing is marked. Groups that are `established` have a place, whatever strangers name. */
  constructor(week: Week, key: NetworkKey | undefined, established: readonly string[] = []) {
    this.week = week;
    this.#key = key;
    this.#partHash = key === undefined ? 0n : partHashOf(key.key);
    this.#seen = new Map(established.map((group) => [group, new Set()]));
  }

  /** Groups that came from three networks, those first that were established before. */
  established(): string[] {
    const all = [...this.#seen].filter(([, networks]) => networks.size === MOST_NETWORKS);
    return all.slice(0, MOST_GROUPS).map(([group]) => group);
  }

  get keyId(): string | undefined {
    return this.#key?.id;
  }

  /** The part of all networks that the check-in came from, by the week's key; undefined without one. */
  partOf(seenFrom: SeenFrom): number | undefined {
    if (this.#key === undefined) return undefined;
    if (seenFrom === undefined) return NO_ADDRESS_PART;
    return seenFrom === 'local' ? LOCAL_PART : partOfNetwork(seenFrom, this.#partHash);
  }

  /** The mark to write, 16 hexadecimal digits; undefined if enough is known of this group, or of this network. */
  markOf({ osName, osVersion, osVariant, osArch }: System, network: SeenFrom): string | undefined {
    if (typeof network !== 'bigint' || this.#key === undefined) return undefined;
    const group = JSON.stringify([osName, osVersion, osVariant, osArch]);
    const seen = this.#seen.get(group);
    if (seen === undefined) return this.#markFirst(group, network, this.#key.key);
    if (seen.size >= MOST_NETWORKS || seen.has(network)) return undefined;
    seen.add(network);
    return markNetwork(this.#key.key, group, network);
  }

  #markFirst(group: string, network: bigint, key: Uint8Array): string | undefined {
    if (this.#room === 0) return undefined;
    this.#room--;
    this.#seen.set(group, new Set([network]));
    return markNetwork(key, group, network);
  }
}

/** The group goes in too: the same network under two names cannot be recognised. */
function markNetwork(key: Uint8Array, group: string, network: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(network);
  return createHmac('sha256', key).update(group).update('\0').update(bytes).digest('hex').slice(0, MARK_DIGITS);
}

/** An odd number: as the hash of a multiplication it must lose no bit. */
function partHashOf(key: Uint8Array): bigint {
  return createHmac('sha256', key).update('parts').digest().readBigUInt64BE() | 1n;
}
