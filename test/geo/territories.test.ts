import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadTerritories } from '../../src/geo/territories.ts';

describe('the countries of the world', () => {
  const file = loadTerritories();
  const entries = Object.entries(file.territories);

  test('have ISO codes, a continent and a source', () => {
    assert.ok(entries.length >= 249);
    for (const [code, { numeric, continent, population }] of entries) {
      assert.match(code, /^[A-Z]{2}$/);
      assert.match(numeric, /^\d{3}$/);
      assert.ok(['002', '009', '019', '142', '150'].includes(continent), code);
      assert.ok(Number.isInteger(population) && population >= 0, code);
    }
    assert.match(file.source, /^Unicode CLDR \d/);
    const { US, JP, DE, ZA, NZ } = file.territories;
    assert.deepEqual(
      [US, JP, DE, ZA, NZ].map((territory) => territory!.continent),
      ['019', '142', '150', '002', '009'],
    );
    assert.ok(JP!.population > 1e8 && JP!.population < 1.5e8);
  });

  test('are drawn: the large ones as a shape, the small ones as a dot', () => {
    const unseen = entries.filter(([, { path, place }]) => path === '' && place === undefined);
    // Of the countries with people, only those that the outline counts to another.
    const people = unseen.filter(([, { population }]) => population > 1e5).map(([code]) => code);
    assert.deepEqual(people, ['GF', 'GP', 'MQ', 'RE', 'YT']);
    assert.ok(file.territories['SG']!.place !== undefined);
    assert.ok(file.territories['XK']!.path !== '');
  });

  test('lie within the picture, with one decimal at most, in less than 150 kB', () => {
    for (const [code, { path }] of entries) {
      assert.match(path, /^[MLZ\d.,]*$/, code);
      assert.doesNotMatch(path, /\.\d\d/, code);
      for (const [, x, y] of path.matchAll(/([\d.]+),([\d.]+)/g)) {
        assert.ok(Number(x) <= file.width && Number(y) <= file.height, code);
      }
    }
    assert.ok(JSON.stringify(file).length < 150_000);
  });
});
