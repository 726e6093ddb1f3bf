import assert from 'node:assert/strict';
import type { Highs } from 'highs';
import { allTotals, type Publication, type PublishedWeek } from '../../src/flow/views/publication/tables.ts';
import type { Survey } from '../../src/flow/views/survey.ts';
import type { Published } from './random-vaults.ts';

/**
 * A second audit, that shares nothing with the first but the library: from the rows that everybody can read, by their
 * names alone, and from what SPEC.md (R7) says that a stranger may know. It has one unknown for each group and none for
 * what lies between groups and rows: what rows say of groups, when nobody knows which group is in which, is said by sums
 * over all sets of rows (Hall's theorem). Its problem is written as text, and solved from scratch for each group.
 */
const FIELDS = ['os', 'version', 'edition', 'arch', 'client', 'age'] as const;
const ASKED = ['os', 'version', 'edition', 'arch', 'age', 'repoTag', 'repoArch'] as const;
const AGE = FIELDS.indexOf('age');

export interface KnownGroup {
  /** `systems AlmaLinux|9.4|...` */
  name: string;
  systems: number;
  least: number;
  most: number;
}

interface Range {
  least: number;
  most: number;
}

interface Line extends Range {
  plus: readonly number[];
  minus: readonly number[];
}

interface Group {
  subject: string;
  fields: readonly string[];
  /** The truth of this revision, of which a stranger knows only whether it is below k, and when it changes. */
  systems: number;
  unknown: number;
  /** It has a row for itself. */
  isShown: boolean;
  isEnough: boolean;
}

interface Shown {
  fields: readonly string[];
  number: number;
}

/** The groups that a stranger knows to exist, or to within k / 2, and may be of fewer than k. `chosen`: by their names. */
export function workedOutByAStranger(
  highs: Highs,
  revisions: readonly Published[],
  chosen: (name: string) => boolean = () => true,
): KnownGroup[] {
  const view = viewOf(revisions);
  return [...view.hidden].flatMap(([unknown, { name, systems, k }]) => {
    if (!chosen(name)) return [];
    const least = Math.max(0, Math.ceil(extreme(highs, view, unknown, 'Minimize') - 1e-6));
    const most = Math.floor(extreme(highs, view, unknown, 'Maximize') + 1e-6);
    assert.ok(least <= systems && systems <= most, `${name}: ${systems}, not ${least}..${most}`);
    return least < k && (least >= 1 || most - least < k / 2) ? [{ name, systems, least, most }] : [];
  });
}

interface View {
  ranges: Range[];
  lines: Line[];
  /** Groups without a row of their own, by their unknown. */
  hidden: Map<number, { name: string; systems: number; k: number }>;
}

