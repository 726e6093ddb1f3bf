import { parquetWriteBuffer } from 'hyparquet-writer';
import type { OutputFile } from '../publication/output-file.ts';
import type { Cell, Column, Table } from './table.ts';

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

const PHYSICAL: Record<Column['type'], Pick<SchemaElement, 'type' | 'converted_type'>> = {
  date: { type: 'INT32', converted_type: 'DATE' },
  integer: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
};

const LARGEST_INT32 = 2 ** 31 - 1;

/** `data/NAME.parquet`: the same rows and columns as the CSV file. Equal tables are equal bytes. */
export function parquetFile(table: Table): OutputFile {
  const wide = table.columns.map(
    ({ type }, i) => type === 'integer' && table.rows.some((row) => Number(row[i]) > LARGEST_INT32),
  );
  const buffer = parquetWriteBuffer({
    columnData: table.columns.map((column, i) => ({
      name: column.name,
      data: table.rows.map((row) => parquetValue(column, row[i]!, wide[i]!)),
    })),
    schema: [
      { name: 'root', num_children: table.columns.length },
      ...table.columns.map((column, i) => schemaOf(column, wide[i]!)),
    ],
    // Its own name would change with the library.
    createdBy: 'rollcall',
  });
  return {
    path: `data/${table.name}.parquet`,
    bytes: new Uint8Array(buffer),
    mediaType: 'application/vnd.apache.parquet',
    rows: table.rows.length,
  };
}

function schemaOf({ name, type, isOptional }: Column, isWide: boolean): SchemaElement {
  const physical: Pick<SchemaElement, 'type' | 'converted_type'> = isWide ? { type: 'INT64' } : PHYSICAL[type];
  return { name, ...physical, repetition_type: isOptional ? 'OPTIONAL' : 'REQUIRED' };
}

function parquetValue(column: Column, cell: Cell, isWide: boolean): Cell | Date | bigint {
  if (isWide) return cell === null ? null : BigInt(cell);
  return column.type === 'date' && typeof cell === 'string' ? new Date(`${cell}T00:00:00Z`) : cell;
}
