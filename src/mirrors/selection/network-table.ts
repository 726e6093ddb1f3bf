import { addressBytes } from '../../geo/address.ts';

/** Which mirrors an address belongs to by the networks that they declare. */
export interface NetworkTable {
  /** All networks that the address lies in, the longest prefix first. */
  networksOf(address: Uint8Array): NetworkMatch[];
}

export interface NetworkMatch {
  /** In bits; an IPv6 prefix counts its own. */
  prefixLength: number;
  owners: readonly number[];
}

interface Network {
  bytes: Uint8Array;
  prefixLength: number;
}

const V4_BYTES = 4;
/** How many bits stand before an IPv4 address that is written as IPv6. */
const MAPPED_BITS = 96;

/** A network written as CIDR, or as an address alone; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.trim().split('/');
  const bytes = addressBytes(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  const bits = bytes.length * 8;
  if (length === undefined) return { bytes, prefixLength: bits };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  const isMapped = bytes.length === V4_BYTES && address.includes(':');
  const prefixLength = Number(length) - (isMapped ? MAPPED_BITS : 0);
  return prefixLength >= 0 && prefixLength <= bits ? { bytes, prefixLength } : undefined;
}

/**
 * A binary trie for each kind of address, in flat arrays: the ranges of two cloud providers are some 15,000 networks,
 * and a look-up is at most one step a bit. Entries that are no network are left out: the loader has warned of them.
 */
export function networkTable(entries: Iterable<readonly [cidr: string, owner: number]>): NetworkTable {
  const tries = { v4: newTrie(), v6: newTrie() };
  const trieOf = (bytes: Uint8Array) => (bytes.length === V4_BYTES ? tries.v4 : tries.v6);
  for (const [cidr, owner] of entries) {
    const network = parseNetwork(cidr);
    if (network !== undefined) insert(trieOf(network.bytes), network, owner);
  }
  return { networksOf: (address) => walk(trieOf(address), address).reverse() };
}

/** Two children for each node, 0 for none; node 0 is the root. */
interface Trie {
  children: number[];
  owners: (number[] | undefined)[];
}

function newTrie(): Trie {
  return { children: [0, 0], owners: [undefined] };
}

function insert(trie: Trie, { bytes, prefixLength }: Network, owner: number): void {
  let node = 0;
  for (let bit = 0; bit < prefixLength; bit++) {
    const branch = node * 2 + bitAt(bytes, bit);
    if (trie.children[branch] === 0) {
      trie.children[branch] = trie.children.length / 2;
      trie.children.push(0, 0);
      trie.owners.push(undefined);
    }
    node = trie.children[branch]!;
  }
  const owners = trie.owners[node];
  if (owners === undefined) trie.owners[node] = [owner];
  else if (!owners.includes(owner)) owners.push(owner);
}

function walk(trie: Trie, address: Uint8Array): NetworkMatch[] {
  const found: NetworkMatch[] = [];
  let node = 0;
  for (let bit = 0; ; bit++) {
    const owners = trie.owners[node];
    if (owners !== undefined) found.push({ prefixLength: bit, owners });
    if (bit === address.length * 8) return found;
    node = trie.children[node * 2 + bitAt(address, bit)]!;
    if (node === 0) return found;
  }
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
}
