import type { EpochSeconds, Week } from '../../sightings/week.ts';
import { rangeOf } from '../census.ts';
import type { GradedAnnotation } from '../definition/annotations.ts';
import { carryOver } from '../protection/carry-over.ts';
import { roundTo } from '../protection/rounding.ts';
import { namesFor } from '../protection/vocabulary.ts';
import { gradeOf } from '../quality/grade.ts';
import { type WeekSizes, whyHeld } from '../quality/hold.ts';
import { undeclaredLoss } from '../quality/loss.ts';
import type { Rules, Survey } from '../survey.ts';
import { totalsOf } from '../totals-of-week.ts';
import { type History, isoInstant } from './assemble.ts';
import { networksByName, passOn, protectWeek } from './protect-week.ts';
import { otherSums, sumOf, systemsRows, totalsRows } from './rows.ts';
import { OTHER } from './tables.ts';
import type { WeekContent, WeekTables } from './week-content.ts';
import { Surveys, type WeekInput } from './week-input.ts';
import { weekOfDay } from './week-name.ts';

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
