import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { rulesOf } from '../../src/commands/distribution.ts';
import { importTotals } from '../../src/commands/import.ts';
import { ingest } from '../../src/commands/ingest.ts';
import { recount } from '../../src/commands/recount.ts';
import { totals } from '../../src/commands/totals.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { takeCensus } from '../../src/flow/views/census.ts';
import { sortTotals } from '../../src/flow/views/totals.ts';
import { readTotals } from '../../src/flow/views/totals-read.ts';
import { rollcall } from '../support/command-line.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contentsOfFile, findingsIn, hitsIn, noRandomness } from '../support/vault-contents.ts';
import { hourlyLog, LATER, WEEK } from '../support/vault-logs.ts';

const folder = temporaryFolder();
let names = 0;
const newPath = (name: string) => join(folder, `${++names}-${name}`);

const HEADER = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
const FIRST = '2025-08-04,2025-08-10,5,AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64';
const SECOND = '2025-08-11,2025-08-17,7,AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64';

function totalsFile(...rows: string[]): string {
  const path = newPath('totals.csv');
  writeFileSync(path, [HEADER, ...rows, ''].join('\r\n'));
  return path;
}

async function imported(vault: string, file: string, replace = false) {
  const terminal = capture();
  const code = await importTotals(file, { vault, replace }, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

describe('rollcall import (X4, G9)', () => {
  test('X4: weeks that grow are all imported, and importing them again changes nothing', async () => {
    const vault = newPath('again.sqlite');
    const weeks = Array.from({ length: 9 }, (_, i) => {
      const day = (offset: number) => new Date(Date.UTC(2025, 7, 4 + i * 7 + offset)).toISOString().slice(0, 10);
      return `${day(0)},${day(6)},${10 + i},AlmaLinux,9.4,generic,x86_64,4,baseos-9,x86_64`;
    });
    const file = totalsFile(...weeks);
    const first = await imported(vault, file);
    assert.equal(first.code, 0, first.err);
    assert.match(
      first.out,
      /Read 9 rows of 9 weeks, 126 check-ins.*imported: 9 weeks; already there and equal: 0 weeks/s,
    );
    const contents = contentsOfFile(vault);
    assert.equal(hitsIn(vault), 126);
    const second = await imported(vault, totalsFile(...weeks.toReversed()));
    assert.equal(second.code, 0);
    assert.match(second.out, /imported: 0 weeks; already there and equal: 9 weeks/);
    assert.equal(contentsOfFile(vault), contents);
    assert.deepEqual(findingsIn(vault), []);
  });

  test('X4: a week that differs is refused and named; the others are imported; --replace takes the new one', async () => {
    const vault = newPath('differs.sqlite');
    await imported(vault, totalsFile(FIRST));
    const changed = totalsFile(FIRST.replace(',5,', ',6,'), SECOND);
    const refused = await imported(vault, changed);
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /NOT imported, 1 week:\n.*week of 2025-08-04: it was imported with other numbers, from .*--replace/s,
    );
    assert.match(refused.out, /imported: 1 week;/);
    assert.equal(hitsIn(vault), 5 + 7);
    const replaced = await imported(vault, changed, true);
    assert.equal(replaced.code, 0, replaced.err);
    assert.equal(hitsIn(vault), 6 + 7);
    assert.deepEqual(findingsIn(vault), []);
  });

  test('X4: rows with sys_age = -1 are left out, and how many is said', async () => {
    const vault = newPath('left-out.sqlite');
    const daily = FIRST.replace(',5,', ',500,').replace(',4,', ',-1,');
    const { code, out } = await imported(vault, totalsFile(FIRST, daily, daily));
    assert.equal(code, 0);
    assert.match(out, /left out: 2 rows with sys_age = -1/);
    assert.equal(hitsIn(vault), 5);
    assert.doesNotMatch((await imported(vault, totalsFile(FIRST))).out, /left out/);
  });

  test('X1: rows that differ only in their hits are one row', async () => {
    const vault = newPath('repeats.sqlite');
    await imported(vault, totalsFile(FIRST, FIRST.replace(',5,', ',2,')));
    assert.equal(hitsIn(vault), 7);
    assert.deepEqual(
      (await imported(vault, totalsFile(FIRST.replace(',5,', ',7,')))).code,
      0,
      'the same sum is the same week',
    );
  });

  test('X4: rows that are added up are said, with their numbers', async () => {
    const vault = newPath('added.sqlite');
    const file = totalsFile(
      FIRST,
      SECOND,
      FIRST,
      '',
      FIRST.replace(',5,', ',2,'),
      SECOND.replace('generic', 'other'),
      '',
    );
    const { code, out } = await imported(vault, file);
    assert.equal(code, 0);
    assert.match(out, /Read 5 rows of 2 weeks, 26 check-ins/);
    assert.match(out, /added up: 2 rows that differ from another in nothing but hits \(row 3, 4\)/);
    assert.equal(hitsIn(vault), 26);
    const many = totalsFile(...Array.from({ length: 9 }, () => FIRST));
    const said = /added up: 8 rows .*\(row 2, 3, 4, 5, 6 and 3 more\)/;
    assert.match((await imported(newPath('many.sqlite'), many)).out, said);
  });

  test('X4 S4 O5: names that no file may hold are other, and said with their rows', async () => {
    const vault = newPath('odd.sqlite');
    const odd = ['=1+1', '-', '\u202Exorde', '@sum', 'x'.repeat(256)].map((name) => FIRST.replace('AlmaLinux', name));
    const { code, out } = await imported(vault, totalsFile(FIRST, ...odd, SECOND));
    assert.equal(code, 0);
    assert.match(out, /names that no published file may hold.*: 5 rows \(row 2, 3, 4, 5, 6\), counted as "other"/);
    assert.doesNotMatch(out, /added up/);
    assert.equal(hitsIn(vault), 5 * 6 + 7);
    const csv = newPath('odd.csv');
    await totals({ vault, csv }, capture(), LATER);
    assert.match((await imported(vault, csv)).out, /imported: 0 weeks; already there and equal: 2 weeks/);
    assert.deepEqual([...new Set((await readTotals(csv)).rows.map(({ osName }) => osName))], ['AlmaLinux', 'other']);
  });

  test('X4: a row that cannot be meant takes its week with it, and no other; a row of no week takes all', async () => {
    const vault = newPath('bad.sqlite');
    const bad = SECOND.replace(',7,', ',seven,');
    const file = totalsFile(FIRST, SECOND, bad, SECOND.replace('baseos', 'appstream'));
    const { code, out, err } = await imported(vault, file);
    assert.equal(code, 1);
    assert.match(out, /imported: 1 week;/);
    assert.match(err, /NOT imported, 1 week:\n {2}week of 2025-08-11: .*row 3: hits: expected a whole number/);
    assert.doesNotMatch(err, /seven/);
    assert.equal(hitsIn(vault), 5);
    const nowhere = newPath('nowhere.sqlite');
    await assert.rejects(imported(nowhere, totalsFile(FIRST, SECOND.replace('2025-08-11', '2025-08-12'))), {
      name: 'TotalsError',
      message: /row 2: week_start/,
    });
    assert.equal(existsSync(nowhere), false);
  });

  test('X4: what holds no totals of systems makes no vault', async () => {
    const vault = newPath('nothing.sqlite');
    for (const rows of [[], [FIRST.replace(',4,', ',-1,')]]) {
      const { code, err } = await imported(vault, totalsFile(...rows));
      assert.equal(code, 1);
      assert.match(err, /nothing to import/);
      assert.equal(existsSync(vault), false);
    }
  });

  test('X4: on a terminal a bar shows how much has been read and imported', async () => {
    const terminal = capture();
    const err = Object.assign(terminal.err, { isTTY: true });
    const vault = newPath('bar.sqlite');
    assert.equal(await importTotals(totalsFile(FIRST, SECOND), { vault }, { ...terminal, err }), 0);
    assert.match(terminal.errText(), /Reading .*100% \| .* of .*Importing .* of 2 weeks/s);
  });

  test('G9: a week of logs takes no import, and an imported week no logs, with --replace neither', async () => {
    const log = newPath('week.log');
    writeFileSync(log, hourlyLog(WEEK));
    const fromLogs = newPath('logs.sqlite');
    assert.equal(await ingest([log], { vault: fromLogs }, capture(), clockAt(LATER)), 0);
    const before = contentsOfFile(fromLogs);
    for (const replace of [false, true]) {
      const { code, err } = await imported(fromLogs, totalsFile(FIRST), replace);
      assert.equal(code, 1);
      assert.match(err, /counted logs of this week; import into another vault/);
      assert.equal(contentsOfFile(fromLogs), before);
    }
    assert.equal((await imported(fromLogs, totalsFile(SECOND))).code, 0, 'another week is free');

    const fromImport = newPath('imported.sqlite');
    await imported(fromImport, totalsFile(FIRST));
    for (const replace of [false, true]) {
      const terminal = capture();
      assert.equal(await ingest([log], { vault: fromImport, replace }, terminal, clockAt(LATER)), 1);
      assert.match(terminal.outText(), /NOT counted: 1 log\n.*week whose totals were imported; use another vault/);
    }
    assert.equal(await recount([log], { vault: fromImport }, capture(), clockAt(LATER)), 1);
    assert.equal(hitsIn(fromImport), 5);
  });

  test('D25: hits up to 2^53 - 1 are exact; a week beyond that is refused before anything is written', async () => {
    const vault = newPath('large.sqlite');
    const largest = FIRST.replace(',5,', `,${Number.MAX_SAFE_INTEGER},`);
    assert.equal((await imported(vault, totalsFile(largest))).code, 0);
    assert.equal(hitsIn(vault), Number.MAX_SAFE_INTEGER);
    const csv = newPath('large.csv');
    await totals({ vault, csv }, capture(), LATER);
    assert.match(readFileSync(csv, 'utf8'), /,9007199254740991,/);

    const sum = newPath('sum.sqlite');
    for (const rows of [
      [largest, FIRST.replace(',5,', ',1,').replace('baseos', 'appstream')],
      // Of all weeks a sum is shown too.
      [largest, SECOND],
    ])
      await assert.rejects(imported(sum, totalsFile(...rows)), { name: 'TotalsError', message: /hits: .*2\^53/ });
    assert.equal(existsSync(sum), false);
    await assert.rejects(imported(vault, totalsFile(SECOND)), { name: 'VaultFault', message: /2\^53/ });
    assert.equal(hitsIn(vault), Number.MAX_SAFE_INTEGER);
  });

  test('D25 O12 F05: numbers beyond 2^31 are published exactly, in every format', async () => {
    const vault = newPath('wide.sqlite');
    const large = 2 ** 31 + 10;
    await imported(vault, totalsFile(FIRST.replace(',5,', `,${large},`)));
    const out = newPath('wide');
    const run = await rollcall(['publish', '--vault', vault, '--out', out, '--as-published']);
    assert.equal(run.code, 0, run.err);
    const [row] = await parquetReadObjects({
      file: new Uint8Array(readFileSync(join(out, 'data/systems.parquet'))).buffer,
    });
    assert.equal(row!['systems'], BigInt(large));
    const verified = await rollcall(['verify', '--published', out]);
    assert.equal(verified.code, 0, verified.err);
  });

  const unreadable: [string, string[], RegExp][] = [
    ['a file that is not there', ['no-such.csv'], /no-such\.csv: cannot be read .*ENOENT/],
    ['a folder', [folder], /cannot be read \(it is a folder, not a file\)/],
    ['a file that holds no totals', [totalsFile('x')], /row 1/],
  ];
  for (const [what, args, message] of unreadable) {
    test(`X4: ${what}: exit code 2 and one sentence, no stack`, async () => {
      const run = await rollcall(['import', '--vault', newPath('never.sqlite'), ...args]);
      assert.equal(run.code, 2);
      assert.match(run.err, message);
      assert.match(run.err, /^rollcall: .*\n$/);
      assert.equal(run.out, '');
    });
  }

  test('X4 V5: a damaged totals.db', async () => {
    const file = newPath('damaged.db');
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE countme_totals (hits, weeknum, os_name)');
    database.close();
    writeFileSync(file, readFileSync(file).fill(7, 100));
    const run = await rollcall(['import', '--vault', newPath('never.sqlite'), file]);
    assert.equal(run.code, 2);
    assert.match(run.err, /^rollcall: .*damaged\.db.*\n$/);
  });

  test('P1 S1: names with control characters do not reach the terminal', async () => {
    const vault = newPath('hostile.sqlite');
    await imported(vault, totalsFile(FIRST.replace('AlmaLinux', '\x1b]0;owned\x07\x1b[31mAlma\x9b31m')));
    const run = await rollcall(['report', '--vault', vault]);
    assert.equal(run.code, 0);
    assert.match(run.out, /other 9\.4/);
    assert.doesNotMatch(run.out, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe("Fedora's published totals of 2020", () => {
  const source = join(import.meta.dirname, '../../../shared/data/fedora-2020/totals.db');
  const absent = !existsSync(source) && 'no ../shared/data/fedora-2020 beside the repository';
  const skip = process.env['CI'] === undefined ? absent : false;

  test('X1 X4: imported and written again, the rows are the same', { skip }, async () => {
    const vault = newPath('fedora.sqlite');
    const { code, out } = await imported(vault, source);
    assert.equal(code, 0);
    assert.match(out, /Read 43,610 rows of 41 weeks, 25,680,011 check-ins/);
    assert.match(out, /imported: 41 weeks; already there and equal: 0 weeks/);
    const csv = newPath('fedora.csv');
    const database = newPath('fedora.db');
    const terminal = capture();
    assert.equal(await totals({ vault, allWeeks: true, csv, sqlite: database }, terminal, LATER), 0);
    assert.match(terminal.outText(), /Wrote 43,610 rows of 41 weeks, 25,680,011 check-ins in all/);
    const expected = sortTotals((await readTotals(source)).rows);
    assert.deepEqual((await readTotals(csv)).rows, expected);
    assert.deepEqual((await readTotals(database)).rows, expected);
    assert.match((await imported(vault, csv)).out, /imported: 0 weeks; already there and equal: 41 weeks/);
    assert.equal(await verify({ vault }, capture()), 0);
  });

  test('X4: systems of the week of 2020-11-16, by the release of their base repository', { skip }, async () => {
    const path = newPath('census.sqlite');
    await imported(path, source);
    const vault = Vault.open(path, 'read', noRandomness);
    const fedora = [...vault.cells(2654 as Week)].filter(({ system }) => system.osName === 'Fedora');
    vault.close();
    const census = takeCensus(2654 as Week, fedora, rulesOf('fedora'));
    assert.equal(census.systems, 276_450);
    assert.deepEqual(
      census.byAge.map(([client, ages]) => [client, ages[1], ages[2] + ages[3] + ages[4]]),
      [['', 85_316, 191_134]],
    );
    assert.deepEqual([census.low, census.high], [276_450, 313_619]);
  });
});
