import { mondayOf, type Week } from '../../sightings/week.ts';
import type { Interval } from './bounds.ts';
import { type OutsideView, outsideView, type Statement, type Unknown } from './outside-view.ts';
import type { ProtectedTable, PublishedTable } from './protected-table.ts';
import type { Solver } from './solver.ts';
import { ContradictionError, workOut } from './work-out.ts';

export interface WeekAudit {
  week: Week;
  subject: string;
  /** Cells of the newest revision that have no row of their own, dropped ones too. */
  hidden: number;
  /** Hidden cells, of any revision, that give themselves away. Private: for the operator. */
  recoverable: RecoverableCell[];
}

export interface RecoverableCell extends Interval {
  week: Week;
  subject: string;
  /** The id of the `Member`. */
  id: string;
}

/**
 * What an outsider can work out of hidden cells from everything that was ever published: one who knows all cells, the
 * rows that each was in, why it was hidden and which cells a revision changed, but no counts.
 *
 * It is necessary that nothing is recoverable, not sufficient: the bounds are those of linear programming, see
 * `workOut`. Counts of different weeks are different unknowns. A cell whose count did not change from one revision of
 * its week to the next is one unknown in both, a cell whose count did is two.
 */
export function audit(
  published: readonly PublishedTable[],
  statements: readonly Statement[],
  solver: Solver,
): WeekAudit[] {
  const weeks = Map.groupBy(published, ({ week }) => week);
  return [...weeks].sort(([a], [b]) => a - b).flatMap(([week, tables]) => auditWeek(week, tables, statements, solver));
}

function auditWeek(
  week: Week,
  tables: readonly PublishedTable[],
  statements: readonly Statement[],
  solver: Solver,
): WeekAudit[] {
  const view = outsideView(tables, statements);
  const bounds = boundsOf(week, view, solver);
  const subjects = Map.groupBy(tables, ({ subject }) => subject);
  return [...subjects].map(([subject, ofSubject]) => ({
    week,
    subject,
    hidden: hiddenCells(newestOf(ofSubject).table),
    recoverable: view.counts.flatMap((unknown, index) =>
      unknown.subject === subject && isHidden(unknown) && givesAway(bounds[index]!, unknown.k)
        ? [{ week, subject, id: unknown.id, ...bounds[index]! }]
        : [],
    ),
  }));
}

/** Fewer than k, and without a row: such a group must not be known. */
function isHidden({ isShown, isSmall }: Unknown): boolean {
  return !isShown && isSmall;
}

/** It can be shown to exist, or is known to within k / 2. */
export function givesAway({ least, most }: Interval, k: number): boolean {
  return least >= 1 || most - least < k / 2;
}

function boundsOf(week: Week, program: OutsideView, solver: Solver): Interval[] {
  try {
    return workOut(program, solver, (count) => isHidden(program.counts[count]!));
  } catch (error) {
    if (!(error instanceof ContradictionError)) throw error;
    const advice = 'no cells can have led to these rows, so some of them are damaged; restore the vault from a backup';
    throw new Error(`what was published of the week of ${mondayOf(week)}: ${error.message}: ${advice}`, {
      cause: error,
    });
  }
}

function newestOf(tables: readonly PublishedTable[]): PublishedTable {
  return tables.reduce((newest, table) => (table.revision > newest.revision ? table : newest));
}

function hiddenCells({ rows, dropped }: ProtectedTable): number {
  const members = [...rows.flatMap((row) => row.members), ...dropped];
  return members.filter(({ isShown }) => !isShown).length;
}
