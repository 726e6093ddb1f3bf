import type { Request } from '../../sightings/request.ts';
import type { System } from '../../sightings/system.ts';
import type { CensusRule, Definition } from './definition.ts';
import { EVERY_RELEASE, majorOf, type RepositoryPattern } from './repository-pattern.ts';

/**
 * What a check-in stands for; `place` is the cross-check's in its rule. `census`: one system of this release.
 * `crosscheck`: the same systems once more. `cross-release`: a repository of the census that is not the system's own: an
 * upgrade, a build. `epel`: a system that uses EPEL. `optional`: a repository that is known and counts nothing. The
 * others stand for nothing: `unexpanded`, the client did not know a variable of its repository file; `unknown`, no
 * definition knows the repository; `no-system`, the client did not say what it runs on.
 */
export type Role =
  | { kind: 'census' | 'crosscheck' | 'epel' | 'epel-crosscheck'; release: string; place: number }
  | { kind: 'cross-release'; of: 'census' | 'crosscheck' }
  | { kind: 'optional' | 'unexpanded' | 'unknown' | 'no-system' };

const NO_SYSTEM: Role = { kind: 'no-system' };
const CROSS_RELEASE: Record<'census' | 'crosscheck', Role> = {
  census: { kind: 'cross-release', of: 'census' },
  crosscheck: { kind: 'cross-release', of: 'crosscheck' },
};

/** Answers the role of each check-in of a system under its canonical name. Each tag's patterns are tried once. */
export function rolesBy(definition: Definition): (system: System, request: Request) => Role {
  const rulesOfName = new Map<string, RulesOfName>();
  const named = new Map(definition.census.flatMap(({ names = [] }) => names.map((name) => [name, rulesFor(name)])));
  const others = rulesFor(undefined);
  function rulesFor(name: string | undefined): RulesOfName {
    return { own: censusRulesOf(definition, name), byTag: new Map() };
  }
  return (system, { repoTag }) => {
    const rules = rulesOfName.get(system.osName) ?? named.get(system.osName) ?? others;
    rulesOfName.set(system.osName, rules);
    const role = rules.byTag.get(repoTag) ?? roleOfTag(definition, rules.own, repoTag);
    rules.byTag.set(repoTag, role);
    if (role.kind === 'epel' || role.kind === 'epel-crosscheck') return role;
    if (system.osName === '') return NO_SYSTEM;
    const isForeign = (role.kind === 'census' || role.kind === 'crosscheck') && !isOwn(system, role.release);
    return isForeign ? CROSS_RELEASE[role.kind] : role;
  };
}

interface RulesOfName {
  own: readonly CensusRule[];
  byTag: Map<string, Role>;
}

/** The rules that hold for an os name: those that name it, or else those that name nobody. */
export function censusRulesOf({ census }: Definition, osName: string | undefined): readonly CensusRule[] {
  const named = census.filter(({ names }) => osName !== undefined && names?.includes(osName));
  return named.length > 0 ? named : census.filter(({ names }) => names === undefined);
}

/** The tag that a system's census is published under: it may have asked for another that its rule counts alike. */
export function censusTagOf(definition: Definition, osName: string, release: string): string {
  const [rule] = [...censusRulesOf(definition, osName), ...definition.census];
  return rule!.repository[0]!.of(release);
}

function isOwn(system: System, release: string): boolean {
  return release === EVERY_RELEASE || majorOf(system.osVersion) === release;
}

function roleOfTag({ census, epel, optional }: Definition, own: readonly CensusRule[], tag: string): Role {
  for (const rule of own) {
    const role = roleByRule(rule, tag, 'census', 'crosscheck');
    if (role !== undefined) return role;
  }
  const ofEpel = epel && roleByRule(epel, tag, 'epel', 'epel-crosscheck');
  if (ofEpel !== undefined) return ofEpel;
  if (releaseIn(optional, tag) !== undefined) return { kind: 'optional' };
  for (const rule of census) {
    const role = roleByRule(rule, tag, 'census', 'crosscheck');
    if (role !== undefined) return { kind: 'cross-release', of: role.kind };
  }
  return { kind: isUnexpanded(tag) ? 'unexpanded' : 'unknown' };
}

/** `epel${releasever_minor:+-z}-10`, `$stream`, or with the sign encoded once more than servers decode. */
export function isUnexpanded(tag: string): boolean {
  return /\$|%24/.test(tag);
}

function roleByRule<Own extends string, Check extends string>(
  { repository, crosschecks }: CensusRule,
  tag: string,
  own: Own,
  check: Check,
): { kind: Own | Check; release: string; place: number } | undefined {
  const release = releaseIn(repository, tag);
  if (release !== undefined) return { kind: own, release, place: 0 };
  for (const [place, patterns] of crosschecks.entries()) {
    const other = releaseIn(patterns, tag);
    if (other !== undefined) return { kind: check, release: other, place };
  }
  return undefined;
}

function releaseIn(patterns: readonly RepositoryPattern[], tag: string): string | undefined {
  for (const pattern of patterns) {
    const release = pattern.releaseOf(tag);
    if (release !== undefined) return release;
  }
  return undefined;
}
