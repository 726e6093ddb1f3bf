import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { replay } from '../../src/fleet/replay.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { weekOf } from '../../src/flow/sightings/week.ts';
import type { TotalsRow } from '../../src/flow/views/totals.ts';
import { sortTotals } from '../../src/flow/views/totals.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { parseLogTime } from './log-time.ts';

/** Of all runs; a run may serve several tests. */
const folder = temporaryFolder();

function newFolder(): Promise<string> {
  return mkdtemp(join(folder, 'run-'));
}

const row = (change: Partial<TotalsRow> = {}): TotalsRow => ({
  week: 2614 as Week,
  hits: 3,
  osName: 'Fedora',
  osVersion: '31',
  osVariant: 'generic',
  osArch: 'x86_64',
  sysAge: 3,
  repoTag: 'fedora-31',
  repoArch: 'x86_64',
  ...change,
});

const ROWS: TotalsRow[] = [
  row({ hits: 1000 }),
  row({ hits: 1 }),
  row({ week: 2615 as Week, sysAge: 1 }),
  row({ osName: 'Will Woods: secret vampire?', osVersion: '32' }),
  row({ osName: 'Älma "Q\\" L; (beta)', osVersion: '9.6' }),
  row({ osName: 'Two Words', osVersion: '' }),
  row({ osName: 'FSystem', osVersion: '', osVariant: 'workstation' }),
  row({ osName: '', osVersion: '31' }),
  row({ osVariant: '' }),
  row({ osVariant: '"quoted"' }),
  row({ osVariant: '"' }),
  row({ osVariant: 'a;b;' }),
  row({ osVariant: 'dotted.variant' }),
  row({ osArch: '' }),
  row({ osName: '', osVersion: '', osVariant: '', osArch: '' }),
  row({ repoTag: 'fedora-32=32' }),
  row({ repoTag: '50% a+b&c=d ü "\\#?', repoArch: '' }),
  row({ repoTag: '', repoArch: '%41' }),
];

// Written again here from the rules, so that a mistake of the writer is not repeated by the reader.
const LINE =
  /^([0-9a-f.:]+) - - \[([^\]]+)\] "GET \/metalink\?repo=([^& ]*)&arch=([^& ]*)&countme=([1-4]) HTTP\/1\.1" 200 \d+ "-" "([^"]*)"$/;

function parseLine(line: string): { key: string; week: number } {
  const [, , time = '', repo = '', arch = '', age = '', agent = ''] = LINE.exec(line) ?? assert.fail(line);
  const client = unescapeBytes(agent);
  const system = /^libdnf \((.*) (\S*); ((?:(?!; ).)*); Linux\.(\S*)\)$/.exec(client);
  assert.ok(system !== null || client === 'libdnf', client);
  const [, name = '', version = '', variant = '', osArch = ''] = system ?? [];
  const bare = /^".*"$/.test(variant) && variant.length > 1 ? variant.slice(1, -1) : variant;
  const week = weekOf(parseLogTime(time));
  const fields = [week, name, version, bare, osArch, age, decodeURIComponent(repo), decodeURIComponent(arch)];
  return { key: JSON.stringify(fields.map(String)), week };
}

function unescapeBytes(text: string): string {
  const bytes = text.replaceAll(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function keyOf(row: TotalsRow): string {
  const { week, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch } = row;
  return JSON.stringify([week, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch].map(String));
}

describe('replay', () => {
  test('exactly the check-ins of the totals, in order of time, in a file for each week', async () => {
    const out = await newFolder();
    const summary = await replay(ROWS, { out, seed: 1 });
    assert.deepEqual(summary.files, ['access.log-20200210', 'access.log-20200217']);
    assert.deepEqual((await readdir(out)).sort(), summary.files);
    const found = new Map<string, number>();
    for (const [index, name] of summary.files.entries()) {
      const lines = (await readFile(join(out, name), 'latin1')).trimEnd().split('\n');
      const times = lines.map((line) => parseLogTime(/\[([^\]]+)\]/.exec(line)?.[1] ?? ''));
      assert.deepEqual(times, times.toSorted(), 'times ascend');
      for (const line of lines.filter((text) => text.includes('countme='))) {
        const { key, week } = parseLine(line);
        assert.equal(week, 2614 + index);
        found.set(key, (found.get(key) ?? 0) + 1);
      }
      const hours = new Set(times.map((time) => Math.floor(time / 3600)));
      assert.equal(hours.size, 168, 'no hour is empty');
    }
    const expected = new Map<string, number>();
    for (const each of ROWS) expected.set(keyOf(each), (expected.get(keyOf(each)) ?? 0) + each.hits);
    assert.deepEqual([...found].sort(), [...expected].sort());
    assert.equal(
      summary.checkIns,
      ROWS.reduce((sum, { hits }) => sum + hits, 0),
    );
  });

  test('the seed decides every byte; gzip changes none', async () => {
    const written = async (seed: number, gzip: boolean) => {
      const out = await newFolder();
      const { files } = await replay(sortTotals(ROWS), { out, seed, gzip });
      const contents = await Promise.all(files.map((name) => readFile(join(out, name))));
      return Buffer.concat(gzip ? contents.map((bytes) => gunzipSync(bytes)) : contents).toString('latin1');
    };
    const first = await written(1, false);
    assert.equal(await written(1, false), first);
    assert.equal(await written(1, true), first);
    assert.notEqual(await written(2, false), first);
  });

  const impossible: [name: string, change: Partial<TotalsRow>, message: RegExp][] = [
    ['a version with a space', { osVersion: '3 1' }, /row 2 .*os_version: expected no " "/],
    ['a variant that ends a field', { osVariant: 'a; b' }, /row 2 .*os_variant: expected no "; "/],
    ['a dot in the architecture', { osArch: 'x.86' }, /row 2 .*os_arch: expected no dot/],
    ['a line feed', { osName: 'Fed\nora' }, /row 2 .*os_name: expected clean text/],
    ['half a character', { repoTag: '\ud800' }, /row 2 .*repo_tag: expected clean text/],
    ['a name that would count as other', { osName: 'x'.repeat(256) }, /row 2 .*os_name: expected at most 255/],
    ['a repository that is too long once it is encoded', { repoTag: 'ü'.repeat(50) }, /row 2 .*repo_tag: .*255/],
  ];
  for (const [name, change, message] of impossible) {
    test(`cannot be written: ${name}`, async () => {
      const out = await newFolder();
      await assert.rejects(replay([row(), row(change)], { out, seed: 1 }), { name: 'TotalsError', message });
      assert.deepEqual(await readdir(out), []);
    });
  }
});
