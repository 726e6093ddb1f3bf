import assert from 'node:assert/strict';
import type { Highs } from 'highs';
import type { SystemsRow } from '../../src/flow/views/publication/tables.ts';
import type { Published } from './random-vaults.ts';

/**
 * A second audit, that shares nothing with the first but the library: from the rows that everybody can read, by their
 * names alone, and from what SPEC.md (R7) says that a stranger may know. Its problem is written as text, in real numbers,
 * and solved from scratch for each group.
 */
const FIELDS = ['os', 'version', 'edition', 'arch', 'client', 'age'] as const;

interface Line {
  plus: number[];
  minus: number[];
  least: number;
  most: number;
}

export interface KnownGroup {
  name: string;
  systems: number;
  least: number;
  most: number;
}

interface Knowledge {
  /** By subject, name and true number: a number that did not change is one unknown. */
  numbers: Map<string, number>;
  groups: { name: string; systems: number; least: number; most: number }[];
  lines: Line[];
}

type Named = Record<(typeof FIELDS)[number], string | number>;
const nameOf = (row: Named) => FIELDS.map((field) => String(row[field])).join('|');

/** The groups of fewer than k that a stranger knows to exist, or to within k / 2. `chosen`: those that are looked at. */
export function workedOutByAStranger(
  highs: Highs,
  revisions: readonly Published[],
  chosen: (index: number) => boolean = () => true,
): KnownGroup[] {
  const known: Knowledge = { numbers: new Map(), groups: [], lines: [] };
  let before: Map<string, number> | undefined;
  for (const revision of revisions) before = look(revision, known, before);
  const k = stepOf(revisions[0]);
  return known.groups.flatMap((group, number) => {
    if (group.systems >= k || !chosen(number)) return [];
    const least = Math.ceil(extreme(highs, known, number, 'Minimize') - 1e-6);
    const most = Math.floor(extreme(highs, known, number, 'Maximize') + 1e-6);
    assert.ok(
      least <= group.systems && group.systems <= most,
      `${group.name}: ${group.systems}, not ${least}..${most}`,
    );
    return least >= 1 || most - least < k / 2 ? [{ ...group, least, most }] : [];
  });
}

/** A week keeps its first k. */
function stepOf(revision: Published | undefined): number {
  return revision?.rules.definition.small_groups.k ?? 10;
}

/** Notes what one revision says; answers its groups. */
function look(revision: Published, known: Knowledge, before: Map<string, number> | undefined): Map<string, number> {
  const { survey, publication, rules } = revision;
  const { headline } = rules.definition;
  const week = publication.weeks[0]!;
  const truth = new Map(survey.systems.map((row) => [nameOf(row), row]));
  if (week.systems === null) return new Map();
  const numbers = new Map([...truth].map(([name, { systems }]) => [name, noteGroup(known, 'systems', name, systems)]));
  const k = 10;
  const near = (number: number) => ({ least: number - k + 1, most: number + k - 1 });
  const atLeastK = (number: number) => ({ ...near(number), least: Math.max(k, number - k + 1) });
  const those = (fits: (row: Named & { os: string }) => boolean) =>
    [...truth].filter(([, row]) => fits(row)).map(([name]) => numbers.get(name)!);
  const isCounted = ({ os }: { os: string }) => headline.includes(os);
  const say = (plus: number[], range: { least: number; most: number }, minus: number[] = []) =>
    known.lines.push({ plus, minus, ...range });

  say(those(isCounted), near(week.systems));
  for (const { field, value, systems } of publication.margins) {
    if (value.includes('withheld')) continue;
    say(
      those((row) => isCounted(row) && String(row[field]) === value),
      atLeastK(systems),
    );
  }
  const majors = Map.groupBy(
    publication.margins.filter(({ field, value }) => field === 'version' && value !== 'withheld'),
    ({ value }) => value.split('.')[0]!,
  );
  for (const [major, rows] of majors) {
    const sum = rows.reduce((all, { systems }) => all + systems, 0);
    say(
      those((row) => isCounted(row) && String(row.version).split('.')[0] === major),
      atLeastK(sum),
    );
  }
  if (week.ageUnknown === 0)
    say(
      those((row) => isCounted(row) && row.age !== 1),
      near(week.established!),
    );
  lookAtRows(publication.systems, truth, numbers, known, k);
  lookAtCountries(revision, known, those, isCounted, k);
  if (
    before !== undefined &&
    [...before].every(([name, number]) => (truth.get(name)?.systems ?? 0) >= known.groups[number]!.systems)
  ) {
    for (const [name, number] of before)
      if (numbers.get(name) !== number) say([numbers.get(name)!], { least: 0, most: Infinity }, [number]);
  }
  return numbers;
}

