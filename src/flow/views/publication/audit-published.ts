import type { Week } from '../../sightings/week.ts';
import { audit, type RecoverableCell } from '../protection/audit.ts';
import type { CellSet, Statement } from '../protection/outside-view.ts';
import type { ProtectedRow, ProtectedTable, PublishedTable } from '../protection/protected-table.ts';
import { countsWithin } from '../protection/rounding.ts';
import type { Solver } from '../protection/solver.ts';
import { releaseOf, sumOf } from './rows.ts';
import { isWithheld, WITHHELD } from './tables.ts';
import { SYSTEMS, type WeekContent, type WeekTables } from './week-content.ts';

const SUBJECTS = ['systems', 'checkIns', 'countries'] as const satisfies readonly (keyof WeekTables)[];

export interface WeekFindings {
  week: Week;
  /** Small groups without a row of their own, in the newest revision. */
  hidden: number;
  recoverable: RecoverableCell[];
}

/**
 * Everything that was published of some weeks, looked at from outside. Weeks of totals that were passed on as their
 * source published them have nothing to hide, and are left out.
 */
export function auditContents(
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  headline: readonly string[],
  solver: Solver,
): WeekFindings[] {
  const findings = [...contents].flatMap(([week, revisions]) =>
    auditWeek(
      week,
      revisions.filter(({ totals }) => totals === undefined).map((content) => content.tables),
      headline,
      solver,
    ),
  );
  return [...Map.groupBy(findings, ({ week }) => week)].map(([week, ofWeek]) => ({
    week,
    hidden: ofWeek.reduce((sum, { hidden }) => sum + hidden, 0),
    recoverable: ofWeek.flatMap(({ recoverable }) => recoverable),
  }));
}

/** The small groups that the revisions of a week together give away. */
export function givenAwayBy(headline: readonly string[], solver: Solver) {
  return (week: Week, revisions: readonly WeekTables[]): RecoverableCell[] =>
    auditWeek(week, revisions, headline, solver).flatMap(({ recoverable }) => recoverable);
}

function auditWeek(week: Week, revisions: readonly WeekTables[], headline: readonly string[], solver: Solver) {
  const tables = revisions.flatMap((each, at) =>
    SUBJECTS.map((subject): PublishedTable => ({ week, subject, revision: at + 1, table: each[subject] })),
  );
  const statements = revisions.flatMap((each, at) => [
    ...saidByMargins(each, at + 1),
    ...saidByCountries(each, at + 1, headline),
    ...saidByCheckIns(each, at + 1),
    ...(at === 0 ? [] : saidByRevision(revisions[at - 1]!, each, at + 1)),
  ]);
  return audit(tables, statements, solver);
}

/** Ids are asked for again and again, by each statement. */
const FIELDS = new Map<string, string[]>();
const MOST_KEPT = 100_000;

function fieldsOf(id: string): string[] {
  const known = FIELDS.get(id);
  if (known !== undefined) return known;
  if (FIELDS.size > MOST_KEPT) FIELDS.clear();
  const fields = JSON.parse(id) as string[];
  FIELDS.set(id, fields);
  return fields;
}

function systems(revision: number, has: (fields: string[]) => boolean): CellSet {
  return { subject: 'systems', revision, has: (id) => has(fieldsOf(id)) };
}

/** Each number is within less than k of the truth, and none is shown of fewer than k. */
function saidByMargins({ margins }: WeekTables, revision: number): Statement[] {
  if (margins === undefined || margins.rows.length === 0) return [];
  const { k, rows, headline } = margins;
  const counted = (fields: string[]) => headline.includes(fields[0]!);
  const shown = rows.filter(({ dimensions }) => !isWithheld(dimensions[1]!));
  const majors = Map.groupBy(
    rows.filter(({ dimensions }) => dimensions[0] === 'version' && dimensions[1] !== WITHHELD),
    ({ dimensions }) => releaseOf(dimensions[1]!),
  );
  const total = sumOf(rows.filter(({ dimensions }) => dimensions[0] === 'os'));
  const ofValues = shown.map(({ dimensions: [field, value], systems: number }): Statement => {
    const { least, most } = countsWithin(k, number);
    const column = SYSTEMS.indexOf(field as (typeof SYSTEMS)[number]);
    return {
      plus: systems(revision, (fields) => counted(fields) && fields[column] === value),
      minus: undefined,
      range: { least: Math.max(k, least), most },
    };
  });
  const ofMajors = [...majors].map(([major, minors]): Statement => {
    const { least, most } = countsWithin(k, sumOf(minors));
    const column = SYSTEMS.indexOf('version');
    return {
      plus: systems(revision, (fields) => counted(fields) && releaseOf(fields[column]!) === major),
      minus: undefined,
      range: { least: Math.max(k, least), most },
    };
  });
  const all = { plus: systems(revision, counted), minus: undefined, range: countsWithin(k, total) };
  return [all, ...ofValues, ...ofMajors, ...saidOfEstablished(rows, k, revision, counted)];
}

/** Ages 2 to 4 together, where all of them are shown. */
function saidOfEstablished(
  rows: readonly ProtectedRow[],
  k: number,
  revision: number,
  counted: (fields: string[]) => boolean,
): Statement[] {
  const ages = rows.filter(({ dimensions }) => dimensions[0] === 'age');
  if (ages.some(({ dimensions }) => dimensions[1] === WITHHELD)) return [];
  const isOld = (age: string) => age !== '1';
  const column = SYSTEMS.indexOf('age');
  return [
    {
      plus: systems(revision, (fields) => counted(fields) && isOld(fields[column]!)),
      minus: undefined,
      range: countsWithin(k, sumOf(ages.filter(({ dimensions }) => isOld(dimensions[1]!)))),
    },
  ];
}

