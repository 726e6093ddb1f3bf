import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Highs } from 'highs';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { type MarginField, totalsByWeek } from '../../../../src/flow/views/publication/tables.ts';
import { workedOutFromRows } from '../../../support/outsider.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { type Published, publishSmallVault } from '../../../support/random-vaults.ts';
import { workedOutByAStranger } from '../../../support/stranger.ts';

const solver = await loadSolver();
const loaded = await import('highs');
const highs = await (loaded.default as unknown as () => Promise<Highs>)();
const seed = testSeed();
// A group that only another revision has may be seen to have hardly any: there is nobody in it to protect.
const isSmall = ({ systems }: { systems: number }) => systems > 0 && systems < 10;

describe('R7: two audits read what is published', () => {
  test(`R6: of 40 small vaults neither works out a small group (seed ${seed})`, () => {
    const random = seededRandom(seed);
    let looked = 0;
    for (let number = 0; number < 40; number++) {
      const revisions = publishSmallVault(seed + number, solver);
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
    assert.deepEqual(workedOutFromRows(revisions, solver).filter(isSmall), []);
    assert.deepEqual(workedOutByAStranger(highs, revisions).filter(isSmall), []);
  });

  const [published] = publishSmallVault(5174, solver);
  const { week } = published!.publication.weeks[0]!;
  const group = { ...published!.survey.systems[0]!, os: 'AlmaLinux', version: '9.4', client: 'libdnf' };

  /** What nobody should have published: these margins, and a row of the first group only. */
  function planted(groups: Published['survey']['systems'], margins: Partial<Record<MarginField, [string, number][]>>) {
    const { publication } = published!;
    const rowsOf = (field: MarginField) => margins[field] ?? [[String(groups[0]![field]), 120]];
    return {
      ...published!,
      survey: { ...published!.survey, systems: groups, checkIns: [], countries: [] },
      publication: {
        ...publication,
        weeks: [{ ...publication.weeks[0]!, systems: 120, low: null, high: null, ageUnknown: null }],
        systems: [{ ...groups[0]!, week, systems: 100 }],
        margins: (['os', 'version', 'arch', 'client', 'age', 'edition'] as const).flatMap((field) =>
          rowsOf(field).map(([value, systems]) => ({ week, field, value, systems })),
        ),
        countries: [],
        totals: totalsByWeek([]),
      },
    };
  }

  test('both find what should not have been published: a margin that its rows do not reach', () => {
    const server = { ...group, arch: 'x86_64', age: 3 as const, edition: 'server', systems: 109 };
    const kde = { ...server, edition: 'kde', systems: 9 };
    const one = planted([server, kde], {
      edition: [
        ['server', 110],
        ['withheld', 10],
      ],
    });
    const name = 'systems AlmaLinux|9.4|kde|x86_64|libdnf|3';
    assert.deepEqual(
      workedOutByAStranger(highs, [one]).map((found) => [found.name, found.least]),
      [[name, 2]],
    );
    assert.deepEqual(
      workedOutFromRows([one], solver).map(({ text }) => text.split('..')[0]),
      [`${name}: 2`],
    );
  });

  test('and an edition of several small groups that may each be empty, and are not all', () => {
    const server = { ...group, arch: 'x86_64', age: 3 as const, edition: 'server', systems: 109 };
    const kde = ['9.4', '9.5', '9.6'].map((version) => ({ ...server, version, edition: 'kde', systems: 3 }));
    const one = planted([server, ...kde], {
      version: [
        ['9.4', 110],
        ['9.withheld', 10],
      ],
      edition: [
        ['server', 110],
        ['withheld', 10],
      ],
    });
    const found = 'systems *|*|kde|*|*|*: 2..19';
    assert.deepEqual(
      workedOutByAStranger(highs, [one]).map(({ name, least, most }) => `${name}: ${least}..${most}`),
      [found],
    );
    assert.deepEqual(
      workedOutFromRows([one], solver).map(({ text }) => text),
      [found],
    );
  });

  test('and what asked a repository of which no row is shown, by the least of all repositories', () => {
    const server = { ...group, arch: 'x86_64', age: 3 as const, edition: 'server', systems: 200 };
    const kde = { ...server, version: '8.10', edition: 'kde', systems: 50 };
    const asked = ({ systems: _, client: __, ...kind }: typeof server, repoTag: string, hits: number) => {
      return { ...kind, repoTag, repoArch: '', hits };
    };
    const all = (value: string | number): [string, number][] => [[String(value), 250]];
    const one = planted([server, kde], {
      ...{ os: all(server.os), arch: all(server.arch), client: all(server.client), age: all(server.age) },
      version: [
        ['9.4', 200],
        ['8.10', 50],
      ],
      edition: [
        ['server', 200],
        ['kde', 50],
      ],
    });
    const osFields = { osName: 'AlmaLinux', osVersion: '9.4', osVariant: 'server', osArch: 'x86_64' };
    const { publication, survey } = one;
    const shown: Published = {
      ...one,
      survey: { ...survey, checkIns: [asked(server, 'appstream-9', 119), asked(kde, 'appstream-8', 9)] },
      publication: {
        ...publication,
        weeks: [{ ...publication.weeks[0]!, systems: 250, low: 130, high: 250 }],
        systems: [{ ...server, week, systems: 200 }],
        totals: totalsByWeek([{ week, hits: 110, ...osFields, sysAge: 3, repoTag: 'appstream-9', repoArch: '' }]),
      },
    };
    const found = 'checkIns AlmaLinux|8.10|kde|x86_64|3|appstream-8|: 6..33';
    assert.deepEqual(
      workedOutByAStranger(highs, [shown]).map(({ name, least, most }) => `${name}: ${least}..${most}`),
      [found],
    );
    assert.deepEqual(
      workedOutFromRows([shown], solver).map(({ text }) => text),
      [found],
    );
  });
});