function noteGroup(known: Knowledge, subject: string, name: string, systems: number): number {
  const key = `${subject} ${name} ${systems}`;
  const number = known.numbers.get(key) ?? known.groups.length;
  known.numbers.set(key, number);
  known.groups[number] ??= { name: `${subject} ${name}`, systems, least: 0, most: Infinity };
  return number;
}

/** A group with a row has at least k; one without, all of whose names stand in rows, has fewer. */
function lookAtRows(
  rows: readonly SystemsRow[],
  truth: ReadonlyMap<string, SystemsRow | { systems: number }>,
  numbers: ReadonlyMap<string, number>,
  known: Knowledge,
  k: number,
): void {
  const shown = new Map(rows.map((row) => [nameOf(row), row.systems]));
  const values = FIELDS.map((field) => new Set(rows.map((row) => String(row[field]))));
  for (const [name, number] of numbers) {
    const group = known.groups[number]!;
    const own = shown.get(name);
    const isExpected = name.split('|').every((value, column) => values[column]!.has(value));
    if (own !== undefined) {
      group.least = Math.max(group.least, k, own - k + 1);
      group.most = Math.min(group.most, own + k - 1);
    } else if (isExpected && truth.get(name)!.systems < k) group.most = Math.min(group.most, k - 1);
  }
  for (const [name, systems] of shown) {
    if (!name.includes('withheld')) continue;
    const fits = (other: string) =>
      name.split('|').every((part, n) => part === 'withheld' || part === other.split('|')[n]);
    const plus = [...numbers].filter(([other]) => !shown.has(other) && fits(other)).map(([, number]) => number);
    known.lines.push({ plus, minus: [], least: Math.max(k, systems - k + 1), most: Infinity });
  }
}

/** They count the same systems, new ones and established ones. */
function lookAtCountries(
  { survey, publication }: Published,
  known: Knowledge,
  those: (fits: (row: Named & { os: string }) => boolean) => number[],
  isCounted: (row: { os: string }) => boolean,
  k: number,
): void {
  if (publication.countries.length === 0) return;
  const cells = survey.countries.map((row) => ({
    ...row,
    number: noteGroup(known, 'countries', `${row.country}|${row.duration}`, row.systems),
  }));
  for (const isNew of [true, false]) {
    const plus = cells
      .filter(({ duration }) => (duration === 'new_or_shortlived') === isNew)
      .map(({ number }) => number);
    known.lines.push({ plus, minus: those((row) => isCounted(row) && (row.age === 1) === isNew), least: 0, most: 0 });
  }
  for (const { country, duration, systems } of publication.countries) {
    if (!/^[A-Z]{2}$/.test(country)) continue;
    const own = cells.filter(
      (cell) => cell.country === country && (duration === 'withheld' || cell.duration === duration),
    );
    const plus = own.map(({ number }) => number);
    known.lines.push({ plus, minus: [], least: Math.max(k, systems - k + 1), most: systems + k - 1 });
  }
}

function extreme(highs: Highs, { groups, lines }: Knowledge, number: number, sense: 'Minimize' | 'Maximize'): number {
  const terms = ({ plus, minus }: Line) => [
    ...plus.filter((one) => !minus.includes(one)).map((one) => `+ x${one}`),
    ...minus.filter((one) => !plus.includes(one)).map((one) => `- x${one}`),
  ];
  const rows = lines.flatMap((line) => {
    const sum = terms(line).join(' ');
    if (sum === '') return [];
    return [`${sum} >= ${line.least}`, ...(line.most === Infinity ? [] : [`${sum} <= ${line.most}`])];
  });
  const bounds = groups.map(({ least, most }, n) => `${least} <= x${n} <= ${most === Infinity ? '+inf' : most}`);
  const text = [sense, ` obj: x${number}`, 'Subject To', ...rows, 'Bounds', ...bounds, 'End'].join('\n');
  const { Status: status, ObjectiveValue: value } = highs.solve(text, { output_flag: false, solver: 'ipm' });
  if (status === 'Optimal') return value;
  assert.ok(sense === 'Maximize' && /nbounded/.test(status), `${groups[number]!.name}: ${status}\n${text}`);
  return Infinity;
}
