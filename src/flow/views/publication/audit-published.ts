import type { Week } from '../../sightings/week.ts';
import { audit, type RecoverableCell } from '../protection/audit.ts';
import type { PublishedTable } from '../protection/protected-table.ts';
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
export function auditContents(contents: ReadonlyMap<Week, readonly WeekContent[]>, solver: Solver): WeekFindings[] {
  const tables = [...contents].flatMap(([week, revisions]) =>
    tablesOf(
      week,
      revisions.filter(({ totals }) => totals === undefined).map((content) => content.tables),
    ),
  );
  const findings = audit(tables, [], solver);
  return [...Map.groupBy(findings, ({ week }) => week)].map(([week, ofWeek]) => ({
    week,
    hidden: ofWeek.reduce((sum, { hidden }) => sum + hidden, 0),
    recoverable: ofWeek.flatMap(({ recoverable }) => recoverable),
  }));
}

/** Ids of the cells that the revisions of a week give away together, by subject. */
export function givenAwayBy(solver: Solver) {
  return (week: Week, revisions: readonly WeekTables[]): Map<keyof WeekTables, Set<string>> => {
    const recoverable = audit(tablesOf(week, revisions), [], solver).flatMap((finding) => finding.recoverable);
    const bySubject = Map.groupBy(recoverable, ({ subject }) => subject as keyof WeekTables);
    return new Map([...bySubject].map(([subject, cells]) => [subject, new Set(cells.map(({ id }) => id))]));
  };
}

function tablesOf(week: Week, revisions: readonly WeekTables[]): PublishedTable[] {
  return revisions.flatMap((tables, at) =>
    SUBJECTS.map((subject) => ({ week, subject, revision: at + 1, table: tables[subject] })),
  );
}
