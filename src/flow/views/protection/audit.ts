import type { Interval } from './bounds.ts';
import {
  type CellSet,
  type KnownTable,
  outsideView,
  type Statement,
  type Subject,
  type Unknown,
} from './outside-view.ts';
import type { Solver } from './solver.ts';
import { workOut } from './work-out.ts';

/** A hidden group that gives itself away. Private: for the operator. */
export interface RecoverableCell extends Interval {
  subject: Subject;
  /** The `rowKey` of its names. */
  id: string;
}

/**
 * What an outsider can work out of hidden groups from everything that was ever published of a week: one who knows all
 * groups, the rows that each was in, why it was hidden and which of them a revision changed, but no number of any. Throws
 * a `ContradictionError`.
 *
 * It is necessary that nothing is recoverable, not sufficient: the bounds are those of linear programming, see
 * `workOut`. Counts of different weeks are different unknowns. A cell whose count did not change from one revision of
 * its week to the next is one unknown in both, a cell whose count did is two. What groups have `together` is as secret as
 * what each of them has, and given away by all of them.
 */
export function audit(
  tables: readonly KnownTable[],
  statements: readonly Statement[],
  solver: Solver,
  together: readonly CellSet[] = [],
): RecoverableCell[] {
  const view = outsideView(tables, statements, together);
  const bounds = workOut(
    view,
    solver,
    (count) => !view.counts[count]!.isShown,
    (count, { least, most }) => least <= 0 && most - least >= view.counts[count]!.k / 2,
  );
  return view.counts.flatMap((unknown, index) => {
    if (!isGivenAway(unknown, bounds[index]!)) return [];
    return unknown.ids.map((id) => ({ subject: unknown.subject, id, ...bounds[index]! }));
  });
}

function isGivenAway({ isShown, k }: Unknown, bounds: Interval): boolean {
  return !isShown && givesAway(bounds, k);
}

/** It can be shown to exist, or is known to within k / 2, and may be one of fewer than k. */
export function givesAway({ least, most }: Interval, k: number): boolean {
  return least < k && (least >= 1 || most - least < k / 2);
}
