import type { Worker } from 'node:worker_threads';
import { CLOCK_TOLERANCE } from '../flow/sightings/judge.ts';
import { COUNTING_CLIENTS } from '../flow/sightings/system.ts';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { LogReaders } from '../flow/tallies/log-readers.ts';
import { type Naming, NO_NAMES } from '../flow/tallies/naming.ts';
import { LIMITS } from '../flow/tallies/numbering.ts';

export interface ReaderOptions {
  format?: string;
  geo?: string;
  agent?: string[];
  path?: string[];
}

/** Starts the first reader, on a thread that may be there already; more are added when the logs are known. */
export function startReaders(
  { format, geo, agent, path: paths = [] }: ReaderOptions,
  now: EpochSeconds,
  thread?: Worker,
): LogReaders {
  const clients = agent ?? COUNTING_CLIENTS;
  const latest = (now + CLOCK_TOLERANCE) as EpochSeconds;
  // Nearly no log names so much that it must be read again: what is kept of one that does is not looked up before.
  const naming: Naming = { kept: NO_NAMES, others: 'stop' };
  return new LogReaders({ rules: { clients, paths, latest, limits: LIMITS, naming }, format, geoFile: geo }, thread);
}
