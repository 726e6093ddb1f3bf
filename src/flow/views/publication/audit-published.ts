import type { Week } from '../../sightings/week.ts';
import { audit, type RecoverableCell } from '../protection/audit.ts';
import type { Member, PublishedTable } from '../protection/protected-table.ts';
import type { Solver } from '../protection/solver.ts';
import type { WeekContent, WeekTables } from './week-content.ts';

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

/** Ids of the cells that the revisions of a week give away together, by subject. */
export function givenAwayBy(headline: readonly string[], solver: Solver) {
  return (week: Week, revisions: readonly WeekTables[]): Map<keyof WeekTables, Set<string>> => {
    const recoverable = auditWeek(week, revisions, headline, solver).flatMap((finding) => finding.recoverable);
    const bySubject = Map.groupBy(recoverable, ({ subject }) => subject as keyof WeekTables);
    return new Map([...bySubject].map(([subject, cells]) => [subject, new Set(cells.map(({ id }) => id))]));
  };
}

function auditWeek(week: Week, revisions: readonly WeekTables[], headline: readonly string[], solver: Solver) {
  const isSame = revisions.every((tables) => countTheSame(tables, headline));
  return audit(tablesOf(week, revisions), isSame ? [['systems', 'countries']] : [], solver);
}

/** Countries are those of the headline's systems: where there are no others, both tables have the same total. */
function countTheSame({ systems, countries }: WeekTables, headline: readonly string[]): boolean {
  const members = [...systems.rows.flatMap((row) => row.members), ...systems.dropped];
  const isCounted = ({ id }: Member) => headline.includes((JSON.parse(id) as string[])[0]!);
  return countries.rows.length > 0 && members.every(isCounted);
}

function tablesOf(week: Week, revisions: readonly WeekTables[]): PublishedTable[] {
  return revisions.flatMap((tables, at) =>
    SUBJECTS.map((subject) => ({ week, subject, revision: at + 1, table: tables[subject] })),
  );
}
