import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Highs } from 'highs';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { workedOutFromRows } from '../../../support/outsider.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { type Published, publishSmallVault } from '../../../support/random-vaults.ts';
import { workedOutByAStranger } from '../../../support/stranger.ts';

const solver = await loadSolver();
const loaded = await import('highs');
const highs = await (loaded.default as unknown as () => Promise<Highs>)();
const seed = testSeed();

describe('R7: two audits read what is published', () => {
  test(`R6: of 40 small vaults neither works out a small group (seed ${seed})`, () => {
    const random = seededRandom(seed);
    let looked = 0;
    for (let number = 0; number < 40; number++) {
      const revisions = publishSmallVault(seed + number, solver);
      const isSmall = ({ systems }: { systems: number }) => systems < 10;
      const byRows = workedOutFromRows(revisions, solver).filter(isSmall);
      assert.deepEqual(byRows, [], `vault ${seed + number}`);
      const some = () => random.chance(0.1) && ++looked > 0;
      assert.deepEqual(workedOutByAStranger(highs, revisions, some).filter(isSmall), [], `vault ${seed + number}`);
    }
    assert.ok(looked > 40, `${looked} groups`);
  });

  test(`they find the same in 40 that were published without asking anybody (seed ${seed})`, () => {
    const random = seededRandom(seed);
    let found = 0;
    for (let number = 0; number < 40; number++) {
      const revisions = publishSmallVault(seed + number, solver, () => []);
      const byRows = workedOutFromRows(revisions, solver);
      const known = new Set(byRows.map(({ name }) => name));
      const looked = new Set<string>();
      const byStranger = workedOutByAStranger(highs, revisions, (name) => {
        if (known.has(name) || random.chance(0.05)) looked.add(name);
        return looked.has(name);
      });
      const texts = byStranger.map(({ name, least, most }) => `${name}: ${least}..${most}`);
      assert.deepEqual(texts.sort(), byRows.map(({ text }) => text).sort(), `vault ${seed + number}`);
      found += texts.length;
    }
    assert.ok(found > 0, 'something is given away');
  });

  test('R3: neither is led astray by an age too small for a number, which is one of the established', () => {
    const revisions = publishSmallVault(50_008_901, solver);
    assert.equal(revisions.length, 3);
    assert.deepEqual(workedOutFromRows(revisions, solver), []);
    assert.deepEqual(workedOutByAStranger(highs, revisions), []);
  });

  test('both find what should not have been published: a margin that its rows do not reach', () => {
    const [published] = publishSmallVault(5174, solver);
    assert.ok(published !== undefined);
    const { week } = published.publication.weeks[0]!;
    const group = { ...published.survey.systems[0]!, os: 'AlmaLinux', version: '9.4', client: 'libdnf' };
    const [server, kde] = [
      { ...group, arch: 'x86_64', age: 3 as const, edition: 'server', systems: 109 },
      { ...group, arch: 'x86_64', age: 3 as const, edition: 'kde', systems: 9 },
    ];
    const planted: Published = {
      ...published,
      survey: { ...published.survey, systems: [server, kde], checkIns: [], countries: [] },
      publication: {
        ...published.publication,
        weeks: [{ ...published.publication.weeks[0]!, systems: 120, ageUnknown: null }],
        systems: [{ ...server, week, systems: 100 }],
        margins: [
          ...(['os', 'version', 'arch', 'client', 'age'] as const).map((field) => {
            return { week, field, value: String(server[field]), systems: 120 };
          }),
          { week, field: 'edition', value: 'server', systems: 110 },
          { week, field: 'edition', value: 'withheld', systems: 10 },
        ],
        countries: [],
        totals: [],
      },
    };
    const name = 'systems AlmaLinux|9.4|kde|x86_64|libdnf|3';
    assert.deepEqual(
      workedOutByAStranger(highs, [planted]).map((one) => [one.name, one.least]),
      [[name, 2]],
    );
    assert.deepEqual(
      workedOutFromRows([planted], solver).map(({ text }) => text.split('..')[0]),
      [`${name}: 2`],
    );
  });
});
