import { compareKeys, type ProtectedRow, type ProtectedTable, rowKey } from './protected-table.ts';

/**
 * A revised table in which the rows that would give the cells `ids` away stay as they were published before: those
 * that hold one of the cells, and all that are tied to them by a cell or a name. The rest is revised. What is carried
 * over tells an outsider nothing that was not known, at the price of a few numbers that a revision leaves as they were.
 */
export function carryOver(before: ProtectedTable, revised: ProtectedTable, ids: ReadonlySet<string>): ProtectedTable {
  if (before.k !== revised.k) {
    throw new Error(
      `revised table: expected the k of ${before.k} it was published with, found ${revised.k}: use that one`,
    );
  }
  const tied = tiesFrom(ids, [...before.rows, ...revised.rows]);
  const isTied = (row: ProtectedRow) => labelsOf(row).some((label) => tied.has(label));
  const kept = before.rows.filter(isTied);
  const rows = [...kept, ...revised.rows.filter((row) => !isTied(row))];
  const placed = new Set(rows.flatMap(({ members }) => members.map(({ id }) => id)));
  const left = revised.rows.filter(isTied).flatMap(({ members }) => members);
  const dropped = [...revised.dropped, ...left].filter(({ id }) => !placed.has(id));
  return {
    k: revised.k,
    rows: rows.sort((a, b) => compareKeys(rowKey(a.dimensions), rowKey(b.dimensions))),
    dropped: dropped.sort((a, b) => compareKeys(a.id, b.id)),
  };
}

/** Cells and names of rows. */
function labelsOf({ dimensions, members }: ProtectedRow): string[] {
  return [`row ${rowKey(dimensions)}`, ...members.map(({ id }) => `cell ${id}`)];
}

function tiesFrom(ids: ReadonlySet<string>, rows: readonly ProtectedRow[]): Set<string> {
  const rowsOf = new Map<string, string[][]>();
  for (const labels of rows.map(labelsOf)) {
    for (const label of labels) rowsOf.set(label, [...(rowsOf.get(label) ?? []), labels]);
  }
  const tied = new Set([...ids].map((id) => `cell ${id}`));
  // A set that grows while it is walked is walked to its end.
  for (const label of tied) for (const labels of rowsOf.get(label) ?? []) for (const other of labels) tied.add(other);
  return tied;
}
