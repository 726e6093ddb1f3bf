import { createHash } from 'node:crypto';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { HealthState, Mirror, MirrorHealth, RepositoryHealth, RepositoryKey } from '../catalogue.ts';
import { awaitsSecondLook } from './judge.ts';
import { addressesFor, type Target } from './targets.ts';
import { secondsOf } from './time-text.ts';
import type { History } from './truth.ts';

/** Every mirror is looked at in full this often, each at its own time. */
const FULL_PASS_SECONDS = 6 * 3600;

/** What a run asks a mirror for. */
export interface MirrorPlan {
  mirror: Mirror;
  isFull: boolean;
  /** To be looked at in any case. */
  due: readonly Target[];
  /** That have the newest metadata, and the master has not changed since: the look at one stands for all. */
  steady: Group | undefined;
  /** That have older metadata, or none: looked at if the mirror was written to since, by its TIME or by one of them. */
  lagging: Group | undefined;
  /** What its TIME was; undefined if it had none, or is new. */
  time: string | undefined;
}

export interface Group {
  targets: readonly Target[];
  sample: Target;
  /** The SHA-256 of what the sample was found to be. */
  expected: string | 'missing';
}

export interface PlanningRules {
  targets: readonly Target[];
  histories: Readonly<Record<RepositoryKey, History>>;
  before: HealthState | undefined;
  now: EpochSeconds;
  /** Whoever asks for it gets a full pass of all. */
  isFull: boolean;
}

/** Private mirrors answer their own networks only. */
export function checkedMirrors(mirrors: readonly Mirror[]): Mirror[] {
  return mirrors.filter(({ isPrivate }) => !isPrivate);
}

/** What to ask each mirror for. `before` is the state that the last run left. */
export function planRun(mirrors: readonly Mirror[], rules: PlanningRules): MirrorPlan[] {
  const known = rules.targets.filter(({ key }) => (rules.histories[key]?.length ?? 0) > 0);
  return checkedMirrors(mirrors).map((mirror) => planMirror(mirror, known, rules));
}

function planMirror(mirror: Mirror, known: readonly Target[], rules: PlanningRules): MirrorPlan {
  const { before, now } = rules;
  const targets = known.filter((target) => addressesFor(mirror, target) !== undefined);
  const health = before?.mirrors[mirror.name];
  const isFull = rules.isFull || health === undefined || isFullPassDue(mirror.name, secondsOf(before!.checked), now);
  const place = turnOf(mirror.name, now);
  const empty = { mirror, steady: undefined, lagging: undefined, time: health?.time };
  if (isFull) return { ...empty, isFull, due: targets };

  const of = (kind: Standing) => targets.filter((target) => standingOf(target, health, rules) === kind);
  const expectation = (target: Target) => lastFound(target.key, health.repositories[target.key], before);
  return {
    ...empty,
    isFull,
    due: of('due'),
    steady: groupOf(of('steady'), place, expectation),
    lagging: groupOf(of('lagging'), place, expectation),
  };
}

type Standing = 'due' | 'steady' | 'lagging';

function standingOf(
  target: Target,
  { repositories }: MirrorHealth,
  { histories, before, now }: PlanningRules,
): Standing {
  const health = repositories[target.key];
  if (health === undefined || awaitsSecondLook(health)) return 'due';
  if (health.verdict === 'unreachable' || health.verdict === 'broken') return 'due';
  const found = lastFound(target.key, health, before);
  if (found === undefined) return 'due';
  if (found === histories[target.key]?.[0]?.sha256) return 'steady';
  return isUrgent(target, before!, now) ? 'due' : 'lagging';
}

/** Only the newest is given out: whoever gets it is wanted at once. */
function isUrgent({ repository }: Target, { emergency }: HealthState, now: EpochSeconds): boolean {
  if (emergency === undefined || secondsOf(emergency.until) <= now) return false;
  return emergency.repositories === 'all' || emergency.repositories.includes(repository);
}

/** What a mirror had when it was last looked at; undefined if the state does not say. */
export function lastFound(
  key: RepositoryKey,
  health: RepositoryHealth | undefined,
  state: HealthState | undefined,
): string | 'missing' | undefined {
  if (health?.verdict === 'missing') return 'missing';
  return health?.verdict === 'current' ? state?.truth[key]?.[0]?.sha256 : health?.sha256;
}

function groupOf(
  targets: readonly Target[],
  place: number,
  expectation: (target: Target) => string | undefined,
): Group | undefined {
  const sample = targets[place % Math.max(1, targets.length)];
  const expected = sample === undefined ? undefined : expectation(sample);
  return sample === undefined || expected === undefined ? undefined : { targets, sample, expected };
}

/** By name: so that not all mirrors are due in the same run. */
function isFullPassDue(name: string, last: EpochSeconds, now: EpochSeconds): boolean {
  const offset = numberOf(name) % FULL_PASS_SECONDS;
  const pass = (time: EpochSeconds) => Math.floor((time + offset) / FULL_PASS_SECONDS);
  return pass(now) !== pass(last);
}

/** Another sample every minute, and not the same place of the list on every mirror. */
function turnOf(name: string, now: EpochSeconds): number {
  return numberOf(name) + Math.floor(now / 60);
}

function numberOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0);
}
