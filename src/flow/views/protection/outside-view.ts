import { boundsInSum, type Interval, type Part } from './bounds.ts';
import type { Program, Sum } from './solver.ts';

/** Tables of one subject have the same cells. */
export type Subject = 'systems' | 'checkIns' | 'countries';

/** A group as an outsider knows it: by its name, and by what the rules tell of it, without its number. */
export interface KnownCell {
  id: string;
  /** It is no small group: it has a row for itself, or could have. */
  isShown: boolean;
  /** The most that it can have, to those who know why it is hidden; undefined: that tells nothing. */
  atMost: number | undefined;
  /** The same as in another revision: the number did not change. */
  state: number;
}

/** A published table of one week, with the groups behind each row. */
export interface KnownTable {
  subject: Subject;
  /** From 1. */
  revision: number;
  /** The week's. */
  k: number;
  rows: readonly KnownRow[];
  /** Cells that no row holds. */
  others: readonly KnownCell[];
}

/** A row and what its number can stand for. */
export interface KnownRow extends Interval {
  members: readonly KnownCell[];
}

/** An unknown number: of a group, or of several together. */
export interface Unknown extends Interval {
  subject: Subject;
  ids: readonly string[];
  isShown: boolean;
  /** The k that protects it. */
  k: number;
}

/** What is said of cells beside the rows that they are in. */
export interface Statement {
  plus: CellSet;
  /** Of another subject. */
  also?: CellSet;
  minus: CellSet | undefined;
  range: Interval;
}

/** Cells of one subject, as they stood after a revision. */
export interface CellSet {
  subject: Subject;
  revision: number;
  /** No id twice; of those that are in no place of the table nothing is said. */
  ids: readonly string[];
}

/** What an outsider knows of one week: unknown counts, and sums of them. */
export interface OutsideView extends Program {
  counts: readonly Unknown[];
}

/** With fewer rows than this all statements are weighed together, however little each of them says. */
const FEW_ROWS = 40;

/** `together`: small groups that one value has, which no number of its own shows. */
export function outsideView(
  tables: readonly KnownTable[],
  statements: readonly Statement[],
  together: readonly CellSet[] = [],
): OutsideView {
  const unknowns = new Unknowns();
  const sums = new Map<string, Sum>();
  const placed = tables.map(({ subject, revision, k, rows, others }): PlacedTable => {
    const note = (cell: KnownCell) => ({ id: cell.id, number: unknowns.note(subject, cell, k) });
    const dropped = others.map(note);
    const whole = rows
      .filter(({ members }) => members.length > 0)
      .map(({ members, least, most }) => ({ members: members.map(note), least, most }));
    // Members are in the order of their ids, so a row that a revision left as it was is the same sum.
    for (const { members, least, most } of whole) {
      const plus = members.map(({ number }) => number);
      sums.set(`${least}:${plus}`, { plus, minus: [], least, most });
    }
    return { subject, revision, rows: whole, places: placesOf(whole, dropped) };
  });
  const isSmall = placed.every(({ rows }) => rows.length <= FEW_ROWS);
  const more = statements.flatMap((statement) => sumOfStatement(statement, placed, unknowns.counts, isSmall));
  const view = { counts: [...unknowns.counts], sums: [...sums.values(), ...more] };
  const statementsOf = Map.groupBy(statements, ({ plus: { subject, revision } }) => `${subject} ${revision}`);
  const known = new Set<string>();
  for (const set of together) {
    const parts = partsOf(set, placed, unknowns.counts);
    const key = `${parts?.numbers.toSorted((a, b) => a - b)}`;
    if (parts === undefined || known.has(key)) continue;
    known.add(key);
    const k = unknowns.counts[parts.numbers[0]!]!.k;
    const own = statementsOf.get(`${set.subject} ${set.revision}`) ?? [];
    const range = isSmall ? { least: 0, most: Infinity } : boundsByOne(set, parts.parts, own, placed, unknowns.counts);
    const sum = view.counts.push({ subject: set.subject, ids: set.ids, isShown: false, ...range, k }) - 1;
    if (isSmall) view.sums.push({ plus: parts.numbers, minus: [sum], least: 0, most: 0 });
  }
  return view;
}

/** What the rows say of cells together, or one of the statements that they are a part of. */
function boundsByOne(
  { ids }: CellSet,
  parts: readonly Interval[],
  statements: readonly Statement[],
  placed: readonly PlacedTable[],
  counts: readonly Unknown[],
): Interval {
  const own = new Set(ids);
  let { least, most } = rangeOf(parts);
  for (const { plus, also, minus, range } of statements) {
    if (minus !== undefined || also !== undefined || !plus.ids.includes(ids[0]!)) continue;
    const others = plus.ids.filter((id) => !own.has(id));
    if (others.length + own.size !== plus.ids.length) continue;
    const rest = rangeOf(partsOf({ ...plus, ids: others }, placed, counts)?.parts ?? []);
    least = Math.max(least, range.least - rest.most);
    most = Math.min(most, range.most - rest.least);
  }
  return { least, most };
}

