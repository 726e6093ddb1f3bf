import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HITS_COLUMN, REQUEST_COLUMNS, SYSTEM_COLUMNS, type TotalsRecord, WEEK_COLUMNS } from './totals-rules.ts';

/** Rows of a table of totals, in its order: lines as in CSV, the first of which names the columns; or one by one. */
export type TotalsPiece = { kind: 'lines'; lines: Buffer } | { kind: 'records'; records: Iterable<TotalsRecord> };

/** Of usual rows together a third of the longest field that is read (`openForeignDatabase`). */
const ROWS_AT_ONCE = 4_096;
/** A line that begins in another way may be blank, which is no row in CSV. */
const NO_NUMBER = "typeof(hits) <> 'integer' AND hits NOT GLOB '[0-9]*'";
const FIRST_ROW = -(2n ** 63n);
const LAST_ROW = 2n ** 63n - 1n;

/**
 * All rows of `countme_totals`. SQLite puts the texts of thousands of them into one: to have each text by itself takes six
 * times as long as all else that is done with a row. Where a text holds what stands between texts, or there is none, rows
 * come one by one.
 */
export function* totalsPieces(database: DatabaseSync, columns: readonly string[]): Generator<TotalsPiece> {
  const names = [HITS_COLUMN, ...WEEK_COLUMNS, ...SYSTEM_COLUMNS, ...REQUEST_COLUMNS].filter((name) =>
    columns.includes(name),
  );
  // As text, numbers are judged by the same rules as in CSV, whichever type the column has.
  const records = `SELECT ${names.map((name) => `CAST(${name} AS TEXT) AS ${name}`).join(', ')} FROM main.countme_totals`;
  // Each of these is the number of a row, unless a column bears the name.
  const place = ['rowid', 'oid', '_rowid_'].find((name) => !columns.some((column) => column.toLowerCase() === name));
  if (place === undefined) {
    yield { kind: 'records', records: database.prepare(records).iterate() as Iterable<TotalsRecord> };
    return;
  }
  const together = database.prepare(`
    SELECT count(*) AS rows, max(place) AS last, group_concat(line, char(10)) AS lines,
      total(isOdd) AS odd
    FROM (
      SELECT ${place} AS place, concat_ws(',', ${names.join(', ')}) AS line,
        ${[NO_NUMBER, ...names.map((name) => `${name} IS NULL`)].join(' OR ')} AS isOdd
      FROM main.countme_totals WHERE ${place} >= ? ORDER BY ${place} LIMIT ${ROWS_AT_ONCE}
    )`);
  const oneByOne = database.prepare(`${records} WHERE ${place} BETWEEN ? AND ? ORDER BY ${place}`);
  const lastOf = database.prepare(
    `SELECT max(place) AS last FROM (SELECT ${place} AS place FROM main.countme_totals WHERE ${place} >= ? ORDER BY ${place} LIMIT ${ROWS_AT_ONCE})`,
  );
  for (const statement of [together, lastOf]) statement.setReadBigInts(true);
  yield { kind: 'lines', lines: Buffer.from(`${names.join(',')}\n`) };
  for (let from = FIRST_ROW; ; ) {
    const found = linesFrom(together, from, names.length);
    const last = found?.last ?? (lastOf.get(from)?.['last'] as bigint | null);
    if (last === null) return;
    if (found?.lines !== undefined) yield { kind: 'lines', lines: found.lines };
    else yield { kind: 'records', records: oneByOne.iterate(from, last) as Iterable<TotalsRecord> };
    if (last === LAST_ROW) return;
    from = last + 1n;
  }
}

interface Found {
  last: bigint | null;
  /** Undefined where they would not say what the rows say. */
  lines: Buffer | undefined;
}

/** Undefined if the texts of so many rows are longer than anything that is read. */
function linesFrom(statement: StatementSync, from: bigint, columns: number): Found | undefined {
  let row: ReturnType<StatementSync['get']>;
  try {
    row = statement.get(from);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === TOO_BIG) return undefined;
    throw error;
  }
  const { rows, last, lines: text, odd } = row as { rows: bigint; last: bigint | null; lines: string; odd: number };
  if (rows === 0n || odd > 0) return { last, lines: undefined };
  const lines = Buffer.from(`${text}\n`);
  return { last, lines: isPlain(lines, Number(rows), columns) ? lines : undefined };
}

const TOO_BIG = 18;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** A line has a comma less than columns at least, as no text is missing: if there are no more in all, no text holds one. */
function isPlain(lines: Buffer, rows: number, columns: number): boolean {
  if (lines.includes(QUOTE) || lines.includes(RETURN)) return false;
  let [commas, ends] = [0, 0];
  for (let at = 0; at < lines.length; at++) {
    const byte = lines[at];
    if (byte === COMMA) commas += 1;
    else if (byte === NEWLINE) ends += 1;
  }
  return commas === rows * (columns - 1) && ends === rows;
}