/**
 * Countries are those of the headline's systems, in total and, where that is shown, by how long they have been there.
 * `headline` is that of now, for weeks that do not say what theirs was.
 */
function saidByCountries(
  { countries, margins }: WeekTables,
  revision: number,
  headline: readonly string[],
): Statement[] {
  if (isEmpty(countries)) return [];
  const counted = (fields: string[]) => (margins?.headline ?? headline).includes(fields[0]!);
  const age = SYSTEMS.indexOf('age');
  const inCountries = (has: (fields: string[]) => boolean): CellSet => {
    return { subject: 'countries', revision, has: (id) => has(fieldsOf(id)) };
  };
  const alike = (isNew: boolean): Statement => ({
    plus: systems(revision, (fields) => counted(fields) && (fields[age] === '1') === isNew),
    minus: inCountries(([, duration]) => duration === (isNew ? 'new_or_shortlived' : 'established')),
    range: { least: 0, most: 0 },
  });
  const same = { plus: systems(revision, counted), minus: inCountries(() => true), range: { least: 0, most: 0 } };
  // Weeks of the first method have countries of which it is not known.
  return margins === undefined ? [same] : [same, alike(true), alike(false)];
}

/** With more groups than this each says next to nothing of another table's. */
const FEW_GROUPS = 150;

/**
 * Most systems ask the same repositories: of what a group asked, the outsider takes each repository that as many asked as
 * there are systems for these systems.
 */
function saidByCheckIns({ systems: own, checkIns }: WeekTables, revision: number): Statement[] {
  if (isEmpty(checkIns)) return [];
  const groups = Map.groupBy(countsById(own), ([id]) => groupOfSystems(id));
  const asked = [...countsById(checkIns)];
  if (groups.size > FEW_GROUPS || asked.length > 3 * FEW_GROUPS) return [];
  return asked.flatMap(([id, count]): Statement[] => {
    const group = groupOfCheckIns(id);
    const cells = groups.get(group) ?? [];
    if (cells.reduce((sum, [, systemsOf]) => sum + systemsOf, 0) !== count) return [];
    const ids = new Set(cells.map(([cell]) => cell));
    return [
      {
        plus: { subject: 'systems', revision, has: (cell) => ids.has(cell) },
        minus: { subject: 'checkIns', revision, has: (cell) => cell === id },
        range: { least: 0, most: 0 },
      },
    ];
  });
}

/** Name, version, edition, architecture and age: what both tables know. */
function groupOfSystems(id: string): string {
  const [os, version, edition, arch, , age] = fieldsOf(id);
  return JSON.stringify([os, version, edition, arch, age]);
}

function groupOfCheckIns(id: string): string {
  return JSON.stringify(fieldsOf(id).slice(0, 5));
}

/**
 * What changed between two revisions is still related: late logs only add, to each cell that is still there, and whatever
 * became of names, to each architecture and age.
 */
function saidByRevision(before: WeekTables, now: WeekTables, revision: number): Statement[] {
  return SUBJECTS.flatMap((subject) => {
    const [old, own] = [countsById(before[subject]), countsById(now[subject])];
    const keyOf = relationOf(subject);
    const [oldSums, ownSums] = [sumsBy(old, keyOf), sumsBy(own, keyOf)];
    const hasGrown = (was: Map<string, number>, is: Map<string, number>) =>
      [...was].every(([key, count]) => (is.get(key) ?? 0) >= count);
    const isSame = (key: string) => oldSums.get(key) === ownSums.get(key);
    const cells = hasGrown(old, own) ? [...own.keys()].filter((id) => old.has(id) && old.get(id) !== own.get(id)) : [];
    const keys = hasGrown(oldSums, ownSums) ? [...ownSums.keys()].filter((key) => oldSums.has(key)) : [];
    const related = (has: (id: string) => boolean, most: number): Statement => ({
      plus: { subject, revision, has },
      minus: { subject, revision: revision - 1, has },
      range: { least: 0, most },
    });
    return [
      ...cells.map((cell) => related((id) => id === cell, Infinity)),
      ...keys.map((key) => related((id) => keyOf(id) === key, isSame(key) ? 0 : Infinity)),
    ];
  });
}

/** What aliases and definitions leave as it is. */
function relationOf(subject: (typeof SUBJECTS)[number]): (id: string) => string {
  if (subject === 'countries') return (id) => fieldsOf(id)[0]!;
  if (subject === 'checkIns') return () => '';
  return (id) => fieldsOf(id)[SYSTEMS.indexOf('age')]!;
}

function countsById({ rows, dropped }: ProtectedTable): Map<string, number> {
  const members = [...rows.flatMap((row) => row.members), ...dropped];
  return new Map(members.map(({ id, systems: count }) => [id, count]));
}

function sumsBy(counts: ReadonlyMap<string, number>, keyOf: (id: string) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [id, count] of counts) sums.set(keyOf(id), (sums.get(keyOf(id)) ?? 0) + count);
  return sums;
}

function isEmpty({ rows }: ProtectedTable): boolean {
  return rows.length === 0;
}
