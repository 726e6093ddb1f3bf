import type { Worker } from 'node:worker_threads';
import { CLOCK_TOLERANCE } from '../flow/sightings/judge.ts';
import { COUNTING_CLIENTS } from '../flow/sightings/system.ts';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { LogReaders } from '../flow/tallies/log-readers.ts';
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
  return new LogReaders({ rules: { clients, paths, latest, limits: LIMITS }, format, geoFile: geo }, thread);
}
