import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquetFile } from '../../../../src/flow/views/files/parquet.ts';
import type { Table } from '../../../../src/flow/views/files/table.ts';
import { parquetRows } from '../../../../src/flow/views/verification/read-parquet.ts';
import { mutated } from '../../../support/fuzz.ts';
import { seededRandom } from '../../../support/random.ts';

const TABLE: Table = {
  name: 'systems',
  title: '',
  key: [],
  columns: [
    { name: 'week_start', type: 'date', description: '' },
    { name: 'systems', type: 'integer', description: '', isOptional: true },
    { name: 'os', type: 'string', description: '' },
    { name: 'coverage', type: 'number', description: '' },
  ],
  rows: Array.from({ length: 300 }, (_, i) => ['2025-08-04', i % 7 === 0 ? null : i * 10, 'AlmaLinux', 0.5]),
};

test('F05 O14: rows of a Parquet file as texts', async () => {
  const { columns, rows } = await parquetRows(parquetFile(TABLE).bytes);
  assert.deepEqual(columns, ['week_start', 'systems', 'os', 'coverage']);
  assert.deepEqual(rows.slice(0, 2), [
    ['2025-08-04T00:00:00.000Z', '', 'AlmaLinux', '0.5'],
    ['2025-08-04T00:00:00.000Z', '10', 'AlmaLinux', '0.5'],
  ]);
  assert.equal(rows.length, 300);
});

test('O14 G08: a Parquet file that somebody has spoilt is told, whatever it claims to hold', async () => {
  const { bytes } = parquetFile(TABLE);
  for (let seed = 0; seed < 6; seed++) {
    const spoilt = mutated(bytes, seededRandom(seed));
    await parquetRows(spoilt).catch((error: Error) => assert.equal(error.name, 'TableFault'));
  }
});
