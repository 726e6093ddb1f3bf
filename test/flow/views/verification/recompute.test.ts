import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { renderPublication } from '../../../../src/commands/render-publication.ts';
import { sha256 } from '../../../../src/flow/views/files/hash.ts';
import { filesWithManifest, issueManifest, manifestFiles } from '../../../../src/flow/views/files/manifest.ts';
import type { OutputFile } from '../../../../src/flow/views/publication/output-file.ts';
import {
  allTotals,
  NO_NUMBERS,
  type Publication,
  totalsByWeek,
} from '../../../../src/flow/views/publication/tables.ts';
import { mondayOf } from '../../../../src/flow/views/publication/week-name.ts';
import { explain } from '../../../../src/flow/views/verification/explain.ts';
import { Formulas } from '../../../../src/flow/views/verification/formula.ts';
import { pageNumbers } from '../../../../src/flow/views/verification/page-numbers.ts';
import {
  readPublication,
  tablesInCsv,
  tablesInDatabases,
} from '../../../../src/flow/views/verification/read-publication.ts';
import { recompute } from '../../../../src/flow/views/verification/recompute.ts';
import { sumFaults } from '../../../../src/flow/views/verification/sum-faults.ts';
import { type PublishedFiles, verifyPublished } from '../../../../src/flow/views/verification/verify-published.ts';
import { loadTerritories } from '../../../../src/geo/territories.ts';
import { type Files, withFittingManifest } from '../../../support/forge.ts';
import { Formulas as SecondFormulas } from '../../../support/formula.ts';
import { sourceOf } from '../../../support/publishing.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication, withSystems } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const seed = testSeed();
const scratch = temporaryFolder();
const territories = loadTerritories();
const sample = lastWeeks(samplePublication(), 20);

/** As a younger distribution would publish it: fewer pictures to draw. */
function lastWeeks(publication: Publication, count: number): Publication {
  const first = publication.weeks.at(-count)!.week;
  const late = <Row extends { week: number }>(rows: readonly Row[]) => rows.filter(({ week }) => week >= first);
  return {
    ...publication,
    weeks: late(publication.weeks),
    systems: late(publication.systems),
    margins: late(publication.margins),
    countries: late(publication.countries),
    epel: late(publication.epel),
    totals: totalsByWeek(late(allTotals(publication.totals))),
    exclusions: late(publication.exclusions),
    corrections: late(publication.corrections),
  };
}

/** What is drawn again and again in these tests is mostly the same: the last few are kept. */
const drawn = new Map<string, Promise<readonly OutputFile[]>>();
function render(publication: Publication): Promise<readonly OutputFile[]> {
  const key = sha256(JSON.stringify({ ...publication, totals: allTotals(publication.totals) }));
  const known = drawn.get(key) ?? renderPublication(publication, territories, scratch);
  drawn.delete(key);
  drawn.set(key, known);
  if (drawn.size > 6) drawn.delete(drawn.keys().next().value!);
  return known;
}

async function published(publication: Publication): Promise<Map<string, Uint8Array>> {
  const files = await render(publication);
  const issued = issueManifest(publication, files, undefined);
  return new Map(
    [...filesWithManifest(files, issued), ...manifestFiles(issued, [])].map(({ path, bytes }) => [path, bytes]),
  );
}

async function verify(files: Files) {
  const { problems, scope } = await verifyPublished(sourceOf(files), {
    recompute: (each: PublishedFiles, id) => recompute(each, id, { render, scratch }),
  });
  return { problems, scope };
}

const files = await published(sample);
/** Drawn quickly: whoever changes its tables has all of it drawn again. */
const few = await published(lastWeeks(samplePublication(), 4));

