import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { renderFiles } from '../../../../src/flow/views/files/render-files.ts';
import type { OutputFile } from '../../../../src/flow/views/publication/output-file.ts';
import type { Publication } from '../../../../src/flow/views/publication/tables.ts';
import { allTotals, totalsByWeek } from '../../../../src/flow/views/publication/tables.ts';
import { readTotals } from '../../../../src/flow/views/totals-read.ts';
import { writeTotalsCsv, writeTotalsDatabase } from '../../../../src/flow/views/totals-write.ts';
import { NO_ROWS, samplePublication } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

type Row = Record<string, string>;

const folder = temporaryFolder();
const publication: Publication = samplePublication();
let files: OutputFile[] = [];

before(async () => {
  files = await renderFiles(publication, folder);
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
});

function bytesOf(path: string): Buffer {
  const file = files.find((one) => one.path === path);
  assert.ok(file, `${path} is not among the files`);
  return Buffer.from(file.bytes);
}

test('columns that people read by their place stay where they are: new ones stand behind them', () => {
  const [header = ''] = bytesOf('data/weeks.csv').toString().split('\r\n');
  assert.deepEqual(header.split(',').slice(0, 19), [
    ...['week_start', 'week_end', 'weeknum', 'systems', 'low', 'high', 'established', 'new_or_shortlived'],
    ...['age_unknown', 'age_implausible', 'cross_release', 'coverage', 'grade', 'ua_unknown_share', 'excluded'],
    ...['status', 'held', 'revision', 'note'],
  ]);
});

function csvRows(path: string): Row[] {
  return parse(bytesOf(path), { columns: true, record_delimiter: '\r\n' }) as Row[];
}

/** Every value as CSV would say it, so that readers with other types can be compared. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return String(value);
}

function rowsAsText(rows: readonly object[]): Row[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])));
}

/** The order of rows is a promise of the CSV files only. */
function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

