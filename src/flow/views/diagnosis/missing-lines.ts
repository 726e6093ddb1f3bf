import type { Week } from '../../sightings/week.ts';
import type { CubeCell } from '../../vault/vault.ts';
import type { CensusRule, Definition } from '../definition/definition.ts';
import { majorOf, PLACEHOLDER, type RepositoryPattern } from '../definition/repository-pattern.ts';
import { censusRulesOf, rolesBy } from '../definition/roles.ts';
import type { Rules } from '../survey.ts';
import { counted, type Finding, LEAST_CHECK_INS, listed } from './finding.ts';

/** Of all check-ins of the week: less is somebody's own repository. */
const LEAST_SHARE = 0.001;
/** A repository that so many of the census' systems ask for, more or less, is one that all of them have. */
const LIKE_THE_CENSUS = 0.2;
/** Those who ask for the new repository instead of the known one hardly ever ask for both. */
const SELDOM = 0.1;

/** The check-ins of a system's name and major version: how many in each role of the definition. */
type RoleHits = ReadonlyMap<string, number>;

/** Unknown repositories that one pattern takes in. */
interface UnknownRepository {
  /** `epel-z-{release}`; the tag itself if no release stands in it. */
  pattern: string;
  tags: Map<string, number>;
  /** `os\0major` -> check-ins. */
  askers: Map<string, number>;
  hits: number;
}

/** What is counted and stands for nothing, as no definition knows the repository, with the line that would count it. */
export function missingLines(week: Week, cells: readonly CubeCell[], rules: Rules, file: string): Finding[] {
  const { definition, aliases } = rules;
  const roleOf = rolesBy(definition);
  const byAsker = new Map<string, Map<string, number>>();
  const unknown = new Map<string, UnknownRepository>();
  let all = 0;
  for (const { system: written, request, hits } of cells) {
    const system = aliases.apply(written, week);
    const major = majorOf(system.osVersion) ?? '';
    const asker = `${system.osName}\0${major}`;
    const role = roleOf(system, request);
    all += hits;
    const place = 'place' in role ? `${role.kind} ${role.place}` : role.kind;
    const roles = byAsker.get(asker) ?? new Map<string, number>();
    byAsker.set(asker, roles.set(place, (roles.get(place) ?? 0) + hits));
    if (role.kind === 'unknown') addUnknown(unknown, request.repoTag, major, asker, hits);
  }
  const least = Math.max(LEAST_CHECK_INS, all * LEAST_SHARE);
  const found = [...unknown.values()].filter(({ hits }) => hits >= least);
  const draft = draftOf(definition);
  const proposals = found.map((repository) => proposalFor(repository, byAsker, definition, draft));
  // All are drafted before one is written down: two of them may change the same rule.
  return found.map((repository, at) => describe(repository, proposals[at]!, file));
}

function addUnknown(
  unknown: Map<string, UnknownRepository>,
  tag: string,
  major: string,
  asker: string,
  hits: number,
): void {
  const pattern = patternOf(tag, major) ?? tag;
  const known = unknown.get(pattern) ?? { pattern, tags: new Map(), askers: new Map(), hits: 0 };
  known.hits += hits;
  known.tags.set(tag, (known.tags.get(tag) ?? 0) + hits);
  known.askers.set(asker, (known.askers.get(asker) ?? 0) + hits);
  unknown.set(pattern, known);
}

/** `epel-z-10.1`, asked for by a system of version 10: `epel-z-{release}`. */
function patternOf(tag: string, major: string): string | undefined {
  if (major === '') return undefined;
  const parts = tag.split(new RegExp(`(?<!\\d)${major}(?:\\.\\d{1,2})?(?!\\d)`));
  return parts.length === 2 ? parts.join(PLACEHOLDER) : undefined;
}

function describe({ tags, askers, hits }: UnknownRepository, { reason, write }: Proposal, file: string): Finding {
  const names = mostFirst(askers).map((asker) => asker.replace('\0', ' ').trim() || 'unnamed systems');
  const asked = listed(mostFirst(tags).map((tag) => tag || 'no repository at all'));
  const lines = write();
  return {
    kind: 'uncounted',
    checkIns: hits,
    title: `${counted(hits)} check-ins of ${listed(names)} ask for ${asked}, which no definition counts`,
    details: [reason, ...(lines.length === 0 ? [] : [`In ${file}:`])],
    write: lines,
  };
}

