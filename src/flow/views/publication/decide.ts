import type { EpochSeconds, Week } from '../../sightings/week.ts';
import type { CubeCell } from '../../vault/vault.ts';
import { rangeOf } from '../census.ts';
import type { GradedAnnotation } from '../definition/annotations.ts';
import { carryOver } from '../protection/carry-over.ts';
import { roundTo } from '../protection/rounding.ts';
import { type NameSeen, type NamesByWeek, namesFor } from '../protection/vocabulary.ts';
import { gradeOf } from '../quality/grade.ts';
import { type WeekSizes, whyHeld } from '../quality/hold.ts';
import { undeclaredLoss } from '../quality/loss.ts';
import { type Rules, type Survey, surveyWeek } from '../survey.ts';
import { totalsOf } from '../totals-of-week.ts';
import { type History, isoInstant } from './assemble.ts';
import { networksByName, passOn, protectWeek } from './protect-week.ts';
import { otherSums, sumOf, systemsRows, totalsRows } from './rows.ts';
import { OTHER } from './tables.ts';
import type { WeekContent, WeekTables } from './week-content.ts';
import { weekOfDay } from './week-name.ts';

/** What the vault knows of a week that is over. */
export interface WeekInput {
  week: Week;
  /** Published totals of others: nothing is known of logs, networks and countries. */
  isImported: boolean;
  /** The same digest, the same numbers. */
  digest: string;
  cells(): readonly CubeCell[];
  /** Networks by os name as it was written. */
  networks(): ReadonlyMap<string, number>;
  /** Why check-ins were not counted, and how often. */
  rejections: readonly [string, number][];
}

export interface Circumstances {
  rules: Rules;
  annotations: readonly GradedAnnotation[];
  coverage: (week: Week) => number;
  confirmed: ReadonlySet<Week>;
  continentOf: (country: string) => string;
  now: EpochSeconds;
  /** Cells of a week that all its revisions together give away: subject and ids. */
  givenAway: (week: Week, revisions: readonly WeekTables[]) => Map<keyof WeekTables, Set<string>>;
}

export interface Decisions extends History {
  /** Revisions that are new; all of them are in `contents` too. */
  added: { week: Week; revision: number; content: WeekContent }[];
}

/**
 * Decides week by week what is published: new weeks, revisions of old ones, and what waits for the operator. What was
 * published and is still right stays as it is, to the byte.
 */
export function decideWeeks(
  inputs: readonly WeekInput[],
  published: ReadonlyMap<Week, readonly WeekContent[]>,
  circumstances: Circumstances,
): Decisions {
  const surveys = new Surveys(inputs, published, circumstances.rules);
  const contents = new Map(published);
  const held = new Map<Week, string>();
  const added: Decisions['added'] = [];
  for (const input of inputs) {
    const { week } = input;
    const past = contents.get(week) ?? [];
    const content = reviseOrKeep(input, past, contents, surveys, circumstances);
    if (content === undefined) continue;
    const isFirstRun = published.size === 0 && input !== inputs.at(-1);
    const why =
      past.length > 0 || isFirstRun || circumstances.confirmed.has(week)
        ? undefined
        : doubtOf(week, content, contents, circumstances);
    if (why !== undefined) {
      held.set(week, why);
      continue;
    }
    contents.set(week, [...past, content]);
    added.push({ week, revision: past.length + 1, content });
  }
  return { contents, held, added };
}

/** The content of a new revision; undefined if nothing that is published would change. */
function reviseOrKeep(
  input: WeekInput,
  past: readonly WeekContent[],
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  surveys: Surveys,
  circumstances: Circumstances,
): WeekContent | undefined {
  const last = past.at(-1);
  const judged = (content: Omit<WeekContent, 'grade' | 'note' | 'coverage'>) =>
    judge(input, content, surveys, circumstances);
  if (last?.digest === input.digest) {
    const { grade, note, coverage } = judged(last);
    if (grade === last.grade) return undefined;
    return { ...last, grade, note, coverage, decided: isoInstant(circumstances.now), why: note || 'judged again' };
  }
  const survey = surveys.of(input.week);
  const tables = tablesOf(input, survey, past, contents, surveys, circumstances);
  const k = circumstances.rules.definition.small_groups.k;
  const content = judged({
    digest: input.digest,
    decided: isoInstant(circumstances.now),
    why: last === undefined ? '' : whyRevised(last.digest, input.digest),
    tables,
    totals: circumstances.rules.definition.as_published ? totalsOf(input.week, input.cells()) : undefined,
    exclusions: roundedExclusions(input.rejections, k),
    uaUnknownShare: survey.censusHits === 0 ? null : roundShare(survey.uaUnknown / survey.censusHits),
    names: surveys.names(input.week),
    repositories: surveys.repositories(input.week),
    namesRepoArch: survey.namesRepoArch,
  });
  // A revision that changes no number would only tell that something changed that may not be seen.
  if (last !== undefined && last.grade === content.grade && sameNumbers(last, content)) return undefined;
  return content;
}