function viewOf(revisions: readonly Published[]): View {
  const view: View = { ranges: [], lines: [], hidden: new Map() };
  const subjects: Record<string, (survey: Survey) => [string, number][]> = {
    systems: ({ systems }) => systems.map((row) => [nameOf(FIELDS, row), row.systems]),
    checkIns: ({ checkIns }) => checkIns.map((row) => [nameOf(ASKED, row), row.hits]),
    countries: ({ countries }) => countries.map((row) => [`${row.country}|${row.duration}`, row.systems]),
  };
  const known = new Set<number>();
  const values = new Map<string, Value & { k: number }>();
  const last = new Map<string, { systems: number; unknown: number }>();
  for (const { survey, publication, rules, continentOf } of revisions) {
    const week = publication.weeks.find((one) => one.week === survey.week)!;
    if (week.systems === null) continue;
    const k = stepOf(publication);
    const groups = Object.entries(subjects).flatMap(([subject, cellsOf]) => {
      const truth = new Map(cellsOf(survey));
      const names = new Set(revisions.flatMap((one) => cellsOf(one.survey).map(([name]) => name)));
      return [...names].map((name): Group => {
        const [systems, key] = [truth.get(name) ?? 0, `${subject} ${name}`];
        const before = last.get(key);
        const unknown =
          before?.systems === systems ? before.unknown : view.ranges.push({ least: 0, most: Infinity }) - 1;
        view.hidden.set(unknown, { name: key, systems, k });
        return { subject, fields: name.split('|'), systems, unknown, isShown: false, isEnough: false };
      });
    });
    const isLater = last.size > 0;
    const hasGrown = groups.every((group) => group.systems >= (last.get(keyOf(group))?.systems ?? 0));
    for (const group of groups) {
      const before = last.get(keyOf(group));
      if (isLater && hasGrown && before !== undefined && before.unknown !== group.unknown)
        view.lines.push({ plus: [group.unknown], minus: [before.unknown], least: 0, most: Infinity });
      last.set(keyOf(group), { systems: group.systems, unknown: group.unknown });
    }
    const of = (subject: string) => groups.filter((group) => group.subject === subject);
    lookAtRows(view, of('systems'), shownSystems(publication), k);
    lookAtRows(view, of('checkIns'), shownCheckIns(publication), k);
    const counted = of('systems').filter(({ fields }) => rules.definition.headline.includes(fields[0]!));
    lookAtMargins(view, counted, publication, k);
    lookAtCountries(view, of('countries'), counted, publication, continentOf, k);
    lookAtRepositories(view, of('checkIns'), shownCheckIns(publication), k);
    lookAtAsked(view, of('systems'), of('checkIns'));
    const isHeadline = (name: string) => rules.definition.headline.includes(name);
    lookAtBand(view, of('checkIns'), counted, isHeadline, week, k);
    for (const { isShown, isEnough, unknown } of groups) if (isShown || isEnough) known.add(unknown);
    for (const one of valuesWithoutNumber(groups, counted, publication)) {
      const key = `${one.of.map(unknownOf)}`;
      values.set(key, values.get(key) ?? { ...one, k });
    }
  }
  for (const unknown of known) view.hidden.delete(unknown);
  for (const { name, of, k } of values.values()) {
    if (of.some(({ unknown }) => known.has(unknown))) continue;
    const unknown = view.ranges.push({ least: 0, most: Infinity }) - 1;
    view.lines.push({ plus: of.map(unknownOf), minus: [unknown], least: 0, most: 0 });
    view.hidden.set(unknown, { name, systems: of.reduce((sum, { systems }) => sum + systems, 0), k });
  }
  return view;
}

const unknownOf = ({ unknown }: Group) => unknown;

/** Groups that have an edition, a country, a repository in common. */
interface Value {
  /** `systems *|*|kde|*|*|*` */
  name: string;
  of: Group[];
}

/** Values of two groups and more, of which no number says anything. */
function valuesWithoutNumber(groups: readonly Group[], counted: readonly Group[], publication: Publication): Value[] {
  const { margins, countries } = publication;
  const collect = (
    some: readonly Group[],
    patternOf: (fields: readonly string[]) => string[],
    shown: readonly string[],
  ) => {
    const byPattern = Map.groupBy(some, ({ subject, fields }) => `${subject} ${patternOf(fields).join('|')}`);
    return [...byPattern].flatMap(([name, of]) => (of.length < 2 || shown.includes(name) ? [] : [{ name, of }]));
  };
  const only =
    (columns: readonly number[], part: (text: string) => string = String) =>
    (fields: readonly string[]) =>
      fields.map((field, column) => (columns.includes(column) ? part(field) : '*'));
  const of = (subject: string) => groups.filter((group) => group.subject === subject);
  const found: Value[] = [];
  const major = (text: string) => text.split('.')[0]!;
  for (const [column, field] of FIELDS.entries())
    for (const part of field === 'version' ? [String, major] : [String]) {
      const shown = margins
        .filter((one) => one.field === field)
        .map(({ value }) => {
          return `systems ${FIELDS.map((_, at) => (at === column ? part(value) : '*')).join('|')}`;
        });
      found.push(...collect(counted, only([column], part), shown));
    }
  if (countries.length > 0)
    found.push(
      ...collect(
        of('countries'),
        only([0]),
        countries.map(({ country }) => `countries ${country}|*`),
      ),
    );
  const rows = shownCheckIns(publication);
  for (const columns of [[5], [0, 5]]) {
    const shown = rows.map(({ fields }) => `checkIns ${only(columns)(fields).join('|')}`);
    if (rows.length > 0) found.push(...collect(of('checkIns'), only(columns), shown));
  }
  return found;
}

