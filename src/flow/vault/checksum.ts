import { crc32 } from 'node:zlib';

export type Stored = string | number | bigint | Uint8Array | null;

/** The CRC-32 of a row's values, so that `verify` finds a flipped bit that SQLite itself does not notice (V2). */
export function checksumOf(values: readonly Stored[]): number {
  return values.reduce<number>((sum, value) => {
    if (value instanceof Uint8Array) return crc32(value, crc32('b', sum));
    return crc32(`${value === null ? 'null' : typeof value}:${value};`, sum);
  }, 0);
}
