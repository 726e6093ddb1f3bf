import type { Address } from '../../geo/address.ts';
import type { LineFields } from '../requests/log-format.ts';
import type { LineMark } from './line-mark.ts';
import type { Reason } from './reasons.ts';
import { type Request, type RequestReading, readRequest } from './request.ts';
import { readSystem, type System } from './system.ts';
import { type EpochSeconds, FIRST_WEEK, type Week, weekOf, weekStart } from './week.ts';

/** One counted check-in. The address has become a country and, for the rules of networks, a network and a part of all. */
export interface Sighting {
  time: EpochSeconds;
  week: Week;
  system: System;
  request: Request;
  country: string;
  /** Undefined if the address says nothing of one. */
  network: bigint | undefined;
  /** Undefined where the line is not there any more. */
  mark: LineMark | undefined;
  /** As `partOf` gives it; undefined if nobody noted it. */
  part: number | undefined;
}

/** What a candidate may be judged by. */
export interface Rules {
  readTime(text: string): EpochSeconds | undefined;
  parseAddress(text: string): Address | undefined;
  countryOf(address: Address | undefined): string;
  networkOf(address: Address): bigint | undefined;
  partOf(address: Address | undefined): number;
  markOf(time: EpochSeconds, address: Address | undefined, target: string, agent: string): LineMark;
  clients: readonly string[];
  /** Paths that count beside those of Q5. */
  paths: readonly string[];
  /** The latest time that is believed (T3). */
  latest: EpochSeconds;
}

/**
 * `time` is undefined where it is not known or out of range; `written` is what the line says, also if that is in the
 * future: what a log is known by must not depend on the day on which it is read.
 */
export type Judgement =
  | { kind: 'sighting'; sighting: Sighting; time: EpochSeconds; written: EpochSeconds }
  | { kind: 'rejected'; reason: Reason; time: EpochSeconds | undefined; written: EpochSeconds | undefined }
  | { kind: 'no-candidate' };

/** How far a server's clock may run ahead (T3). */
export const CLOCK_TOLERANCE = 86_400;

/** A well-formed request, apart from where it came from. */
export interface CheckIn {
  method: string;
  reading: RequestReading;
  /** Undefined if there is no such time. */
  time: EpochSeconds | undefined;
  /** Asked last, and only where it matters. */
  readSystem(): System | undefined;
  /** Three digits. */
  status: string;
}

/** A judgement without the country and the network. */
export type Verdict =
  | { kind: 'counts'; time: EpochSeconds; week: Week; system: System; request: Request }
  | Exclude<Judgement, { kind: 'sighting' }>;

/** Counts a well-formed line or gives the one reason why not. */
export function judge(fields: LineFields, rules: Rules): Judgement {
  const reading = readRequest(fields.target, rules.paths);
  if (reading.kind === 'no-candidate') return reading;
  const { method, status } = fields;
  const time = rules.readTime(fields.time);
  const readOwnSystem = () => readSystem(fields.agent, rules.clients);
  const verdict = judgeCheckIn({ method, reading, time, readSystem: readOwnSystem, status }, rules.latest);
  if (verdict.kind !== 'counts') return verdict;

  const address = rules.parseAddress(fields.host);
  const country = rules.countryOf(address);
  const network = address === undefined ? undefined : rules.networkOf(address);
  const { week, system, request } = verdict;
  const part = rules.partOf(address);
  const mark = rules.markOf(verdict.time, address, fields.target, fields.agent);
  const sighting = { time: verdict.time, week, system, request, country, network, part, mark };
  return { kind: 'sighting', sighting, time: verdict.time, written: verdict.time };
}

/** Whether a check-in counts, or the first reason why not, in the order of C1; from a log as on arrival. */
export function judgeCheckIn({ method, reading, time: read, readSystem, status }: CheckIn, latest: number): Verdict {
  if (reading.kind === 'no-candidate') return reading;
  const written = read !== undefined && read >= weekStart(FIRST_WEEK) ? read : undefined;
  const time = written !== undefined && written <= latest ? written : undefined;
  const rejected = (reason: Reason): Verdict => ({ kind: 'rejected', reason, time, written });

  if (method !== 'GET') return rejected('method');
  if (reading.kind === 'rejected') return rejected(reading.reason);
  if (read === undefined) return rejected('time');
  if (time === undefined) return rejected('time-range');
  const system = readSystem();
  if (system === undefined) return rejected('agent');
  if (status !== '200' && status !== '302') return rejected('status');
  return { kind: 'counts', time, week: weekOf(time), system, request: reading.request };
}
