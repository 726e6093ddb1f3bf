import type { EpochSeconds, Week } from '../../sightings/week.ts';
import type { RecoverableCell } from '../protection/audit.ts';
import type { ProtectedTable } from '../protection/protected-table.ts';
import { roundTo } from '../protection/rounding.ts';
import { namesFor } from '../protection/vocabulary.ts';
import type { Rules, Survey, SurveyedSystems } from '../survey.ts';
import type { TotalsRow } from '../totals.ts';
import { totalsOf } from '../totals-of-week.ts';
import { type History, isoInstant } from './assemble.ts';
import { exactNumbers, exactRange } from './exact-numbers.ts';
import { kindsThatAsked } from './gate.ts';
import { doubtOf, headlineNumbers, judge, type Measures, measuresOf, type Yardsticks } from './judge-week.ts';
import { passOn, protectWeek } from './protect-week.ts';
import { sizeKey } from './size-key.ts';
import { isWithheld, WITHHELD } from './tables.ts';
import { shareUnnamed } from './unnamed.ts';
import { vocabularyOf } from './vocabulary-of-week.ts';
import {
  kindKey,
  LATE_LOGS,
  MARGINS,
  marginKey,
  nameInRepository,
  SYSTEMS,
  TOTAL,
  type WeekContent,
  type WeekTables,
} from './week-content.ts';
import { Surveys, type WeekInput } from './week-input.ts';

export interface Circumstances extends Yardsticks {
  continentOf: (country: string) => string;
  now: EpochSeconds;
  /** Whether any check-in of the week is counted, be it due or not. */
  isCounted: (week: Week) => boolean;
  /** What a revision that stays as it is was judged by. */
  measured: (week: Week, content: WeekContent) => Measures;
  /** Whether nothing had to be published when a week with this digest was decided last. */
  isSettled: (content: WeekContent, digest: string) => boolean;
  settle: (week: Week, digest: string) => void;
  /** What is kept of a revision that was just decided, for the weeks behind it: its cells are many. */
  keep: (week: Week, revisions: readonly WeekContent[]) => WeekContent;
  /** The small groups that all revisions of a week together give away. */
  givenAway: (week: Week, revisions: readonly WeekTables[]) => RecoverableCell[];
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
  const add = (week: Week, past: readonly WeekContent[], decided: WeekContent) => {
    const content = circumstances.keep(week, [...past, decided]);
    contents.set(week, [...past, content]);
    added.push({ week, revision: past.length + 1, content });
  };
  // First: no week is measured by what is taken back in the same run.
  for (const [week, past] of published) {
    const last = past.at(-1)!;
    if (last.withdrawn || circumstances.isCounted(week)) continue;
    add(week, past, withdrawn(last, circumstances.now));
  }
  for (const input of inputs) {
    const { week } = input;
    const past = contents.get(week) ?? [];
    const content = reviseOrKeep(input, past, contents, surveys, circumstances);
    if (content === undefined) continue;
    const isFirstRun = published.size === 0 && input !== inputs.at(-1);
    const why =
      past.length > 0 || isFirstRun || circumstances.confirmed.has(week)
        ? undefined
        : doubtOf(week, content, contents, surveys, circumstances);
    if (why !== undefined) {
      held.set(week, why);
      continue;
    }
    add(week, past, content);
  }
  return { contents, held, added };
}

const WITHDRAWN = 'withdrawn: none of its check-ins is counted any more';

