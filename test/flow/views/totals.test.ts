import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { Week } from '../../../src/flow/sightings/week.ts';
import type { TotalsRow } from '../../../src/flow/views/totals.ts';
import { sortTotals } from '../../../src/flow/views/totals.ts';
import { readTotals } from '../../../src/flow/views/totals-read.ts';
import { writeTotalsCsv, writeTotalsDatabase } from '../../../src/flow/views/totals-write.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HEADER = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
const FEDORA = join(import.meta.dirname, '../../../../shared/data/fedora-2020');
const folder = temporaryFolder();

const row = (change: Partial<TotalsRow> = {}): TotalsRow => ({
  week: 2614 as Week,
  hits: 2,
  osName: 'Fedora',
  osVersion: '31',
  osVariant: 'generic',
  osArch: 'x86_64',
  sysAge: 3,
  repoTag: 'fedora-31',
  repoArch: 'x86_64',
  ...change,
});

async function csvFile(name: string, lines: readonly string[], header = HEADER): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, [header, ...lines, ''].join('\r\n'));
  return path;
}

const sumOfHits = (rows: readonly TotalsRow[]) => rows.reduce((sum, { hits }) => sum + hits, 0);

describe('Fedora 2020', () => {
  const absent = !existsSync(FEDORA) && 'no ../shared/data/fedora-2020 beside the repository';
  const skip = process.env.CI ? false : absent;

  test('CSV and SQLite say the same', { skip }, async () => {
    const csv = await readTotals(join(FEDORA, 'totals.csv'));
    const database = await readTotals(join(FEDORA, 'totals.db'));
    assert.equal(csv.rows.length, 43_610);
    assert.equal(sumOfHits(csv.rows), 25_680_011);
    assert.equal(csv.leftOut, 0);
    assert.deepEqual(sortTotals(csv.rows), sortTotals(database.rows));
  });

  test('X1 X2 X3: written and read back, nothing changes', { skip }, async () => {
    const { rows } = await readTotals(join(FEDORA, 'totals.csv'));
    const csv = join(folder, 'fedora.csv');
    const database = join(folder, 'fedora.db');
    await writeTotalsCsv(csv, [rows]);
    await writeTotalsDatabase(database, [rows.toReversed()]);
    const sorted = sortTotals(rows);
    assert.deepEqual((await readTotals(csv)).rows, sorted);
    assert.deepEqual((await readTotals(database)).rows, sorted);
    const [published, written] = await Promise.all([readFile(join(FEDORA, 'totals.csv')), readFile(csv)]);
    const lines = (bytes: Buffer) => bytes.toString().split('\n').sort();
    assert.deepEqual(lines(written), lines(published), 'the same lines as Fedora published');
  });

  test('X2: the schema is the published one', { skip }, async () => {
    const path = join(folder, 'schema.db');
    await writeTotalsDatabase(path, [[row()]]);
    const schemaOf = (file: string) => {
      const database = new DatabaseSync(file, { readOnly: true });
      const statements = database.prepare('SELECT sql FROM sqlite_schema ORDER BY rowid').all();
      database.close();
      return statements.map(({ sql }) => String(sql).replaceAll(', ', ','));
    };
    assert.deepEqual(schemaOf(path), schemaOf(join(FEDORA, 'totals.db')));
  });
});

