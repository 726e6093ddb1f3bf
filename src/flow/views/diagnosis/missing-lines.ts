import { OTHER } from '../../sightings/clean-text.ts';
import type { Week } from '../../sightings/week.ts';
import type { CubeCell } from '../../vault/vault.ts';
import type { CensusRule, Definition } from '../definition/definition.ts';
import { majorOf, PLACEHOLDER, type RepositoryPattern } from '../definition/repository-pattern.ts';
import { censusRulesOf, rolesBy } from '../definition/roles.ts';
import type { Rules } from '../survey.ts';
import { counted, type Finding, isWorthAWord, listed } from './finding.ts';

/** A repository that so many of the census' systems ask for, more or less, is one that all of them have. */
const LIKE_THE_CENSUS = 0.2;
/** Names that fewer of the systems bear are those of strangers. */
const COMMON = 0.01;
/** So many words of two names must be the same. */
const ALIKE = 0.5;
/** What stands in the names of repositories that come on top of others: who asks for them asks for the others too. */
const ON_TOP = new Set(
  'addons cisco debug debuginfo debugsource devel extras modular next openh264 playground plus source sources srpms testing updates'.split(
    ' ',
  ),
);
const SAYS_BASE = /(?<![a-z])(?:base|baseos|os)(?![a-z])/i;
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

/** Check-ins of systems that another definition counts. */
interface CountedElsewhere {
  definition: Definition;
  tags: Map<string, number>;
  askers: Map<string, number>;
  hits: number;
}

/** What is counted and stands for nothing, as no definition knows the repository, with the line that would count it. */
export function missingLines(
  week: Week,
  cells: readonly CubeCell[],
  rules: Rules,
  shipped: readonly Definition[],
  file: string,
): Finding[] {
  const { definition, aliases } = rules;
  const roleOf = rolesBy(definition);
  const byAsker = new Map<string, Map<string, number>>();
  const unknown = new Map<string, UnknownRepository>();
  const others = shipped.filter(({ id }) => id !== definition.id).map((other) => ({ other, roleBy: rolesBy(other) }));
  const listedHere = new Set([...definition.headline, ...definition.names]);
  const elsewhere = new Map<string, CountedElsewhere>();
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
    if (role.kind !== 'unknown' || request.repoTag === OTHER) continue;
    const counting = listedHere.has(system.osName)
      ? undefined
      : others.find(
          ({ other, roleBy }) =>
            other.headline.includes(system.osName) && OF_SYSTEMS.includes(roleBy(system, request).kind),
        );
    if (counting === undefined) addUnknown(unknown, request.repoTag, major, asker, hits);
    else addElsewhere(elsewhere, counting.other, request.repoTag, asker, hits);
  }
  const found = [...unknown.values()]
    .filter(({ hits }) => isWorthAWord(hits, all))
    .sort((a, b) => b.hits - a.hits || (a.pattern < b.pattern ? -1 : 1));
  const draft = draftOf(definition);
  // Of repositories that are asked for alike the one that says so is the base.
  const bases = new Set(shipped.flatMap(({ census }) => census.flatMap(({ repository }) => texts(repository))));
  const isBase = ({ pattern }: UnknownRepository) => bases.has(pattern) || SAYS_BASE.test(pattern);
  const alike = new Set(found.filter((repository) => isLikeAny(repository, found)));
  const isFirst = (repository: UnknownRepository) => Number(alike.has(repository) && isBase(repository));
  const drafted = new Map(
    found
      .toSorted((a, b) => isFirst(b) - isFirst(a))
      .map((repository) => {
        const isOneOfMany = alike.has(repository) && !isBase(repository);
        return [repository, proposalFor(repository, isOneOfMany, byAsker, definition, draft)];
      }),
  );
  return [
    ...found.map((repository) => describe(repository, drafted.get(repository)!, file)),
    ...[...elsewhere.values()].filter(({ hits }) => isWorthAWord(hits, all)).map(describeElsewhere),
  ];
}

const OF_SYSTEMS: readonly string[] = ['census', 'crosscheck', 'optional', 'epel', 'epel-crosscheck', 'cross-release'];

