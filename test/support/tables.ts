import type { CountryTable } from '../../src/geo/country-table.ts';

/** A small country table: 10.0.0.0/8 is AA, 192.0.2.0/24 is BB, 2001:db8::/32 is CC, everything else is unknown. */
export function smallCountryTable(): CountryTable {
  return {
    countries: ['ZZ', 'AA', 'BB', 'CC'],
    v4Starts: Uint32Array.of(0, 0x0a000000, 0x0b000000, 0xc0000200, 0xc0000300),
    v4Countries: Uint8Array.of(0, 1, 0, 2, 0),
    v6Starts: BigUint64Array.of(0n, 0x20010db800000000n, 0x20010db900000000n),
    v6Countries: Uint8Array.of(0, 3, 0),
  };
}