function mostFirst(sums: ReadonlyMap<string, number>): string[] {
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

/** What may stand in YAML between single quotes, and in a published file. */
function isName(pattern: string): boolean {
  return /^[A-Za-z][\w.+-]{0,63}$/.test(pattern.replace(PLACEHOLDER, 'x'));
}

interface Proposal {
  reason: string;
  /** As the definition should read, with all that is proposed. */
  write: () => string[];
}

/** The repositories of a rule as they are proposed. */
interface DraftRule {
  repository: string[];
  crosschecks: string[][];
  names: readonly string[] | undefined;
}

interface Draft {
  census: Map<CensusRule, DraftRule>;
  epel: string[];
  optional: readonly string[];
}

function draftOf({ census, epel, optional }: Definition): Draft {
  const draftRule = (rule: CensusRule): DraftRule => ({
    repository: texts(rule.repository),
    crosschecks: rule.crosschecks.map(texts),
    names: rule.names,
  });
  return {
    census: new Map(census.map((rule) => [rule, draftRule(rule)])),
    epel: texts(epel?.repository ?? []),
    optional: texts(optional),
  };
}

function proposalFor(
  { pattern, askers, hits }: UnknownRepository,
  byAsker: ReadonlyMap<string, RoleHits>,
  definition: Definition,
  draft: Draft,
): Proposal {
  if (!isName(pattern)) return { reason: 'The name is none that a definition can hold.', write: () => [] };
  const inRole = (place: string) => sum([...askers.keys()].map((asker) => byAsker.get(asker)?.get(place) ?? 0));
  const [census, epel] = [inRole('census 0'), inRole('epel 0')];
  const isCounted = census + epel > 0;
  const [asker] = mostFirst(askers);
  const own = censusRulesOf(definition, asker!.split('\0')[0]!).map((rule) => draft.census.get(rule)!);
  const like = mostAlike(pattern, knownRoles(own, draft, isCounted));
  // Who asks for both would be counted twice.
  if (like !== undefined && (like.place === OPTIONAL || inRole(like.place) <= SELDOM * hits)) return like.with(pattern);
  if (!isCounted) return asCensus(pattern, [...askers.keys()]);
  const [rule] = own;
  if (rule !== undefined && pattern.includes(PLACEHOLDER) && Math.abs(hits - census) <= LIKE_THE_CENSUS * census) {
    rule.crosschecks.push([pattern]);
    return {
      reason: 'As many as are counted: if all systems have it, it is a cross-check; if not, write it under optional.',
      write: () => ruleLines(rule),
    };
  }
  return asOptional(pattern);
}

function asCensus(pattern: string, askers: readonly string[]): Proposal {
  const names = [...new Set(askers.map((asker) => asker.split('\0')[0]!))].filter((name) => name !== '');
  return {
    reason: 'None of these systems is counted. If all of them have this repository, it can count them:',
    write: () => ruleLines({ repository: [pattern], crosschecks: [], names }),
  };
}

const OPTIONAL = 'optional';

function asOptional(pattern: string): Proposal {
  return {
    reason: 'These systems are counted already, so it only needs to be known:',
    write: () => ['optional:', `  - '${pattern}'`],
  };
}

/** A role that a repository could have too. */
interface KnownRole {
  place: string;
  patterns: readonly string[];
  with(pattern: string): Proposal;
}

/** `isCounted`: only then it may be one of those that count nothing. */
function knownRoles(own: readonly DraftRule[], draft: Draft, isCounted: boolean): KnownRole[] {
  const role = (place: string, patterns: string[], write: () => string[]): KnownRole => ({
    place,
    patterns,
    with: (pattern) => {
      patterns.push(pattern);
      return { reason: 'It stands for the same as what is counted already, under another name:', write };
    },
  });
  const ofCensus = own.flatMap((rule) => [
    role('census 0', rule.repository, () => ruleLines(rule)),
    ...rule.crosschecks.map((checks, at) => role(`crosscheck ${at}`, checks, () => ruleLines(rule))),
  ]);
  const ofEpel = role('epel 0', draft.epel, () => ['epel:', `  repository: ${listText(draft.epel)}`]);
  return [
    ...ofCensus,
    ...(draft.epel.length === 0 ? [] : [ofEpel]),
    ...(isCounted ? [{ place: OPTIONAL, patterns: draft.optional, with: asOptional }] : []),
  ];
}

/** By the words that both have; undefined if there are none. */
function mostAlike(pattern: string, roles: readonly KnownRole[]): KnownRole | undefined {
  const words = wordsOf(pattern);
  const likeness = ({ patterns }: KnownRole) =>
    Math.max(
      0,
      ...patterns.map((text) => {
        const known = wordsOf(text);
        return words.intersection(known).size / words.union(known).size;
      }),
    );
  const best = roles.toSorted((a, b) => likeness(b) - likeness(a))[0];
  return best !== undefined && likeness(best) > 0 ? best : undefined;
}

function wordsOf(pattern: string): Set<string> {
  const words = pattern
    .replace(PLACEHOLDER, '-')
    .toLowerCase()
    .split(/[^a-z]+/);
  return new Set(words.filter((word) => word !== ''));
}

/** The rule as it should read. */
function ruleLines({ repository, crosschecks, names }: DraftRule): string[] {
  return [
    'census:',
    `  - repository: ${listText(repository)}`,
    ...(crosschecks.length === 0 ? [] : [`    crosschecks: [${crosschecks.map(listText).join(', ')}]`]),
    ...(names === undefined || names.length === 0 ? [] : [`    names: [${names.map(quoted).join(', ')}]`]),
  ];
}

function texts(patterns: readonly RepositoryPattern[]): string[] {
  return patterns.map(({ text }) => text);
}

function listText(patterns: readonly string[]): string {
  const all = patterns.map((pattern) => `'${pattern}'`);
  return all.length === 1 ? all[0]! : `[${all.join(', ')}]`;
}

/** Names hold anything; YAML's double quotes take it as JSON does. */
export function quoted(name: string): string {
  return /^[A-Za-z][A-Za-z0-9 ]*$/.test(name) ? name : JSON.stringify(name);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
