import { crc32 } from 'node:zlib';
import { SPOOL_MARK } from '../bytes/spool-mark.ts';
import { isCleanText } from '../sightings/clean-text.ts';
import { REASONS, type Reason } from '../sightings/reasons.ts';
import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { type EpochHour, PARTS } from './log-tally.ts';

/**
 * A segment of a spool: the check-ins that one process took in one hour, as lines of text, so that anybody can look at
 * what is kept. Systems and requests are numbered from 0 in the order in which they are named.
 *
 *     rollcall-spool 1 ID HOUR KEY           the first line; KEY names the key of the network marks, or is -
 *     s ["libdnf","AlmaLinux","9.6","generic","x86_64"]
 *     r [3,"baseos-9","x86_64"]
 *     c 0 0 DE 17 [MARK]                     counted: system, request, country, part of all networks (none in older spools),
 *                                            and now and then the mark of a network
 *     x status                               rejected
 *     e                                      nothing will follow
 *     . 7 1a2b3c4d                           ends batch 7, the first is 1: CRC-32 of all lines but those of this kind
 */
export interface SegmentStart {
  /** 32 hexadecimal digits, random: two processes that take equal check-ins write different segments (C3). */
  id: string;
  hour: EpochHour;
  /** 16 hexadecimal digits; undefined if no network is marked. */
  networkKey: string | undefined;
}

export type SpoolRecord =
  | { kind: 'system'; system: System }
  | { kind: 'request'; request: Request }
  | {
      kind: 'counted';
      system: number;
      request: number;
      country: string;
      part: number | undefined;
      network: bigint | undefined;
    }
  | { kind: 'rejected'; reason: Reason }
  | { kind: 'end' };

const VERSION = '1';
const NO_KEY = '-';
/** How a line that ends a batch begins; no other does. */
export const BATCH_END = '. ';
export const END_LINE = 'e\n';

export function startLine({ id, hour, networkKey }: SegmentStart): string {
  return `${SPOOL_MARK}${VERSION} ${id} ${hour} ${networkKey ?? NO_KEY}\n`;
}

export function systemLine({ client, osName, osVersion, osVariant, osArch }: System): string {
  return `s ${JSON.stringify([client, osName, osVersion, osVariant, osArch])}\n`;
}

export function requestLine({ age, repoTag, repoArch }: Request): string {
  return `r ${JSON.stringify([age, repoTag, repoArch])}\n`;
}

export function countedLine(checkIn: {
  system: number;
  request: number;
  country: string;
  part: number | undefined;
  mark: string | undefined;
}): string {
  const { system, request, country, part, mark } = checkIn;
  const fields = [system, request, country, ...[part, mark].filter((field) => field !== undefined)];
  return `c ${fields.join(' ')}\n`;
}

export function rejectedLine(reason: Reason): string {
  return `x ${reason}\n`;
}

/** `before` is the checksum of the batches before this one: 0 for the first. */
export function checksumOf(batch: Uint8Array, before: number): number {
  return crc32(batch, before);
}

export function batchEndLine(number: number, checksum: number): string {
  return `${BATCH_END}${number} ${checksum.toString(16).padStart(8, '0')}\n`;
}

/** Undefined if the line does not start a segment of this version. */
export function readStart(line: string): SegmentStart | undefined {
  const parts = /^1 ([0-9a-f]{32}) (-?\d{1,12}) ([0-9a-f]{16}|-)$/.exec(line.slice(SPOOL_MARK.length));
  if (parts === null || !line.startsWith(SPOOL_MARK)) return undefined;
  const [, id, hour, key] = parts;
  return { id: id!, hour: Number(hour) as EpochHour, networkKey: key === NO_KEY ? undefined : key! };
}

/** Undefined if the line is no record. */
export function readRecord(line: string): SpoolRecord | undefined {
  const rest = line.slice(2);
  switch (line.slice(0, 2)) {
    case 's ':
      return readSystem(rest);
    case 'r ':
      return readRequest(rest);
    case 'c ':
      return readCounted(rest);
    case 'x ': {
      const reason = REASONS.find((known) => known === rest);
      return reason === undefined ? undefined : { kind: 'rejected', reason };
    }
    default:
      return line === 'e' ? { kind: 'end' } : undefined;
  }
}

function readSystem(json: string): SpoolRecord | undefined {
  const values = readArray(json);
  if (values?.length !== 5 || !values.every(isText)) return undefined;
  const [client, osName, osVersion, osVariant, osArch] = values as [string, string, string, string, string];
  return { kind: 'system', system: { client, osName, osVersion, osVariant, osArch } };
}

function readRequest(json: string): SpoolRecord | undefined {
  const [age, repoTag, repoArch, ...more] = readArray(json) ?? [];
  if (more.length > 0 || !isAge(age) || !isText(repoTag) || !isText(repoArch)) return undefined;
  return { kind: 'request', request: { age, repoTag, repoArch } };
}

function readCounted(text: string): SpoolRecord | undefined {
  const fields = /^(\d{1,9}) (\d{1,9}) ([A-Z]{2})(?: (\d{1,2}))?(?: ([0-9a-f]{16}))?$/.exec(text);
  if (fields === null) return undefined;
  const [, system, request, country, written, mark] = fields;
  const part = written === undefined ? undefined : Number(written);
  if (part !== undefined && part >= PARTS) return undefined;
  const network = mark === undefined ? undefined : BigInt(`0x${mark}`);
  return { kind: 'counted', system: Number(system), request: Number(request), country: country!, part, network };
}

function readArray(json: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && isCleanText(value);
}

function isAge(value: unknown): value is Age {
  return value === 1 || value === 2 || value === 3 || value === 4;
}
