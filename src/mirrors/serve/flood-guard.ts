import type { Address } from '../../geo/address.ts';

export interface FloodLimits {
  /** Of one client, in the long run. */
  requestsPerSecond: number;
  /** Of one client, at once. */
  burst: number;
  /** Connections of one client that are open at the same time. */
  connections: number;
  /** Clients that are remembered. */
  clients: number;
}

/**
 * Thousands of systems may stand behind one address, and whoever is refused is lost for the week: these limits are for
 * what no number of package managers does.
 */
export const FLOOD_LIMITS: FloodLimits = { requestsPerSecond: 500, burst: 10_000, connections: 1_000, clients: 50_000 };

/** An address of IPv4, or the 64 bits that one client of IPv6 may choose its addresses from. */
type Client = number | bigint;

interface Bucket {
  tokens: number;
  /** In milliseconds, when the tokens were right. */
  at: number;
}

/** Who asks how much, in memory alone. Times are in milliseconds of a clock that never goes back. */
export class FloodGuard {
  readonly #limits: FloodLimits;
  readonly #buckets = new Map<Client, Bucket>();
  readonly #connections = new Map<Client, number>();

  constructor(limits: FloodLimits) {
    this.#limits = limits;
  }

  /** Whether a request is answered. */
  admits(address: Address | undefined, now: number): boolean {
    if (address === undefined) return true;
    const bucket = this.#bucketOf(clientOf(address), now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Whether a connection may stay open; what it returns true for must be told to `disconnected`. */
  connected(address: Address | undefined): boolean {
    if (address === undefined) return true;
    const client = clientOf(address);
    const open = this.#connections.get(client) ?? 0;
    if (open >= this.#limits.connections) return false;
    this.#connections.set(client, open + 1);
    return true;
  }

  disconnected(address: Address | undefined): void {
    if (address === undefined) return;
    const client = clientOf(address);
    const open = (this.#connections.get(client) ?? 1) - 1;
    if (open === 0) this.#connections.delete(client);
    else this.#connections.set(client, open);
  }

  /** Forgets whoever has asked for little. To be called every few seconds. */
  sweep(now: number): void {
    for (const [client, bucket] of this.#buckets)
      if (this.#filled(bucket, now) >= this.#limits.burst) this.#buckets.delete(client);
  }

  get remembered(): number {
    return this.#buckets.size;
  }

  #bucketOf(client: Client, now: number): Bucket {
    const known = this.#buckets.get(client);
    if (known === undefined) return this.#remember(client, now);
    known.tokens = this.#filled(known, now);
    known.at = now;
    return known;
  }

  /** Whoever was remembered first is forgotten first: a flood from everywhere must not fill the memory. */
  #remember(client: Client, now: number): Bucket {
    if (this.#buckets.size >= this.#limits.clients) this.#buckets.delete(this.#buckets.keys().next().value!);
    const bucket = { tokens: this.#limits.burst, at: now };
    this.#buckets.set(client, bucket);
    return bucket;
  }

  #filled({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.#limits.burst, tokens + ((now - at) / 1000) * this.#limits.requestsPerSecond);
  }
}

function clientOf(address: Address): Client {
  return 'v4' in address ? address.v4 : address.v6;
}