describe('O14: published files', () => {
  test('hold all of the tables that they were made of, in CSV and in SQLite', async () => {
    for (const tables of [tablesInCsv(files), await tablesInDatabases(files, scratch)]) {
      const { totals, ...read } = readPublication(files, tables);
      assert.deepEqual(allTotals(totals), allTotals(sample.totals));
      // Of thousands of rows a difference would take minutes to be shown.
      for (const [name, value] of Object.entries(read))
        assert.ok(isDeepStrictEqual(value, sample[name as keyof Publication]), name);
      assert.equal(Object.keys(read).length, Object.keys(sample).length - 1);
    }
  });

  test('O6: say fewer than 100 of the newest week, and no more, as they were made', async () => {
    const honest = lastWeeks(samplePublication(), 4);
    const newest = honest.weeks.at(-1)!;
    const before = <Row extends { week: number }>(rows: readonly Row[]) =>
      rows.filter(({ week }) => week < newest.week);
    const few: Publication = {
      ...honest,
      ...{ systems: before(honest.systems), margins: before(honest.margins), countries: before(honest.countries) },
      ...{
        epel: before(honest.epel),
        totals: totalsByWeek(before(allTotals(honest.totals))),
        exclusions: before(honest.exclusions),
      },
      weeks: honest.weeks.with(-1, { ...newest, ...NO_NUMBERS, fewerThan: 100, status: 'withheld', grade: 'A' }),
    };
    const own = await published(few);
    assert.deepEqual(await verify(own), { problems: [], scope: 'all' });
    assert.deepEqual(readPublication(own, tablesInCsv(own)).weeks, few.weeks);
  });

  test('are found to be what their tables give', async () => {
    assert.deepEqual(await verify(files), { problems: [], scope: 'all' });
    assert.deepEqual(sumFaults(sample), []);
  });

  test('the forger of these tests is caught by nothing but contradictions', async () => {
    assert.deepEqual((await verify(withFittingManifest(files))).problems, []);
  });

  test('O9: the numbers of all pages are found, and computed as a second reading of the formulas has them', () => {
    const formulas = new Formulas(tablesInCsv(files), sample.corrections);
    const second = new SecondFormulas(sample);
    let count = 0;
    for (const [path, bytes] of files) {
      if (!path.endsWith('.html')) continue;
      const html = Buffer.from(bytes).toString();
      const numbers = [...pageNumbers(html)];
      assert.equal(numbers.length, html.match(/<data /g)?.length ?? 0, path);
      count += numbers.length;
      for (const { value, of } of numbers) {
        assert.equal(formulas.evaluate(of), second.evaluate(of), of);
        assert.ok(Math.abs(formulas.evaluate(of) - value) <= 1e-9 * Math.abs(value), `${path}: ${value} is not ${of}`);
      }
    }
    assert.ok(count > 1000, `only ${count} numbers`);
  });

  test('G08: formulas that would cost days and all memory are told', async () => {
    const week = sample.weeks.at(-1)!.week;
    const formulas = new Formulas(tablesInCsv(files), sample.corrections, 100_000);
    const rows = `systems[week_start=${mondayOf(week)}&os=x].systems`;
    assert.throws(() => {
      for (let n = 0; ; n++) formulas.evaluate(`add(${rows},${n})`);
    }, /one formula of too many/);
    const column = `<table><thead><tr><th data-of="${'*'.repeat(60_000)}"></th></tr></thead>`;
    const hostile = `${column}<tr data-key="${'9'.repeat(60_000)}"><td><data value="1">1</data></td></tr></table>`;
    assert.deepEqual([...pageNumbers(hostile)], [{ value: 1, of: '' }]);
    const path = 'index.html';
    const pair = { path, found: Buffer.from(hostile), expected: few.get(path)! };
    const means = { formulas: new Formulas(tablesInCsv(few), []), scratch };
    assert.equal(await explain(pair, 'numbers', means), 'has a number with a formula of no table');
  });
});

/** Files by what kind of change they take. */
function kindOf(path: string): string {
  if (/^data\/[a-z]+\.csv$/.test(path)) return 'base table';
  if (path.endsWith('.json') && path.startsWith('data/')) return 'base document';
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return `${path.split('/')[0]} ${ending}`;
}

/** Chooses a file, each kind as often as the others, and where and what to change in it. */
function changesOf(all: Files, isTried: (kind: string, path: string) => boolean) {
  const paths = [...all.keys()].filter((path) => !/^manifests?\b/.test(path) && numbersIn(path, all.get(path)!) > 0);
  const kinds = [...Map.groupBy(paths, kindOf)]
    .map(([kind, own]) => own.filter((path) => isTried(kind, path)))
    .filter((own) => own.length > 0);
  return fc
    .constantFrom(...kinds)
    .chain((own) => fc.record({ path: fc.constantFrom(...own), at: fc.nat(1_000_000), by: fc.nat(1000) }));
}

type Change = { path: string; at: number; by: number };

