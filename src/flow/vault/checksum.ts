import { crc32 } from 'node:zlib';

export type Stored = string | number | Uint8Array | null;

/** The CRC-32 of a row's values, so that `verify` finds a flipped bit that SQLite itself does not notice (V2). */
export function checksumOf(values: readonly Stored[]): number {
  return crc32(JSON.stringify(values.some(isBytes) ? values.map(asText) : values));
}

function isBytes(value: Stored): value is Uint8Array {
  return typeof value === 'object' && value !== null;
}

function asText(value: Stored): Stored {
  return isBytes(value) ? Buffer.from(value).toString('base64') : value;
}
