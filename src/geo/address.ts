import { isIPv4, isIPv6 } from 'node:net';

/** `v4` is the address as an unsigned number; `v6` is its top 64 bits, the network that one customer gets. */
export type Address = { v4: number } | { v6: bigint };

const V4_NETWORK_MARK = 1n << 63n;
/** IPv4 in IPv6: mapped, as a socket for both sees it, and translated on its way to a server that has no IPv4. */
const V4_PREFIXES = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];
const DOT = '.'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const GROUPS = 8;

/** The address that a text is, or undefined for a host name and anything else. IPv4 mapped or translated into IPv6 is IPv4. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { v4: v4Number(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const groups = v6Groups(text);
  const isV4 = V4_PREFIXES.some((prefix) => prefix.every((group, at) => group === groups[at]));
  if (isV4) return { v4: groups[6]! * 0x10000 + groups[7]! };
  return { v6: groups.slice(0, 4).reduce((top, group) => (top << 16n) | BigInt(group), 0n) };
}

/** `1.2.3.4:51234`, `[2001:db8::1]:51234`, `[2001:db8::1]` or, where the whole is no address, `2001:db8::1:51234`. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}|([^[\]]*:[^[\]]*):\d{1,5})$/;

/** The address in the host field of a log: some servers write the port behind it, or brackets around it, or a list (S6). */
export function parseLoggedAddress(text: string): Address | undefined {
  const comma = text.indexOf(',');
  return parseOneLogged(comma < 0 ? text : text.slice(0, comma));
}

function parseOneLogged(text: string): Address | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return address;
  const [, bracketed, v4, bare] = WITH_PORT.exec(text) ?? [];
  const v6 = bracketed ?? bare;
  if (v6 !== undefined) return isIPv6(v6) ? parseAddress(v6) : undefined;
  return v4 === undefined ? undefined : parseAddress(v4);
}

/** All bits of an address: 4 bytes or 16. IPv4 mapped or translated into IPv6 is IPv4. Undefined for anything else. */
export function addressBytes(text: string): Uint8Array | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if ('v4' in address) return v4Bytes(address.v4);
  return Uint8Array.from(v6Groups(text).flatMap((group) => [group >>> 8, group & 0xff]));
}

/** Byte by byte: with `Uint8Array.of` an address takes 130 ns to read in place of 80, and each request has several. */
function v4Bytes(address: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = address >>> 24;
  bytes[1] = address >>> 16;
  bytes[2] = address >>> 8;
  bytes[3] = address;
  return bytes;
}

/** The /24 of an IPv4 address or the /48 of an IPv6 address; the top bit tells one kind from the other. */
export function networkOf(address: Address): bigint {
  return 'v4' in address ? V4_NETWORK_MARK | BigInt(address.v4 >>> 8) : address.v6 >> 16n;
}

/** Networks of IPv4 that say nothing of where a client is: this machine, private, shared, link-local, multicast. */
const LOCAL_V4: readonly (readonly [number, number])[] = [
  [0x00000000, 0x01000000],
  [0x0a000000, 0x0b000000],
  [0x64400000, 0x64800000],
  [0x7f000000, 0x80000000],
  [0xa9fe0000, 0xa9ff0000],
  [0xac100000, 0xac200000],
  [0xc0a80000, 0xc0a90000],
  [0xe0000000, 0x1_0000_0000],
];
/** Of IPv6 only 2000::/3 is given out. */
const GIVEN_OUT_V6 = 1n;

/** Whether an address says nothing of where a client is. Networks that are kept for documents are taken for real ones. */
export function isLocal(address: Address): boolean {
  if ('v6' in address) return address.v6 >> 61n !== GIVEN_OUT_V6;
  return LOCAL_V4.some(([from, end]) => address.v4 >= from && address.v4 < end);
}

/** So many parts have the networks, by a hash. */
export const NETWORK_PARTS = 30;
/** The parts of a local address, and of what is no address. */
export const LOCAL_PART = 30;
export const NO_ADDRESS_PART = 31;
const HASH = 0x9e3779b97f4a7c15n;

/** Which part of all networks an address lies in: by how check-ins spread over parts, one network that brings many stands out. */
export function partOf(address: Address | undefined): number {
  if (address === undefined) return NO_ADDRESS_PART;
  return isLocal(address) ? LOCAL_PART : partOfNetwork(networkOf(address), HASH);
}

/** By an odd number of 64 bits, which may be a secret. */
export function partOfNetwork(network: bigint, hash: bigint): number {
  return Number(((BigInt.asUintN(64, network * hash) >> 32n) * BigInt(NETWORK_PARTS)) >> 32n);
}

/** Digit by digit: the server does this for each request, and splitting takes ten times as long. */
function v4Number(text: string): number {
  let number = 0;
  let part = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      number = number * 256 + part;
      part = 0;
    } else part = part * 10 + code - ZERO;
  }
  return number * 256 + part;
}

function v6Groups(text: string): number[] {
  const [front = '', back] = text.split('::');
  const left = groupsOf(front);
  if (back === undefined) return left;
  const right = groupsOf(back);
  return [...left, ...new Array<number>(GROUPS - left.length - right.length).fill(0), ...right];
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const number = v4Number(group);
    return [number >>> 16, number & 0xffff];
  });
}
