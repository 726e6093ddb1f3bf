import { mondayOf, type Week } from '../../sightings/week.ts';
import { type ProtectedTable, rowKey } from './protected-table.ts';

/**
 * Which rows there were before, as row keys. Rows that come and go tell that a count has passed k.
 * `fresh`: none that matter.
 * `week-before`: a cell that had a row keeps it; one that had none waits until it has 2 k systems.
 * `revision`: the rows of the same week's last revision, and which cell was in which, are used again where still safe.
 */
export type Partition =
  | { kind: 'fresh' }
  | { kind: 'week-before'; rows: ReadonlySet<string> }
  | { kind: 'revision'; rows: ReadonlySet<string>; rowOf: ReadonlyMap<string, string> };

/** By what was published before of the same subject: of the week itself, and of the week before it. */
export function partitionFor(
  week: Week,
  sameWeek: ProtectedTable | undefined,
  weekBefore: ProtectedTable | undefined,
): Partition {
  if (sameWeek !== undefined) return { kind: 'revision', rows: rowKeys(sameWeek), rowOf: rowsOfMembers(sameWeek) };
  const isNewQuarter = quarterOf(week) !== quarterOf((week - 1) as Week);
  if (weekBefore === undefined || isNewQuarter) return { kind: 'fresh' };
  return { kind: 'week-before', rows: rowKeys(weekBefore) };
}

function rowKeys({ rows }: ProtectedTable): Set<string> {
  return new Set(rows.map(({ dimensions }) => rowKey(dimensions)));
}

function rowsOfMembers({ rows }: ProtectedTable): Map<string, string> {
  return new Map(rows.flatMap(({ dimensions, members }) => members.map(({ id }) => [id, rowKey(dimensions)])));
}

/** The calendar quarter of the week's Monday, as in `2020-4`. */
function quarterOf(week: Week): string {
  const [year, month] = mondayOf(week).split('-');
  return `${year}-${Math.ceil(Number(month) / 3)}`;
}