function addElsewhere(
  elsewhere: Map<string, CountedElsewhere>,
  definition: Definition,
  tag: string,
  asker: string,
  hits: number,
): void {
  const known = elsewhere.get(definition.id) ?? { definition, tags: new Map(), askers: new Map(), hits: 0 };
  known.hits += hits;
  known.tags.set(tag, (known.tags.get(tag) ?? 0) + hits);
  known.askers.set(asker, (known.askers.get(asker) ?? 0) + hits);
  elsewhere.set(definition.id, known);
}

function describeElsewhere({ definition: { id }, tags, askers, hits }: CountedElsewhere): Finding {
  const names = mostFirst(askers).map((asker) => asker.replace('\0', ' ').trim());
  return {
    kind: 'uncounted',
    checkIns: hits,
    title: `${counted(hits)} check-ins of ${listed(names)} ask for ${listed(mostFirst(tags))}, which the definition ${id} knows`,
    details: ['They stand for nothing here. Numbers of their own, from the same vault:'],
    write: [`rollcall publish --distribution ${id} --out FOLDER`],
  };
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

/** `epel-z-10.1`, asked for by a system of version 10: `epel-z-{release}`. Of another release: by its only number. */
function patternOf(tag: string, major: string): string | undefined {
  for (const release of [major === '' ? '(?!)' : major, '\\d{1,2}']) {
    const parts = tag.split(new RegExp(`(?<![\\d.])${release}(?:\\.\\d{1,2})?(?![\\d.])`));
    if (parts.length === 2) return parts.join(PLACEHOLDER);
  }
  return undefined;
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
  /** Who would be counted by a rule that is proposed. */
  counted: Set<string>;
}

function draftOf({ census, epel }: Definition): Draft {
  const draftRule = (rule: CensusRule): DraftRule => ({
    repository: texts(rule.repository),
    crosschecks: rule.crosschecks.map(texts),
    names: rule.names,
  });
  return {
    census: new Map(census.map((rule) => [rule, draftRule(rule)])),
    epel: texts(epel?.repository ?? []),
    counted: new Set(),
  };
}

/** Whether the same systems ask for another about as often. */
function isLikeAny(repository: UnknownRepository, all: readonly UnknownRepository[]): boolean {
  const [asker] = mostFirst(repository.askers);
  return all.some(
    (other) =>
      other !== repository &&
      mostFirst(other.askers)[0] === asker &&
      Math.abs(other.hits - repository.hits) <= LIKE_THE_CENSUS * Math.max(other.hits, repository.hits),
  );
}

function proposalFor(
  { pattern, askers, hits }: UnknownRepository,
  isOneOfMany: boolean,
  byAsker: ReadonlyMap<string, RoleHits>,
  definition: Definition,
  draft: Draft,
): Proposal {
  if (!isName(pattern)) return { reason: 'The name is none that a definition can hold.', write: () => [] };
  const inRole = (place: string, atMost = false) =>
    sum(
      [...askers].map(([asker, own]) => {
        const known = byAsker.get(asker)?.get(place) ?? 0;
        return atMost ? Math.min(own, known) : known;
      }),
    );
  const isCounted = inRole('census 0', true) + inRole('epel 0', true) > SELDOM * hits;
  const [asker] = mostFirst(askers);
  const own = censusRulesOf(definition, asker!.split('\0')[0]!);
  const like = mostAlike(pattern, knownRoles(own, definition, draft, isCounted));
  const variant = knownRoles(own, definition, draft, false).find(({ patterns }) =>
    patterns.some((known) => isVariant(pattern, known)),
  );
  if (variant !== undefined) {
    const isInstead = inRole(variant.place, true) <= SELDOM * hits;
    const proposal = variant.with(pattern);
    // Systems of one name and release may ask for either: that some ask for the one says nothing of who asks for the other.
    return isInstead ? proposal : { ...proposal, reason: EITHER };
  }
  // Who asks for both would be counted twice.
  if (like !== undefined && (like.place === OPTIONAL || inRole(like.place, true) <= SELDOM * hits))
    return like.with(pattern);
  const isDrafted = [...askers.keys()].some((one) => draft.counted.has(one));
  if (!isCounted && !isDrafted && isOneOfMany) return { reason: WHICH, write: () => [] };
  if (!isCounted && !isDrafted) return asCensus(pattern, askers, hits, draft);
  const rule = own[0] && draft.census.get(own[0]);
  const census = inRole('census 0');
  const isForAll = Math.abs(hits - census) <= LIKE_THE_CENSUS * census;
  if (rule !== undefined && !isDrafted && isForAll && pattern.includes(PLACEHOLDER)) {
    rule.crosschecks.push([pattern]);
    return {
      reason: 'As many as are counted: if all systems have it, it is a cross-check; if not, write it under optional.',
      write: () => ruleLines(rule),
    };
  }
  return isDrafted
    ? { ...asOptional(pattern), reason: 'With that rule it only needs to be known:' }
    : asOptional(pattern);
}

/** Of all that nobody counts: the repository that most of them ask for comes first, and the others need not count. */
function asCensus(pattern: string, askers: ReadonlyMap<string, number>, hits: number, draft: Draft): Proposal {
  for (const asker of askers.keys()) draft.counted.add(asker);
  const common = [...askers].filter(([, own]) => own >= COMMON * hits);
  const names = [...new Set(common.map(([asker]) => asker.split('\0')[0]!))].filter((name) => name !== '');
  return {
    reason: 'None of these systems is counted. If all of them have this repository, it can count them:',
    write: () => ruleLines({ repository: [pattern], crosschecks: [], names }),
  };
}

const OPTIONAL = 'optional';
const WHICH =
  'None of these systems is counted, and they ask for several as often. Write the one that all have under census, the others under optional.';
const EITHER =
  'By its name it stands for the same as what is counted: systems ask for one of them. If the same ask for both, write it under optional.';

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

/**
 * What is known is what the definition has: what is like a proposal need not be like that. `isCounted`: only then it may be
 * one of those that count nothing.
 */
function knownRoles(own: readonly CensusRule[], definition: Definition, draft: Draft, isCounted: boolean): KnownRole[] {
  const role = (
    place: string,
    known: readonly RepositoryPattern[],
    drafted: string[],
    write: () => string[],
  ): KnownRole => ({
    place,
    patterns: texts(known),
    with: (pattern) => {
      drafted.push(pattern);
      return { reason: 'It stands for the same as what is counted already, under another name:', write };
    },
  });
  const ofCensus = own.flatMap((rule) => {
    const drafted = draft.census.get(rule)!;
    const write = () => ruleLines(drafted);
    return [
      role('census 0', rule.repository, drafted.repository, write),
      ...rule.crosschecks.map((known, at) => role(`crosscheck ${at}`, known, drafted.crosschecks[at]!, write)),
    ];
  });
  const { epel, optional } = definition;
  const writeEpel = () => ['epel:', `  repository: ${listText(draft.epel)}`];
  return [
    ...ofCensus,
    ...(epel === undefined ? [] : [role('epel 0', epel.repository, draft.epel, writeEpel)]),
    ...(isCounted ? [{ place: OPTIONAL, patterns: texts(optional), with: asOptional }] : []),
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
  return best !== undefined && likeness(best) >= ALIKE ? best : undefined;
}

/** `epel-z-{release}` and `epel-{release}`, or `baseos-{release}-beta` and `baseos-{release}`: one has words more. */
function isVariant(pattern: string, known: string): boolean {
  if (!pattern.includes(PLACEHOLDER) || !known.includes(PLACEHOLDER)) return false;
  const [less, more] = [pattern, known]
    .map((text) => text.toLowerCase().split(/[^a-z0-9{}]+/))
    .sort((a, b) => a.length - b.length) as [string[], string[]];
  const left = [...less];
  const inserted = more.filter((word) => word !== left[0] || left.shift() === undefined);
  return left.length === 0 && inserted.length > 0 && !inserted.some((word) => ON_TOP.has(word));
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
