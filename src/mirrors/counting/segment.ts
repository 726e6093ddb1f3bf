import type { Reason } from '../../flow/sightings/reasons.ts';
import type { Request } from '../../flow/sightings/request.ts';
import type { System } from '../../flow/sightings/system.ts';
import { SECONDS_PER_HOUR } from '../../flow/sightings/week.ts';
import { FEWEST_FAMILIAR, type NamesOfTime } from '../../flow/tallies/familiar-names.ts';
import type { KeptNames } from '../../flow/tallies/naming.ts';
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

/** How much one process and hour may name, beside names that are kept (W6). Far more than there is. */
const LIMITS: NumberingLimits = { values: 1_024, valueBytes: 65_536, systems: 8_192, requests: 16_384 };

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
  readonly #numbering: Numbering;
  /** Check-ins of each, by number. */
  readonly #systemHits: number[] = [];
  readonly #requestHits: number[] = [];
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

  /** A live server cannot look a second time: names that are `kept` have their place before any other. */
  constructor(start: SegmentStart, kept: KeptNames) {
    this.start = start;
    this.#numbering = new Numbering(LIMITS, { kept, others: 'first' });
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

  count(system: System, request: Request, country: string, origin: Origin): void {
    const systemNumber = this.#systems.get(system) ?? this.#nameSystem(system);
    const requestNumber = this.#requests.get(request) ?? this.#nameRequest(request);
    this.#systemHits[systemNumber] = (this.#systemHits[systemNumber] ?? 0) + 1;
    this.#requestHits[requestNumber] = (this.#requestHits[requestNumber] ?? 0) + 1;
    this.#text += countedLine({ system: systemNumber, request: requestNumber, country, ...origin });
    this.#checkIns++;
  }

  /** What was counted often enough to be kept in hours to come. */
  names(): NamesOfTime {
    const { systems, requests } = this.#numbering;
    const often = <Name>(names: readonly Name[], hits: readonly number[]) =>
      names.flatMap((name, number): [Name, number][] => {
        const count = hits[number] ?? 0;
        return count < FEWEST_FAMILIAR ? [] : [[name, count]];
      });
    return { systems: often(systems, this.#systemHits), requests: often(requests, this.#requestHits) };
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

const NAMED_DIGITS = 16;

/** As in `2026-07-15T18Z-0123456789abcdef.spool`. */
function segmentName({ id, hour }: SegmentStart): string {
  const stamp = new Date(hour * SECONDS_PER_HOUR * 1000).toISOString().slice(0, 13);
  return `${stamp}Z-${id.slice(0, NAMED_DIGITS)}.spool`;
}
