import { type Address, parseAddress } from '../../geo/address.ts';

/** Networks that no mirror of the Internet is in: this machine, private, link-local, shared, kept for tests, multicast. */
const RESERVED_V4 = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
)
  .split(' ')
  .map((network) => {
    const [base = '', bits = ''] = network.split('/');
    return { base: (parseAddress(base) as { v4: number }).v4, size: 2 ** (32 - Number(bits)) };
  });

/** 2000::/3 is all that is given out; of it, these wrap IPv4 addresses (Teredo, 6to4) or are for documents. */
const RESERVED_V6 = [
  { from: 0x2001_0000_0000_0000n, bits: 23n },
  { from: 0x2001_0db8_0000_0000n, bits: 32n },
  { from: 0x2002_0000_0000_0000n, bits: 16n },
  { from: 0x3fff_0000_0000_0000n, bits: 20n },
];

/**
 * Whether an address is one of the Internet's. Ask it for what a name resolves to as well, on each connection: a name
 * that was public when its file was loaded can mean 127.0.0.1 later. False for what is no address.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPublic(address);
}

function isPublic(address: Address): boolean {
  if ('v4' in address) return !RESERVED_V4.some(({ base, size }) => address.v4 >= base && address.v4 < base + size);
  const top = address.v6;
  return top >> 61n === 1n && !RESERVED_V6.some(({ from, bits }) => top >> (64n - bits) === from >> (64n - bits));
}
