import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '../../../../src/flow/views/files/hash.ts';
import { renderFiles } from '../../../../src/flow/views/files/render-files.ts';
import type { OutputFile } from '../../../../src/flow/views/publication/output-file.ts';
import type { Publication } from '../../../../src/flow/views/publication/tables.ts';
import { samplePublication, withSystems } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = temporaryFolder();
const publication = samplePublication();
const newest = publication.weeks.at(-1)!;

interface Read {
  files: OutputFile[];
  text: (path: string) => string;
  json: (path: string) => Document;
}

/** Whatever JSON holds: the assertions say what is expected of it. */
interface Document {
  [key: string]: Document | undefined;
}

async function render(changes: Partial<Publication> = {}): Promise<Read> {
  const changed = { ...publication, ...changes };
  const files = await renderFiles(
    changes.systems === undefined ? changed : withSystems(changed, changes.systems),
    folder,
  );
  const text = (path: string) => {
    const file = files.find((one) => one.path === path);
    assert.ok(file, `${path} is not among the files`);
    return Buffer.from(file.bytes).toString();
  };
  return { files, text, json: (path) => JSON.parse(text(path)) as Document };
}

/** The last week with another grade or no number. */
function withLastWeek(changes: Partial<typeof newest>): Partial<Publication> {
  return { weeks: [...publication.weeks.slice(0, -1), { ...newest, ...changes }] };
}

const fresh = await render();

describe('one request for the number of now', () => {
  test('latest.txt is one line for a terminal', () => {
    assert.equal(
      fresh.text('latest.txt'),
      `Meridian Linux: ${newest.systems!.toLocaleString('en-US')} systems checked in, week of 2026-05-04, quality of the logs: A\n`,
    );
  });

  test('latest.json, the API, the badge and weeks.csv say the same number', () => {
    assert.equal(fresh.json('latest.json').week!.systems, newest.systems);
    assert.equal(fresh.text('latest.json'), fresh.text('api/v1/latest.json'));
    assert.equal(fresh.json('badge/systems.json').message, `${Math.round(newest.systems! / 1000)}k`);
    assert.match(
      fresh.text('data/weeks.csv').trimEnd().split('\r\n').at(-1)!,
      new RegExp(`^2026-05-04,.*,${newest.systems},`),
    );
  });

  test('a newest week that cannot be trusted gives way to the last good one, which says so', async () => {
    for (const changes of [{ grade: 'C' as const }, { systems: null, grade: null, status: 'held' as const }]) {
      const read = await render(withLastWeek(changes));
      assert.equal(read.json('latest.json').week!.week_start, '2026-04-27');
      assert.equal(read.json('latest.json').newest_week!.week_start, '2026-05-04');
      assert.match(
        read.text('latest.txt'),
        /week of 2026-04-27, quality of the logs: A, newer weeks are not out yet\n$/,
      );
      assert.match(String(read.json('badge/systems.json').message), /^\d+k \(27 Apr\)$/);
      assert.equal(read.json('badge/systems.json').color, 'lightgrey');
    }
  });
});

describe('badges', () => {
  test('a badge is an endpoint document of shields.io', () => {
    assert.deepEqual(fresh.json('badge/arch/ppc64le.json'), {
      schemaVersion: 1,
      label: 'ppc64le systems last week',
      message: '400',
      color: '2563eb',
      cacheSeconds: 21_600,
    });
  });

  test('old news has its date and is grey', async () => {
    const { message, color } = (await render({ isStale: true })).json('badge/systems.json');
    assert.match(String(message), /^\d+k \(4 May\)$/);
    assert.equal(color, 'lightgrey');
  });

  test('what was shown once and is too small now is withheld, and never 0', async () => {
    const systems = publication.systems.filter((row) => row.week !== newest.week || row.arch !== 'ppc64le');
    assert.equal((await render({ systems })).json('badge/arch/ppc64le.json').message, 'withheld');
    const protection = { kind: 'as-published' } as const;
    assert.equal((await render({ systems, protection })).json('badge/arch/ppc64le.json').message, 'unknown');
  });

  test('O6: of fewer than 100 systems nothing else is said, everywhere', async () => {
    const few = { systems: null, fewerThan: 100, status: 'withheld' as const, grade: 'A' as const };
    const changes = withLastWeek(few);
    const read = await render({
      ...changes,
      systems: publication.systems.filter(({ week }) => week !== newest.week),
      countries: publication.countries.filter(({ week }) => week !== newest.week),
    });
    assert.equal(read.json('badge/systems.json').message, '<100');
    assert.equal(read.json('badge/arch/x86_64.json').message, '<100');
    const { week_start, systems, fewer_than } = read.json('latest.json').week!;
    assert.deepEqual([week_start, systems, fewer_than], ['2026-05-04', null, 100]);
    assert.equal(
      read.text('latest.txt'),
      'Meridian Linux: fewer than 100 systems checked in, week of 2026-05-04, quality of the logs: A\n',
    );
    assert.match(read.text('feed.atom'), /Fewer than 100 systems in the week of 4 May 2026/);
  });

  test('a major version is the sum of its minor ones, and 1 is not 10', async () => {
    const [row] = publication.systems;
    const rows = ['1.5', '10.0', '10.1'].map((version) => ({ ...row!, week: newest.week, version, systems: 20 }));
    const read = await render({ systems: rows });
    assert.equal(read.json('badge/version/10.json').message, '40');
    assert.equal(read.json('badge/version/1.json').message, '20');
  });
});