/** What was published stays known to the audit, cell by cell: whatever comes back is related to it. */
function withdrawn(last: WeekContent, now: EpochSeconds): WeekContent {
  return {
    ...last,
    digest: `withdrawn:${last.digest.split(':')[1]}`,
    decided: isoInstant(now),
    why: WITHDRAWN,
    tables: withoutNumbers(last.tables),
    totals: last.totals && [],
    exclusions: [],
    headline: { systems: null, low: null, high: null },
    coverage: null,
    note: WITHDRAWN,
    withdrawn: true,
  };
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
  const judged = (measures: Measures, told: Pick<WeekContent, 'silence' | 'unnamed'>) =>
    judge(input, measures, told, surveys, circumstances);
  const isSettled = last !== undefined && circumstances.isSettled(last, input.digest);
  if (last !== undefined && (last.digest === input.digest || isSettled)) {
    const { grade, note, coverage } = judged(circumstances.measured(input.week, last), last);
    if (grade === last.grade) return undefined;
    if (!isSettled)
      return { ...last, grade, note, coverage, decided: isoInstant(circumstances.now), why: note || 'judged again' };
  }
  const survey = surveys.of(input.week);
  const tables = tablesOf(input, survey, past, contents, surveys, circumstances);
  const k = circumstances.rules.definition.small_groups.k;
  const asked = mostAsked(survey, circumstances.rules);
  const decided = {
    digest: input.digest,
    decided: isoInstant(circumstances.now),
    why: last === undefined ? '' : whyRevised(last.digest, input.digest),
    tables,
    totals: circumstances.rules.definition.as_published ? canonicalTotals(input, circumstances.rules) : undefined,
    exclusions: roundedExclusions([...input.rejections, [ONE_NETWORK, sumOfHits(input.toldApart())]], k, asked),
    silence: surveys.networks(input.week)?.silence,
    // An import is never cut (C7).
    unnamed: input.isImported ? undefined : shareUnnamed(survey, k * asked),
    toldApart: toldApartByGroup(surveys.toldApart(input.week)),
    ...(tables.margins === undefined ? {} : { exact: exactNumbers(survey, circumstances.rules, k) }),
    names: surveys.names(input.week),
    repositories: surveys.repositories(input.week),
    namesRepoArch: survey.namesRepoArch,
    tagsLabelled: labelsTags(past),
  };
  const { week } = input;
  const content: WeekContent = {
    ...decided,
    ...judged(measuresOf(week, decided, circumstances.rules), decided),
    headline: headlineNumbers(week, decided, circumstances.rules),
  };
  // A revision that changes no number would only tell that something changed that may not be seen.
  if (last !== undefined && last.grade === content.grade && sameNumbers(last, content)) {
    circumstances.settle(week, input.digest);
    return undefined;
  }
  return content;
}

