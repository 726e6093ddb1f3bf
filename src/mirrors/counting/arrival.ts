import { asLogged } from '../../flow/requests/as-logged.ts';
import { judgeCheckIn, type Verdict } from '../../flow/sightings/judge.ts';
import { remembered } from '../../flow/sightings/remembered.ts';
import { type RequestReading, readRequest } from '../../flow/sightings/request.ts';
import { readSystem, type System } from '../../flow/sightings/system.ts';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { SeenFrom } from './network-marks.ts';

/** A request as it arrives. Method, target and agent as the HTTP parser gives them, one byte per character. */
export interface Arrival {
  method: string;
  /** Path and query as they were sent. */
  target: string;
  /** The User-Agent; empty if there is none. */
  agent: string;
  /** What the answer is going to be. Only 200 and 302 count (S5). */
  status: number;
  /** Now, in whole seconds. */
  time: EpochSeconds;
  /** Two letters, of the country table. */
  country: string;
  network: SeenFrom;
}

/** dnf asks for a few hundred of either; the rest is mischief. */
const MOST_TARGETS = 4_096;
const MOST_AGENTS = 4_096;

/**
 * Judges requests as a log of them would be judged. The rules speak of what stands in a log, so targets and agents are
 * first written as nginx writes them: a backslash that a client sent must not be taken for an escape of the log.
 */
export function arrivalJudge(clients: readonly string[]): (arrival: Arrival) => Verdict {
  const readTarget = remembered<RequestReading>(MOST_TARGETS, (target) => readRequest(asLogged(target)));
  const readAgent = remembered<{ system: System | undefined }>(MOST_AGENTS, (agent) => ({
    system: readSystem(asLogged(agent), clients),
  }));
  return ({ method, target, agent, status, time }) => {
    // All other requests must not push the check-ins out of the cache.
    if (!target.includes('countme=')) return { kind: 'no-candidate' };
    return judgeCheckIn(
      {
        method,
        reading: readTarget(target),
        time,
        readSystem: () => readAgent(agent).system,
        status: String(status),
      },
      time,
    );
  };
}
