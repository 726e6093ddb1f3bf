import { mondayOf, type Week } from '../../sightings/week.ts';
import type { Definition } from '../definition/definition.ts';
import { censusRulesOf, rolesBy } from '../definition/roles.ts';
import { audit, type RecoverableCell } from '../protection/audit.ts';
import type { CellSet, KnownCell, KnownTable, Statement, Subject } from '../protection/outside-view.ts';
import { compareKeys, type ProtectedRow, type ProtectedTable } from '../protection/protected-table.ts';
import {
  countsOfRest,
  countsOfRow,
  countsOfSum,
  countsOfValue,
  countsRoundedTo,
  countsWithin,
} from '../protection/rounding.ts';
import type { Solver } from '../protection/solver.ts';
import { ContradictionError } from '../protection/work-out.ts';
import { releaseOf, sumOf } from './rows.ts';
import { isWithheld, WITHHELD, withheldMinor } from './tables.ts';
import {
  CHECK_INS,
  HIGH,
  kindKey,
  LOW,
  nameInRepository,
  SYSTEMS,
  type WeekContent,
  type WeekTables,
} from './week-content.ts';

const SUBJECTS = ['systems', 'checkIns', 'countries'] as const satisfies readonly Subject[];

/** A week whose revisions give small groups away. Private: it names them. */
export interface WeekLeaks {
  week: Week;
  recoverable: RecoverableCell[];
}

/** Answers which small groups the revisions of a week together give away. */
export type Gate = (week: Week, revisions: readonly WeekTables[]) => RecoverableCell[];

/**
 * What `publish` asks before it writes: the small groups that the revisions of a week give away. Totals that were passed on
 * as their source published them have nothing to hide, and are left out.
 */
export function leaksOf(week: Week, revisions: readonly WeekContent[], ask: Gate): WeekLeaks[] {
  const tables = revisions.filter(({ totals }) => totals === undefined).map((content) => content.tables);
  const recoverable = ask(week, tables);
  return recoverable.length === 0 ? [] : [{ week, recoverable }];
}

/**
 * The small groups that the revisions of a week together give away, to one who has all that `rollcall audit` has, and knows
 * more than the files tell: every group, the row it is in, whether it had too few for one, which of them a revision
 * changed, and which repository all of them asked. No number of a group leaves this file.
 */
