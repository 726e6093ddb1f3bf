import type { Reason } from '../../flow/sightings/reasons.ts';
import type { Request } from '../../flow/sightings/request.ts';
import type { System } from '../../flow/sightings/system.ts';
import { SECONDS_PER_HOUR } from '../../flow/sightings/week.ts';
import { NO_NAMES, TooManyNames } from '../../flow/tallies/naming.ts';
import { Numbering, type NumberingLimits } from '../../flow/tallies/numbering.ts';
import {
  batchEndLine,
  checksumOf,
  countedLine,
  END_LINE,
  rejectedLine,
  requestLine,
  type SegmentStart,
  startLine,
  systemLine,
} from '../../flow/tallies/spool-records.ts';

/** How much one segment may name (W6): far more than there is, and no more than whoever reads it gives room to. */
const LIMITS: NumberingLimits = { values: 8_192, valueBytes: 2 ** 20, systems: 8_192, requests: 16_384 };

/** What the rules of networks may know of a check-in: see `NetworkMarks`. */
export interface Origin {
  part: number | undefined;
  mark: string | undefined;
}

/** Lines that wait to be written, and how many check-ins they hold. */
export interface Batch {
  bytes: Uint8Array;
  checksum: number;
  text: string;
  checkIns: number;
}

/** A segment of the spool, as far as it is in memory: names already given, and lines that are not written yet. */
export class Segment {
  readonly start: SegmentStart;
  readonly name: string;
  #numbering = newNumbering();
  /** Systems and requests mostly come out of a cache, and are known by what they are. */
  readonly #systems = new Map<System, number>();
  readonly #requests = new Map<Request, number>();
  #systemsNamed = 0;
  #requestsNamed = 0;
  #text: string;
  #checkIns = 0;
  /** Check-ins of the batch that is being written. */
  #beingWritten = 0;
  #checksum = 0;
  #batches = 0;
  isEnded = false;

  constructor(start: SegmentStart) {
    this.start = start;
    this.name = segmentName(start);
    this.#text = startLine(start);
  }

  /** Characters that wait. */
  get waiting(): number {
    return this.#text.length;
  }

  /** Check-ins that are not on the disk. */
  get checkIns(): number {
    return this.#checkIns + this.#beingWritten;
  }

  /** False, and nothing is counted, if there is no room for a new name: the next segment has it. */
  count(system: System, request: Request, country: string, origin: Origin): boolean {
    let numbers: { system: number; request: number };
    try {
      numbers = {
        system: this.#systems.get(system) ?? this.#nameSystem(system),
        request: this.#requests.get(request) ?? this.#nameRequest(request),
      };
    } catch (error) {
      if (error instanceof TooManyNames) return false;
      throw error;
    }
    this.#text += countedLine({ ...numbers, country, ...origin });
    this.#checkIns++;
    return true;
  }

  reject(reason: Reason): void {
    this.#text += rejectedLine(reason);
    this.#checkIns++;
  }

  /** Nothing will follow. */
  end(): void {
    if (this.isEnded) return;
    this.#text += END_LINE;
    this.isEnded = true;
    // Ended segments wait to be written, and a disk may fail for long.
    this.#numbering = newNumbering();
    this.#systems.clear();
    this.#requests.clear();
  }

  /** What waits, as one batch; undefined if nothing does. It must be given back or confirmed before the next. */
  take(): Batch | undefined {
    if (this.#text === '') return undefined;
    const text = this.#text;
    const checkIns = this.#checkIns;
    this.#text = '';
    this.#checkIns = 0;
    this.#beingWritten = checkIns;
    const lines = Buffer.from(text);
    const checksum = checksumOf(lines, this.#checksum);
    return {
      bytes: Buffer.concat([lines, Buffer.from(batchEndLine(this.#batches + 1, checksum))]),
      checksum,
      text,
      checkIns,
    };
  }

  giveBack({ text, checkIns }: Batch): void {
    this.#text = text + this.#text;
    this.#checkIns += checkIns;
    this.#beingWritten = 0;
  }

  /** The batch is on the disk. */
  confirm({ checksum }: Batch): void {
    this.#checksum = checksum;
    this.#batches++;
    this.#beingWritten = 0;
  }

  #nameSystem(system: System): number {
    const number = this.#numbering.numberOfSystem(system);
    for (const named of this.#numbering.systems.slice(this.#systemsNamed)) this.#text += systemLine(named);
    this.#systemsNamed = this.#numbering.systems.length;
    if (this.#systems.size < LIMITS.systems) this.#systems.set(system, number);
    return number;
  }

  #nameRequest(request: Request): number {
    const number = this.#numbering.numberOfRequest(request);
    for (const named of this.#numbering.requests.slice(this.#requestsNamed)) this.#text += requestLine(named);
    this.#requestsNamed = this.#numbering.requests.length;
    if (this.#requests.size < LIMITS.requests) this.#requests.set(request, number);
    return number;
  }
}

/** Nothing is `other` in a spool: which names have room is decided where all of a week are known. */
function newNumbering(): Numbering {
  return new Numbering(LIMITS, { kept: NO_NAMES, others: 'stop' });
}

const NAMED_DIGITS = 16;

/** As in `2026-07-15T18Z-0123456789abcdef.spool`. */
function segmentName({ id, hour }: SegmentStart): string {
  const stamp = new Date(hour * SECONDS_PER_HOUR * 1000).toISOString().slice(0, 13);
  return `${stamp}Z-${id.slice(0, NAMED_DIGITS)}.spool`;
}
