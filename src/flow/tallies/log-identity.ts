import { createHash } from 'node:crypto';
import { shapeOf } from '../requests/line-shape.ts';
import type { EpochHour } from './log-tally.ts';

/** A state of a counted log that a log being read may begin with. */
export interface KnownState {
  candidates: number;
  sha256: string;
}

/** So many bytes of candidate lines are a log's front: about 15 lines, more than anybody can try all addresses of. */
const FRONT_BYTES = 4096;

/** A hash over fewer lines could be reversed by trying all addresses: shorter logs are known by their marks only. */
export const FEWEST_HASHED = 15;

/** How the reader goes on: the candidate to pause behind next (0: none), and whether to forget what was counted. */
export interface Answer {
  pauseAt: number;
  forget: boolean;
}

/**
 * The identity of a log while it is read: the hash of its candidate lines, compared on the way with the states that it
 * may continue (G1, G3).
 */
export class LogIdentity<State extends KnownState> {
  readonly #hash = createHash('sha256');
  readonly #statesAt: (firstHour: EpochHour | undefined) => State[];
  readonly #whole: boolean;
  readonly #digests: PrefixDigests | undefined;
  #states: State[] = [];
  #bytes = 0;
  /** What the first candidate looks like: never what it says (P1). */
  shape: string | undefined;
  /** The SHA-256 of the first 4 KiB of candidate lines, by which an older copy of what has no marks is known (G5). */
  front: string | undefined;
  /** The last known state that the log begins with. */
  begins: State | undefined;

  /** `whole`: what a known state covers is counted all the same, because it is going to be replaced. */
  constructor(statesAt: (firstHour: EpochHour | undefined) => State[], whole: boolean, digests?: PrefixDigests) {
    this.#statesAt = statesAt;
    this.#whole = whole;
    this.#digests = digests;
  }

  get knownStates(): readonly State[] {
    return this.#states;
  }

  update(bytes: Uint8Array): void {
    if (this.#bytes === 0) this.shape = shapeOf(firstLineOf(bytes));
    this.#digests?.update(bytes);
    const missing = FRONT_BYTES - this.#bytes;
    if (missing > 0 && bytes.length >= missing) {
      this.#hash.update(bytes.subarray(0, missing));
      this.front = this.sha256();
      this.#hash.update(bytes.subarray(missing));
    } else {
      this.#hash.update(bytes);
    }
    this.#bytes += bytes.length;
  }

  /** The reader waits behind this candidate; all lines up to it went into the hash. */
  paused(candidates: number, firstHour: EpochHour | undefined): Answer {
    if (candidates === 1) this.#states = this.#statesAt(firstHour).sort((a, b) => a.candidates - b.candidates);
    const sha256 = this.sha256();
    const match = this.#states.find((state) => state.candidates === candidates && state.sha256 === sha256);
    this.begins = match ?? this.begins;
    const next = this.#states.find((state) => state.candidates > candidates);
    return { pauseAt: next?.candidates ?? 0, forget: match !== undefined && !this.#whole };
  }

  /** Of all candidates so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Of one state among few: that another has the same is less probable than that a disk reads it wrong. */
export const DIGEST_BYTES = 6;

/** Of the hash over the candidates up to each, from the FEWEST_HASHED'th on: a tally that travels meets states by it. */
export class PrefixDigests {
  readonly #hash = createHash('sha256');
  readonly #most: number;
  #lines = 0;
  #digests = Buffer.alloc(1024);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Candidates, each with its line feed; the last one may go on in what comes next. */
  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length && this.#lines < this.#most; ) {
      const end = bytes.indexOf(LF, from) + 1;
      this.#hash.update(end === 0 ? bytes.subarray(from) : bytes.subarray(from, end));
      if (end === 0) return;
      from = end;
      this.#lines++;
      if (this.#lines >= FEWEST_HASHED) this.#push(this.#hash.copy().digest());
    }
  }

  all(): Uint8Array {
    return Uint8Array.from(this.#digests.subarray(0, this.#length));
  }

  #push(digest: Buffer): void {
    if (this.#length + DIGEST_BYTES > this.#digests.length) {
      this.#digests = Buffer.concat([this.#digests, Buffer.alloc(this.#digests.length)]);
    }
    digest.copy(this.#digests, this.#length, 0, DIGEST_BYTES);
    this.#length += DIGEST_BYTES;
  }
}

const LF = 0x0a;

function firstLineOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, FRONT_BYTES)).toString('latin1').split('\n', 1)[0]!;
}
