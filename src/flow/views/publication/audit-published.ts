import { givesAway } from '../protection/audit.ts';
import type { Interval } from '../protection/bounds.ts';
import type { Subject } from '../protection/outside-view.ts';
import { rowKey } from '../protection/protected-table.ts';
import {
  countsOfRest,
  countsOfRow,
  countsOfSum,
  countsOfValue,
  countsRoundedTo,
  countsWithin,
} from '../protection/rounding.ts';
import type { Solver, Sum } from '../protection/solver.ts';
import { ContradictionError, workOut } from '../protection/work-out.ts';
import type { ReadableRow, ReadableWeek } from './readable-week.ts';
import { releaseOf } from './rows.ts';
import { isWithheld, OTHER, WITHHELD, withheldMinor } from './tables.ts';
import { CHECK_INS, SYSTEMS } from './week-content.ts';

/** What an outsider knows beside the published files: names, and never a number. Groups go by the `rowKey` of their names. */
export interface Outsider {
  groups: Readonly<Record<Subject, ReadonlySet<string>>>;
  /** Whether there are no others, but those that have a row for themselves. */
  areAll: Readonly<Record<Subject, boolean>>;
  /** Whether it is known beforehand that there are systems in a group; of others only that can be given away. */
  exists: (subject: Subject, id: string) => boolean;
  /**
   * Why a group has no row for itself. `few`: it had too few for one. `enough`: it had enough, and hides nothing. Undefined:
   * that is not known. Nor is it where names are withheld: conclusions are drawn only where rows bear all of its names.
   */
  sizeOf: (subject: Subject, id: string, revision: number) => 'few' | 'enough' | undefined;
  /** Whether its number is that of the revision before. */
  isUnchanged: (subject: Subject, id: string, revision: number) => boolean;
  /** Repositories that these groups of systems asked, each of them once. */
  asked: (revision: number) => readonly { checkIns: string; systems: ReadonlySet<string> }[];
  continentOf: (country: string) => string;
}

export interface PublishedFinding extends Interval {
  subject: Subject;
  id: string;
  /** The first of the revisions, from 1, in which the group had this number. */
  revision: number;
}

/**
 * The groups that all revisions of one week give away to who reads what is published, and nothing else, and knows what an
 * `Outsider` knows. In which row a group is, he can only tell from the names that are left in it, and of some not whether
 * they are in one at all. Throws a `ContradictionError` where what he believes cannot be so.
 */
export function auditPublished(
  revisions: readonly ReadableWeek[],
  outsider: Outsider,
  solver: Solver,
): PublishedFinding[] {
  const problem = new Problem(outsider);
  revisions.forEach((revision, at) => {
    new Reading(problem, revision, at + 1).note();
  });
  const { counts, sums } = problem;
  const isHidden = (count: number) => {
    const { group, parts } = counts[count]!;
    return group !== undefined && parts.every((part) => counts[part]!.isHidden);
  };
  const bounds = workOut(
    { counts, sums },
    solver,
    isHidden,
    (count, { least, most }) => least <= 0 && most - least >= counts[count]!.k / 2,
  );
  const exists = (count: number) => {
    const { subject, id } = counts[count]!.group!;
    return outsider.exists(subject, id);
  };
  return counts.flatMap(({ group, parts, k }, count) => {
    if (group === undefined || !isHidden(count) || !givesAway(bounds[count]!, k)) return [];
    const isNews = bounds[count]!.least >= 1 || parts.some(exists);
    return isNews ? [{ ...group, ...bounds[count]! }] : [];
  });
}

/** What stands in the other fields of groups that have one value in common. */
const ANY = '*';

/** The number of a group, of groups that have one value in common, or of the part of a group that is in one row. */
interface Count extends Interval {
  group: { subject: Subject; id: string; revision: number } | undefined;
  /** The groups: itself, or those with the value. */
  parts: readonly number[];
  /** Not shown, and not known to have enough. */
  isHidden: boolean;
  k: number;
}

class Problem {
  readonly counts: Count[] = [];
  readonly sums: Sum[] = [];
  readonly outsider: Outsider;
  /** Of the revision before. */
  readonly before = new Map<string, number>();
  readonly #together = new Set<string>();

