import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { describe, test } from 'node:test';
import { readTotals } from '../../../src/flow/views/totals-read.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const seed = testSeed();
const folder = temporaryFolder();
const COLUMNS = 'hits, weeknum, os_name, os_version, os_variant, os_arch, sys_age, repo_tag, repo_arch';
/** With these there is no name left by which SQLite numbers rows. */
const NUMBERS = ', rowid, oid, _rowid_';
let made = 0;

type Row = SQLInputValue[];

/** The same rows in two tables: one is read by thousands of rows at once, the other one by one. */
function bothTables(rows: readonly Row[], places: readonly bigint[]): [string, string] {
  const paths = ['together', 'single'].map((name) => join(folder, `${name}-${made++}.db`));
  for (const [which, path] of paths.entries()) {
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE countme_totals (${COLUMNS}${which === 1 ? NUMBERS : ''}); BEGIN`);
    const marks = '?, '.repeat(9).slice(0, -2);
    const insert =
      which === 0
        ? database.prepare(`INSERT INTO countme_totals (${COLUMNS}, rowid) VALUES (${marks}, ?)`)
        : database.prepare(`INSERT INTO countme_totals (${COLUMNS}) VALUES (${marks})`);
    for (const [at, row] of rows.entries()) insert.run(...row, ...(which === 0 ? [places[at]!] : []));
    database.exec('COMMIT');
    database.close();
  }
  return paths as [string, string];
}

/** What is read, or what is said instead. */
async function reading(path: string): Promise<unknown> {
  try {
    return await readTotals(path);
  } catch (error) {
    return (error as Error).message.replace(path, '');
  }
}

const ODD_TEXTS = [
  '',
  ' ',
  'a,b',
  'a"b',
  '"',
  'a\nb',
  'a\r',
  '\r\n',
  'x,1,2,3,4,5,6,7,8\n2',
  'b\u0000c',
  'ÄÖ–',
  '=1+1',
];

function oddRow(random: Random): Row {
  const bytes = new Uint8Array([0xff, 0x41]);
  const odd: SQLInputValue[] = [
    ...ODD_TEXTS,
    null,
    bytes,
    1,
    2.5,
    -1,
    '3',
    9_007_199_254_740_993n,
    'L'.repeat(300_000),
  ];
  const row = plainRow(random);
  for (let n = 1 + random.below(2); n > 0; n--)
    row[random.chance(0.2) ? random.below(9) : 2 + random.below(7)] = random.pick(odd);
  return row;
}

function plainRow(random: Random): Row {
  const [hits, week, age] = [1 + random.below(50), 2614 + random.below(3), 1 + random.below(4)].map(BigInt);
  const version = String(30 + random.below(5));
  return [hits!, week!, 'Fedora', version, 'generic', 'x86_64', age!, 'fedora-31', 'x86_64'];
}

describe('X4: a database is read as row by row', () => {
  test(`whatever its cells hold and wherever its rows are (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    let reads = 0;
    for (let round = 0; round < 12; round++) {
      const rows = Array.from({ length: random.below(7) }, () =>
        random.chance(0.3) ? oddRow(random) : plainRow(random),
      );
      const step = random.pick([1n, 7n, 2n ** 59n]);
      const first = step === 2n ** 59n ? -(2n ** 63n) : BigInt(random.below(5));
      const [together, single] = bothTables(
        rows,
        rows.map((_, at) => first + BigInt(at) * step),
      );
      const found = await reading(together);
      assert.deepEqual(found, await reading(single), `round ${round}`);
      if (typeof found === 'object') reads += 1;
    }
    assert.ok(reads > 0);
  });

  test('rows that are short of a text and rows with one comma more, whose commas are as many as those of plain rows', async () => {
    const random = seededRandom(1);
    const [short, long] = [plainRow(random), plainRow(random)];
    short[3] = null;
    long[7] = 'a,b';
    const twice = plainRow(random).with(2, null).with(7, 'a,b');
    for (const rows of [[short, long], [twice], [plainRow(random), twice, plainRow(random)]]) {
      const [together, single] = bothTables(
        rows,
        rows.map((_, at) => BigInt(at)),
      );
      assert.deepEqual(await reading(together), await reading(single));
    }
  });

  test('of many rows none is lost or comes twice', async () => {
    const random = seededRandom(2);
    const rows = Array.from({ length: 9000 }, (_, at) => plainRow(random).with(0, BigInt(at + 1)));
    rows[5000]![2] = 'a,b';
    const [together] = bothTables(
      rows,
      rows.map((_, at) => 2n ** 63n - 1n - BigInt(rows.length - 1 - at)),
    );
    const read = await readTotals(together);
    assert.deepEqual(
      read.rows.map(({ hits }) => hits),
      rows.map(([hits]) => Number(hits)),
    );
    assert.deepEqual(
      read.numbers,
      rows.map((_, at) => at + 1),
    );
  });
});