function nameOf<Field extends string>(fields: readonly Field[], row: Record<Field, string | number>): string {
  return fields.map((field) => String(row[field])).join('|');
}

function keyOf({ subject, fields }: Group): string {
  return `${subject} ${fields.join('|')}`;
}

/** A week keeps its first k. */
function stepOf({ protection }: Publication): number {
  return protection.kind === 'small-groups' ? Math.min(10, protection.k) : 1;
}

function shownSystems({ systems }: Publication): Shown[] {
  return systems.map((row) => ({ fields: nameOf(FIELDS, row).split('|'), number: row.systems }));
}

/** Rows of the census, and of withheld repositories, may count systems. */
function shownCheckIns({ totals }: Publication): Shown[] {
  return allTotals(totals).flatMap(({ osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch, hits }) => {
    const release = /^baseos-(\d+)$/.exec(repoTag)?.[1];
    if (repoTag === 'withheld' || release === osVersion.split('.')[0]) return [];
    if (release !== undefined && osVersion === 'withheld') return [];
    return [{ fields: [osName, osVersion, osVariant, osArch, String(sysAge), repoTag, repoArch], number: hits }];
  });
}

const near = (number: number, k: number): Range => ({ least: Math.max(0, number - k + 1), most: number + k - 1 });
const row = (number: number, k: number): Range => ({ least: Math.max(k, number - k + 1), most: number + k - 1 });
/** What is left has a number only where something is left. */
const rest = (number: number, k: number): Range => ({
  least: number === 0 ? 0 : Math.max(1, number - k + 1),
  most: number + k - 1,
});

function say(view: View, groups: readonly Group[], range: Range, less: readonly Group[] = []): void {
  const [plus, minus] = [groups, less].map((some) => some.map(({ unknown }) => unknown));
  view.lines.push({ plus: plus!, minus: minus!, ...range });
}

function narrow({ ranges }: View, { unknown }: Group, { least, most }: Range): void {
  const range = ranges[unknown]!;
  ranges[unknown] = { least: Math.max(range.least, least), most: Math.min(range.most, most) };
}

/** A group with a row has at least k; one without, all of whose names stand in rows, has fewer. */
function lookAtRows(view: View, groups: readonly Group[], rows: readonly Shown[], k: number): void {
  const whole = new Map(
    rows.filter(({ fields }) => !fields.includes('withheld')).map((one) => [one.fields.join('|'), one]),
  );
  for (const group of groups) {
    const own = whole.get(group.fields.join('|'));
    if (own !== undefined) {
      group.isShown = true;
      narrow(view, group, row(own.number, k));
      continue;
    }
    const isExpected =
      rows.length > 0 && group.fields.every((field, n) => rows.some(({ fields }) => fields[n] === field));
    lookAtSize(view, group, k, isExpected);
  }
  const places = rows
    .filter(({ fields }) => fields.includes('withheld'))
    .map(({ fields, number }): Place => {
      const fits = (group: Group) => fields.every((field, n) => field === 'withheld' || field === group.fields[n]);
      return { least: row(number, k).least, most: Infinity, fits };
    });
  overSetsOf(
    view,
    places,
    groups.filter(({ isShown }) => !isShown),
  );
}

/**
 * A group of k systems hides nothing, unless its names are none that anybody knows. Whether one without a row had too few
 * is known where all of its names are shown.
 */
function lookAtSize(view: View, group: Group, k: number, isExpected: boolean): void {
  const isSmall = group.systems < k;
  group.isEnough = !isSmall && !/unheard/i.test(keyOf(group));
  if (isExpected && isSmall) narrow(view, group, { least: 0, most: k - 1 });
  if (isExpected && group.isEnough) narrow(view, group, { least: k, most: Infinity });
}

interface Place extends Range {
  fits: (group: Group) => boolean;
}