  constructor(outsider: Outsider) {
    this.outsider = outsider;
  }

  add(k: number, group?: Count['group'], parts: readonly number[] = [this.counts.length]): number {
    return this.counts.push({ group, parts, isHidden: true, k, least: 0, most: Infinity }) - 1;
  }

  /** Of those that did not change since the revision before nothing new is asked. */
  addTogether(k: number, group: NonNullable<Count['group']>, parts: readonly number[]): void {
    if (this.#together.has(`${parts}`)) return;
    this.#together.add(`${parts}`);
    this.sums.push({ plus: parts, minus: [this.add(k, group, parts)], least: 0, most: 0 });
  }

  /** Where there may be groups that nobody knows of, those that are known are no more than what is said of all. */
  say(subject: Subject, plus: readonly number[], { least, most }: Interval, minus: readonly number[] = []): void {
    const known = this.outsider.areAll[subject] ? least : Math.min(least, 0);
    if (plus.length + minus.length > 0) this.sums.push({ plus, minus, least: known, most });
    else if (known > 0) throw new ContradictionError('expected a group that a number stands for, found none');
  }

  narrow(count: number, { least, most }: Interval): void {
    const known = this.counts[count]!;
    known.least = Math.max(known.least, least);
    known.most = Math.min(known.most, most);
  }
}

/** What one revision of a week says. */
class Reading {
  readonly #problem: Problem;
  readonly #week: ReadableWeek;
  readonly #revision: number;

  constructor(problem: Problem, week: ReadableWeek, revision: number) {
    this.#problem = problem;
    this.#week = week;
    this.#revision = revision;
  }

  note(): void {
    const { systems: rows, checkIns: others, countries: lands } = this.#week;
    const systems = this.#groups('systems', rows);
    const checkIns = this.#groups('checkIns', others);
    const countries = this.#groups('countries', lands);
    for (const [subject, some, own] of [
      ['systems', rows, systems],
      ['checkIns', others, checkIns],
    ] as const) {
      this.#noteSizes(subject, some, own);
      this.#notePlaces(subject, some, own);
    }
    this.#noteMargins(systems);
    this.#noteRepositories(checkIns);
    if (lands.length > 0) {
      this.#noteSizes('countries', [], countries);
      this.#noteCountries(countries, systems);
    }
    this.#noteAsked(systems, checkIns);
    this.#noteBand(systems, checkIns);
    this.#noteTogether(systems, checkIns, countries);
  }

