import { mondayOf, type Week } from '../../sightings/week.ts';
import { audit, type RecoverableCell } from '../protection/audit.ts';
import type { CellSet, KnownCell, KnownTable, Statement } from '../protection/outside-view.ts';
import type { ProtectedRow, ProtectedTable } from '../protection/protected-table.ts';
import { countsOfRest, countsOfRow, countsOfValue, countsWithin } from '../protection/rounding.ts';
import type { Solver } from '../protection/solver.ts';
import { ContradictionError } from '../protection/work-out.ts';
import { releaseOf, sumOf } from './rows.ts';
import { isWithheld, WITHHELD, withheldMinor } from './tables.ts';
import { SYSTEMS, type WeekContent, type WeekTables } from './week-content.ts';

const SUBJECTS = ['systems', 'checkIns', 'countries'] as const satisfies readonly (keyof WeekTables)[];

/** A week whose revisions give small groups away. Private: it names them. */
export interface WeekLeaks {
  week: Week;
  recoverable: RecoverableCell[];
}

/**
 * What `publish` asks before it writes: the small groups that these revisions of some weeks give away. Weeks of totals
 * that were passed on as their source published them have nothing to hide, and are left out.
 */
export function leaksOf(
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  headline: readonly string[],
  solver: Solver,
): WeekLeaks[] {
  const ask = givenAwayBy(headline, solver);
  return [...contents]
    .map(([week, revisions]) => {
      const tables = revisions.filter(({ totals }) => totals === undefined).map((content) => content.tables);
      return { week, recoverable: ask(week, tables) };
    })
    .filter(({ recoverable }) => recoverable.length > 0);
}

/**
 * The small groups that the revisions of a week together give away, to one who has all that `rollcall audit` has, and knows
 * more than the files tell: every group, the row it is in, whether it had too few for one, which of them a revision
 * changed, and which repository all of them asked. No number of a group leaves this file.
 */
export function givenAwayBy(headline: readonly string[], solver: Solver) {
  return (week: Week, revisions: readonly WeekTables[]): RecoverableCell[] => {
    const states = new States();
    const tables = revisions.flatMap((each, at) =>
      SUBJECTS.map((subject) => withoutCounts(subject, at + 1, each[subject], states)),
    );
    const statements = revisions.flatMap((each, at) => [
      ...saidByMargins(each, at + 1),
      ...saidByCountries(each, at + 1, headline),
      ...saidByCheckIns(each, at + 1),
      ...(at === 0 ? [] : saidByRevision(revisions[at - 1]!, each, at + 1)),
    ]);
    try {
      return audit(tables, statements, solver);
    } catch (error) {
      if (!(error instanceof ContradictionError)) throw error;
      const advice =
        'no cells can have led to these rows, so some of them are damaged; restore the vault from a backup';
      throw new Error(`what was published of the week of ${mondayOf(week)}: ${error.message}: ${advice}`, {
        cause: error,
      });
    }
  };
}

/** Tells in which revisions a group had the same number. */
class States {
  readonly #states = new Map<string, Map<number, number>>();

  of(subject: string, id: string, count: number): number {
    const key = `${subject} ${id}`;
    const known = this.#states.get(key) ?? new Map<number, number>();
    this.#states.set(key, known);
    const state = known.get(count) ?? known.size;
    known.set(count, state);
    return state;
  }
}

function withoutCounts(subject: string, revision: number, table: ProtectedTable, states: States): KnownTable {
  const known = ({ id, isShown, atMost, systems: count }: ProtectedTable['dropped'][number]): KnownCell => {
    return { id, isShown, atMost, state: states.of(subject, id, count) };
  };
  const rows = table.rows.map(({ systems: number, members }) => {
    return { ...countsOfRow(table, number), members: members.map(known) };
  });
  return { subject, revision, k: table.k, rows, others: table.dropped.map(known) };
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
  const say = (has: (fields: string[]) => boolean, range: Statement['range']): Statement => {
    return { plus: systems(revision, (fields) => counted(fields) && has(fields)), minus: undefined, range };
  };
  const total = sumOf(rows.filter(({ dimensions }) => dimensions[0] === 'os'));
  const ofFields = [...Map.groupBy(rows, ({ dimensions }) => dimensions[0]!)].flatMap(([field, own]) => {
    const column = SYSTEMS.indexOf(field as (typeof SYSTEMS)[number]);
    const numberOf = new Map(own.map(({ dimensions, systems: number }) => [dimensions[1]!, number]));
    const ofValues = [...numberOf]
      .filter(([value]) => !isWithheld(value))
      .map(([value, number]) => say((fields) => fields[column] === value, countsOfValue(k, number)));
    if (field !== 'version') {
      const rest = countsOfRest(k, numberOf.get(WITHHELD) ?? 0);
      return [...ofValues, say((fields) => !numberOf.has(fields[column]!), rest)];
    }
    const majorIn = (fields: string[]) => releaseOf(fields[column]!);
    const majors = Map.groupBy(own, ({ dimensions }) => releaseOf(dimensions[1]!));
    const ofMajors = [...majors].flatMap(([major, minors]) => {
      if (major === WITHHELD) return [];
      const rest = countsOfRest(k, numberOf.get(withheldMinor(major)) ?? 0);
      return [
        say((fields) => majorIn(fields) === major, countsOfValue(k, sumOf(minors))),
        say((fields) => majorIn(fields) === major && !numberOf.has(fields[column]!), rest),
      ];
    });
    const rest = countsOfRest(k, numberOf.get(WITHHELD) ?? 0);
    return [...ofValues, ...ofMajors, say((fields) => !majors.has(majorIn(fields)), rest)];
  });
  return [say(() => true, countsWithin(k, total)), ...ofFields, ...saidOfEstablished(rows, k, revision, counted)];
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
  { systems: own, countries, margins }: WeekTables,
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
  if (margins !== undefined) return [same, alike(true), alike(false), saidOfOtherCountries(countries, revision)];
  // A revision by the first method changed one table and left the other as it was: these count other systems, and who takes
  // them for the same is wrong and works out nothing.
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const ofHeadline = new Map([...countsById(own)].filter(([id]) => counted(fieldsOf(id))));
  return total(ofHeadline) === total(countsById(countries)) ? [same] : [];
}

/** Those that no row has, not even that of a continent. */
function saidOfOtherCountries({ k, rows, dropped }: ProtectedTable, revision: number): Statement {
  const left = new Set(dropped.map(({ id }) => id));
  const number = sumOf(rows.filter(({ dimensions }) => dimensions[0] === WITHHELD));
  return {
    plus: { subject: 'countries', revision, has: (id) => left.has(id) },
    minus: undefined,
    range: countsOfRest(k, number),
  };
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
