import {
  type Catalogue,
  type HealthState,
  type MirrorHealth,
  type RepositoryHealth,
  type RepositoryKey,
  repositoryKey,
} from '../catalogue.ts';
import { archesOf } from './versions.ts';

/** What is asked for: a repository, of one architecture if it is known. Without a repository: the mirror as a whole. */
export interface Scope {
  /** As mirrors have it: `9.8`. */
  version: string;
  repository: string | undefined;
  arch: string | undefined;
}

/** How fit a mirror is for a scope, the best first. */
export const CURRENT = 0;
/** Listed, but not known to have the newest metadata: one step behind, or never checked, as private mirrors are. */
export const LISTED = 1;
export const PREVIOUS = 2;
export const STALE = 3;
export const UNFIT = 4;

export interface Fitness {
  level: number;
  /** Milliseconds since 1970; NaN if the mirror was never checked. */
  since: number;
}

/** The keys of a scope that the master was ever seen with; of all architectures if it names none. */
export function keysOf(catalogue: Catalogue, state: HealthState | undefined, scope: Scope): RepositoryKey[] {
  const { version, repository, arch } = scope;
  if (repository === undefined) return [];
  const arches = arch === undefined ? archesOf(catalogue, version) : [arch];
  return arches
    .map((name) => repositoryKey(version, repository, name))
    .filter((key) => arch !== undefined || Object.hasOwn(state?.truth ?? {}, key));
}

/** A mirror is as fit as the worst of the keys: whoever names no architecture may be of any. */
export function fitnessOf(health: MirrorHealth | undefined, keys: readonly RepositoryKey[]): Fitness {
  const known = health === undefined ? [] : keys.map((key) => fitnessFor(ownValue(health.repositories, key)));
  return known.reduce((worst, next) => (next.level > worst.level ? next : worst), known[0] ?? UNKNOWN);
}

const UNKNOWN: Fitness = { level: LISTED, since: Number.NaN };

function fitnessFor(health: RepositoryHealth | undefined): Fitness {
  return health === undefined ? UNKNOWN : { level: levelOf(health), since: Date.parse(health.since) };
}

function levelOf({ verdict, isListed }: RepositoryHealth): number {
  if (isListed) return verdict === 'current' ? CURRENT : LISTED;
  if (verdict === 'current' || verdict === 'previous') return PREVIOUS;
  return verdict === 'stale' ? STALE : UNFIT;
}

/** Whether a client of this kind can reach the mirror, as far as is known. */
export function isReachable(health: MirrorHealth | undefined, family: 'v4' | 'v6'): boolean {
  if (health === undefined || (health.v4 === undefined && health.v6 === undefined)) return true;
  return health[family]?.ok === true;
}

/** Until it ends, only mirrors that have the newest metadata of these repositories are given out. Images have none. */
export function isEmergency(state: HealthState | undefined, scope: Scope, now: number): boolean {
  const emergency = state?.emergency;
  if (emergency === undefined || scope.repository === undefined || Date.parse(emergency.until) <= now * 1000)
    return false;
  if (emergency.repositories === 'all') return true;
  const { version, repository, arch } = scope;
  return emergency.repositories.some((name) =>
    [repository, `${version}/${repository}`, `${version}/${repository}/${arch}`].includes(name),
  );
}

/** A repository may be called `constructor`. */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
