import { CLOCK_TOLERANCE } from '../flow/sightings/judge.ts';
import { COUNTING_CLIENTS } from '../flow/sightings/system.ts';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { LogReaders } from '../flow/tallies/log-readers.ts';
import { LIMITS } from '../flow/tallies/numbering.ts';

export interface ReaderOptions {
  format?: string;
  geo?: string;
  agent?: string[];
}

/**
 * Starts the first reader. This module loads little, so that the reader can start up on one core while the rest of the
 * program is loaded on another; more readers are added when the logs are known.
 */
export function startReaders({ format, geo, agent }: ReaderOptions, now: EpochSeconds): LogReaders {
  const clients = agent ?? COUNTING_CLIENTS;
  const latest = (now + CLOCK_TOLERANCE) as EpochSeconds;
  return new LogReaders({ rules: { clients, latest, limits: LIMITS }, format, geoFile: geo });
}
