import type { ByteSink } from '../bytes/pour.ts';
import type { EpochSeconds } from '../sightings/week.ts';
import type { LogTally } from './log-tally.ts';
import type { Naming } from './naming.ts';
import type { TallyLimits } from './numbering.ts';

/** What a log is counted by. */
export interface TallyRules {
  clients: readonly string[];
  /** Paths that count beside those of Q5. */
  paths: readonly string[];
  /** The latest time that is believed (T3). */
  latest: EpochSeconds;
  limits: TallyLimits;
  naming: Naming;
}

/** Takes the bytes of one log and gives its tally. */
export interface TallySink extends ByteSink {
  finish(): LogTally;
}

/** A sink that keeps candidates for a while before it tells them. */
export interface TellingSink extends TallySink {
  /** Tells all candidates up to here. */
  tell(): void;
}