  /** By their ids. */
  #groups(subject: Subject, rows: readonly ReadableRow[]): Map<string, Group> {
    const problem = this.#problem;
    const { k, hasOnlyGrown } = this.#week;
    const own = new Map(rows.filter(({ names }) => !this.#isCoarse(names)).map((row) => [rowKey(row.names), row]));
    const ids = [...new Set([...problem.outsider.groups[subject], ...own.keys()])].sort();
    return new Map(
      ids.map((id) => {
        const key = `${subject} ${id}`;
        const before = problem.before.get(key);
        const isSame = before !== undefined && problem.outsider.isUnchanged(subject, id, this.#revision);
        const count = isSame ? before : problem.add(k, { subject, id, revision: this.#revision });
        problem.before.set(key, count);
        if (before !== undefined && !isSame && hasOnlyGrown)
          problem.sums.push({ plus: [count], minus: [before], least: 0, most: Infinity });
        const row = own.get(id);
        if (row !== undefined) {
          problem.narrow(count, this.#countsOf(row));
          problem.counts[count]!.isHidden = false;
        }
        return [id, { id, names: JSON.parse(id) as string[], count, hasRow: row !== undefined }];
      }),
    );
  }

  #isCoarse(names: readonly string[]): boolean {
    return names.some((name) => this.#isGivenUp(name));
  }

  /** The first method wrote `other`. */
  #isGivenUp(name: string): boolean {
    return name === WITHHELD || (name === OTHER && !this.#week.isControlled);
  }

  #countsOf({ number }: ReadableRow): Interval {
    return countsOfRow({ k: this.#week.k, ...(this.#week.isControlled ? { controlled: true } : {}) }, number);
  }

  /** R7: who sees that rows bear each of a group's names takes it for too small for one. */
  #noteSizes(subject: Subject, rows: readonly ReadableRow[], groups: ReadonlyMap<string, Group>): void {
    const names = rows[0]?.names.map((_, column) => new Set(rows.map((row) => row.names[column]!)));
    const { outsider, counts } = this.#problem;
    const { k } = this.#week;
    for (const { hasRow, id, names: own, count } of groups.values()) {
      if (hasRow) continue;
      const size = outsider.sizeOf(subject, id, this.#revision);
      if (size === 'enough') counts[count]!.isHidden = false;
      if (names === undefined || !own.every((name, column) => names[column]!.has(name))) continue;
      if (size === 'enough') this.#problem.narrow(count, { least: k, most: Infinity });
      if (size === 'few') this.#problem.narrow(count, { least: 0, most: k - 1 });
    }
  }

  /** A group without a row for itself is in one that bears no other names than its own, or in none. */
  #notePlaces(subject: Subject, rows: readonly ReadableRow[], groups: ReadonlyMap<string, Group>): void {
    const coarse = rows.filter(({ names }) => this.#isCoarse(names));
    this.#place(
      subject,
      coarse.map((row) => ({
        range: this.#countsOf(row),
        fits: ({ names }) => row.names.every((name, column) => this.#isGivenUp(name) || name === names[column]),
      })),
      [...groups.values()].filter(({ hasRow }) => !hasRow),
      Infinity,
    );
  }

  /** `mostOutside`: how many of each group may be in none of the rows. */
  #place(subject: Subject, rows: readonly Place[], groups: readonly Group[], mostOutside: number): void {
    const problem = this.#problem;
    const parts = groups.map((): number[] => []);
    for (const { range, fits } of rows) {
      const inRow = groups.flatMap((group, at) => {
        if (!fits(group)) return [];
        const part = problem.add(this.#week.k);
        parts[at]!.push(part);
        return [part];
      });
      problem.say(subject, inRow, range);
    }
    groups.forEach(({ count }, at) => {
      if (parts[at]!.length > 0 || mostOutside === 0)
        problem.sums.push({ plus: [count], minus: parts[at]!, least: 0, most: mostOutside });
    });
  }

  #noteMargins(groups: ReadonlyMap<string, Group>): void {
    const { k, margins, headline } = this.#week;
    if (margins.length === 0) return;
    const counted = [...groups.values()].filter(({ names }) => headline.includes(names[0]!));
    const say = (has: (names: readonly string[]) => boolean, range: Interval) =>
      this.#problem.say(
        'systems',
        counted.filter(({ names }) => has(names)).map(({ count }) => count),
        range,
      );
    for (const [field, rows] of Map.groupBy(margins, ({ names }) => names[0]!)) {
      const column = SYSTEMS.indexOf(field as (typeof SYSTEMS)[number]);
      const numbers = new Map(rows.map(({ names, number }) => [names[1]!, number]));
      const rest = (name: string) => countsOfRest(k, numbers.get(name) ?? 0);
      for (const [value, number] of numbers)
        if (!isWithheld(value)) say((names) => names[column] === value, countsOfValue(k, number));
      if (field === 'os') say(() => true, countsWithin(k, sumOf(rows)));
      if (field === 'age' && !numbers.has(WITHHELD)) {
        const old = rows.filter(({ names }) => names[1] !== '1');
        say((names) => names[column] !== '1', countsWithin(k, sumOf(old)));
      }
      if (field !== 'version') {
        say((names) => !numbers.has(names[column]!), rest(WITHHELD));
        continue;
      }
      const majors = Map.groupBy(rows, ({ names }) => releaseOf(names[1]!));
      for (const [major, minors] of majors) {
        if (major === WITHHELD) continue;
        const isIn = (names: readonly string[]) => releaseOf(names[column]!) === major;
        say(isIn, countsOfValue(k, sumOf(minors)));
        say((names) => isIn(names) && !numbers.has(names[column]!), rest(withheldMinor(major)));
      }
      say((names) => !majors.has(releaseOf(names[column]!)), rest(WITHHELD));
    }
  }

  /** What all rows of a repository add up to, and those of an os name in it. */
  #noteRepositories(groups: ReadonlyMap<string, Group>): void {
    const { k, isControlled, checkIns, wholeRepositories } = this.#week;
    if (!isControlled) return;
    const [os, tag] = [CHECK_INS.indexOf('os'), CHECK_INS.indexOf('repoTag')];
    for (const repository of wholeRepositories) {
      const rows = checkIns.filter(({ names }) => names[tag] === repository);
      const own = [...groups.values()].filter(({ names }) => names[tag] === repository);
      const byOs = Map.groupBy(rows, ({ names }) => names[os]!);
      byOs.delete(WITHHELD);
      this.#problem.say('checkIns', countsOf(own), countsOfSum(k, sumOf(rows)));
      for (const [name, some] of byOs) {
        const ofName = own.filter(({ names }) => names[os] === name);
        this.#problem.say('checkIns', countsOf(ofName), countsOfSum(k, sumOf(some)));
      }
    }
  }

  /** Countries hold the headline's systems, new ones and established ones. */
  #noteCountries(countries: ReadonlyMap<string, Group>, systems: ReadonlyMap<string, Group>): void {
    const { countries: rows, isControlled, k } = this.#week;
    const { continentOf } = this.#problem.outsider;
    const lands = [...countries.values()];
    const isOfLand = ({ names: [country] }: ReadableRow) => lands.some(({ names }) => names[0] === country);
    const whole = rows.filter((row) => row.names[1] === WITHHELD && isOfLand(row));
    for (const row of whole) {
      const own = lands.filter(({ names }) => names[0] === row.names[0]);
      this.#problem.say('countries', countsOf(own), this.#countsOf(row));
    }
    const others = lands.filter(({ names }) => !rows.some((row) => row.names[0] === names[0]));
    const continents = rows.filter((row) => row.names[1] === WITHHELD && !isOfLand(row) && row.names[0] !== WITHHELD);
    const places = continents.map((row): Place => {
      const fits = ({ names }: Group) => [continentOf(names[0]!), OTHER].includes(row.names[0]!);
      return { range: this.#countsOf(row), fits };
    });
    const rest = sumOf(rows.filter(({ names }) => names[0] === WITHHELD));
    if (!isControlled) return this.#place('countries', places, others, Infinity);
    this.#place('countries', [...places, { range: countsOfRest(k, rest), fits: () => true }], others, 0);
    for (const isNew of [true, false]) this.#noteDuration(isNew, lands, systems);
  }

  #noteDuration(isNew: boolean, lands: readonly Group[], systems: ReadonlyMap<string, Group>): void {
    const { headline, k, margins } = this.#week;
    const column = SYSTEMS.indexOf('age');
    const own = lands.filter(({ names }) => (names[1] === 'new_or_shortlived') === isNew);
    const same = [...systems.values()].filter(({ names }) => {
      return headline.includes(names[0]!) && (names[column] === '1') === isNew;
    });
    if (this.#problem.outsider.areAll.systems)
      return this.#problem.say('countries', countsOf(same), { least: 0, most: 0 }, countsOf(own));
    const ages = margins.filter(({ names }) => names[0] === 'age' && (names[1] === '1') === isNew);
    if (ages.every(({ names }) => names[1] !== WITHHELD))
      this.#problem.say('countries', countsOf(own), countsWithin(k, sumOf(ages)));
  }

  /** What every repository was asked by, where all that asked are known, and otherwise at most. */
  #noteBand(systems: ReadonlyMap<string, Group>, checkIns: ReadonlyMap<string, Group>): void {
    const { low, high, headline, k, margins, crosscheckOf } = this.#week;
    if (low === null || high === null || margins.length === 0) return;
    const isCounted = ({ names }: Group) => headline.includes(names[0]!);
    const byPlace = Map.groupBy([...checkIns.values()].filter(isCounted), ({ names }) => crosscheckOf(names));
    byPlace.delete(undefined);
    const counted = [...systems.values()].filter(isCounted);
    const total = sumOf(margins.filter(({ names }) => names[0] === 'os'));
    const [ofLow, ofHigh] = [countsRoundedTo(k, low), countsRoundedTo(k, high)];
    for (const own of byPlace.values()) {
      // Names that did not ask it stand in it with their systems. That it was asked is known where the two differ.
      const asked = new Set(own.map(({ names }) => names[0]!));
      const isOnly = byPlace.size === 1 && low < high && counted.every(({ names }) => asked.has(names[0]!));
      const least = isOnly ? (high > total + k ? ofHigh : ofLow).least : 0;
      const most = (isOnly && low < total - k ? ofLow : ofHigh).most;
      this.#problem.say('checkIns', countsOf(own), { least, most });
    }
    this.#problem.say('systems', countsOf(counted), { least: ofLow.least, most: ofHigh.most });
  }

  /** Values of which no number says anything are as secret as groups: an edition, a country, a repository. */
  #noteTogether(
    systems: ReadonlyMap<string, Group>,
    checkIns: ReadonlyMap<string, Group>,
    countries: ReadonlyMap<string, Group>,
  ): void {
    const { margins, headline, checkIns: asked, countries: lands, isControlled } = this.#week;
    if (!isControlled) return;
    if (margins.length > 0) {
      const counted = [...systems.values()].filter(({ names }) => headline.includes(names[0]!));
      const inMargins = (column: number, part: Part) => {
        const own = margins.filter(({ names }) => names[0] === SYSTEMS[column]);
        const shown = new Set(own.map(({ names }) => rowKey([part(names[1]!)])));
        this.#noteValues('systems', counted, [column], part, shown);
      };
      for (const column of SYSTEMS.keys()) inMargins(column, WHOLE);
      inMargins(SYSTEMS.indexOf('version'), releaseOf);
    }
    const inRows = (subject: Subject, rows: readonly ReadableRow[], groups: Iterable<Group>, columns: number[]) => {
      const shown = new Set(rows.map(({ names }) => rowKey(columns.map((column) => names[column]!))));
      if (rows.length > 0) this.#noteValues(subject, groups, columns, WHOLE, shown);
    };
    const [os, tag] = [CHECK_INS.indexOf('os'), CHECK_INS.indexOf('repoTag')];
    inRows('countries', lands, countries.values(), [0]);
    inRows('checkIns', asked, checkIns.values(), [tag]);
    inRows('checkIns', asked, checkIns.values(), [os, tag]);
  }

  /** `shown`: by the `rowKey` of what stands in `columns`. */
  #noteValues(
    subject: Subject,
    groups: Iterable<Group>,
    columns: readonly number[],
    part: Part,
    shown: ReadonlySet<string>,
  ): void {
    const keyOf = ({ names }: Group) => rowKey(columns.map((column) => part(names[column]!)));
    for (const [key, own] of Map.groupBy(groups, keyOf)) {
      if (own.length < 2 || shown.has(key) || own.some(({ hasRow }) => hasRow)) continue;
      const id = rowKey(own[0]!.names.map((name, column) => (columns.includes(column) ? part(name) : ANY)));
      this.#problem.addTogether(this.#week.k, { subject, id, revision: this.#revision }, countsOf(own));
    }
  }

  #noteAsked(systems: ReadonlyMap<string, Group>, checkIns: ReadonlyMap<string, Group>): void {
    for (const { checkIns: id, systems: ids } of this.#problem.outsider.asked(this.#revision)) {
      const own = [...systems.values()].filter((group) => ids.has(group.id));
      const asked = checkIns.get(id);
      if (asked !== undefined) this.#problem.say('systems', countsOf(own), { least: 0, most: 0 }, [asked.count]);
    }
  }
}

/** Which part of a field's value is looked at. */
type Part = (value: string) => string;
const WHOLE: Part = (value) => value;

interface Group {
  id: string;
  names: readonly string[];
  count: number;
  hasRow: boolean;
}

interface Place {
  range: Interval;
  fits: (group: Group) => boolean;
}

function countsOf(groups: readonly Group[]): number[] {
  return groups.map(({ count }) => count);
}

function sumOf(rows: readonly ReadableRow[]): number {
  return rows.reduce((sum, { number }) => sum + number, 0);
}
