import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { Catalogue, HealthState } from '../catalogue.ts';
import type { Get } from './answer.ts';
import { lookAtMirror, type Sighting } from './look.ts';
import { learnTruth, type Masters, type Truth } from './master.ts';
import { nextState, withoutOwnFaults } from './next-state.ts';
import { type MirrorPlan, planRun } from './plan.ts';
import { takeTurns } from './polite-get.ts';
import { type Target, targetsOf } from './targets.ts';
import { secondsOf } from './time-text.ts';
import type { Locate } from './whereabouts.ts';

/** Mirrors that are looked at at the same time: each waits most of the time. */
const MIRRORS_AT_ONCE = 40;
/** Mirrors are asked over at most so many milliseconds; a few are not worth the wait. */
const MOST_JITTER = 30_000;
const JITTER_PER_MIRROR = 60;

export interface CheckEffects {
  now: EpochSeconds;
  /** For mirrors: connects to public addresses only. */
  get: Get;
  masters: Masters;
  locate: Locate;
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  onProgress(mirrorsDone: number): void;
}

export interface CheckResult {
  state: HealthState;
  /** How many mirrors were looked at in full. */
  full: number;
  /** What the operator has to know, in sentences. */
  warnings: readonly string[];
  /** The state before, or parts of it, had to stand in for what could not be found out. */
  isPartial: boolean;
}

/** One run: learn what the master has, plan, look, judge. `before` is the state that the last run left. */
export async function checkMirrors(
  catalogue: Catalogue,
  before: HealthState | undefined,
  effects: CheckEffects,
  isFull: boolean,
): Promise<CheckResult> {
  const { now, masters } = effects;
  const targets = targetsOf(catalogue);
  const old = withoutEndedEmergency(before, now);
  const first = await learnTruth(targets, masters, old?.truth ?? {}, now);
  const plans = planRun(catalogue.mirrors, { targets, histories: first.histories, before: old, now, isFull });
  const seen = await lookAtAll(plans, effects);
  const truth = await learnAgain(targets, seen, first, effects);
  const { sightings, dead } = withoutOwnFaults(seen);
  const state = nextState(sightings, { targets, truth, before: old, allowedOutdate: catalogue.allowedOutdate, now });
  return {
    state,
    full: plans.filter((plan) => plan.isFull).length,
    warnings: [...masterWarnings(truth, targets, masters), ...deadWarnings(dead), ...endedWarnings(before, old)],
    isPartial: truth.failures.length > 0 || dead.includes('v4') || !masters.has(undefined),
  };
}

async function lookAtAll(plans: readonly MirrorPlan[], effects: CheckEffects): Promise<Sighting[]> {
  const turns = takeTurns(MIRRORS_AT_ONCE);
  const jitter = Math.min(MOST_JITTER, plans.length * JITTER_PER_MIRROR);
  let done = 0;
  return await Promise.all(
    plans.map(async (plan) => {
      await effects.sleep(effects.random() * jitter);
      const sighting = await turns(() => lookAtMirror(plan, effects.get));
      // Machines seldom move: with the full passes is often enough.
      const whereabouts = plan.isFull ? await effects.locate(plan.mirror) : undefined;
      effects.onProgress(++done);
      return { ...sighting, whereabouts };
    }),
  );
}

/**
 * A mirror may have what the master published after it was asked. So before any mirror is called broken, the master is
 * asked again for just those repositories.
 */
async function learnAgain(
  targets: readonly Target[],
  sightings: readonly Sighting[],
  truth: Truth,
  { masters, now }: CheckEffects,
): Promise<Truth> {
  const isKnown = (key: Target['key'], sha256: string) =>
    truth.histories[key]?.some((known) => known.sha256 === sha256) === true;
  const doubtful = targets.filter(({ key }) =>
    sightings.some(({ findings }) => {
      const finding = findings.get(key);
      return finding?.kind === 'found' && !isKnown(key, finding.sha256);
    }),
  );
  if (doubtful.length === 0) return truth;
  const again = await learnTruth(doubtful, masters, truth.histories, now);
  const asked = new Set(doubtful.map(({ key }) => key));
  return {
    ...again,
    fresh: new Set([...[...truth.fresh].filter((key) => !asked.has(key)), ...again.fresh]),
    time: again.time ?? truth.time,
    failures: [...new Set([...truth.failures, ...again.failures])],
  };
}

/** It ends by itself. */
function withoutEndedEmergency(state: HealthState | undefined, now: EpochSeconds): HealthState | undefined {
  if (state?.emergency === undefined || secondsOf(state.emergency.until) > now) return state;
  return { ...state, emergency: undefined };
}

const MOST_FAILURES_NAMED = 5;

function masterWarnings({ failures, fresh }: Truth, targets: readonly Target[], masters: Masters): string[] {
  if (!masters.has(undefined))
    return ['no master is configured, so nothing new is learnt: name one with --master, an address or a folder'];
  if (failures.length === 0) return [];
  const asked = targets.filter(({ module }) => masters.has(module)).length;
  const named = failures.slice(0, MOST_FAILURES_NAMED);
  const more = failures.length > named.length ? [`and ${failures.length - named.length} more`] : [];
  return [
    `the master answered for ${fresh.size} of ${asked} repositories; for the others, what it had before stays in force ` +
      `(${[...named, ...more].join('; ')})`,
  ];
}

function deadWarnings(dead: readonly ('v4' | 'v6')[]): string[] {
  return dead.map((version) => {
    const name = version === 'v4' ? 'IPv4' : 'IPv6';
    return `not one mirror answers over ${name}: that is the network here, so no mirror is blamed for it`;
  });
}

function endedWarnings(before: HealthState | undefined, after: HealthState | undefined): string[] {
  const ended = before?.emergency;
  if (ended === undefined || after?.emergency !== undefined) return [];
  return [`the emergency "${ended.why}" ended at ${ended.until}`];
}