async function duckdb(query: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return rowsAsText((await connection.runAndReadAll(query)).getRowObjectsJS());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('U11 F05: other programs read the same rows', () => {
  const tables = ['systems', 'margins', 'weeks', 'countries', 'epel', 'exclusions'];

  test('F05: systems.csv has every row of the publication, with the quality of its week', () => {
    const rows = csvRows('data/systems.csv');
    assert.equal(rows.length, publication.systems.length);
    const weeks = new Map(publication.weeks.map((week) => [week.week, week]));
    publication.systems.forEach((row, index) => {
      const week = weeks.get(row.week)!;
      const { weeknum, os, version, edition, arch, client, age, systems, quality, coverage, revision } = rows[index]!;
      assert.deepEqual(
        [weeknum, os, version, edition, arch, client, age, systems, quality, coverage, revision],
        [
          ...[row.week, row.os, row.version, row.edition, row.arch, row.client, row.age, row.systems],
          ...[week.grade, week.coverage, week.revision],
        ].map(asText),
      );
    });
  });

  test('F05: DuckDB reads the CSV, Parquet and JSON of systems', async () => {
    const csv = sorted(csvRows('data/systems.csv'));
    const columns = Object.keys(csvRows('data/systems.csv')[0]!);
    const list = columns.map((name) => `CAST("${name}" AS VARCHAR) AS "${name}"`).join(', ');
    const path = (name: string) => `'${join(folder, name)}'`;
    assert.deepEqual(sorted(await duckdb(`SELECT ${list} FROM read_csv(${path('data/systems.csv')})`)), csv);
    assert.deepEqual(sorted(await duckdb(`SELECT ${list} FROM read_parquet(${path('data/systems.parquet')})`)), csv);
    const unnested = `SELECT week.week_start AS week_start, unnest(systems, recursive := true)
      FROM read_json(${path('api/v1/breakdown/*.json')}, maximum_object_size = 100000000) WHERE len(systems) > 0`;
    const narrow = columns.filter((name) => !['weeknum', 'quality', 'coverage', 'revision', 'method'].includes(name));
    const pick = narrow.map((name) => `CAST("${name}" AS VARCHAR) AS "${name}"`).join(', ');
    assert.deepEqual(
      sorted(await duckdb(`SELECT ${pick} FROM (${unnested})`)),
      sorted(csvRows('data/systems.csv').map((row) => Object.fromEntries(narrow.map((name) => [name, row[name]!])))),
    );
  });

  test('F05: DuckDB takes the columns of the Parquet file for what they are', async () => {
    const types = await duckdb(`DESCRIBE SELECT * FROM '${join(folder, 'data/systems.parquet')}'`);
    assert.deepEqual(Object.fromEntries(types.map(({ column_name, column_type }) => [column_name, column_type])), {
      ...{ week_start: 'DATE', weeknum: 'INTEGER', os: 'VARCHAR', version: 'VARCHAR', edition: 'VARCHAR' },
      ...{ arch: 'VARCHAR', client: 'VARCHAR', age: 'VARCHAR', systems: 'INTEGER', quality: 'VARCHAR' },
      ...{ coverage: 'DOUBLE', revision: 'INTEGER', method: 'VARCHAR' },
    });
  });

  test('F05: another Parquet reader, row by row in the same order', async () => {
    const bytes = bytesOf('data/systems.parquet');
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file: buffer });
    assert.deepEqual(rowsAsText(rows), csvRows('data/systems.csv'));
  });

  const noSqlite = spawnSync('sqlite3', ['--version']).status === 0 ? false : 'the program sqlite3 is not here';
  test('F05: the program sqlite3, every table', { skip: process.env['CI'] ? false : noSqlite }, () => {
    for (const table of tables) {
      const query = [join(folder, 'data/systems.sqlite'), '-json', `SELECT * FROM ${table}`];
      const output = execFileSync('sqlite3', query, { encoding: 'utf8', maxBuffer: 1e9 });
      const rows = rowsAsText(JSON.parse(output) as object[]);
      const own = csvRows(`data/${table}.csv`);
      const flags = own.map((row) => ('held' in row ? { ...row, held: row['held'] === 'true' ? '1' : '0' } : row));
      assert.deepEqual(sorted(rows), sorted(flags), table);
    }
  });

  test('F05: the weeks of the API are those of weeks.csv', () => {
    const { weeks } = JSON.parse(bytesOf('api/v1/weeks.json').toString()) as { weeks: Row[] };
    const rows = rowsAsText(weeks.map(({ week: _, ...columns }) => columns));
    assert.deepEqual(rows, csvRows('data/weeks.csv'));
  });

  test('F05: every series of the API adds up to systems.csv', () => {
    const rows = csvRows('data/systems.csv').filter(({ os }) => os === 'Meridian Linux');
    for (const breakdown of ['version', 'edition', 'arch', 'age']) {
      const { weeks, series } = JSON.parse(bytesOf(`api/v1/series/${breakdown}.json`).toString()) as {
        weeks: string[];
        series: { name: string; systems: (number | null)[] }[];
      };
      const said = series.flatMap(({ name, systems }) =>
        systems.flatMap((value, index) => (value === null ? [] : [`${weeks[index]} ${name} ${value}`])),
      );
      const groups = Map.groupBy(rows, (row) => `${row['week_start']} ${row[breakdown]}`);
      const summed = [...groups].map(
        ([key, own]) => `${key} ${own.reduce((sum, row) => sum + Number(row['systems']), 0)}`,
      );
      assert.deepEqual(said.sort(), summed.sort(), breakdown);
    }
  });
});