export function givenAwayBy(definition: Definition, solver: Solver): Gate {
  const roleOf = rolesBy(definition);
  return (week, revisions) => {
    const states = new States();
    const tables = revisions.flatMap((each, at) =>
      SUBJECTS.map((subject) => withoutCounts(subject, at + 1, each[subject], states)),
    );
    const known = revisions.map((each, at) => new Revision(each, at + 1));
    const statements = known.flatMap((each, at) => [
      ...saidByMargins(each),
      ...saidByCountries(each, definition.headline),
      ...saidByRepositories(each),
      ...saidByCheckIns(each),
      ...saidByBand(each, definition, roleOf),
      ...(at === 0 ? [] : saidByRevision(known[at - 1]!, each)),
    ]);
    try {
      return audit(tables, statements.filter(isTrueOf(known)), solver, known.flatMap(smallTogether));
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

interface Cell {
  id: string;
  fields: readonly string[];
  count: number;
}

/** A revision with its cells, their names taken apart once. */
class Revision {
  readonly tables: WeekTables;
  readonly #number: number;
  readonly #cells = new Map<Subject, Cell[]>();
  readonly #counts = new Map<Subject, Map<string, number>>();

  constructor(tables: WeekTables, number: number) {
    this.tables = tables;
    this.#number = number;
  }

  cells(subject: Subject): readonly Cell[] {
    const known = this.#cells.get(subject);
    if (known !== undefined) return known;
    const { rows, dropped } = this.tables[subject];
    const cells = [...rows.flatMap((row) => row.members), ...dropped].map(({ id, systems: count }) => {
      return { id, fields: JSON.parse(id) as string[], count };
    });
    this.#cells.set(subject, cells);
    return cells;
  }

  counts(subject: Subject): ReadonlyMap<string, number> {
    const known = this.#counts.get(subject) ?? new Map(this.cells(subject).map(({ id, count }) => [id, count]));
    this.#counts.set(subject, known);
    return known;
  }

  sumOver({ subject, ids }: CellSet): number {
    const counts = this.counts(subject);
    return ids.reduce((sum, id) => sum + counts.get(id)!, 0);
  }

  set(subject: Subject, ids: readonly string[]): CellSet {
    return { subject, revision: this.#number, ids };
  }

  setOf(subject: Subject, cells: readonly Cell[]): CellSet {
    return this.set(
      subject,
      cells.map(({ id }) => id),
    );
  }

  those(subject: Subject, has: (fields: readonly string[], id: string) => boolean): CellSet {
    return this.setOf(
      subject,
      this.cells(subject).filter(({ fields, id }) => has(fields, id)),
    );
  }
}

/**
 * Weeks that were published by rules of their time are not always as an outsider takes them: a revision by the first method
 * changed one table and left the other as it was. Who takes for true what is not so is wrong, and works out nothing.
 */
function isTrueOf(revisions: readonly Revision[]): (statement: Statement) => boolean {
  const sumOver = (set: CellSet) => revisions[set.revision - 1]!.sumOver(set);
  return ({ plus, also, minus, range }) => {
    const truth = sumOver(plus) + (also === undefined ? 0 : sumOver(also)) - (minus === undefined ? 0 : sumOver(minus));
    return truth >= range.least && truth <= range.most;
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

function withoutCounts(subject: Subject, revision: number, table: ProtectedTable, states: States): KnownTable {
  const known = ({ id, isShown, atMost, systems: count }: ProtectedTable['dropped'][number]): KnownCell => {
    return { id, isShown, atMost, state: states.of(subject, id, count) };
  };
  const rows = table.rows.map(({ systems: number, members }) => {
    return { ...countsOfRow(table, number), members: members.map(known) };
  });
  return { subject, revision, k: table.k, rows, others: table.dropped.map(known) };
}

/** Each number is within less than k of the truth, and none is shown of fewer than k. */
function saidByMargins(revision: Revision): Statement[] {
  const { margins } = revision.tables;
  if (margins === undefined || margins.rows.length === 0) return [];
  const { k, rows, headline } = margins;
  const say = (has: (fields: readonly string[]) => boolean, range: Statement['range']): Statement => {
    const plus = revision.those('systems', (fields) => headline.includes(fields[0]!) && has(fields));
    return { plus, minus: undefined, range };
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
    const majorIn = (fields: readonly string[]) => releaseOf(fields[column]!);
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
  return [say(() => true, countsWithin(k, total)), ...ofFields, ...saidOfEstablished(rows, k, say)];
}

/** Ages 2 to 4 together, where all of them are shown. */
function saidOfEstablished(
  rows: readonly ProtectedRow[],
  k: number,
  say: (has: (fields: readonly string[]) => boolean, range: Statement['range']) => Statement,
): Statement[] {
  const ages = rows.filter(({ dimensions }) => dimensions[0] === 'age');
  if (ages.some(({ dimensions }) => dimensions[1] === WITHHELD)) return [];
  const isOld = (age: string) => age !== '1';
  const column = SYSTEMS.indexOf('age');
  const number = sumOf(ages.filter(({ dimensions }) => isOld(dimensions[1]!)));
  return [say((fields) => isOld(fields[column]!), countsWithin(k, number))];
}

/**
 * Countries are those of the headline's systems, in total and, where that is shown, by how long they have been there.
 * `headline` is that of now, for weeks that do not say what theirs was.
 */
function saidByCountries(revision: Revision, headline: readonly string[]): Statement[] {
  const { countries, margins } = revision.tables;
  if (isEmpty(countries)) return [];
  const counted = (fields: readonly string[]) => (margins?.headline ?? headline).includes(fields[0]!);
  const age = SYSTEMS.indexOf('age');
  const alike = (isNew: boolean): Statement => ({
    plus: revision.those('systems', (fields) => counted(fields) && (fields[age] === '1') === isNew),
    minus: revision.those('countries', ([, duration]) => duration === (isNew ? 'new_or_shortlived' : 'established')),
    range: { least: 0, most: 0 },
  });
  const same = {
    plus: revision.those('systems', counted),
    minus: revision.those('countries', () => true),
    range: { least: 0, most: 0 },
  };
  // Weeks of the first method have countries of which it is not known.
  return margins === undefined ? [same] : [same, alike(true), alike(false), saidOfOtherCountries(revision)];
}

/** Those that no row has, not even that of a continent. */
function saidOfOtherCountries(revision: Revision): Statement {
  const { k, rows, dropped } = revision.tables.countries;
  const left = new Set(dropped.map(({ id }) => id));
  const number = sumOf(rows.filter(({ dimensions }) => dimensions[0] === WITHHELD));
  return {
    plus: revision.those('countries', (_fields, id) => left.has(id)),
    minus: undefined,
    range: countsOfRest(k, number),
  };
}

/** What all rows of a repository add up to, and those of an os name in it. */
function saidByRepositories(revision: Revision): Statement[] {
  const { k, controlled, rows } = revision.tables.checkIns;
  if (!controlled || rows.length === 0) return [];
  const [os, tag] = [CHECK_INS.indexOf('os'), CHECK_INS.indexOf('repoTag')];
  const named = rows.filter(({ dimensions }) => dimensions[tag] !== WITHHELD);
  const rowsOf = Map.groupBy(named, ({ dimensions }) => dimensions[tag]!);
  const cellsOf = Map.groupBy(revision.cells('checkIns'), ({ fields }) => fields[tag]!);
  const say = (own: readonly ProtectedRow[], cells: readonly Cell[]): Statement => ({
    plus: revision.setOf('checkIns', cells),
    minus: undefined,
    range: countsOfSum(k, sumOf(own)),
  });
  return [...rowsOf].flatMap(([name, own]) => {
    const cells = cellsOf.get(name) ?? [];
    const rowsByOs = Map.groupBy(own, ({ dimensions }) => dimensions[os]!);
    rowsByOs.delete(WITHHELD);
    const cellsByOs = Map.groupBy(cells, ({ fields }) => fields[os]!);
    return [say(own, cells), ...[...rowsByOs].map(([osName, some]) => say(some, cellsByOs.get(osName) ?? []))];
  });
}

/**
 * Most systems ask the same repositories: of what a group asked, the outsider takes each repository that as many asked as
 * there are systems for these systems.
 */
function saidByCheckIns(revision: Revision): Statement[] {
  if (isEmpty(revision.tables.checkIns)) return [];
  const kinds = Map.groupBy(revision.cells('systems'), ({ fields }) => kindKey('systems', fields));
  return revision.cells('checkIns').flatMap(({ id, fields, count }): Statement[] => {
    const own = kinds.get(kindKey('checkIns', fields)) ?? [];
    if (own.reduce((sum, cell) => sum + cell.count, 0) !== count) return [];
    const ids = own.map((cell) => cell.id);
    const [plus, minus] = [revision.set('systems', ids), revision.set('checkIns', [id])];
    return [{ plus, minus, range: { least: 0, most: 0 } }];
  });
}

/**
 * No repository that every system has is asked by fewer than the least or by more than the most; who knows which repository
 * is the one knows its number from both sides. By the definition of now: what is not true of former weeks is left out.
 */
function saidByBand(revision: Revision, definition: Definition, roleOf: ReturnType<typeof rolesBy>): Statement[] {
  const { band, margins } = revision.tables;
  const numberOf = (name: string) => band?.rows.find(({ dimensions }) => dimensions[0] === name)?.systems;
  const [low, high] = [numberOf(LOW), numberOf(HIGH)];
  if (low === undefined || high === undefined || margins === undefined) return [];
  const { k, rows, headline } = margins;
  const ruleOf = (os: string) => censusRulesOf(definition, os)[0];
  const byPlace = Map.groupBy(revision.cells('checkIns'), ({ fields }) => placeOf(fields, headline, roleOf));
  byPlace.delete(undefined);
  const counted = revision.those('systems', ([os]) => headline.includes(os!));
  const sums: { plus: CellSet; also?: CellSet }[] = [...byPlace.values()].map((cells) => {
    const asked = new Set(cells.map(({ fields: [os] }) => ruleOf(os!)));
    const own = cells.map(({ id }) => id);
    const unasked = revision.those('systems', ([os]) => headline.includes(os!) && !asked.has(ruleOf(os!)));
    return { plus: revision.set('checkIns', own), also: unasked };
  });
  const all = [{ plus: counted }, ...sums];
  const truths = all.map(
    ({ plus, also }: (typeof sums)[number]) => revision.sumOver(plus) + (also ? revision.sumOver(also) : 0),
  );
  const total = sumOf(rows.filter(({ dimensions }) => dimensions[0] === 'os'));
  const [ofLow, ofHigh] = [countsRoundedTo(k, low), countsRoundedTo(k, high)];
  return all.map((sum, at) => {
    const least = high > total && truths[at] === Math.max(...truths) ? ofHigh.least : ofLow.least;
    const most = low < total && truths[at] === Math.min(...truths) ? ofLow.most : ofHigh.most;
    return { ...sum, minus: undefined, range: { least, most } };
  });
}

/** Which of the cross-check repositories these check-ins of the headline's systems asked. */
function placeOf(
  fields: readonly string[],
  headline: readonly string[],
  roleOf: ReturnType<typeof rolesBy>,
): number | undefined {
  const [osName, osVersion, osVariant, osArch, , repoTag, repoArch] = fields as [string, ...string[]] & string[];
  if (!headline.includes(osName)) return undefined;
  const system = { client: '', osName, osVersion: osVersion!, osVariant: osVariant!, osArch: osArch! };
  const role = roleOf(system, { age: 1, repoTag: repoTag!, repoArch: repoArch! });
  return role.kind === 'crosscheck' ? role.place : undefined;
}

/**
 * Small groups that have one value in common of which no number says anything: an edition, a country, a repository. They
 * are several, and together fewer than k.
 */
function smallTogether(revision: Revision): CellSet[] {
  const { margins, systems } = revision.tables;
  const those = (
    subject: Subject,
    valueIn: (fields: readonly string[]) => string,
    shown: ReadonlySet<string>,
    has: (fields: readonly string[]) => boolean = () => true,
  ) => {
    const own = revision.cells(subject).filter(({ fields }) => has(fields) && !shown.has(valueIn(fields)));
    return [...Map.groupBy(own, ({ fields }) => valueIn(fields)).values()].flatMap((cells) => {
      const isSmall = cells.length > 1 && cells.reduce((sum, { count }) => sum + count, 0) < systems.k;
      const ids = cells.map(({ id }) => id);
      return isSmall ? [revision.set(subject, ids)] : [];
    });
  };
  const inRows = (subject: 'countries' | 'checkIns', valueIn: (fields: readonly string[]) => string) => {
    const { rows, controlled } = revision.tables[subject];
    const shown = new Set(rows.map(({ dimensions }) => valueIn(dimensions)));
    return controlled && rows.length > 0 ? those(subject, valueIn, shown) : [];
  };
  const inMargins = (column: number, part: (value: string) => string = (value) => value) => {
    const own = margins!.rows.filter(({ dimensions }) => dimensions[0] === SYSTEMS[column]);
    const shown = new Set(own.map(({ dimensions }) => part(dimensions[1]!)));
    const isCounted = (fields: readonly string[]) => margins!.headline.includes(fields[0]!);
    return those('systems', (fields) => part(fields[column]!), shown, isCounted);
  };
  const hasMargins = margins !== undefined && margins.rows.length > 0;
  return [
    ...(hasMargins ? SYSTEMS.flatMap((_, column) => inMargins(column)) : []),
    ...(hasMargins ? inMargins(SYSTEMS.indexOf('version'), releaseOf) : []),
    ...inRows('countries', ([country]) => country!),
    ...inRows('checkIns', (fields) => fields[CHECK_INS.indexOf('repoTag')]!),
    ...inRows('checkIns', nameInRepository),
  ];
}

/** Kinds of systems (`kindKey`) all of which asked a repository in which they have a row: the smallest first. */
export function kindsThatAsked(tables: WeekTables): string[] {
  const systems = new Revision(tables, 1).cells('systems');
  const counts = sumsBy(systems, (fields) => kindKey('systems', fields));
  const shown = tables.checkIns.rows.flatMap(({ members }) => members.filter(({ isShown }) => isShown));
  const tied = shown.flatMap(({ id, systems: count }) => {
    const kind = kindKey('checkIns', JSON.parse(id) as string[]);
    return counts.get(kind) === count ? [kind] : [];
  });
  return [...new Set(tied)].sort((a, b) => counts.get(a)! - counts.get(b)! || compareKeys(a, b));
}

/**
 * What changed between two revisions is still related: late logs only add, to each cell that is still there, and whatever
 * became of names, to each architecture and age.
 */
function saidByRevision(before: Revision, now: Revision): Statement[] {
  return SUBJECTS.flatMap((subject) => {
    const [old, own] = [before.counts(subject), now.counts(subject)];
    const keyOf = relationOf(subject);
    const [oldSums, ownSums] = [sumsBy(before.cells(subject), keyOf), sumsBy(now.cells(subject), keyOf)];
    const hasGrown = (was: ReadonlyMap<string, number>, is: ReadonlyMap<string, number>) =>
      [...was].every(([key, count]) => (is.get(key) ?? 0) >= count);
    const isSame = (key: string) => oldSums.get(key) === ownSums.get(key);
    const cells = hasGrown(old, own) ? [...own.keys()].filter((id) => old.has(id) && old.get(id) !== own.get(id)) : [];
    const keys = hasGrown(oldSums, ownSums) ? [...ownSums.keys()].filter((key) => oldSums.has(key)) : [];
    const related = (of: (revision: Revision) => CellSet, most: number): Statement => {
      return { plus: of(now), minus: of(before), range: { least: 0, most } };
    };
    return [
      ...cells.map((cell) => related((revision) => revision.set(subject, [cell]), Infinity)),
      ...keys.map((key) =>
        related((revision) => revision.those(subject, (fields) => keyOf(fields) === key), isSame(key) ? 0 : Infinity),
      ),
    ];
  });
}

/** What aliases and definitions leave as it is. */
function relationOf(subject: Subject): (fields: readonly string[]) => string {
  if (subject === 'countries') return ([country]) => country!;
  if (subject === 'checkIns') return () => '';
  return (fields) => fields[SYSTEMS.indexOf('age')]!;
}

function sumsBy(cells: readonly Cell[], keyOf: (fields: readonly string[]) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { fields, count } of cells) sums.set(keyOf(fields), (sums.get(keyOf(fields)) ?? 0) + count);
  return sums;
}

function isEmpty({ rows }: ProtectedTable): boolean {
  return rows.length === 0;
}
