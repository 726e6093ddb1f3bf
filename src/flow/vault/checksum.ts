import { crc32 } from 'node:zlib';

export type Stored = string | number | Uint8Array | null;

/** The CRC-32 of a row's values, so that `verify` finds a flipped bit that SQLite itself does not notice (V2). */
export function checksumOf(values: readonly Stored[]): number {
  const written = values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value));
  return crc32(JSON.stringify(written));
}
