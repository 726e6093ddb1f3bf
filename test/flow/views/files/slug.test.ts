import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderFiles } from '../../../../src/flow/views/files/render-files.ts';
import { isSafePath } from '../../../../src/flow/views/files/safe-path.ts';
import { slugsOf } from '../../../../src/flow/views/files/slug.ts';
import { totalsByWeek } from '../../../../src/flow/views/publication/tables.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication, withSystems } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const seed = testSeed();
const HOSTILE = [
  '../x',
  '..',
  '.',
  'CON',
  'con.txt',
  'a/b',
  'a\\b',
  '%2e%2e',
  'x'.repeat(300),
  '',
  ' ',
  'ä',
  '-rf',
  '.git',
];
const SLUG = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?$/;

describe('F04: names as file names', () => {
  test('F04: plain names stay as they are', () => {
    for (const name of ['9.6', 'x86_64', 'workstation', 'rpm-ostree']) assert.equal(slugsOf([name]).get(name), name);
  });

  test('F04: hostile names become plain ones', () => {
    const slugs = slugsOf(HOSTILE);
    assert.equal(new Set(slugs.values()).size, HOSTILE.length);
    for (const slug of slugs.values()) {
      assert.match(slug, SLUG);
      assert.ok(slug.length <= 80);
      assert.doesNotMatch(slug, /^(?:con|nul|aux)(?:\.|$)|\.\./);
      assert.ok(isSafePath(`badge/edition/${slug}.json`));
    }
  });

  test('F04: names that would become alike get different files, and the plain one keeps its own', () => {
    const slugs = slugsOf(['KDE', 'kde', 'Kde', 'a b', 'a-b']);
    assert.equal(slugs.get('kde'), 'kde');
    assert.equal(slugs.get('a-b'), 'a-b');
    assert.equal(new Set(slugs.values()).size, 5);
    assert.match(slugs.get('KDE')!, /^kde-[0-9a-f]{12}$/);
  });

  test('F04: nobody can choose a name that is the file of another', () => {
    const hashed = slugsOf(['KDE', 'kde']).get('KDE')!;
    assert.equal(new Set(slugsOf(['KDE', 'kde', hashed]).values()).size, 3);
  });

  test(`F04: any names (seed ${seed})`, () => {
    const names = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE)));
    fc.assert(
      fc.property(names, (list) => {
        const slugs = [...slugsOf(list).values()];
        assert.equal(new Set(slugs).size, new Set(list).size);
        for (const slug of slugs) assert.match(slug, SLUG);
      }),
      { seed },
    );
  });

  test('F04: no name of a system gets out of its folder', async () => {
    const publication = samplePublication();
    const [row] = publication.systems;
    const systems = HOSTILE.map((name) => ({
      ...row!,
      os: 'Meridian Linux',
      edition: name,
      version: name,
      arch: name,
    }));
    const weeks = publication.weeks.filter(({ week }) => week === row!.week);
    // A cell that begins with a minus is refused before.
    const plain = systems.filter(({ edition }) => !edition.startsWith('-'));
    const files = await renderFiles(
      { ...withSystems(publication, plain), weeks, totals: totalsByWeek([]), countries: [], epel: [], exclusions: [] },
      temporaryFolder(),
    );
    for (const { path } of files) assert.ok(isSafePath(path), path);
  });

  test('F04: paths that leave their folder are not safe', () => {
    const unsafe = [
      '../x',
      'a/../b',
      '/etc/passwd',
      'a//b',
      '',
      'a/',
      'C:x',
      'a\\b',
      'a/.',
      '.git/config',
      'a b',
      'x'.repeat(201),
    ];
    for (const path of unsafe) assert.ok(!isSafePath(path), path);
    for (const path of ['index.html', 'data/totals/2026-W34.csv', '_headers']) assert.ok(isSafePath(path), path);
  });
});
