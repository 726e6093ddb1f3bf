import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { Reachability, RepositoryHealth } from '../catalogue.ts';
import type { DoorFinding } from './reach.ts';
import { timeText } from './time-text.ts';
import type { Judgement } from './verdict.ts';

/** One failure may be a restart, or the network in between. */
const FAILURES_TO_DROP = 2;

/** `previous` is within what is allowed. */
export function isGood({ verdict }: Pick<RepositoryHealth, 'verdict'>): boolean {
  return verdict === 'current' || verdict === 'previous';
}

/** It failed once, and is still listed: the next run has to decide. */
export function awaitsSecondLook(health: RepositoryHealth): boolean {
  return health.isListed && health.failures > 0;
}

/** Two failures in a row drop a mirror, one success brings it back. One that is new comes with its first success. */
export function nextHealth(
  before: RepositoryHealth | undefined,
  { verdict, reason, sha256 }: Judgement,
  now: EpochSeconds,
): RepositoryHealth {
  const failures = isGood({ verdict }) ? 0 : (before?.failures ?? 0) + 1;
  return {
    verdict,
    since: before?.verdict === verdict ? before.since : timeText(now),
    reason,
    failures,
    isListed: failures === 0 || (before?.isListed === true && failures < FAILURES_TO_DROP),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** The same rule, for a way to the mirror. Undefined where it has no such address. */
export function nextReachability(
  before: Reachability | undefined,
  finding: DoorFinding,
  now: EpochSeconds,
): Reachability | undefined {
  if (finding.kind === 'unknown') return before;
  if (finding.kind === 'none') return undefined;
  const failures = finding.kind === 'open' ? 0 : (before?.failures ?? 0) + 1;
  const ok = failures === 0 || (before?.ok === true && failures < FAILURES_TO_DROP);
  return {
    ok,
    since: before?.ok === ok ? before.since : timeText(now),
    reason: finding.kind === 'closed' ? finding.reason : '',
    failures,
  };
}