/** Of the groups that fit one of some rows there are at least as many as these say, of those that fit no other at most. */
function overSetsOf(view: View, places: readonly Place[], groups: readonly Group[]): void {
  const sets = places.map(({ fits }) => new Set(groups.filter(fits)));
  const seen = new Set<string>();
  for (let bits = 1; bits < 2 ** places.length; bits++) {
    const own = sets.filter((_, n) => (bits >> n) & 1);
    const others = sets.filter((_, n) => !((bits >> n) & 1));
    const [least, most] = (['least', 'most'] as const).map((end) =>
      places.reduce((sum, place, n) => ((bits >> n) & 1 ? sum + place[end] : sum), 0),
    );
    const touched = groups.filter((group) => own.some((set) => set.has(group)));
    const only = touched.filter((group) => !others.some((set) => set.has(group)));
    const key = `${least} ${touched.map(({ unknown }) => unknown)}`;
    if (!seen.has(key)) say(view, touched, { least: least!, most: Infinity });
    seen.add(key);
    if (most !== Infinity && only.length > 0) say(view, only, { least: 0, most: most! });
  }
}

function lookAtMargins(view: View, counted: readonly Group[], { margins }: Publication, k: number): void {
  const total = margins.filter(({ field }) => field === 'os').reduce((sum, { systems }) => sum + systems, 0);
  say(view, counted, near(total, k));
  FIELDS.forEach((field, column) => {
    const rows = margins.filter((one) => one.field === field);
    const numberOf = (value: string) => rows.find((one) => one.value === value)?.systems ?? 0;
    const shown = rows.map(({ value }) => value).filter((value) => !value.includes('withheld'));
    for (const value of shown)
      say(
        view,
        counted.filter(({ fields }) => fields[column] === value),
        row(numberOf(value), k),
      );
    const majorOf = (version: string) => version.split('.')[0]!;
    const majors = new Set(field === 'version' ? rows.map(({ value }) => majorOf(value)) : []);
    majors.delete('withheld');
    for (const major of majors) {
      const own = counted.filter(({ fields }) => majorOf(fields[column]!) === major);
      const all = rows.filter(({ value }) => majorOf(value) === major);
      say(
        view,
        own,
        row(
          all.reduce((sum, { systems }) => sum + systems, 0),
          k,
        ),
      );
      say(
        view,
        own.filter(({ fields }) => !shown.includes(fields[column]!)),
        rest(numberOf(`${major}.withheld`), k),
      );
    }
    const left = counted.filter(({ fields }) => {
      return field === 'version' ? !majors.has(majorOf(fields[column]!)) : !shown.includes(fields[column]!);
    });
    say(view, left, rest(numberOf('withheld'), k));
    if (field !== 'age' || numberOf('withheld') > 0) return;
    const old = rows.filter(({ value }) => value !== '1').reduce((sum, { systems }) => sum + systems, 0);
    say(
      view,
      counted.filter(({ fields }) => fields[AGE] !== '1'),
      near(old, k),
    );
  });
}

/** They count the same systems, new ones and established ones. */
function lookAtCountries(
  view: View,
  groups: readonly Group[],
  counted: readonly Group[],
  { countries }: Publication,
  continentOf: (country: string) => string,
  k: number,
): void {
  if (countries.length === 0) return;
  for (const isNew of [true, false]) {
    const own = groups.filter(({ fields }) => (fields[1] === 'new_or_shortlived') === isNew);
    say(
      view,
      counted.filter(({ fields }) => (fields[AGE] === '1') === isNew),
      { least: 0, most: 0 },
      own,
    );
  }
  const isLand = (country: string) => /^[A-Z]{2}$/.test(country);
  const lands = new Set(countries.map(({ country }) => country).filter(isLand));
  for (const { country, duration, systems } of countries.filter((one) => lands.has(one.country))) {
    const own = groups.filter(({ fields }) => {
      return fields[0] === country && (duration === 'withheld' || duration === fields[1]);
    });
    if (duration !== 'withheld') for (const group of own) group.isShown = true;
    if (duration === 'withheld') say(view, own, row(systems, k));
    else for (const group of own) narrow(view, group, row(systems, k));
  }
  for (const group of groups) if (!group.isShown) lookAtSize(view, group, k, false);
  const others = groups.filter(({ fields }) => !lands.has(fields[0]!));
  const left = countries.filter(({ country }) => country === 'withheld').reduce((sum, { systems }) => sum + systems, 0);
  const continents = countries.filter(({ country }) => /^\d{3}$/.test(country));
  overSetsOf(
    view,
    [
      ...continents.map(({ country, systems }): Place => {
        return { ...row(systems, k), fits: ({ fields }) => continentOf(fields[0]!) === country };
      }),
      { ...rest(left, k), fits: () => true },
    ],
    others,
  );
}

