import { crc32 } from 'node:zlib';
import { putVarint } from './cells.ts';
import { damaged } from './vault-fault.ts';

const LONGEST_VARINT = 8;
const CHECKSUM_BYTES = 4;

/** Whole numbers from 0 in 7-bit groups, and a CRC-32. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(numbers.length * LONGEST_VARINT + CHECKSUM_BYTES);
  let at = 0;
  for (const number of numbers) {
    if (number < 128) bytes[at++] = number;
    else at = putVarint(bytes, at, number);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at);
  return Uint8Array.prototype.slice.call(bytes, 0, at + CHECKSUM_BYTES);
}

/**
 * Answers one number after the other, behind those that they must begin with. `what` they are stands in the message if they
 * were changed.
 */
export function unpackNumbers(bytes: unknown, what: string, begin: readonly number[]): () => number {
  if (!(bytes instanceof Uint8Array)) throw damaged(`${what} are missing`);
  const end = bytes.length - CHECKSUM_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (end < 0 || crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) {
    throw damaged(`${what} do not have their checksum`);
  }
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  for (const number of begin) if (next() !== number) throw damaged(`${what} stand in the place of others`);
  return next;
}