function sameNumbers(a: WeekContent, b: WeekContent): boolean {
  const numbers = ({ headline, tables, totals }: WeekContent) =>
    JSON.stringify([
      headline,
      // The band is in the headline.
      [tables.systems, tables.checkIns, tables.countries, tables.margins].map((table) =>
        table?.rows.map(({ dimensions, systems }) => [dimensions, systems]),
      ),
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
    ...(vaultBefore === vaultNow ? [] : [LATE_LOGS]),
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
  if (definition.as_published && !input.isImported)
    throw new Error(`week ${input.week}: expected imported totals to pass on, found a week that was counted`);
  if (definition.as_published) return passOn(survey);
  const { week } = input;
  const { k, networks: least } = definition.small_groups;
  // Totals that were passed on as they are have hidden nothing that could be kept hidden.
  const protectedPast = past.filter(({ totals }) => totals === undefined);
  const weekBefore = contents.get((week - 1) as Week)?.findLast((content) => !content.withdrawn);
  const known = new Set([...definition.headline, ...definition.names]);
  const networks = surveys.networks(week);
  const names = namesFor(week, surveys.namesByWeek(week), { k, networks: least, known });
  const shield = {
    definition,
    k: protectedPast.at(-1)?.tables.systems.k ?? k,
    // Where nobody knows from how many networks a name came, only configured names can pass.
    names: new Set([...names].filter((name) => known.has(name) || networks?.ofName(name) !== undefined)),
    networks,
    continentOf,
    labelsTags: labelsTags(past),
    range: exactRange(survey, definition),
    sameWeek: protectedPast.findLast((content) => !content.withdrawn)?.tables,
    weekBefore: weekBefore?.totals === undefined ? weekBefore?.tables : undefined,
  };
  const before = protectedPast.map(({ tables }) => tables);
  const leaksOf = (tables: WeekTables) => givenAway(week, [...before, tables]);
  return secure((choice) => protectWeek(survey, { ...shield, ...choice }), leaksOf);
}

/** Values of one field: those that are rounded the other way, and those that are not shown. */
export interface Choice {
  turned: ReadonlySet<string>;
  withheld: ReadonlySet<string>;
  /** Kinds of systems (`kindKey`) whose check-ins have no row for themselves, and names in repositories that have none. */
  kinds: ReadonlySet<string>;
}

/** So often kinds of systems give up their rows of check-ins, before all of these are withheld. */
const MOST_ROUNDS = 4;
const MOST_KINDS = 20;

/** So many values of one field may be withheld beside those that are too small. */
const MOST_WITHHELD = 12;

/**
 * What would give a small group away, together with what was published before, is not shown: the least and the most by
 * any repository, countries, then what is shown of several fields together. Where that does not do, one of the values that the group has is rounded the other
 * way, or withheld, or several of them, the smallest first. Where nothing does, the week has its total, or no number.
 */
function secure(make: (choice: Choice) => WeekTables, leaksOf: (tables: WeekTables) => RecoverableCell[]): WeekTables {
  const leaksOfLeast = (tables: WeekTables) => leaksOf(fewerTables(tables).at(-1)!);
  const none = new Set<string>();
  for (const withheld = new Set<string>(); ; ) {
    const { tables, kinds, isSafe } = withFewerCheckIns(make, withheld, leaksOf);
    if (isSafe) return tables;
    const leaks = leaksOfLeast(tables);
    const values = leaks.length === 0 ? [] : valuesShown(leaks, tables);
    const others = [
      { turned: new Set([TOTAL]), withheld, kinds },
      ...values.flatMap((value) => [
        { turned: new Set([value]), withheld, kinds },
        { turned: none, withheld: new Set([...withheld, value]), kinds },
      ]),
    ];
    const tried =
      leaks.length === 0
        ? tables
        : firstSafe(
            others.map((choice) => () => make(choice)),
            leaksOfLeast,
          );
    if (tried !== undefined) return fewerTables(tried).find((some) => leaksOf(some).length === 0)!;
    if (values.length === 0 || withheld.size >= MOST_WITHHELD) return totalOnly(tables, leaksOf);
    withheld.add(values[0]!);
  }
}

/** Where check-ins alone give groups away, those of the same kind share rows, or those of a name in a repository. */
function withFewerCheckIns(
  make: (choice: Choice) => WeekTables,
  withheld: ReadonlySet<string>,
  leaksOf: (tables: WeekTables) => RecoverableCell[],
): { tables: WeekTables; kinds: ReadonlySet<string>; isSafe: boolean } {
  const kinds = new Set<string>();
  for (let round = 0; ; round++) {
    const tables = make({ turned: new Set(), withheld, kinds });
    const leaks = leaksOf(tables);
    if (leaks.length === 0) return { tables, kinds, isSafe: true };
    const unbanded = withoutBand(tables);
    if (leaksOf(unbanded).length === 0) return { tables: unbanded, kinds, isSafe: true };
    const before = kinds.size;
    for (const { subject, id } of leaks) {
      if (subject === 'countries') continue;
      const fields = JSON.parse(id) as string[];
      const kind = kindKey(subject, fields);
      kinds.add(kinds.has(kind) && subject === 'checkIns' ? nameInRepository(fields) : kind);
    }
    const unsafe = { tables, kinds: new Set<string>(), isSafe: false };
    if (leaksOf({ ...unbanded, checkIns: withoutRows(tables.checkIns) }).length > 0) return unsafe;
    if (kinds.size > before && kinds.size <= MOST_KINDS && round < MOST_ROUNDS) continue;
    // Numbers of systems are known from both sides where as many asked a repository whose number lies otherwise.
    const others = kindsThatAsked(tables).filter((kind) => !kinds.has(kind));
    const tries = others
      .slice(0, MOST_KINDS)
      .map((kind) => () => make({ turned: new Set(), withheld, kinds: new Set([kind]) }));
    const safe = firstSafe(tries, leaksOf);
    return safe === undefined ? unsafe : { tables: safe, kinds: new Set(), isSafe: true };
  }
}

/** Numbers that were published before are not an answer: they may be wrong by now. */
function totalOnly(tables: WeekTables, leaksOf: (tables: WeekTables) => RecoverableCell[]): WeekTables {
  const least = fewerTables(tables).at(-1)!;
  const { margins } = least;
  const total = (margins?.rows ?? []).reduce((sum, { dimensions, systems }) => {
    return dimensions[0] === 'os' ? sum + systems : sum;
  }, 0);
  const rows = MARGINS.map((field) => ({ dimensions: [field, WITHHELD], systems: total, members: [] }));
  const only = { ...least, margins: margins && { ...margins, rows } };
  return leaksOf(only).length === 0 ? only : withoutNumbers(tables);
}

function firstSafe(
  tries: readonly (() => WeekTables)[],
  leaksOf: (tables: WeekTables) => RecoverableCell[],
): WeekTables | undefined {
  for (const make of tries) {
    const tables = make();
    if (leaksOf(tables).length === 0) return tables;
  }
  return undefined;
}

/** The tables, and what is left if some of them are withheld. */
function fewerTables(tables: WeekTables): WeekTables[] {
  const countries = withoutRows(tables.countries);
  const checkIns = withoutRows(tables.checkIns);
  const systems = withoutRows(tables.systems);
  return [
    tables,
    withoutBand(tables),
    { ...tables, countries },
    ...[{ countries }, { checkIns }, { countries, checkIns }, { systems, checkIns, countries }].map((fewer) => {
      return { ...withoutBand(tables), ...fewer };
    }),
  ];
}

function withoutBand(tables: WeekTables): WeekTables {
  return { ...tables, band: tables.band && withoutRows(tables.band) };
}

/** Values of one field: those that these groups have, the smallest first, then those that show them by what is left. */
function valuesShown(leaks: readonly RecoverableCell[], { margins }: WeekTables): string[] {
  const keys = new Set(
    leaks.flatMap(({ subject, id }) => {
      const fields = JSON.parse(id) as string[];
      return subject === 'systems' ? SYSTEMS.map((field, column) => marginKey(field, fields[column]!)) : [];
    }),
  );
  const rows = (margins?.rows ?? [])
    .filter(({ dimensions: [field, value] }) => field !== 'os' && !isWithheld(value!))
    .toSorted((a, b) => a.systems - b.systems)
    .map(({ dimensions: [field, value] }) => marginKey(field!, value!));
  return [...rows.filter((key) => keys.has(key)), ...rows.filter((key) => !keys.has(key))];
}

/** A table that is not there says of no cell that it is small. */
function withoutRows({ rows, dropped, ...table }: ProtectedTable): ProtectedTable {
  const members = [...rows.flatMap((row) => row.members), ...dropped];
  return { ...table, rows: [], dropped: members.map((member) => ({ ...member, atMost: undefined })) };
}

function withoutNumbers(tables: WeekTables): WeekTables {
  const { systems, checkIns, countries, margins, band } = withoutBand(tables);
  return {
    band,
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

/** One system may have asked every repository in vain: it takes as many times k requests to be k systems. */
function roundedExclusions(rejections: WeekInput['rejections'], k: number, asked: number): [string, number][] {
  return rejections.filter(([, count]) => count >= k * asked).map(([reason, count]) => [reason, roundTo(k, count)]);
}

/** More repositories no distribution has its systems ask; strangers name as many as they like. */
const MOST_REPOSITORIES = 20;

/** How many repositories that the definition knows one kind of system asked. */
function mostAsked({ checkIns }: Survey, { definition }: Rules): number {
  const { repoTag: isKnown } = vocabularyOf(definition, new Set());
  const tagsOf = new Map<string, Set<string>>();
  for (const { os, version, edition, arch, age, repoTag } of checkIns) {
    if (!isKnown(repoTag)) continue;
    const kind = JSON.stringify([os, version, edition, arch, age]);
    tagsOf.set(kind, (tagsOf.get(kind) ?? new Set()).add(repoTag));
  }
  // And the one that counts systems.
  const most = [...tagsOf.values()].reduce((sofar, tags) => Math.max(sofar, tags.size), 0);
  return Math.min(MOST_REPOSITORIES, 1 + most);
}
