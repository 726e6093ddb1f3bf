import { addressBytes, parseAddress } from '../../geo/address.ts';
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
  const isForwarding = isWithin(proxies.forwarding);
  const isConnecting = isWithin(proxies.connecting);
  return (peer, headers) => {
    const direct = readAddress(peer ?? '') ?? '';
    const connecting = isConnecting(direct) ? readAddress(single(headers['cf-connecting-ip'])) : undefined;
    if (connecting !== undefined) return connecting;
    return isForwarding(direct) ? walkHops(direct, headers['x-forwarded-for'], isForwarding) : direct;
  };
}

function walkHops(
  direct: string,
  header: string | string[] | undefined,
  isForwarding: (address: string) => boolean,
): string {
  let known = direct;
  const hops = single(header).split(',').slice(-MOST_HOPS).reverse();
  for (const hop of hops) {
    const address = readAddress(hop);
    if (address === undefined) return known;
    known = address;
    if (!isForwarding(address)) return known;
  }
  return known;
}

/** `192.0.2.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0` and `::ffff:192.0.2.1` without what does not belong to them. */
export function readAddress(text: string): string | undefined {
  // Nearly all are, and each request has one or two.
  if (!text.includes(':') && parseAddress(text) !== undefined) return text;
  const trimmed = text.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = bare.replace(/%.*$/, '');
  const bytes = addressBytes(address);
  return bytes?.length === 4 ? bytes.join('.') : bytes && address;
}

/** Throws an Error if one of them is no network. */
export function isWithin(networks: readonly string[]): (address: string) => boolean {
  const wrong = networks.find((network) => parseNetwork(network) === undefined);
  if (wrong !== undefined) {
    throw new Error(`a trusted proxy is no network: ${wrong}; expected an address or CIDR such as 192.0.2.0/24`);
  }
  const table = networkTable(networks.map((network) => [network, 0]));
  return (address) => {
    const bytes = addressBytes(address);
    return bytes !== undefined && table.networksOf(bytes).length > 0;
  };
}

function single(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
