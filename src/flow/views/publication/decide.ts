import type { EpochSeconds, Week } from '../../sightings/week.ts';
import type { ProtectedTable } from '../protection/protected-table.ts';
import { roundTo } from '../protection/rounding.ts';
import { namesFor } from '../protection/vocabulary.ts';
import type { Rules, Survey, SurveyedSystems } from '../survey.ts';
import type { TotalsRow } from '../totals.ts';
import { totalsOf } from '../totals-of-week.ts';
import { type History, isoInstant } from './assemble.ts';
import { exactNumbers } from './exact-numbers.ts';
import { doubtOf, judge, type Yardsticks } from './judge-week.ts';
import { passOn, protectWeek } from './protect-week.ts';
import { sizeKey } from './size-key.ts';
import type { WeekContent, WeekTables } from './week-content.ts';
import { Surveys, type WeekInput } from './week-input.ts';

export interface Circumstances extends Yardsticks {
  confirmed: ReadonlySet<Week>;
  continentOf: (country: string) => string;
  now: EpochSeconds;
  /** Whether all revisions of a week together give a small group away. */
  givenAway: (week: Week, revisions: readonly WeekTables[]) => boolean;
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
        : doubtOf(week, content, contents, circumstances.rules);
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
  const judged = (content: Parameters<typeof judge>[1]) => judge(input, content, surveys, circumstances);
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
    totals: circumstances.rules.definition.as_published ? canonicalTotals(input, circumstances.rules) : undefined,
    exclusions: roundedExclusions([...input.rejections, [ONE_NETWORK, sumOfHits(input.toldApart())]], k),
    silence: surveys.networks(input.week)?.silence,
    toldApart: toldApartByGroup(surveys.toldApart(input.week)),
    ...(tables.margins === undefined ? {} : { exact: exactNumbers(survey, circumstances.rules, k) }),
    names: surveys.names(input.week),
    repositories: surveys.repositories(input.week),
    namesRepoArch: survey.namesRepoArch,
    tagsLabelled: labelsTags(past),
  });
  // A revision that changes no number would only tell that something changed that may not be seen.
  if (last !== undefined && last.grade === content.grade && sameNumbers(last, content)) return undefined;
  return content;
}

function sameNumbers(a: WeekContent, b: WeekContent): boolean {
  const numbers = ({ headline, tables, totals }: WeekContent) =>
    JSON.stringify([
      headline,
      Object.values(tables).map((table) => table?.rows.map(({ dimensions, systems }) => [dimensions, systems])),
      totals,
    ]);
  return numbers(a) === numbers(b);
}

/** Totals as their source published them, but for the names: a distribution must not bear two in two files. */
function canonicalTotals({ week, cells }: WeekInput, { aliases }: Rules): TotalsRow[] {
  return totalsOf(
    week,
    cells().map((cell) => ({
      ...cell,
      system: { ...cell.system, osName: aliases.apply(cell.system, week).osName },
    })),
  );
}

/** As the week was first published. Totals that were passed on had no protected tables. */
function labelsTags(past: readonly WeekContent[]): boolean {
  return (
    past.find(({ totals }) => totals === undefined)?.tagsLabelled ?? !past.some(({ totals }) => totals === undefined)
  );
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
  const { definition } = rules;
  if (definition.as_published) return passOn(survey);
  const { week } = input;
  const { k, networks: least } = definition.small_groups;
  // Totals that were passed on as they are have hidden nothing that could be kept hidden.
  const protectedPast = past.filter(({ totals }) => totals === undefined);
  const weekBefore = contents.get((week - 1) as Week)?.at(-1);
  const known = new Set([...definition.headline, ...definition.names]);
  const networks = surveys.networks(week);
  const names = namesFor(week, surveys.namesByWeek(week), { k, networks: least, known });
  const tables = protectWeek(survey, {
    definition,
    k: protectedPast.at(-1)?.tables.systems.k ?? k,
    // Where nobody knows from how many networks a name came, only configured names can pass.
    names: new Set([...names].filter((name) => known.has(name) || networks?.ofName(name) !== undefined)),
    networks,
    continentOf,
    labelsTags: labelsTags(past),
    sameWeek: protectedPast.at(-1)?.tables,
    weekBefore: weekBefore?.totals === undefined ? weekBefore?.tables : undefined,
  });
  return revise(week, protectedPast, tables, givenAway);
}

/**
 * What would give a small group away, together with what was published before, is withheld: countries first, then what
 * is shown of several fields together. Where even that does not do, the week stays as it is, or has no numbers.
 */
function revise(
  week: Week,
  past: readonly WeekContent[],
  revised: WeekTables,
  givenAway: Circumstances['givenAway'],
): WeekTables {
  const before = past.map(({ tables }) => tables);
  const { systems, checkIns, countries } = revised;
  const steps: WeekTables[] = [
    revised,
    { ...revised, countries: withoutRows(countries) },
    { ...revised, checkIns: withoutRows(checkIns) },
    { ...revised, countries: withoutRows(countries), checkIns: withoutRows(checkIns) },
    {
      ...revised,
      systems: withoutRows(systems),
      checkIns: withoutRows(checkIns),
      countries: withoutRows(countries),
    },
  ];
  const safe = steps.find((tables) => !givenAway(week, [...before, tables]));
  return safe ?? before.at(-1) ?? withoutNumbers(revised);
}

/** A table that is not there says of no cell that it is small. */
function withoutRows({ rows, dropped, ...table }: ProtectedTable): ProtectedTable {
  const members = [...rows.flatMap((row) => row.members), ...dropped];
  return { ...table, rows: [], dropped: members.map((member) => ({ ...member, atMost: undefined })) };
}

function withoutNumbers({ systems, checkIns, countries, margins }: WeekTables): WeekTables {
  return {
    systems: withoutRows(systems),
    checkIns: withoutRows(checkIns),
    countries: withoutRows(countries),
    margins: margins && { ...margins, rows: [] },
  };
}

/** The reason under which check-ins stand that are told apart, beside those that were not counted. */
const ONE_NETWORK = 'one-network';

function sumOfHits(cells: readonly { hits: number }[]): number {
  return cells.reduce((sum, { hits }) => sum + hits, 0);
}

function toldApartByGroup(rows: readonly SurveyedSystems[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(sizeKey(row), (sums.get(sizeKey(row)) ?? 0) + row.systems);
  return [...sums].sort();
}

function roundedExclusions(rejections: WeekInput['rejections'], k: number): [string, number][] {
  return rejections.filter(([, count]) => count >= k).map(([reason, count]) => [reason, roundTo(k, count)]);
}
