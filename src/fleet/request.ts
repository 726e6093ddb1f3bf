import type { EpochSeconds } from '../flow/sightings/week.ts';
import type { AccessLine } from './access-log.ts';

/** The reasons for rejection (C1) that the simulated traffic gives. */
export type ExpectedRejection =
  | 'malformed'
  | 'method'
  | 'path'
  | 'duplicate-key'
  | 'encoding'
  | 'age'
  | 'agent'
  | 'status';

/**
 * What a reader of the log must make of a line. A `census` line is a check-in of the census repository whose release is
 * that of the system; `check-in` is any other that counts; `none` is no candidate at all.
 */
export type Outcome = 'none' | 'check-in' | 'census' | ExpectedRejection;

/** A line that is to be written, on which mirror, and what must come of it. */
export interface Request extends AccessLine {
  time: EpochSeconds;
  mirror: number;
  outcome: Outcome;
}

export const MIRRORS = ['mirror1', 'mirror2'];
