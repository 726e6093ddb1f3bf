import { parseAddress } from '../../geo/address.ts';
import { quoted } from './finding.ts';
import type { Verdict } from './mirror-address.ts';

/** A network wider than these would take the clients of half the Internet, by mistake or on purpose. */
const WIDEST = { v4: 8, v6: 19 };
const HINT = 'write a network such as 192.0.2.0/24 or 2001:db8::/32';

/** A network as CIDR; a bare address is a network of one. */
export function readSubnet(text: string): Verdict {
  const [, base = '', length] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(base);
  if (address === undefined) return { problem: `${quoted(text)} is no network`, hint: HINT };
  const kind = base.includes(':') ? 'v6' : 'v4';
  const longest = kind === 'v4' ? 32 : 128;
  const bits = length === undefined ? longest : Number(length);
  if (bits > longest) return { problem: `/${bits} is longer than an address, which has ${longest} bits`, hint: HINT };
  if (bits < WIDEST[kind]) {
    return {
      problem: `/${bits} is wider than any network of one mirror`,
      hint: `the widest allowed is /${WIDEST[kind]}`,
    };
  }
  return { value: `${base}/${bits}` };
}

/** The length of its prefix, in bits of its own address kind. */
export function prefixLength(subnet: string): number {
  return Number(subnet.slice(subnet.indexOf('/') + 1));
}