function sameNumbers(a: WeekContent, b: WeekContent): boolean {
  const numbers = ({ tables, totals }: WeekContent) =>
    JSON.stringify([
      Object.values(tables).map(({ rows }) => rows.map(({ dimensions, systems }) => [dimensions, systems])),
      totals,
    ]);
  return numbers(a) === numbers(b);
}

/** Digests are `vault:rules`. */
function whyRevised(before: string, now: string): string {
  const [vaultBefore, rulesBefore] = before.split(':');
  const [vaultNow, rulesNow] = now.split(':');
  const reasons = [
    ...(vaultBefore === vaultNow ? [] : ['logs were counted after the week had been published']),
    ...(rulesBefore === rulesNow ? [] : ['the rules changed']),
  ];
  return reasons.join('; ');
}

function tablesOf(
  input: WeekInput,
  survey: Survey,
  past: readonly WeekContent[],
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  surveys: Surveys,
  { rules, continentOf, givenAway }: Circumstances,
): WeekTables {
  const { definition, aliases } = rules;
  if (definition.as_published) return passOn(survey);
  const { week } = input;
  const { k, networks: least } = definition.small_groups;
  const canonical = (osName: string) =>
    aliases.apply({ client: '', osName, osVersion: '', osVariant: '', osArch: '' }, week).osName;
  const known = new Set([...definition.headline, ...definition.names]);
  const names = namesFor(week, surveys.namesByWeek(week), { k, networks: least, known });
  const tables = protectWeek(survey, {
    definition,
    // Of imported totals nobody knows from how many networks a name came, so only configured names can pass.
    names: input.isImported ? names.intersection(known) : names,
    networks: input.isImported ? undefined : networksByName(input.networks(), canonical, week),
    continentOf,
    sameWeek: past.at(-1)?.tables,
    weekBefore: contents.get((week - 1) as Week)?.at(-1)?.tables,
  });
  return past.length === 0 ? tables : revise(week, past, tables, givenAway);
}

/** Rows that would give a small group away, together with what was published before, stay as they were. */
function revise(
  week: Week,
  past: readonly WeekContent[],
  revised: WeekTables,
  givenAway: Circumstances['givenAway'],
): WeekTables {
  const ids = givenAway(week, [...past.map(({ tables }) => tables), revised]);
  const before = past.at(-1)!.tables;
  const secured = { ...revised };
  for (const [subject, recoverable] of ids)
    secured[subject] = carryOver(before[subject], revised[subject], recoverable);
  return secured;
}

function judge<Content extends Omit<WeekContent, 'grade' | 'note' | 'coverage'>>(
  { week, isImported }: WeekInput,
  content: Content,
  surveys: Surveys,
  { rules, annotations, coverage }: Circumstances,
): Content & Pick<WeekContent, 'grade' | 'note' | 'coverage'> {
  const { headline } = rules.definition;
  const known = { ...content, grade: 'A', note: '', coverage: null } satisfies WeekContent;
  const systems = sumOf(systemsRows(week, known).filter(({ os }) => headline.includes(os)));
  const { low, high } = rangeOf(systems, otherSums(totalsRows(week, known, rules.definition), rules).crosschecks);
  const declared = annotations.find(({ date, grade }) => grade !== undefined && weekOfDay(date) === week);
  const share = isImported ? null : roundShare(coverage(week));
  const verdict = gradeOf({
    coverage: share,
    loss: undeclaredLoss(week, (other) => surveys.repositoriesByTag(other)),
    disagreement: systems === 0 ? 0 : (high - low) / systems,
    declared: declared && { grade: declared.grade!, text: declared.text },
  });
  return { ...content, ...verdict, coverage: share };
}

function doubtOf(
  week: Week,
  content: WeekContent,
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  { rules }: Circumstances,
): string | undefined {
  const before = [...contents].filter(([other]) => other < week).sort(([a], [b]) => a - b);
  const sizes = before.map(([other, revisions]) => sizesOf(other, revisions.at(-1)!, rules));
  return whyHeld(sizesOf(week, content, rules), sizes);
}

