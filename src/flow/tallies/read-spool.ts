import type { EpochSeconds } from '../sightings/week.ts';
import { type KnownState, LogIdentity } from './log-identity.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { NO_NAMES } from './naming.ts';
import { LIMITS } from './numbering.ts';
import { SpoolTally } from './spool-tally.ts';

/** What a segment of a spool says, read by the ledger that `statesAt` knows. */
export interface SpoolReading<State extends KnownState> {
  tally: LogTally;
  sha256: string;
  front: string | undefined;
  begins: State | undefined;
  knownStates: readonly State[];
}

const LF = Buffer.from('\n');

/** As a worker reads it, of bytes that are at hand. Throws a LogFault if it cannot be counted. */
export function readSpool<State extends KnownState>(
  bytes: Uint8Array,
  statesAt: (firstHour: EpochHour | undefined) => State[],
  latest: EpochSeconds,
): SpoolReading<State> {
  const identity = new LogIdentity(statesAt, false);
  let pauseAt = 1;
  const rules = {
    clients: [],
    paths: [],
    latest,
    limits: LIMITS,
    naming: { kept: NO_NAMES, others: 'first' } as const,
  };
  const spool = new SpoolTally(rules, {
    candidate: (line) => identity.update(Buffer.concat([line, LF])),
    counted: (candidates, firstHour) => {
      if (candidates !== pauseAt) return;
      const answer = identity.paused(candidates, firstHour);
      if (answer.forget) spool.forget();
      pauseAt = answer.pauseAt;
    },
  });
  for (let from = 0; from < bytes.length; ) {
    const space = spool.space();
    const part = bytes.subarray(from, from + space.length);
    space.set(part);
    spool.filled(part.length);
    from += part.length;
  }
  const tally = spool.finish();
  const { front, begins, knownStates } = identity;
  return { tally, sha256: identity.sha256(), front, begins, knownStates };
}