describe('writing', () => {
  test('X1: header, CRLF and quotes only where they are needed', async () => {
    const path = join(folder, 'quotes.csv');
    await writeTotalsCsv(path, [
      [
        row({ osName: 'Comma, Inc' }),
        row({ osName: 'a "b"' }),
        row({ osName: 'lone\rreturn' }),
        row({ osName: 'lone\nfeed' }),
        row({ osName: ' space; ünï ' }),
        row({ osName: '', osVersion: '', osVariant: '', osArch: '', repoTag: '', repoArch: '' }),
      ],
    ]);
    const fields = '31,generic,x86_64,3,fedora-31,x86_64';
    assert.equal(
      await readFile(path, 'utf8'),
      [
        HEADER,
        '2020-02-10,2020-02-16,2,,,,,3,,',
        `2020-02-10,2020-02-16,2, space; ünï ,${fields}`,
        `2020-02-10,2020-02-16,2,"Comma, Inc",${fields}`,
        `2020-02-10,2020-02-16,2,"a ""b""",${fields}`,
        `2020-02-10,2020-02-16,2,"lone\nfeed",${fields}`,
        `2020-02-10,2020-02-16,2,"lone\rreturn",${fields}`,
        '',
      ].join('\r\n'),
    );
    assert.equal((await readTotals(path)).rows.length, 6);
  });

  test('X3: fields decide in their order, by code units', () => {
    const rows = [
      row({ week: 2615 as Week }),
      row({ osName: 'fedora' }),
      row({ osName: 'Zorin' }),
      row({ osName: 'Älma' }),
      row({ osVersion: '4' }),
      row({ sysAge: 4 }),
      row({ repoTag: 'a' }),
      row(),
    ];
    assert.deepEqual(sortTotals(rows), [rows[6], rows[7], rows[5], rows[4], rows[2], rows[1], rows[3], rows[0]]);
  });

  test('X1: two rows for the same fields are refused and leave the old file alone', async () => {
    const path = join(folder, 'kept.csv');
    await writeTotalsCsv(path, [[row()]]);
    const before = await readFile(path);
    await assert.rejects(writeTotalsCsv(path, [[row(), row({ hits: 9 })]]), /one row for each set of fields/);
    await assert.rejects(writeTotalsDatabase(path, [[row(), row({ hits: 9 })]]), /one row for each set of fields/);
    assert.deepEqual(await readFile(path), before);
  });

  test('no temporary file stays behind', async () => {
    await writeTotalsDatabase(join(folder, 'clean.db'), [[row()]]);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.partial')),
      [],
    );
  });
});

