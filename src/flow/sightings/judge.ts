import type { Address } from '../../geo/address.ts';
import type { LineFields } from '../requests/reference.ts';
import type { Reason } from './reasons.ts';
import { type Request, readRequest } from './request.ts';
import { readSystem, type System } from './system.ts';
import { type EpochSeconds, FIRST_WEEK, type Week, weekOf, weekStart } from './week.ts';

/** One counted check-in. The address has become a country and, for the rule of distinct networks, a network. */
export interface Sighting {
  time: EpochSeconds;
  week: Week;
  system: System;
  request: Request;
  country: string;
  network: bigint | undefined;
}

/** What a candidate may be judged by. */
export interface Rules {
  readTime(text: string): EpochSeconds | undefined;
  parseAddress(text: string): Address | undefined;
  countryOf(address: Address | undefined): string;
  networkOf(address: Address): bigint;
  clients: readonly string[];
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

/** Counts a well-formed line or gives the one reason why not, in the order of C1. */
export function judge(fields: LineFields, rules: Rules): Judgement {
  const reading = readRequest(fields.target);
  if (reading.kind === 'no-candidate') return reading;
  const read = rules.readTime(fields.time);
  const written = read !== undefined && read >= weekStart(FIRST_WEEK) ? read : undefined;
  const time = written !== undefined && written <= rules.latest ? written : undefined;
  const rejected = (reason: Reason): Judgement => ({ kind: 'rejected', reason, time, written });

  if (fields.method !== 'GET') return rejected('method');
  if (reading.kind === 'rejected') return rejected(reading.reason);
  if (read === undefined) return rejected('time');
  if (time === undefined) return rejected('time-range');
  const system = readSystem(fields.agent, rules.clients);
  if (system === undefined) return rejected('agent');
  if (fields.status !== '200' && fields.status !== '302') return rejected('status');

  const address = rules.parseAddress(fields.host);
  const country = rules.countryOf(address);
  const network = address === undefined ? undefined : rules.networkOf(address);
  const sighting = { time, week: weekOf(time), system, request: reading.request, country, network };
  return { kind: 'sighting', sighting, time, written: time };
}