describe('feed', () => {
  test('O17: one entry for each week with a number and each correction, the 60 newest', () => {
    const feed = fresh.text('feed.atom');
    const entries = [...feed.matchAll(/<entry>(.*?)<\/entry>/g)].map(([, entry]) => entry!);
    assert.ok(publication.weeks.filter(({ systems }) => systems !== null).length > 60);
    assert.equal(entries.length, 60);
    const dates = entries.map((entry) => /<updated>(.*?)</.exec(entry)![1]!);
    assert.deepEqual(dates, dates.toSorted().reverse());
    assert.match(feed, /<title>Correction of the week of 2 Mar 2026<\/title>/);
    assert.match(feed, /href="https:\/\/count\.meridian\.example\/week\/2026-W19\/"/);
  });

  test('an entry keeps its id wherever the site moves, and no two share one', async () => {
    const idsOf = (text: string) => [...text.matchAll(/<id>(.*?)<\/id>/g)].map(([, id]) => id!);
    const ids = idsOf(fresh.text('feed.atom'));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids)
      assert.match(id, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const moved = await render({ distribution: { ...publication.distribution, siteUrl: '' } });
    assert.deepEqual(idsOf(moved.text('feed.atom')), ids);
    assert.match(moved.text('feed.atom'), /href="week\/2026-W19\/"/);
  });

  test('F01: markup in names and reasons is text', async () => {
    const hostile = '<script>alert(1)</script> ]]> "&#x3c;';
    const corrections = publication.corrections.map((one) => ({ ...one, why: hostile }));
    const text = (await render({ corrections })).text('feed.atom');
    assert.ok(!text.includes('<script'));
    assert.ok(!text.includes(']]>'));
    assert.ok(text.includes('&lt;script'));
    const control = publication.corrections.map((one) => ({ ...one, why: 'a\0b' }));
    await assert.rejects(render({ corrections: control }), /feed\.atom: expected/);
  });
});

describe('descriptions of the files', () => {
  interface Resource {
    path: string;
    bytes: number;
    hash: string;
    schema?: string | { fields: { name: string; constraints: { required: boolean } }[]; primaryKey: string[] };
  }
  const resources = fresh.json('data/datapackage.json').resources as unknown as Resource[];
  const fileAt = (path: string) => fresh.files.find((file) => file.path === path)!;

  test('datapackage.json lists every file of the folder but those of single weeks, with its size and hash', () => {
    const listed = resources.map(({ path }) => `data/${path}`).sort();
    const own = ['data/datapackage.json', 'data/totals-schema.json'];
    const isOfWeek = (path: string) => /-W\d\d\.csv$/.test(path);
    const there = fresh.files
      .map(({ path }) => path)
      .filter((path) => path.startsWith('data/') && !own.includes(path) && !isOfWeek(path));
    assert.deepEqual(listed, there.sort());
    for (const { path, bytes, hash } of resources) {
      const file = fileAt(`data/${path}`);
      assert.equal(bytes, file.bytes.length, path);
      assert.equal(hash, `sha256:${sha256(file.bytes)}`, path);
    }
  });

  test('every CSV file has the columns, the keys and the empty fields that its schema says', () => {
    for (const { path, schema } of resources.filter((one) => one.path.endsWith('.csv'))) {
      const { fields, primaryKey } =
        typeof schema === 'string'
          ? (fresh.json(`data/${schema}`) as unknown as Exclude<Resource['schema'], string | undefined>)
          : schema!;
      const [header, ...rows] = fresh
        .text(`data/${path}`)
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
      const names = fields.map(({ name }) => name);
      assert.deepEqual(header, names, path);
      const keys = rows.map((row) => primaryKey.map((name) => row[names.indexOf(name)]).join('\0'));
      assert.equal(new Set(keys).size, rows.length, path);
      fields.forEach(({ name, constraints }, index) => {
        if (constraints.required)
          assert.ok(
            rows.every((row) => row[index] !== ''),
            `${path}: ${name}`,
          );
      });
    }
  });

  test('every path of the API description leads to a file', () => {
    const paths = Object.keys(fresh.json('api/v1/openapi.json').paths!);
    for (const path of paths) {
      const pattern = new RegExp(`^${path.slice(1).replace(/\{\w+\}/, '[\\w-]+')}$`);
      assert.ok(
        fresh.files.some((file) => pattern.test(file.path)),
        path,
      );
    }
    const described = fresh.files.filter(({ path }) => path.startsWith('api/') && !path.endsWith('openapi.json'));
    for (const { path } of described) {
      assert.ok(
        paths.some((one) => new RegExp(`^${one.slice(1).replace(/\{\w+\}/, '[\\w-]+')}$`).test(path)),
        path,
      );
    }
  });

  test('the API documents have the properties that their schemas require', () => {
    const { schemas } = fresh.json('api/v1/openapi.json').components as unknown as {
      schemas: Record<string, { required: string[] }>;
    };
    const documents: [string, Document][] = [
      ['Latest', fresh.json('api/v1/latest.json')],
      ['Weeks', fresh.json('api/v1/weeks.json')],
      ['Week', fresh.json('api/v1/weeks.json').weeks![0]!],
      ['Series', fresh.json('api/v1/series/version.json')],
      ['Breakdown', fresh.json('api/v1/breakdown/2026-W19.json')],
      ['Annotations', fresh.json('api/v1/annotations.json')],
    ];
    for (const [name, document] of documents) assert.deepEqual(Object.keys(document), schemas[name]!.required, name);
  });

  test('every JSON file ends with a newline', () => {
    for (const { path, bytes } of fresh.files) if (path.endsWith('.json')) assert.equal(bytes.at(-1), 10, path);
  });
});
