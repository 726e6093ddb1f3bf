import { stringify } from 'csv-stringify/sync';
import type { OutputFile } from '../publication/output-file.ts';
import { faultOf } from './plain-text.ts';
import type { Cell, Table } from './table.ts';

/** A cell that must not be published as it is. The message names file, row (the first after the header is 1) and column. */
export class CellError extends Error {
  override readonly name = 'CellError';
}

/** `data/NAME.csv` as RFC 4180 has it: UTF-8, CRLF, a header. Throws `CellError`: nothing is changed to fit (F03). */
export function csvFile(table: Table): OutputFile {
  const path = `data/${table.name}.csv`;
  const text = csvText(
    path,
    table.columns.map(({ name }) => name),
    table.rows,
  );
  return { path, bytes: Buffer.from(text), mediaType: 'text/csv; charset=utf-8', rows: table.rows.length };
}

/** A CSV file as text, by the rules of `csvFile`. */
export function csvText(path: string, header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (new Set(header).size < header.length) throw new CellError(`${path}: expected each column once`);
  const names = header.map((name) => textOf(name, () => `${path}: header`));
  const texts = rows.map((row, y) => row.map((cell, x) => textOf(cell, () => `${path}: row ${y + 1}: ${names[x]}`)));
  return stringify([names, ...texts], { record_delimiter: 'windows' });
}

function textOf(cell: Cell, place: () => string): string {
  if (cell === null) return '';
  if (typeof cell === 'string') {
    const fault = faultOf(cell);
    if (fault !== undefined) throw new CellError(`${place()}: expected ${fault}; mend the list of names it comes from`);
    return cell;
  }
  if (typeof cell === 'number' && !(Number.isFinite(cell) && cell >= 0))
    throw new CellError(`${place()}: expected a number of 0 or more`);
  return String(cell);
}
