import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CellError, csvFile } from '../../../../src/flow/views/files/csv.ts';
import { faultOf } from '../../../../src/flow/views/files/plain-text.ts';
import { renderFiles } from '../../../../src/flow/views/files/render-files.ts';
import type { Cell, Table } from '../../../../src/flow/views/files/table.ts';
import { allTotals, totalsByWeek } from '../../../../src/flow/views/publication/tables.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const seed = testSeed();
const folder = temporaryFolder();

function tableWith(...cells: Cell[]): Table {
  const columns = [
    { name: 'first', type: 'string' as const, description: '' },
    { name: 'second', type: 'string' as const, description: '' },
  ];
  return { name: 'names', title: '', key: [], columns, rows: cells.map((cell) => ['plain', cell]) };
}

describe('F03: cells of CSV files', () => {
  const refused = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\rx', ' =1', '＝1', '＋1', '－1', '＠x', '﹦1', '﹢1'];
  const steering = ['a\nb', 'a\0b', 'a\x1b[31m', 'a\x7f', 'a\u202eb', 'a\u2028b', '\ufeffa', 'a\ud800'];
  for (const text of [...refused, ...steering]) {
    test(`F03: ${JSON.stringify(text)} is refused, with row and column and without the text`, () => {
      assert.throws(
        () => csvFile(tableWith('fine', text)),
        (error: unknown) => {
          assert.ok(error instanceof CellError);
          assert.match(error.message, /^data\/names\.csv: row 2: second: expected /);
          assert.ok(!error.message.includes(text));
          return true;
        },
      );
    });
  }

  test('F03: numbers that are none are refused', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      assert.throws(() => csvFile(tableWith(value)), CellError);
    }
  });

  test('F03: what a stranger names its system stops the publication, in any table', async () => {
    const publication = samplePublication();
    const [system] = publication.systems;
    const [total] = allTotals(publication.totals);
    const cases = [
      { ...publication, systems: [{ ...system!, os: '=HYPERLINK("x")' }] },
      { ...publication, totals: totalsByWeek([{ ...total!, osName: '@x' }]) },
      { ...publication, weeks: publication.weeks.map((week) => ({ ...week, note: '+1' })) },
    ];
    for (const one of cases) await assert.rejects(renderFiles(one, folder), CellError);
  });

  test(`F03: quotes, commas and all other text come back as they were, from two readers (seed ${seed})`, async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => faultOf(one) === undefined);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const path = join(folder, 'round-trip.csv');
    const property = fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const { bytes } = csvFile(tableWith(...texts, 'a "quoted", name', ''));
      const expected = [...texts, 'a "quoted", name', ''];
      const records = parse(Buffer.from(bytes), { columns: true }) as { second: string }[];
      assert.deepEqual(
        records.map(({ second }) => second),
        expected,
      );
      writeFileSync(path, bytes);
      const query = `SELECT coalesce(second, '') FROM read_csv('${path}', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"')`;
      const read = await connection.runAndReadAll(query);
      assert.deepEqual(
        read.getRows().map(([second]) => second),
        expected,
      );
    });
    await fc.assert(property, { seed, numRuns: 50 });
    connection.closeSync();
    instance.closeSync();
  });
});
