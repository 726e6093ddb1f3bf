import { addressBytes } from '../../geo/address.ts';
import { networkTable, parseNetwork } from '../selection/network-table.ts';

/** Whose word is taken for the address of a client, as networks in CIDR. */
export interface TrustedProxies {
  /** They append the address of whoever asked them to X-Forwarded-For. */
  forwarding: readonly string[];
  /** They set CF-Connecting-IP; any other proxy would pass on what a client wrote there. */
  connecting: readonly string[];
}

export interface ForwardingHeaders {
  'x-forwarded-for'?: string | string[] | undefined;
  'cf-connecting-ip'?: string | string[] | undefined;
}

export type ClientAddress = (peer: string | undefined, headers: ForwardingHeaders) => string;

/** As many proxies as there can be between a client and us; a longer list was made up. */
const MOST_HOPS = 16;

/**
 * The address of the client: the peer's, unless that is a trusted proxy. Then X-Forwarded-For is walked from the right,
 * and the first address that is no trusted proxy is the client's. What stands left of it, or of something that is no
 * address, anybody may have written. Empty if even the peer is unknown. Throws an Error if a proxy is no network.
 */
export function clientAddressBy(proxies: TrustedProxies): ClientAddress {
  const isForwarding = lieWithin(proxies.forwarding);
  const isConnecting = lieWithin(proxies.connecting);
  return (peer, headers) => {
    const direct = readHop(peer ?? '');
    if (direct === undefined) return '';
    const connecting = isConnecting(direct.bytes) ? readHop(single(headers['cf-connecting-ip'])) : undefined;
    if (connecting !== undefined) return connecting.text;
    return isForwarding(direct.bytes) ? walkHops(direct, headers['x-forwarded-for'], isForwarding) : direct.text;
  };
}

/** An address on the way here. Each request has one or two, so they are read once. */
interface Hop {
  text: string;
  bytes: Uint8Array;
}

function walkHops(
  direct: Hop,
  header: string | string[] | undefined,
  isForwarding: (bytes: Uint8Array) => boolean,
): string {
  let known = direct.text;
  const hops = single(header).split(',');
  for (let at = hops.length - 1; at >= Math.max(0, hops.length - MOST_HOPS); at--) {
    const hop = readHop(hops[at]!);
    if (hop === undefined) return known;
    known = hop.text;
    if (!isForwarding(hop.bytes)) return known;
  }
  return known;
}

/** `192.0.2.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0` and `::ffff:192.0.2.1` without what does not belong to them. */
function readHop(text: string): Hop | undefined {
  const asItStands = text.includes(':') ? undefined : addressBytes(text);
  // Nearly all are.
  if (asItStands !== undefined) return { text, bytes: asItStands };
  const trimmed = text.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = bare.replace(/%.*$/, '');
  const bytes = addressBytes(address);
  return bytes && { text: bytes.length === 4 ? bytes.join('.') : address, bytes };
}

/** Throws an Error if one of them is no network. */
export function isWithin(networks: readonly string[]): (address: string) => boolean {
  const isInside = lieWithin(networks);
  return (address) => {
    const bytes = addressBytes(address);
    return bytes !== undefined && isInside(bytes);
  };
}

function lieWithin(networks: readonly string[]): (bytes: Uint8Array) => boolean {
  const wrong = networks.find((network) => parseNetwork(network) === undefined);
  if (wrong !== undefined) {
    throw new Error(`a trusted proxy is no network: ${wrong}; expected an address or CIDR such as 192.0.2.0/24`);
  }
  const table = networkTable(networks.map((network) => [network, 0]));
  return (bytes) => table.networksOf(bytes).length > 0;
}

function single(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
