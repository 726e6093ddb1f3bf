import { boundsInSum, type Interval, type Part } from './bounds.ts';
import type { Member, ProtectedTable, PublishedTable } from './protected-table.ts';
import { countsOfRow } from './rounding.ts';
import type { Program, Sum } from './solver.ts';

export interface Unknown extends Interval {
  subject: string;
  id: string;
  isShown: boolean;
  /** The k that protects it. */
  k: number;
}

/** Two subjects that count the same systems: their totals of a week and revision are equal. */
export type SameSystems = readonly [string, string];

/** What an outsider knows of one week: unknown counts, and sums of them. */
export interface OutsideView extends Program {
  counts: readonly Unknown[];
}

export function outsideView(tables: readonly PublishedTable[], sameSystems: readonly SameSystems[]): OutsideView {
  const unknowns = new Unknowns();
  const sums = new Map<string, Sum>();
  const totals = tables.map(({ subject, revision, table }): TableTotal => {
    const dropped = table.dropped.map((member) => unknowns.note(subject, member, table.k));
    const rows = table.rows.map((row): Sum => {
      const plus = row.members.map((member) => unknowns.note(subject, member, table.k));
      return { plus, minus: [], ...countsOfRow(table.k, row.systems) };
    });
    // Members are in the order of their ids, so a row that a revision left as it was is the same sum.
    for (const row of rows) sums.set(`${row.least}:${row.plus}`, row);
    return { subject, revision, rows, dropped, systems: systemsIn(table) };
  });
  const links = sameSystems.flatMap((pair) => equalTotals(pair, totals, unknowns.counts));
  return { counts: unknowns.counts, sums: [...sums.values(), ...links] };
}

class Unknowns {
  readonly counts: Unknown[] = [];
  readonly #numbers = new Map<string, number>();

  /** A cell that kept its count from one revision to the next is one unknown, and all that was known of it holds. */
  note(subject: string, { id, systems, isShown, atMost }: Member, k: number): number {
    const key = `${subject} ${systems} ${id}`;
    const number = this.#numbers.get(key) ?? this.counts.length;
    this.#numbers.set(key, number);
    this.counts[number] ??= { subject, id, isShown: false, least: 0, most: Infinity, k };
    const unknown = this.counts[number];
    unknown.isShown ||= isShown;
    unknown.least = Math.max(unknown.least, isShown ? k : 0);
    unknown.most = Math.min(unknown.most, atMost ?? Infinity);
    return number;
  }
}

interface TableTotal {
  subject: string;
  revision: number;
  rows: readonly Sum[];
  dropped: readonly number[];
  /** All that it counts, exactly. */
  systems: number;
}

function systemsIn({ rows, dropped }: ProtectedTable): number {
  const members = [...rows.flatMap((row) => row.members), ...dropped];
  return members.reduce((sum, { systems }) => sum + systems, 0);
}

/**
 * That two tables have the same total, for every revision in which it says anything at all. A revision that left some rows
 * of one table as they were, and not of the other, counts different systems in them: who takes the totals for equal then
 * is wrong, and works out nothing. With more than a few rows
 * it does not, as each of them leaves k possible counts; and then it is left out, for it would make one large problem
 * of the whole week.
 */
function equalTotals([first, second]: SameSystems, totals: readonly TableTotal[], counts: readonly Unknown[]): Sum[] {
  const revisions = new Set(totals.map(({ revision }) => revision));
  return [...revisions].flatMap((revision) => {
    const [a, b] = [first, second].map((subject) => tableAt(subject, revision, totals));
    if (a === undefined || b === undefined || a.systems !== b.systems) return [];
    if (!saysAnything(partsOf(a, counts), partsOf(b, counts))) return [];
    return [{ plus: countsOf(a), minus: countsOf(b), least: 0, most: 0 }];
  });
}

/** What stood published of a subject after a revision. */
function tableAt(subject: string, revision: number, totals: readonly TableTotal[]): TableTotal | undefined {
  const until = totals.filter((table) => table.subject === subject && table.revision <= revision);
  return until.sort((a, b) => a.revision - b.revision).at(-1);
}

function partsOf({ rows, dropped }: TableTotal, counts: readonly Unknown[]): Part[] {
  const known = (number: number): Part => ({ ...counts[number]!, count: 1 });
  const ofRows = rows.map((row): Part => {
    const members = rangeOf(row.plus.map(known));
    return { least: Math.max(row.least, members.least), most: Math.min(row.most, members.most), count: 1 };
  });
  return [...ofRows, ...dropped.map(known)];
}

function rangeOf(parts: readonly Interval[]): Interval {
  return {
    least: parts.reduce((sum, { least }) => sum + least, 0),
    most: parts.reduce((sum, { most }) => sum + most, 0),
  };
}

function saysAnything(a: readonly Part[], b: readonly Part[]): boolean {
  const narrows = (parts: readonly Part[], total: Interval) =>
    boundsInSum(total, parts).some(({ least, most }, i) => least > parts[i]!.least || most < parts[i]!.most);
  return narrows(a, rangeOf(b)) || narrows(b, rangeOf(a));
}

function countsOf({ rows, dropped }: TableTotal): number[] {
  return [...rows.flatMap(({ plus }) => plus), ...dropped];
}