describe('reading', () => {
  test('X4: rows with sys_age -1 are left out and counted', async () => {
    const path = await csvFile('addresses.csv', [
      '2020-02-10,2020-02-16,7,Fedora,31,,x86_64,-1,fedora-31,x86_64',
      '2020-02-10,2020-02-16,2,Fedora,31,generic,x86_64,3,fedora-31,x86_64',
    ]);
    assert.deepEqual(await readTotals(path), { rows: [row()], numbers: [2], leftOut: 1 });
  });

  test('columns are found by name, whatever their order, and the suffix says nothing', async () => {
    const path = await csvFile(
      'reordered.db',
      ['x86_64,fedora-31,3,"2",note,Fedora,31,generic,x86_64,2020-02-16,2020-02-10'],
      'repo_arch,repo_tag,sys_age,hits,remark,os_name,os_version,os_variant,os_arch,week_end,week_start',
    );
    assert.deepEqual((await readTotals(path)).rows, [row()]);
  });

  test('a database with text columns, and one with dates for weeks', async () => {
    const make = (name: string, weekColumns: string, weekValues: string) => {
      const path = join(folder, name);
      const database = new DatabaseSync(path);
      database.exec(`CREATE TABLE countme_totals (hits INTEGER, ${weekColumns}, os_name TEXT, os_version TEXT,
        os_variant TEXT, os_arch TEXT, sys_age TEXT, repo_tag TEXT, repo_arch TEXT);
        INSERT INTO countme_totals VALUES
        (2, ${weekValues}, 'Fedora', '31', 'generic', 'x86_64', '3', 'fedora-31', 'x86_64'),
        (5, ${weekValues}, 'Fedora', '31', 'generic', 'x86_64', '-1', 'fedora-31', 'x86_64')`);
      database.close();
      return path;
    };
    const expected = { rows: [row()], numbers: [1], leftOut: 1 };
    assert.deepEqual(await readTotals(make('text.csv', 'weeknum TEXT', "'2614'")), expected);
    const dates = make('dates.db', 'week_start DATETIME, week_end DATETIME', "'2020-02-10 00:00:00', '2020-02-16'");
    assert.deepEqual(await readTotals(dates), expected);
  });

  const good = '2020-02-10,2020-02-16,2,Secret,31,generic,x86_64,3,fedora-31,x86_64';
  const cases: [name: string, line: string, message: RegExp][] = [
    ['a Tuesday', good.replace('02-10', '02-11'), /row 2: week_start: expected a Monday/],
    [
      'a week before counting began',
      good.replace('02-10', '02-03').replace('02-16', '02-09'),
      /row 2: week_start: .*2020-02-10/,
    ],
    ['a day that no month has', good.replace('02-10', '02-31'), /row 2: week_start/],
    ['another week ends', good.replace('02-16', '02-23'), /row 2: week_end: expected the Sunday/],
    ['no hits', good.replace(',2,', ',0,'), /row 2: hits: expected a whole number of 1 or more/],
    ['half a hit', good.replace(',2,', ',2.5,'), /row 2: hits/],
    ['more hits than a number holds', good.replace(',2,', ',9007199254740993,'), /row 2: hits/],
    ['hits in words', good.replace(',2,', ',2e3,'), /row 2: hits/],
    ['age 5', good.replace(',3,', ',5,'), /row 2: sys_age: expected 1, 2, 3 or 4/],
    ['age 0', good.replace(',3,', ',0,'), /row 2: sys_age/],
    ['a field too few', good.replace(',x86_64,3', ',3'), /row 2: not well-formed CSV/],
    ['a stray quote', good.replace('Secret', 'Sec"ret'), /row 2: not well-formed CSV/],
  ];
  for (const [name, line, message] of cases) {
    test(`${name}: the error names file, row and column, not the row`, async () => {
      const path = await csvFile('fault.csv', [good, line]);
      await assert.rejects(readTotals(path), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path));
        assert.doesNotMatch(error.message, /Sec/);
        return true;
      });
    });
  }

  test('a missing column, an empty file and bytes that are no text', async () => {
    const header = HEADER.replace('repo_tag,', '');
    await assert.rejects(readTotals(await csvFile('column.csv', [], header)), /missing column repo_tag$/);
    const path = join(folder, 'bytes.csv');
    await writeFile(path, '');
    await assert.rejects(readTotals(path), /missing column week_start, hits/);
    await writeFile(path, Buffer.concat([Buffer.from(`${HEADER}\r\n`), Buffer.from([0xff, 0xfe, 0x2c])]));
    await assert.rejects(readTotals(path), /expected UTF-8 text/);
    await writeFile(path, 'SQLite format 3\0 and no more');
    await assert.rejects(readTotals(path), /expected a readable SQLite database/);
    await assert.rejects(readTotals(join(folder, 'absent.csv')), /ENOENT/);
  });

  test('X4: a column that stands twice, and two weeks in one row, are refused', async () => {
    const line = '2020-02-10,2020-02-16,2,Fedora,31,generic,x86_64,3,fedora-31,x86_64';
    await assert.rejects(
      readTotals(await csvFile('twice.csv', [`${line},9`], `${HEADER},hits`)),
      /column hits stands twice/,
    );
    await assert.rejects(
      readTotals(await csvFile('end.csv', [`${line},2020-02-16`], `${HEADER},week_end`)),
      /column week_end stands twice/,
    );
    // What nobody reads may be written twice by nobody either, and is not repeated: it may come from strangers.
    await assert.rejects(
      readTotals(await csvFile('more.csv', [`${line},1,2`], `${HEADER},secret,secret`)),
      /column 12 stands twice/,
    );
    const both = (number: number) => csvFile(`both-${number}.csv`, [`${line},${number}`], `${HEADER},weeknum`);
    assert.deepEqual((await readTotals(await both(2614))).rows, [row()]);
    await assert.rejects(
      readTotals(await both(2615)),
      /row 1: week_start: expected the Monday of the week that weeknum/,
    );
  });

  test('X4: blank rows say nothing, and line ends may differ', async () => {
    const path = join(folder, 'blank.csv');
    const line = '2020-02-10,2020-02-16,2,Fedora,31,generic,x86_64,3,fedora-31,x86_64';
    await writeFile(path, `\uFEFF${HEADER}\n\r\n${line}\r\n,,,,,,,,,\r\n\n${line.replace('-31,', '-32,')}\n\n\r\n\n`);
    assert.deepEqual(await readTotals(path), {
      rows: [row(), row({ repoTag: 'fedora-32' })],
      numbers: [1, 2],
      leftOut: 0,
    });
    await writeFile(path, `${HEADER}\r\n${line.replace('Fedora', '"Fed\r\nora\n"')}`);
    assert.deepEqual((await readTotals(path)).rows, [row({ osName: 'Fed\r\nora\n' })]);
  });

  test('a header alone is a table without rows', async () => {
    assert.deepEqual(await readTotals(await csvFile('header.csv', [])), { rows: [], numbers: [], leftOut: 0 });
  });
});
