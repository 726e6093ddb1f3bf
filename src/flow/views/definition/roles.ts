import type { Request } from '../../sightings/request.ts';
import type { System } from '../../sightings/system.ts';
import type { CensusRule, Definition } from './definition.ts';
import { majorOf } from './repository-pattern.ts';

/**
 * What a check-in stands for; `place` is the cross-check's in its rule. `census`: one system of this release. `crosscheck`: the same systems once more.
 * `cross-release`: a census repository of another release than the system's own: an upgrade, a build. `epel`: a system
 * that uses EPEL. `other`: no statement about systems.
 */
export type Role =
  | { kind: 'census' | 'crosscheck' | 'epel' | 'epel-crosscheck'; release: string; place: number }
  | { kind: 'cross-release' }
  | { kind: 'other' };

/** Answers the role of each check-in. Repositories are few, so their patterns are tried once for each tag. */
export function rolesBy(definition: Definition): (system: System, request: Request) => Role {
  const byTag = new Map<string, Role>();
  return (system, request) => {
    const role = byTag.get(request.repoTag) ?? roleOfTag(definition, request.repoTag);
    byTag.set(request.repoTag, role);
    if (role.kind === 'census') return isOwn(system, role.release) ? role : { kind: 'cross-release' };
    if (role.kind === 'crosscheck' && !isOwn(system, role.release)) return { kind: 'other' };
    return role;
  };
}

function isOwn(system: System, release: string): boolean {
  return majorOf(system.osVersion) === release;
}

function roleOfTag({ census, epel }: Definition, tag: string): Role {
  for (const rule of census) {
    const role = roleByRule(rule, tag, 'census', 'crosscheck');
    if (role !== undefined) return role;
  }
  return (epel && roleByRule(epel, tag, 'epel', 'epel-crosscheck')) ?? { kind: 'other' };
}

function roleByRule<Own extends string, Check extends string>(
  { repository, crosschecks }: CensusRule,
  tag: string,
  own: Own,
  check: Check,
): { kind: Own | Check; release: string; place: number } | undefined {
  const release = repository.releaseOf(tag);
  if (release !== undefined) return { kind: own, release, place: 0 };
  for (const [place, crosscheck] of crosschecks.entries()) {
    const other = crosscheck.releaseOf(tag);
    if (other !== undefined) return { kind: check, release: other, place };
  }
  return undefined;
}
