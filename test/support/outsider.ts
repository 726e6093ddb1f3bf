import type { Subject } from '../../src/flow/views/protection/outside-view.ts';
import { rowKey } from '../../src/flow/views/protection/protected-table.ts';
import type { Solver } from '../../src/flow/views/protection/solver.ts';
import { auditPublished, type Outsider } from '../../src/flow/views/publication/audit-published.ts';
import { type ReadableWeek, readableWeeks } from '../../src/flow/views/publication/readable-week.ts';
import { CHECK_INS, SYSTEMS } from '../../src/flow/views/publication/week-content.ts';
import type { Survey } from '../../src/flow/views/survey.ts';
import type { Published } from './random-vaults.ts';

/** What both audits can be held against each other by. */
export interface WorkedOut {
  /** `systems AlmaLinux|9.4|...: 2..9` */
  text: string;
  name: string;
  /** The truth. */
  systems: number;
}

/** What the first audit finds, that reads the same rows as everybody. */
export function workedOutFromRows(revisions: readonly Published[], solver: Solver): WorkedOut[] {
  const { weeks, outsider } = wellInformed(revisions);
  const truths = revisions
    .filter(({ publication }) => readableWeeks(publication).length > 0)
    .map(({ survey }) => truthOf(survey));
  return auditPublished(weeks, outsider, solver).map(({ subject, id, revision, least, most }) => {
    const name = `${subject} ${(JSON.parse(id) as string[]).join('|')}`;
    return { text: `${name}: ${least}..${most}`, name, systems: countIn(truths[revision - 1]!, subject, id) };
  });
}

/** Of a group, or of all that agree with it where it has no `*`. A major version stands for all of its minor ones. */
function countIn(truth: ReadonlyMap<string, number>, subject: Subject, id: string): number {
  const pattern = JSON.parse(id) as string[];
  if (!pattern.includes('*')) return truth.get(`${subject} ${id}`) ?? 0;
  const fits = (names: readonly string[]) =>
    pattern.every((name, column) => name === '*' || name === names[column] || names[column]!.startsWith(`${name}.`));
  return [...truth].reduce((sum, [key, count]) => {
    const [own] = idIn(subject, key);
    return own !== undefined && fits(JSON.parse(own) as string[]) ? sum + count : sum;
  }, 0);
}

/** What stood published, and one who knows as much of it as SPEC.md (R7) allows. */
export function wellInformed(revisions: readonly Published[]): { weeks: ReadableWeek[]; outsider: Outsider } {
  const truths = revisions.map(({ survey }) => truthOf(survey));
  const isThere = revisions.map(({ publication }) => readableWeeks(publication).length > 0);
  const weeks = revisions.flatMap(({ publication, survey }, at) => {
    // He compares what he can read: a revision without numbers says nothing.
    const before = truths.slice(0, at).findLast((_, earlier) => isThere[earlier]);
    const hasGrown = ([key, count]: [string, number]) => (truths[at]!.get(key) ?? 0) >= count;
    const hasOnlyGrown = before !== undefined && [...before].every(hasGrown);
    const own = readableWeeks(publication).filter(({ week }) => week === survey.week);
    return own.map((week) => ({ ...week, hasOnlyGrown }));
  });
  // Revisions are counted from 1, without those that say nothing.
  const of = (revision: number) => truths.filter((_, at) => isThere[at])[revision - 1]!;
  const countOf = (subject: Subject, id: string, revision: number) => of(revision).get(`${subject} ${id}`) ?? 0;
  const ids = (subject: Subject) =>
    new Set(truths.flatMap((truth) => [...truth.keys()].flatMap((key) => idIn(subject, key))));
  const groups = { systems: ids('systems'), checkIns: ids('checkIns'), countries: ids('countries') };
  const outsider: Outsider = {
    groups,
    areAll: { systems: true, checkIns: true, countries: true },
    exists: () => true,
    sizeOf: (subject, id, revision) => {
      if (countOf(subject, id, revision) < 10) return 'few';
      return /unheard/i.test(id) ? undefined : 'enough';
    },
    isUnchanged: (subject, id, revision) => countOf(subject, id, revision) === countOf(subject, id, revision - 1),
    asked: (revision) =>
      [...groups.checkIns].flatMap((checkIns) => {
        const kind = JSON.stringify((JSON.parse(checkIns) as string[]).slice(0, 5));
        const systems = new Set([...groups.systems].filter((id) => kindOf(id) === kind));
        const sum = [...systems].reduce((all, id) => all + countOf('systems', id, revision), 0);
        return sum > 0 && sum === countOf('checkIns', checkIns, revision) ? [{ checkIns, systems }] : [];
      }),
    continentOf: revisions[0]?.continentOf ?? ((country) => country),
  };
  return { weeks, outsider };
}

function idIn(subject: Subject, key: string): string[] {
  return key.startsWith(`${subject} `) ? [key.slice(subject.length + 1)] : [];
}

function truthOf({ systems, checkIns, countries }: Survey): Map<string, number> {
  const key = <Column extends string>(subject: Subject, columns: readonly Column[], row: Record<Column, unknown>) =>
    `${subject} ${rowKey(columns.map((column) => String(row[column])))}`;
  return new Map([
    ...systems.map((row): [string, number] => [key('systems', SYSTEMS, row), row.systems]),
    ...checkIns.map((row): [string, number] => [key('checkIns', CHECK_INS, row), row.hits]),
    ...countries.map((row): [string, number] => [key('countries', ['country', 'duration'], row), row.systems]),
  ]);
}

/** Name, version, edition, architecture and age of a group of systems. */
function kindOf(id: string): string {
  const [os, version, edition, arch, , age] = JSON.parse(id) as string[];
  return JSON.stringify([os, version, edition, arch, age]);
}
