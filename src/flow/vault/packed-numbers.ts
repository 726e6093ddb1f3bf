import { crc32 } from 'node:zlib';
import { putVarint } from './cells.ts';
import { damaged } from './vault-fault.ts';

const LONGEST_VARINT = 8;
const CHECKSUM_BYTES = 4;

/** Packs whole numbers from 0 one after the other: in 7-bit groups, and a CRC-32. */
export class NumberPacker {
  #packed = new Uint8Array(1024);
  #length = 0;

  constructor(numbers: readonly number[]) {
    for (const number of numbers) this.push(number);
  }

  push(...numbers: number[]): void {
    for (const number of numbers) {
      if (this.#length + LONGEST_VARINT + CHECKSUM_BYTES > this.#packed.length) {
        const larger = new Uint8Array(this.#packed.length * 2);
        larger.set(this.#packed);
        this.#packed = larger;
      }
      if (number < 128) this.#packed[this.#length++] = number;
      else this.#length = putVarint(this.#packed, this.#length, number);
    }
  }

  /** Nothing can be added behind it. */
  bytes(): Uint8Array {
    const checksum = crc32(this.#packed.subarray(0, this.#length));
    new DataView(this.#packed.buffer).setUint32(this.#length, checksum, true);
    return this.#packed.slice(0, this.#length + CHECKSUM_BYTES);
  }
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
  const numbers = decode(bytes, end);
  let place = 0;
  const next = () => numbers[place++]!;
  for (const number of begin) if (next() !== number) throw damaged(`${what} stand in the place of others`);
  return next;
}

/** All at once: most numbers are a byte each, and a call for each of them takes five times as long. */
function decode(bytes: Uint8Array, end: number): Float64Array {
  const numbers = new Float64Array(end);
  let count = 0;
  for (let at = 0; at < end; ) {
    let byte = bytes[at++]!;
    let value = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++]!;
      value += (byte & 127) * scale;
    }
    numbers[count++] = value;
  }
  return numbers.subarray(0, count);
}