const DIGITS = /\d+/g;
/** Of what another version may have written: its keys are its own. */
const IN_VALUES = /\d+(?![^"\n]*":)/g;
/** Of a page, what has to be right whoever has made it. */
const IN_DATA = /(?<=<data value=")\d+/g;

function numbersIn(path: string, bytes: Uint8Array, pattern = DIGITS): number {
  return path.endsWith('.png') ? 1 : (Buffer.from(bytes).toString('latin1').match(pattern)?.length ?? 0);
}

/** The file with another number in one place. */
async function withOtherNumber(all: Files, { path, at, by }: Change, pattern = DIGITS): Promise<Uint8Array> {
  const bytes = all.get(path)!;
  if (path.endsWith('.png')) return withOtherByte(bytes, at, by);
  if (/\.(?:sqlite|db)$/.test(path)) return withOtherCell(bytes, at, by);
  if (path.endsWith('.parquet')) return await withOtherValue(bytes, at, by);
  const text = Buffer.from(bytes).toString('latin1');
  const numbers = [...text.matchAll(pattern)].filter(([digits]) => digits.length < 64);
  const { index, 0: digits } = numbers[at % numbers.length]!;
  return Buffer.from(text.slice(0, index) + otherDigits(digits, by) + text.slice(index + digits.length), 'latin1');
}

/** As many digits, which stand for another number. */
function otherDigits(digits: string, by: number): string {
  const place = by % digits.length;
  const digit = (Number(digits[place]) + 1 + (by % 9)) % 10;
  return digits.slice(0, place) + digit + digits.slice(place + 1);
}

function withOtherByte(bytes: Uint8Array, at: number, by: number): Uint8Array {
  const other = Buffer.from(bytes);
  other[at % other.length]! ^= 1 + (by % 255);
  return other;
}

const COUNTS: Record<string, string> = { weeks: 'high', exclusions: 'requests', countme_totals: 'hits' };

function withOtherCell(bytes: Uint8Array, at: number, by: number): Uint8Array {
  const file = join(scratch, 'forged.sqlite');
  writeFileSync(file, bytes);
  const database = new DatabaseSync(file);
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const name = String(tables[by % tables.length]!['name']);
  const column = COUNTS[name] ?? 'systems';
  const rows = database.prepare(`SELECT * FROM ${name} WHERE ${column} IS NOT NULL`).all();
  const row = rows[at % rows.length]!;
  const keys = Object.keys(row).filter((key) => row[key] !== null && key !== column);
  const where = keys.map((key) => `"${key}" = ?`).join(' AND ');
  database.prepare(`UPDATE ${name} SET ${column} = ${column} + 10 WHERE ${where}`).run(...keys.map((key) => row[key]!));
  database.close();
  return readFileSync(file);
}

async function withOtherValue(bytes: Uint8Array, at: number, by: number): Promise<Uint8Array> {
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  const row = rows[at % rows.length]!;
  row['systems'] = Number(row['systems']) + 1 + by;
  const columnData = Object.keys(row).map((name) => ({ name, data: rows.map((each) => each[name]) as never }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Something must be found, nothing but contradictions, and the file that was changed must be named. */
async function assertFound(all: Files, path: string, bytes: Uint8Array): Promise<void> {
  const { problems } = await verify(withFittingManifest(new Map([...all, [path, bytes]])));
  assert.ok(problems.length > 0, `${path}: nothing was found`);
  // Digits of the manifest's own hash are found before anything is computed.
  const expected = /^latest\.json|^api\/v1\/latest\.json|^feed\.atom|data\/index\.html$/.test(path)
    ? ['contradiction', 'changed']
    : ['contradiction'];
  assert.deepEqual(
    problems.filter(({ kind }) => !expected.includes(kind)),
    [],
  );
  const texts = problems.map(({ text }) => text);
  assert.ok(
    texts.some((text) => text.includes(path)),
    `${path} is not in: ${texts.join('\n')}`,
  );
}

describe('O14: one number changed in one file, and all manifests rewritten to fit', () => {
  test(`is found wherever it stands, and the file is named (seed ${seed})`, async () => {
    const changes = changesOf(files, (kind) => !kind.startsWith('base'));
    const property = fc.asyncProperty(changes, async (change) =>
      assertFound(files, change.path, await withOtherNumber(files, change)),
    );
    await fc.assert(property, { seed, numRuns: 70 });
  });

  test(`in the tables and documents that all others are made of (seed ${seed})`, async () => {
    const changes = changesOf(few, (kind) => kind.startsWith('base'));
    const property = fc.asyncProperty(changes, async (change) =>
      assertFound(few, change.path, await withOtherNumber(few, change)),
    );
    await fc.assert(property, { seed, numRuns: 8 });
  });

  test('a table in CSV that contradicts all others is named alone, with row, column and both numbers', async () => {
    const text = Buffer.from(few.get('data/systems.csv')!).toString();
    const forged = text.replace(
      /,(\d+)(,A,[^\r]*\r\n)$/,
      (_, systems: string, rest: string) => `,${Number(systems) + 10}${rest}`,
    );
    const { problems } = await verify(
      withFittingManifest(new Map([...few, ['data/systems.csv', Buffer.from(forged)]])),
    );
    assert.equal(problems.length, 2);
    assert.equal(problems[0]!.text, 'data/systems.csv: data/datapackage.json names other contents');
    assert.match(
      problems[1]!.text,
      /^data\/systems\.csv: row \d+ \(2026-05-04\): systems: "\d+" here, "\d+" by the tables$/,
    );
  });

  test('one that was changed alike in all files but those of one kind is found by that kind', async () => {
    const honest = lastWeeks(samplePublication(), 4);
    const newest = honest.weeks.at(-1)!;
    const isRaised = ({ week, age }: (typeof honest.systems)[number]) => week === newest.week && age === 4;
    const at = honest.systems.findIndex(isRaised);
    const raisedRow = honest.systems[at]!;
    const more = 1000;
    const raised = await published({
      ...withSystems(honest, honest.systems.with(at, { ...raisedRow, systems: raisedRow.systems + more })),
      weeks: honest.weeks.with(-1, {
        ...newest,
        systems: newest.systems! + more,
        established: newest.established! + more,
      }),
    });
    assert.deepEqual((await verify(raised)).problems, []);
    const changed = [...raised].filter(([path, bytes]) => Buffer.compare(bytes, few.get(path)!) !== 0);
    const kinds = Map.groupBy(
      changed.map(([path]) => path).filter((path) => !/^manifests?\b/.test(path)),
      kindOf,
    );
    assert.ok(kinds.size > 20, `${kinds.size} kinds`);
    for (const [kind, paths] of kinds) {
      const left = new Map([...raised, ...paths.map((path) => [path, few.get(path)!] as const)]);
      const { problems } = await verify(withFittingManifest(left));
      assert.ok(
        problems.some(({ text }) => paths.some((path) => text.startsWith(`${path}: `))),
        `${kind} is not in: ${problems.map(({ text }) => text).join('\n')}`,
      );
    }
  });

  test('a file that was taken out, or put in, is named', async () => {
    for (const path of ['index.html', 'data/systems.parquet', 'data/publication.json', 'chart/x.png', 'x.html']) {
      const others = new Map(few);
      if (!others.delete(path)) others.set(path, Buffer.from('x'));
      const { problems } = await verify(withFittingManifest(others));
      assert.ok(
        problems.some(({ text }) => text.startsWith(`${path}: `)),
        `${path} is not in: ${problems.map(({ text }) => text).join('\n')}`,
      );
    }
  });

  test('a total that all files repeat, but whose rows add up to another, is found', async () => {
    const publication = lastWeeks(samplePublication(), 4);
    const weeks = publication.weeks.map((week, n) => (n === 2 ? { ...week, systems: week.systems! + 1000 } : week));
    const { problems } = await verify(await published({ ...publication, weeks }));
    const told = problems.map(({ text }) => text);
    assert.match(
      told[0]!,
      /^data\/weeks\.csv: 2026-04-27: systems: \d+; the rows of data\/margins\.csv add up to \d+$/,
    );
  });
});

describe('O14: tables that cannot be', () => {
  const TABLES = ['systems', 'weeks', 'margins', 'countries', 'exclusions', 'epel', 'totals'].map(
    (name) => `data/${name}.csv`,
  );
  const SPOILED = [
    '',
    '-1',
    '1e9',
    '99999999999999999999',
    '=1+1',
    '\u202e',
    '2026-13-01',
    '0001-01-01',
    'x'.repeat(300),
  ];

  /** Rows are taken out, doubled, moved, or have a cell of another kind. */
  const spoil = fc.record({
    path: fc.constantFrom(...TABLES),
    how: fc.constantFrom('without', 'twice', 'last', 'cell'),
    at: fc.nat(10_000),
    column: fc.nat(30),
    cell: fc.constantFrom(...SPOILED),
  });

  function spoiled({ path, how, at, column, cell }: typeof spoil extends fc.Arbitrary<infer Value> ? Value : never) {
    const [header, ...rows] = Buffer.from(few.get(path)!).toString().trimEnd().split('\r\n');
    const place = at % (rows.length - 1);
    const row = rows[place]!;
    const cells = row.split(',');
    if (how === 'without') rows.splice(place, 1);
    else if (how === 'twice') rows.splice(place, 0, row);
    else if (how === 'last') rows.push(...rows.splice(place, 1));
    else rows[place] = cells.with(column % cells.length, cell).join(',');
    return Buffer.from(`${[header, ...rows].join('\r\n')}\r\n`);
  }

  test(`are told and never thrown (seed ${seed})`, async () => {
    const property = fc.asyncProperty(spoil, async (change) => {
      const bytes = spoiled(change);
      fc.pre(Buffer.compare(bytes, few.get(change.path)!) !== 0);
      await assertFound(few, change.path, bytes);
    });
    await fc.assert(property, { seed, numRuns: 8 });
  });

  test('systems by one field and by all fields are the same, or it is told', async () => {
    const publication = lastWeeks(samplePublication(), 4);
    const told = (other: Partial<Publication>) => sumFaults({ ...publication, ...other }).join('\n');
    const at = publication.margins.findIndex(({ field }) => field === 'arch');
    const row = publication.margins[at]!;
    const raised = told({ margins: publication.margins.with(at, { ...row, systems: row.systems - 10 }) });
    assert.match(
      raised,
      /^data\/weeks\.csv: 2026-04-13: systems by arch: \d+; the rows of data\/margins\.csv add up to \d+$/m,
    );
    assert.match(
      raised,
      /^data\/margins\.csv: 2026-04-13: arch "\w+": \d+; the rows of data\/systems\.csv add up to \d+$/m,
    );
    const fewer = told({ systems: publication.systems.slice(1) });
    assert.match(fewer, /^data\/weeks\.csv: 2026-04-13: systems: \d+; the rows of data\/systems\.csv add up to \d+$/m);
    // Of some weeks only the numbers by one field are published.
    assert.equal(told({ systems: publication.systems.filter(({ week }) => week !== row.week) }), '');
  });

  test("EPEL's systems are sums of check-ins in all files alike, or it is told", async () => {
    const publication = lastWeeks(samplePublication(), 4);
    const [row] = publication.epel;
    const epel = publication.epel.with(0, { ...row!, systems: row!.systems + 10 });
    assert.match(
      sumFaults({ ...publication, epel }).join('\n'),
      /^data\/epel\.csv: 2026-04-13: release \d+: \d+; the rows of data\/totals\.csv add up to \d+$/,
    );
  });
});

describe('O14: what another version of Rollcall has made', () => {
  /** With words and pictures that are not ours. */
  const other = new Map(
    Array.from(few, ([path, bytes]): [string, Uint8Array] => {
      if (/\.(?:png|svg|css|js)$/.test(path)) return [path, Buffer.concat([bytes, Buffer.from(' ')])];
      const text = Buffer.from(bytes).toString();
      if (path.endsWith('.html')) return [path, Buffer.from(text.replaceAll('systems</', 'machines</'))];
      return [path, Buffer.from(text.replace(/"made_with": "[^"]*"/, '"made_with": "rollcall 9.9.9"'))];
    }).map(([path, bytes]) => (/\.(?:sqlite|db|parquet)$/.test(path) ? [path, few.get(path)!] : [path, bytes])),
  );
  other.set('data/datapackage.json', fitted(other));

  function fitted(all: Files): Uint8Array {
    const about = JSON.parse(Buffer.from(all.get('data/datapackage.json')!).toString()) as {
      resources: { path: string; hash: string }[];
    };
    for (const resource of about.resources) resource.hash = `sha256:${sha256(all.get(`data/${resource.path}`)!)}`;
    return Buffer.from(`${JSON.stringify(about, null, 2)}\n`);
  }

  test('is accepted with its own words and pictures, and that is said', async () => {
    assert.deepEqual(await verify(withFittingManifest(other)), { problems: [], scope: 'numbers' });
  });

  test(`and any number in its tables, documents and pages is found all the same (seed ${seed})`, async () => {
    const isPage = (path: string) => path.endsWith('.html');
    const changes = changesOf(
      other,
      (kind, path) =>
        !kind.startsWith('base') &&
        !/\.(?:png|svg|css|js|xml)$|openapi\.json$|robots\.txt$/.test(path) &&
        (!isPage(path) || numbersIn(path, other.get(path)!, IN_DATA) > 0),
    );
    const property = fc.asyncProperty(changes, async (change) => {
      const pattern = isPage(change.path) ? IN_DATA : IN_VALUES;
      await assertFound(other, change.path, await withOtherNumber(other, change, pattern));
    });
    await fc.assert(property, { seed, numRuns: 60 });
  });

  test('who claims another version in one place only is found', async () => {
    const text = Buffer.from(few.get('data/publication.json')!).toString().replace('rollcall 0.', 'rollcall 9.');
    await assertFound(few, 'data/publication.json', Buffer.from(text));
  });
});
