import type { Address } from '../../geo/address.ts';
import { withoutAuthority } from './request.ts';
import type { EpochSeconds } from './week.ts';

/**
 * 32 bits by which a counted line is found again in another cut of its log (G4). The first 24 are made of what counts of
 * it: the time, the address (of IPv6 the top half), the target and the User-Agent as they stand in the log. The last 8 are
 * made of target and agent alone, so they say nothing of the address, and spare most lines that are others from being taken
 * for the same.
 */
export type LineMark = number & { readonly __unit: 'line-mark' };

/** So many hashes of texts are remembered: a log has few targets and agents, but a flood may bring many. */
const MOST_REMEMBERED = 65_536;
/** How many kinds of requests the last bits tell apart. */
export const MARK_KINDS = 256;

/** Marks lines, as the kernel does (kernel/mark.ts): C6. */
export class LineMarker {
  readonly #hashes = new Map<string, number>();

  markOf(time: EpochSeconds, address: Address | undefined, target: string, agent: string): LineMark {
    const isV4 = address !== undefined && 'v4' in address;
    const high = address === undefined || isV4 ? 0 : Number(address.v6 >> 32n);
    const low = address === undefined ? 0 : isV4 ? address.v4 : Number(address.v6 & 0xffffffffn);
    const targetHash = this.#hashOf(withoutAuthority(target));
    const agentHash = this.#hashOf(agent);
    const hash = settle(stir(stir(stir(stir(stir(0, time), high), low), targetHash), agentHash));
    const kind = (turn(targetHash, 13) ^ agentHash) >>> 24;
    return (((hash & ~(MARK_KINDS - 1)) | kind) >>> 0) as LineMark;
  }

  #hashOf(text: string): number {
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    if (this.#hashes.size >= MOST_REMEMBERED) this.#hashes.clear();
    const hash = hashText(text);
    this.#hashes.set(text, hash);
    return hash;
  }
}

/** The step and the end of MurmurHash3 (32 bits): two multiplications a word, none of 64 bits, which JavaScript lacks. */
function stir(hash: number, word: number): number {
  const mixed = Math.imul(turn(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(turn(hash ^ mixed, 13), 5) + 0xe6546b64) | 0;
}

function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function settle(hash: number): number {
  let mark = hash ^ (hash >>> 16);
  mark = Math.imul(mark, 0x85ebca6b);
  mark ^= mark >>> 13;
  mark = Math.imul(mark, 0xc2b2ae35);
  return (mark ^ (mark >>> 16)) >>> 0;
}

const MASK = 0xffffffffffffffffn;

/** The hash by which the kernel looks up texts (kernel/interner.ts), of one byte per character. */
function hashText(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  const { length } = bytes;
  let a = (BigInt(length) * 0xff51afd7ed558ccdn) & MASK;
  let b = 0xd6e8feb86659fd93n;
  if (length < 16) {
    const padded = Buffer.alloc(16);
    padded.set(bytes);
    a = mix(a, padded.readBigUInt64LE(0));
    b = mix(b, padded.readBigUInt64LE(8));
  } else {
    for (let at = 0; at + 16 < length; at += 16) {
      a = mix(a, bytes.readBigUInt64LE(at));
      b = mix(b, bytes.readBigUInt64LE(at + 8));
    }
    a = mix(a, bytes.readBigUInt64LE(length - 16));
    b = mix(b, bytes.readBigUInt64LE(length - 8));
  }
  return Number(mix(a, b) >> 32n);
}

function mix(hash: bigint, word: bigint): bigint {
  const mixed = ((hash ^ word) * 0x9e3779b97f4a7c15n) & MASK;
  return mixed ^ (mixed >> 29n);
}
