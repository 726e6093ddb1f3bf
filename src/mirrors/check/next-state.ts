import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { HealthState, MirrorHealth, RepositoryHealth } from '../catalogue.ts';
import { nextHealth, nextReachability } from './judge.ts';
import type { Finding, Sighting } from './look.ts';
import type { Truth } from './master.ts';
import { lastFound } from './plan.ts';
import type { DoorFinding, Reach } from './reach.ts';
import { addressesFor, type Target } from './targets.ts';
import { secondsOf, timeText } from './time-text.ts';
import type { History } from './truth.ts';
import { judge } from './verdict.ts';

export interface JudgingRules {
  targets: readonly Target[];
  truth: Truth;
  before: HealthState | undefined;
  allowedOutdate: number;
  now: EpochSeconds;
}

/** The state after a run: what was seen, judged by what the master has and by what was before. */
export function nextState(sightings: readonly Sighting[], rules: JudgingRules): HealthState {
  const { truth, before, now } = rules;
  const masterTime = truth.time === undefined ? before?.masterTime : timeText(truth.time);
  return {
    format: 'rollcall-health-v1',
    checked: timeText(now),
    ...(masterTime === undefined ? {} : { masterTime }),
    emergency: before?.emergency,
    truth: truth.histories,
    mirrors: Object.fromEntries(
      sightings.map((sighting) => [
        sighting.plan.mirror.name,
        nextMirrorHealth(sighting, before?.mirrors[sighting.plan.mirror.name], rules),
      ]),
    ),
  };
}

function nextMirrorHealth(sighting: Sighting, before: MirrorHealth | undefined, rules: JudgingRules): MirrorHealth {
  const { reach, plan } = sighting;
  const { now } = rules;
  const schemes = (['http', 'https'] as const).flatMap((scheme) => {
    const finding = reach.schemes[scheme];
    const next = finding === undefined ? undefined : nextReachability(before?.schemes?.[scheme], finding, now);
    return next === undefined ? [] : [[scheme, next]];
  });
  const repositories = rules.targets
    .filter((target) => addressesFor(plan.mirror, target) !== undefined)
    .flatMap((target) => {
      const health = nextRepositoryHealth(target, sighting, before?.repositories[target.key], rules);
      return health === undefined ? [] : [[target.key, health]];
    });
  const whereabouts = sighting.whereabouts ?? before?.whereabouts;
  return {
    v4: nextReachability(before?.v4, reach.v4, now),
    v6: nextReachability(before?.v6, reach.v6, now),
    schemes: Object.fromEntries(schemes),
    // A mirror that cannot be asked was not written to.
    time: reach.open === undefined ? before?.time : reach.time,
    ...(whereabouts === undefined ? {} : { whereabouts }),
    repositories: Object.fromEntries(repositories),
  };
}

function nextRepositoryHealth(
  { key }: Target,
  sighting: Sighting,
  before: RepositoryHealth | undefined,
  { truth, before: state, allowedOutdate, now }: JudgingRules,
): RepositoryHealth | undefined {
  const history = truth.histories[key] ?? [];
  const finding = sighting.findings.get(key) ?? withoutLook(sighting, lastFound(key, before, state), history);
  if (history.length === 0 || finding === undefined) return before;
  const behind = behindOf(sighting.reach.time, truth.time);
  const judgement = judge(finding, { history, isFresh: truth.fresh.has(key), allowedOutdate, behind, now });
  return judgement === undefined ? before : nextHealth(before, judgement, now);
}

/** No clock is asked, neither ours nor the mirror's: when the master stands still, nobody is behind. */
function behindOf(time: string | undefined, masterTime: number | undefined): number | undefined {
  return time === undefined || masterTime === undefined ? undefined : masterTime - secondsOf(time);
}

/** What nobody looked at: not reachable with the rest of the mirror, or as it was found the last time. */
function withoutLook({ reach }: Sighting, last: string | undefined, history: History): Finding | undefined {
  if (reach.open === undefined) return unreachable(reach);
  // What is no longer in the history was judged by more than its hash, and stays as it was.
  if (last === undefined || !history.some(({ sha256 }) => sha256 === last)) return undefined;
  return { kind: 'found', sha256: last, timestamp: undefined };
}

/** A checker that has no IPv4 knows too little; one that has no IPv6 knows enough. */
function unreachable({ v4, v6 }: Reach): Finding {
  if (v4.kind === 'unknown') return { kind: 'own-fault' };
  if (v4.kind === 'closed') return { kind: 'failed', reason: v4.reason };
  if (v6.kind === 'unknown') return { kind: 'own-fault' };
  if (v6.kind === 'closed') return { kind: 'failed', reason: v6.reason };
  return { kind: 'failed', reason: 'the host name does not resolve: has its DNS entry gone?' };
}

/** The fewest mirrors that say anything about the network of the checker. */
const FEWEST_WITNESSES = 3;

/** Where not one mirror answers, the fault is here: no mirror is blamed, and all stays as it was. */
export function withoutOwnFaults(sightings: readonly Sighting[]): { sightings: Sighting[]; dead: ('v4' | 'v6')[] } {
  const dead = (['v4', 'v6'] as const).filter((version) => {
    const doors = sightings.map(({ reach }) => reach[version].kind);
    const closed = doors.filter((kind) => kind === 'closed' || kind === 'unknown').length;
    return closed >= FEWEST_WITNESSES && !doors.includes('open');
  });
  if (dead.length === 0) return { sightings: [...sightings], dead };
  return { sightings: sightings.map((sighting) => withUnknown(sighting, dead)), dead };
}

function withUnknown(sighting: Sighting, dead: readonly ('v4' | 'v6')[]): Sighting {
  const unknown: DoorFinding = { kind: 'unknown' };
  const { reach } = sighting;
  const schemes = Object.entries(reach.schemes).map(([scheme, finding]) => [
    scheme,
    finding.kind === 'open' ? finding : unknown,
  ]);
  return {
    ...sighting,
    reach: {
      ...reach,
      v4: dead.includes('v4') && reach.v4.kind === 'closed' ? unknown : reach.v4,
      v6: dead.includes('v6') && reach.v6.kind === 'closed' ? unknown : reach.v6,
      schemes: reach.open === undefined ? Object.fromEntries(schemes) : reach.schemes,
    },
  };
}
