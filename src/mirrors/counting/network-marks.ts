import { createHmac } from 'node:crypto';
import type { Week } from '../../flow/sightings/week.ts';

/** The key of one week, of all processes that write to one spool. */
export interface NetworkKey {
  /** 16 hexadecimal digits. */
  id: string;
  key: Uint8Array;
}

/** Three are enough to tell one company's fleet from a distribution (P3). */
const MOST_NETWORKS = 3;
/** Names come from strangers. Past so many a week, what is new is not marked, and so not published. */
const MOST_NAMES = 8_192;
const MARK_DIGITS = 16;

/**
 * Which networks an os name was seen in this week, in memory, and their marks: at most three a name and process are ever
 * written. A mark is an HMAC: without the key, which does not outlive the week, nobody can try all networks.
 */
export class NetworkMarks {
  readonly week: Week;
  readonly #key: NetworkKey | undefined;
  readonly #seen = new Map<string, Set<bigint>>();

  /** Without a key nothing is marked. */
  constructor(week: Week, key: NetworkKey | undefined) {
    this.week = week;
    this.#key = key;
  }

  get keyId(): string | undefined {
    return this.#key?.id;
  }

  /** The mark to write, 16 hexadecimal digits; undefined if enough is known of this name, or of this network. */
  markOf(osName: string, network: bigint | undefined): string | undefined {
    if (network === undefined || this.#key === undefined) return undefined;
    const seen = this.#seen.get(osName);
    if (seen === undefined) return this.#markFirst(osName, network, this.#key.key);
    if (seen.size >= MOST_NETWORKS || seen.has(network)) return undefined;
    seen.add(network);
    return markNetwork(this.#key.key, osName, network);
  }

  #markFirst(osName: string, network: bigint, key: Uint8Array): string | undefined {
    if (this.#seen.size >= MOST_NAMES) return undefined;
    this.#seen.set(osName, new Set([network]));
    return markNetwork(key, osName, network);
  }
}

/** The os name goes in too: the same network under two names cannot be recognised. */
function markNetwork(key: Uint8Array, osName: string, network: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(network);
  return createHmac('sha256', key).update(osName).update('\0').update(bytes).digest('hex').slice(0, MARK_DIGITS);
}
