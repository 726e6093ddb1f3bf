import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { readTotals } from '../../../src/flow/views/totals-read.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Totals that somebody has made to hurt whoever imports them. */
const folder = temporaryFolder();

const COLUMNS = 'hits, weeknum, os_name, os_version, os_variant, os_arch, sys_age, repo_tag, repo_arch';
const TABLE = `CREATE TABLE countme_totals (${COLUMNS})`;
const VALUES = "(2, 2614, 'Fedora', '31', 'generic', 'x86_64', 3, 'fedora-31', 'x86_64')";
const ENDLESS = `WITH RECURSIVE endless(hits) AS (SELECT 1 UNION ALL SELECT hits + 1 FROM endless)
  SELECT hits, 2614 AS weeknum, '' AS os_name, '' AS os_version, '' AS os_variant, '' AS os_arch, 1 AS sys_age,
  '' AS repo_tag, '' AS repo_arch FROM endless`;

function database(name: string, ...statements: string[]): string {
  const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.db`);
  const made = new DatabaseSync(path);
  for (const statement of statements) made.exec(statement);
  made.close();
  return path;
}

describe('V5 X4: a totals.db from a stranger', () => {
  const refused: [string, string[], RegExp][] = [
    ['an endless view', [`CREATE VIEW countme_totals AS ${ENDLESS}`], /expected a plain table countme_totals/],
    [
      'a virtual table',
      [`CREATE VIRTUAL TABLE countme_totals USING fts5(${COLUMNS})`],
      /expected a plain table countme_totals/,
    ],
    [
      'a generated column',
      [
        `CREATE TABLE countme_totals (${COLUMNS.replace('os_name', "os_name AS (printf('%*s', 900000000, 'x'))")})`,
        `INSERT INTO countme_totals (${COLUMNS.replace('os_name, ', '')}) VALUES (2, 2614, '', '', '', 3, '', '')`,
      ],
      /expected a plain table countme_totals/,
    ],
    [
      'a field of 64 MB',
      [TABLE, `INSERT INTO countme_totals VALUES ${VALUES.replace("'Fedora'", 'zeroblob(67108864)')}`],
      /cannot be read|expected a readable/,
    ],
  ];
  for (const [what, statements, message] of refused) {
    test(`V5: ${what} is refused`, async () => {
      await assert.rejects(readTotals(database(what, ...statements)), { name: 'TotalsError', message });
    });
  }

  test('V5: views and triggers beside the table are not run', async () => {
    const path = database(
      'beside',
      TABLE,
      `INSERT INTO countme_totals VALUES ${VALUES}`,
      `CREATE VIEW other AS ${ENDLESS}`,
      `CREATE VIEW pragma_table_info AS ${ENDLESS}`,
      `CREATE VIEW pragma_table_list AS ${ENDLESS}`,
      'CREATE TRIGGER t AFTER INSERT ON countme_totals BEGIN DELETE FROM countme_totals; END',
    );
    assert.equal((await readTotals(path)).rows.length, 1);
  });

  test('V5: pages that lead to one page many times are damage, not a table without end', async () => {
    const rows = Array.from({ length: 4_000 }, () => VALUES).join(', ');
    const path = database('circle', 'PRAGMA page_size = 512', TABLE, `INSERT INTO countme_totals VALUES ${rows}`);
    const bytes = readFileSync(path);
    // An interior page of a table begins with 5; each of its cells with the number of a page.
    const interior = Array.from({ length: bytes.length / 512 }, (_, page) => page * 512).filter(
      (at) => at > 0 && bytes[at] === 5,
    );
    assert.ok(interior.length > 1);
    for (const at of interior) {
      const cells = bytes.readUInt16BE(at + 3);
      const first = bytes.readUInt32BE(at + bytes.readUInt16BE(at + 12));
      for (let cell = 0; cell < cells; cell++) bytes.writeUInt32BE(first, at + bytes.readUInt16BE(at + 12 + 2 * cell));
    }
    writeFileSync(path, bytes);
    await assert.rejects(readTotals(path), { name: 'TotalsError', message: /it is damaged/ });
  });

  test('X4: a quote in CSV that is never closed is refused, before all that follows is in memory', async () => {
    const path = join(folder, 'quote.csv');
    const header = `week_start,${COLUMNS.replace(' weeknum,', '').replaceAll(' ', '')}`;
    writeFileSync(path, `${header}\r\n2020-02-10,2,"${'x'.repeat(3 * 1024 * 1024)}`);
    await assert.rejects(readTotals(path), { name: 'TotalsError', message: /row 1: not well-formed CSV \(CSV_MAX/ });
  });
});