/** Rows of a repository add up to it, and those of a name in it; of 100 k and more, one in a hundred may be missing. */
function lookAtRepositories(view: View, groups: readonly Group[], rows: readonly Shown[], k: number): void {
  const [os, tag] = [ASKED.indexOf('os'), ASKED.indexOf('repoTag')];
  const sums = new Map<string, number>();
  for (const { fields, number } of rows) {
    if (fields[tag]!.startsWith('baseos-')) continue;
    const own = [fields[tag]!, ...(fields[os] === 'withheld' ? [] : [`${fields[tag]}|${fields[os]}`])];
    for (const key of own) sums.set(key, (sums.get(key) ?? 0) + number);
  }
  for (const [key, sum] of sums) {
    const own = groups.filter(({ fields }) => key === fields[tag] || key === `${fields[tag]}|${fields[os]}`);
    const { least, most } = near(sum, k);
    say(view, own, { least, most: most < 100 * k ? most : Math.max(most, Math.ceil((sum * 100) / 99)) });
  }
}

/** What asked AppStream of its release: a number that is the least or the most, rounded to the nearest, if the two differ. */
function lookAtBand(
  view: View,
  groups: readonly Group[],
  counted: readonly Group[],
  isHeadline: (name: string) => boolean,
  { low, high, systems: total }: PublishedWeek,
  k: number,
): void {
  if (low === null || high === null || total === null) return;
  const [half, names] = [k / 2, new Set(counted.map(({ fields }) => fields[0]!))];
  const [least, most] = [(number: number) => Math.max(0, number - half), (number: number) => number + half - 1];
  const asked = groups.filter(({ fields }) => {
    return isHeadline(fields[0]!) && fields[ASKED.indexOf('repoTag')] === `appstream-${fields[1]!.split('.')[0]}`;
  });
  if (asked.length > 0) {
    const isKnown = low < high && [...names].every((name) => asked.some(({ fields }) => fields[0] === name));
    const fewest = isKnown ? least(high >= total + 2 * k ? high : low) : 0;
    say(view, asked, { least: fewest, most: most(isKnown && low <= total - 2 * k ? low : high) });
  }
  say(view, counted, { least: least(low), most: most(high) });
}

/** All of a group asked a repository if as many did. */
function lookAtAsked(view: View, systems: readonly Group[], checkIns: readonly Group[]): void {
  const kind = (fields: readonly string[], columns: readonly number[]) => columns.map((n) => fields[n]).join('|');
  const all = Map.groupBy(systems, ({ fields }) => kind(fields, [0, 1, 2, 3, 5]));
  for (const asked of checkIns) {
    const own = all.get(kind(asked.fields, [0, 1, 2, 3, 4])) ?? [];
    const truth = own.reduce((sum, group) => sum + group.systems, 0);
    if (truth > 0 && truth === asked.systems) say(view, own, { least: 0, most: 0 }, [asked]);
  }
}

function extreme(highs: Highs, { ranges, lines }: View, number: number, sense: 'Minimize' | 'Maximize'): number {
  const terms = ({ plus, minus }: Line) => [
    ...plus.filter((one) => !minus.includes(one)).map((one) => `+ x${one}`),
    ...minus.filter((one) => !plus.includes(one)).map((one) => `- x${one}`),
  ];
  const rows = lines.flatMap((line) => {
    const sum = terms(line).join(' ');
    if (sum === '') return [];
    return [`${sum} >= ${line.least}`, ...(line.most === Infinity ? [] : [`${sum} <= ${line.most}`])];
  });
  const bounds = ranges.map(({ least, most }, n) => `${least} <= x${n} <= ${most === Infinity ? '+inf' : most}`);
  const text = [sense, ` obj: x${number}`, 'Subject To', ...rows, 'Bounds', ...bounds, 'End'].join('\n');
  const { Status: status, ObjectiveValue: value } = highs.solve(text, { output_flag: false, solver: 'ipm' });
  if (status === 'Optimal') return value;
  assert.ok(sense === 'Maximize' && /nbounded/.test(status), `x${number}: ${status}\n${text}`);
  return Infinity;
}