function sizesOf(week: Week, content: WeekContent, { definition }: Rules): WeekSizes {
  const counted = systemsRows(week, content).filter(({ os }) => definition.headline.includes(os));
  const groups = new Map<string, number>();
  for (const { os, version, edition, systems } of counted) {
    if (version === OTHER || edition === OTHER) continue;
    const group = `${os} ${version} ${edition}`;
    groups.set(group, (groups.get(group) ?? 0) + systems);
  }
  return { systems: sumOf(counted), groups };
}

function roundedExclusions(rejections: WeekInput['rejections'], k: number): [string, number][] {
  return rejections.filter(([, count]) => count >= k).map(([reason, count]) => [reason, roundTo(k, count)]);
}

function roundShare(share: number): number {
  return Math.round(share * 1000) / 1000;
}

/** What is known of weeks, read from the vault only where it was not kept with what was published. */
class Surveys {
  readonly #inputs: ReadonlyMap<Week, WeekInput>;
  readonly #published: ReadonlyMap<Week, readonly WeekContent[]>;
  readonly #rules: Rules;
  readonly #surveys = new Map<Week, Survey>();
  readonly #tags = new Map<Week, ReadonlyMap<string, number>>();
  readonly #names = new Map<Week, [string, NameSeen][]>();

  constructor(inputs: readonly WeekInput[], published: ReadonlyMap<Week, readonly WeekContent[]>, rules: Rules) {
    this.#inputs = new Map(inputs.map((input) => [input.week, input]));
    this.#published = published;
    this.#rules = rules;
  }

  of(week: Week): Survey {
    const survey = this.#surveys.get(week) ?? surveyWeek(week, this.#inputs.get(week)!.cells(), this.#rules);
    this.#surveys.set(week, survey);
    return survey;
  }

  /** Check-ins by repository; undefined for a week that the vault does not hold. */
  repositoriesByTag(week: Week): ReadonlyMap<string, number> | undefined {
    if (!this.#inputs.has(week)) return undefined;
    const known =
      this.#tags.get(week) ?? new Map(this.#kept(week)?.repositories ?? countByTag(this.#inputs.get(week)!));
    this.#tags.set(week, known);
    return known;
  }

  repositories(week: Week): [string, number][] {
    return [...this.repositoriesByTag(week)!].sort();
  }

  /** How many systems said each os name, and from how many networks. */
  names(week: Week): [string, NameSeen][] {
    const known = this.#names.get(week) ?? this.#kept(week)?.names ?? this.#countNames(week);
    this.#names.set(week, known);
    return known;
  }

  #countNames(week: Week): [string, NameSeen][] {
    const { isImported, networks } = this.#inputs.get(week)!;
    const { systems, checkIns } = this.of(week);
    const seen = isImported ? undefined : networksByName(networks(), (osName) => this.#canonical(osName, week), week);
    const sizes = largestByName(systems, checkIns);
    return [...sizes].sort().map(([name, size]) => [name, { systems: size, networks: seen && (seen.get(name) ?? 0) }]);
  }

  /** Of the six weeks that end with this one. */
  namesByWeek(week: Week): NamesByWeek {
    const weeks = Array.from({ length: 6 }, (_, ago) => (week - ago) as Week).filter((other) =>
      this.#inputs.has(other),
    );
    return new Map(weeks.map((other) => [other, new Map(this.names(other))]));
  }

  #kept(week: Week): WeekContent | undefined {
    const last = this.#published.get(week)?.at(-1);
    return last?.digest === this.#inputs.get(week)?.digest ? last : undefined;
  }

  #canonical(osName: string, week: Week): string {
    return this.#rules.aliases.apply({ client: '', osName, osVersion: '', osVariant: '', osArch: '' }, week).osName;
  }
}

function countByTag(input: WeekInput): [string, number][] {
  const sums = new Map<string, number>();
  for (const { request, hits } of input.cells()) sums.set(request.repoTag, (sums.get(request.repoTag) ?? 0) + hits);
  return [...sums];
}

/** A system may ask many repositories: the one that counts most of a name says how many there are at least. */
function largestByName(systems: Survey['systems'], checkIns: Survey['checkIns']): Map<string, number> {
  const sums = new Map<string, Map<string, number>>();
  const add = (os: string, tag: string, count: number) => {
    const byTag = sums.get(os) ?? new Map<string, number>();
    sums.set(os, byTag.set(tag, (byTag.get(tag) ?? 0) + count));
  };
  for (const row of systems) add(row.os, '', row.systems);
  for (const row of checkIns) add(row.os, row.repoTag, row.hits);
  return new Map([...sums].map(([os, byTag]) => [os, Math.max(...byTag.values())]));
}