interface NotedMember {
  id: string;
  number: number;
}

class Unknowns {
  readonly counts: Unknown[] = [];
  readonly #numbers = new Map<string, number>();

  /** A cell that kept its count from one revision to the next is one unknown, and all that was known of it holds. */
  note(subject: Subject, { id, state, isShown, atMost }: KnownCell, k: number): number {
    const key = `${subject} ${state} ${id}`;
    const number = this.#numbers.get(key) ?? this.counts.length;
    this.#numbers.set(key, number);
    this.counts[number] ??= { subject, ids: [id], isShown: false, least: 0, most: Infinity, k };
    const unknown = this.counts[number];
    unknown.isShown ||= isShown;
    unknown.least = Math.max(unknown.least, isShown ? k : 0);
    unknown.most = Math.min(unknown.most, atMost ?? Infinity);
    return number;
  }
}

interface PlacedTable {
  subject: Subject;
  revision: number;
  rows: readonly PlacedRow[];
  /** By the ids of cells. */
  places: ReadonlyMap<string, { number: number; row: PlacedRow | undefined }>;
}

interface PlacedRow extends Interval {
  members: readonly NotedMember[];
}

function placesOf(rows: readonly PlacedRow[], dropped: readonly NotedMember[]): PlacedTable['places'] {
  const places = new Map<string, { number: number; row: PlacedRow | undefined }>();
  for (const row of rows) for (const { id, number } of row.members) places.set(id, { number, row });
  for (const { id, number } of dropped) places.set(id, { number, row: undefined });
  return places;
}

/**
 * A statement as a sum; none where it says nothing that the rows do not say. With more than a few rows it does not, as each
 * of them leaves many possible counts; and then it is left out, for it would make one large problem of the week.
 */
function sumOfStatement(
  { plus, also, minus, range }: Statement,
  placed: readonly PlacedTable[],
  counts: readonly Unknown[],
  isSmall: boolean,
): Sum[] {
  const [own, more, less] = [plus, also, minus].map((set) => set && partsOf(set, placed, counts));
  if (own === undefined || (minus !== undefined && less === undefined)) return [];
  const whole = { parts: [...own.parts, ...(more?.parts ?? [])], numbers: [...own.numbers, ...(more?.numbers ?? [])] };
  const taken = less === undefined ? { least: 0, most: 0 } : rangeOf(less.parts);
  const said = { least: range.least + taken.least, most: range.most + taken.most };
  const all = rangeOf(whole.parts);
  const saidOfLess = { least: all.least - range.most, most: all.most - range.least };
  const says = narrows(whole.parts, said) || (less !== undefined && narrows(less.parts, saidOfLess));
  if (!isSmall && !says) return [];
  // A cell that did not change stands on both sides, and says nothing.
  const [added, removed] = [new Set(whole.numbers), new Set(less?.numbers)];
  const sum = { plus: [...added].filter((n) => !removed.has(n)), minus: [...removed].filter((n) => !added.has(n)) };
  const isEmpty = sum.plus.length + sum.minus.length === 0;
  return isEmpty ? [] : [{ ...sum, ...range }];
}

/** What stood published of a subject after a revision. */
function partsOf({ subject, revision, ids }: CellSet, placed: readonly PlacedTable[], counts: readonly Unknown[]) {
  const until = placed.filter((table) => table.subject === subject && table.revision <= revision);
  const table = until.sort((a, b) => a.revision - b.revision).at(-1);
  if (table === undefined) return undefined;
  const places = ids.flatMap((id) => table.places.get(id) ?? []);
  const parts = [...Map.groupBy(places, ({ row }) => row)].flatMap(([row, inside]): Part[] => {
    const own = inside.map(({ number }) => counts[number]!);
    const members = rangeOf(own);
    if (row !== undefined && inside.length === row.members.length)
      return [{ least: Math.max(row.least, members.least), most: Math.min(row.most, members.most), count: 1 }];
    return own.map(({ least, most }) => ({ least, most: Math.min(row?.most ?? Infinity, most), count: 1 }));
  });
  return { parts, numbers: places.map(({ number }) => number) };
}

function rangeOf(parts: readonly Interval[]): Interval {
  return {
    least: parts.reduce((sum, { least }) => sum + least, 0),
    most: parts.reduce((sum, { most }) => sum + most, 0),
  };
}

function narrows(parts: readonly Part[], sum: Interval): boolean {
  return boundsInSum(sum, parts).some(({ least, most }, i) => least > parts[i]!.least || most < parts[i]!.most);
}