describe('totals as Fedora publishes them', () => {
  test('totals.csv and totals.db are byte by byte what `rollcall totals` writes', async () => {
    await writeTotalsCsv(join(folder, 'own.csv'), [allTotals(publication.totals)]);
    await writeTotalsDatabase(join(folder, 'own.db'), [allTotals(publication.totals)]);
    assert.ok(bytesOf('data/totals.csv').equals(readFileSync(join(folder, 'own.csv'))));
    assert.ok(bytesOf('data/totals.db').equals(readFileSync(join(folder, 'own.db'))));
  });

  test('the years and the weeks are the parts of the whole', async () => {
    const whole = (await readTotals(join(folder, 'data/totals.csv'))).rows;
    const parts = files.map(({ path }) => path).filter((path) => path.startsWith('data/totals/'));
    for (const pattern of [/\/\d{4}\.csv$/, /\/\d{4}-W\d\d\.csv$/]) {
      const rows = [];
      for (const path of parts.filter((one) => pattern.test(one)).sort()) {
        rows.push(...(await readTotals(join(folder, path))).rows);
      }
      assert.deepEqual(rows, whole);
    }
  });
});

describe('what readers rely on', () => {
  test('E15: two calls give the same bytes, Parquet and SQLite too', async () => {
    const again = await renderFiles(samplePublication(), folder);
    assert.deepEqual(
      again.map(({ path }) => path),
      files.map(({ path }) => path),
    );
    for (const [index, { path, bytes }] of again.entries()) {
      assert.ok(Buffer.compare(bytes, files[index]!.bytes) === 0, path);
    }
  });

  test('a new week is added at the end: what was fetched before is the beginning', async () => {
    const last = publication.weeks.at(-1)!.week;
    const isEarlier = ({ week }: { week: number }) => week < last;
    const earlier = await renderFiles(
      {
        ...publication,
        weeks: publication.weeks.filter(isEarlier),
        systems: publication.systems.filter(isEarlier),
        margins: publication.margins.filter(isEarlier),
        countries: publication.countries.filter(isEarlier),
        epel: publication.epel.filter(isEarlier),
        totals: totalsByWeek(allTotals(publication.totals).filter(isEarlier)),
        exclusions: publication.exclusions.filter(isEarlier),
      },
      folder,
    );
    const tables = ['systems', 'margins', 'weeks', 'countries', 'epel', 'exclusions', 'totals'].map(
      (name) => `data/${name}.csv`,
    );
    for (const { path, bytes } of earlier.filter((file) => tables.includes(file.path))) {
      const now = bytesOf(path);
      assert.ok(now.length > bytes.length, path);
      assert.ok(now.subarray(0, bytes.length).equals(bytes), path);
    }
  });

  test('a week without a number is an empty field and null, never 0', () => {
    const gap = csvRows('data/weeks.csv').find(({ status }) => status === 'held')!;
    for (const column of ['systems', 'low', 'high', 'established', 'grade', 'excluded']) assert.equal(gap[column], '');
    assert.equal(gap['held'], 'true');
    const { series, weeks } = JSON.parse(bytesOf('api/v1/series/version.json').toString()) as {
      weeks: string[];
      series: { systems: (number | null)[] }[];
    };
    const index = weeks.indexOf(gap['week_start']!);
    for (const { systems } of series) assert.equal(systems[index], null);
  });

  test('without EPEL there is no epel.csv', async () => {
    const without = await renderFiles({ ...publication, epel: [] }, folder);
    assert.ok(!without.some(({ path }) => path.includes('epel')));
  });

  test('F06: a publication without any week', async () => {
    const empty = await renderFiles({ ...publication, weeks: [], ...NO_ROWS }, folder);
    const text = (path: string) => Buffer.from(empty.find((file) => file.path === path)!.bytes).toString();
    assert.match(text('data/systems.csv'), /^week_start,weeknum,os,.*\r\n$/);
    assert.equal(text('latest.txt'), 'Meridian Linux: no numbers yet\n');
    assert.equal(JSON.parse(text('badge/systems.json')).message, 'unknown');
  });

  test('F06: a thousand million systems in one group', async () => {
    const systems = [{ ...publication.systems[0]!, systems: 1_000_000_000 }];
    const big = await renderFiles({ ...publication, systems }, folder);
    const parquet = Buffer.from(big.find(({ path }) => path === 'data/systems.parquet')!.bytes);
    const file = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer;
    assert.equal((await parquetReadObjects({ file }))[0]!['systems'], 1_000_000_000);
  });
});
