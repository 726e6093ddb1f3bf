import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rulesOf } from '../../../src/commands/distribution.ts';
import type { Age } from '../../../src/flow/sightings/request.ts';
import type { CubeCell } from '../../../src/flow/vault/vault.ts';
import { rangeOf, systemCounter, takeCensus } from '../../../src/flow/views/census.ts';
import { rolesBy } from '../../../src/flow/views/definition/roles.ts';
import { outsideAccounts, surveyAccounts, surveyWeek } from '../../../src/flow/views/survey.ts';
import { testSeed } from '../../support/random.ts';
import { WEEK } from '../../support/vault-logs.ts';

const almalinux = rulesOf('almalinux');
const fedora = rulesOf('fedora');

interface Fields {
  os?: string;
  version?: string;
  edition?: string;
  arch?: string;
  client?: string;
  age?: number;
  repo?: string;
  country?: string;
  hits?: number;
}

function cell(fields: Fields): CubeCell {
  const { os = 'AlmaLinux', version = '9.4', edition = 'generic', arch = 'x86_64', client = 'libdnf' } = fields;
  const { age = 4, repo = 'baseos-9', country = 'JP', hits = 1 } = fields;
  return {
    system: { client, osName: os, osVersion: version, osVariant: edition, osArch: arch },
    request: { age: age as Age, repoTag: repo, repoArch: '' },
    country,
    hits,
  };
}

test('M2: one request that names an architecture does not make a column of it', () => {
  const named = (share: number) => {
    const naming = { ...cell({ hits: share }), request: { ...cell({}).request, repoArch: 'x86_64' } };
    return surveyWeek(WEEK, [cell({ hits: 100 }), naming], almalinux).namesRepoArch;
  };
  assert.deepEqual([named(1), named(99), named(101)], [false, false, true]);
});

describe('the role of a check-in', () => {
  const roles: [Fields, string][] = [
    [{}, 'census'],
    [{ repo: 'baseos-9.4' }, 'census'],
    [{ version: '9' }, 'census'],
    [{ version: '8.10' }, 'cross-release'],
    [{ version: '' }, 'cross-release'],
    [{ version: '90' }, 'cross-release'],
    [{ os: '', version: '', edition: '', arch: '' }, 'no-system'],
    [{ os: 'Unheard Of' }, 'census'],
    [{ repo: 'appstream-9' }, 'crosscheck'],
    [{ repo: 'appstream-9', version: '8.10' }, 'cross-release'],
    [{ repo: 'epel-9' }, 'epel'],
    [{ repo: 'epel-9', version: '8.10', os: 'Rocky Linux' }, 'epel'],
    [{ repo: 'epel-z-10', version: '10.1' }, 'epel'],
    [{ repo: 'epel-z-10.1', version: '10.1' }, 'epel'],
    [{ repo: 'epel-9', os: '', version: '' }, 'epel'],
    [{ repo: 'extras-9' }, 'optional'],
    [{ repo: 'baseos-10.2-beta', version: '10.2' }, 'census'],
    [{ repo: 'baseos-10-kitten', os: 'AlmaLinux Kitten', version: '10' }, 'census'],
    [{ repo: 'appstream-10-kitten', os: 'AlmaLinux Kitten', version: '10' }, 'crosscheck'],
    [{ repo: 'baseos-10', os: 'AlmaLinux Kitten', version: '10' }, 'cross-release'],
    [{ repo: 'baseos-10-kitten', version: '10.1' }, 'cross-release'],
    [{ repo: `epel\${releasever_minor:+-z}-10`, version: '10.1' }, 'unexpanded'],
    [{ repo: 'centos-baseos-%24stream' }, 'unexpanded'],
    [{ repo: '$x', os: '' }, 'no-system'],
    [{ repo: '' }, 'unknown'],
    [{ repo: 'constructor' }, 'unknown'],
  ];
  for (const [fields, kind] of roles) {
    test(`${JSON.stringify(fields)}: ${kind}`, () => {
      const { system, request } = cell(fields);
      assert.equal(rolesBy(almalinux.definition)(system, request).kind, kind);
    });
  }

  test('both EPEL repositories of Fedora, told apart', () => {
    const roleOf = rolesBy(fedora.definition);
    const kinds = ['epel-8', 'epel-modular-8'].map((repo) => {
      const { system, request } = cell({ repo, os: 'CentOS Linux', version: '8' });
      return roleOf(system, request).kind;
    });
    assert.deepEqual(kinds, ['epel', 'epel-crosscheck']);
  });
});

describe('M1: one rule for each os name', () => {
  const kinds = (distribution: string, cells: readonly Fields[]) => {
    const { definition, aliases } = rulesOf(distribution);
    return cells.map((fields) => {
      const { system, request } = cell(fields);
      return rolesBy(definition)(aliases.apply(system, WEEK), request).kind;
    });
  };

  test('Bluefin LTS asks for EPEL alone, the others of Universal Blue for Fedora', () => {
    const lts = { os: 'Achillobator', version: '10' };
    const bazzite = { os: 'Bazzite', version: '43' };
    assert.deepEqual(
      kinds('universal-blue', [
        { ...lts, repo: 'epel-10' },
        { ...lts, repo: 'epel-z-10' },
        { ...lts, repo: 'fedora-10' },
        { ...bazzite, repo: 'fedora-43' },
        { ...bazzite, repo: 'epel-10' },
      ]),
      ['census', 'census', 'cross-release', 'census', 'cross-release'],
    );
  });

  test('a repository without releases counts the names of its rule, whatever their version', () => {
    const dakota = { os: 'dakota', client: 'dakota-countme', repo: 'dakota' };
    assert.deepEqual(
      kinds('universal-blue', [
        { ...dakota, version: 'latest' },
        { ...dakota, version: '10' },
        { os: 'Bazzite', version: '43', repo: 'dakota' },
      ]),
      ['census', 'census', 'cross-release'],
    );
  });

  test('M3: a cross-check in which nobody of a rule asked says nothing of its names', () => {
    const kitten = { os: 'AlmaLinux Kitten', version: '10' };
    const cells = [cell({ hits: 30 }), cell({ ...kitten, repo: 'baseos-10-kitten', hits: 5 })];
    const asked = [...cells, cell({ ...kitten, repo: 'appstream-10-kitten', hits: 6 })];
    const { low, high, systems } = takeCensus(WEEK, asked, almalinux);
    assert.deepEqual([systems, low, high], [35, 35, 36]);
  });

  test('M3: who has no cross-check stands for itself in it', () => {
    const { low, high, systems } = takeCensus(
      WEEK,
      [
        cell({ os: 'Bazzite', version: '43', repo: 'fedora-43', hits: 100 }),
        cell({ os: 'Bazzite', version: '43', repo: 'updates-released-f43', hits: 110 }),
        cell({ os: 'Bluefin LTS', version: '10', repo: 'epel-10', hits: 50 }),
      ],
      rulesOf('universal-blue'),
    );
    assert.deepEqual([systems, low, high], [150, 150, 160]);
  });
});

describe('the survey of a week', () => {
  test('systems are those that asked the census repository of their own release, under canonical names', () => {
    const survey = surveyWeek(
      WEEK,
      [
        cell({ hits: 3 }),
        cell({ arch: 'amd64', edition: 'Generic', hits: 2, country: 'DE' }),
        cell({ repo: 'appstream-9', hits: 4 }),
        cell({ version: '8.10', hits: 5 }),
        cell({ os: 'Centos', version: '9', age: 1, hits: 6 }),
      ],
      almalinux,
    );
    assert.deepEqual(
      survey.systems.map(({ os, arch, age, systems }) => [os, arch, age, systems]),
      [
        ['AlmaLinux', 'x86_64', 4, 5],
        ['CentOS Linux', 'x86_64', 1, 6],
      ],
    );
    assert.deepEqual(
      survey.checkIns.map(({ version, repoTag, hits }) => [version, repoTag, hits]),
      [
        ['8.10', 'baseos-9', 5],
        ['9.4', 'appstream-9', 4],
      ],
    );
  });

  test('countries are those of the headline alone, in two durations', () => {
    const { countries } = surveyWeek(
      WEEK,
      [cell({ age: 1 }), cell({ age: 2 }), cell({ age: 4, hits: 7 }), cell({ os: 'CentOS Linux', country: 'DE' })],
      almalinux,
    );
    assert.deepEqual(countries, [
      { country: 'JP', duration: 'established', systems: 8 },
      { country: 'JP', duration: 'new_or_shortlived', systems: 1 },
    ]);
  });

  const someCell = fc
    .record({
      os: fc.constantFrom('AlmaLinux', 'Centos', 'Rocky Linux', '', 'other', '<b>', '__proto__'),
      version: fc.constantFrom('9.4', '8.10', '9', '', 'other', '10000', '9.4.1'),
      edition: fc.constantFrom('generic', 'KDE', '', '..'),
      arch: fc.constantFrom('x86_64', 'amd64', ''),
      client: fc.constantFrom('libdnf', 'rpm-ostree'),
      age: fc.integer({ min: 1, max: 4 }),
      repo: fc.constantFrom('baseos-9', 'baseos-8', 'appstream-9', 'epel-9', 'extras-9', '', 'baseos-99999', '$a-9'),
      country: fc.constantFrom('JP', 'DE', 'ZZ'),
      hits: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(1e12)),
    })
    .map(cell);

  test('U8 M7 conservation: every check-in is in one account; and in systems or in the others, and none is in both', () => {
    fc.assert(
      fc.property(fc.array(someCell, { maxLength: 60 }), (cells) => {
        const survey = surveyWeek(WEEK, cells, almalinux);
        const systems = survey.systems.reduce((sum, row) => sum + row.systems, 0);
        const others = survey.checkIns.reduce((sum, row) => sum + row.hits, 0);
        const all = cells.reduce((sum, { hits }) => sum + hits, 0);
        assert.equal(systems + others, all);
        assert.equal(
          survey.accounts.reduce((sum, { hits }) => sum + hits, 0),
          all,
        );
        const headline = survey.systems.filter(({ os }) => almalinux.definition.headline.includes(os));
        assert.equal(
          survey.countries.reduce((sum, row) => sum + row.systems, 0),
          headline.reduce((sum, row) => sum + row.systems, 0),
        );
      }),
      { seed: testSeed() },
    );
  });

  test('M2 M7: the quick sums are those of the whole survey', () => {
    const countSystems = systemCounter(almalinux);
    fc.assert(
      fc.property(fc.array(someCell, { maxLength: 60 }), (cells) => {
        const survey = surveyWeek(WEEK, cells, almalinux);
        assert.deepEqual(surveyAccounts(WEEK, cells, almalinux), survey.accounts);
        const headline = survey.systems.filter(({ os }) => almalinux.definition.headline.includes(os));
        const systems = headline.reduce((sum, row) => sum + row.systems, 0);
        assert.equal(countSystems(WEEK, cells), systems);
        assert.equal(takeCensus(WEEK, cells, almalinux).systems, systems);
        assert.equal(systemCounter(undefined)(WEEK, cells), takeCensus(WEEK, cells, undefined).systems);
      }),
      { seed: testSeed() },
    );
  });

  test('the order of the cells means nothing', () => {
    fc.assert(
      fc.property(fc.array(someCell, { maxLength: 30 }), (cells) => {
        assert.deepEqual(surveyWeek(WEEK, cells.toReversed(), almalinux), surveyWeek(WEEK, cells, almalinux));
      }),
      { seed: testSeed() },
    );
  });

  test('M7: what is in no account, or in two, is found', () => {
    const survey = surveyWeek(WEEK, [cell({ hits: 5 }), cell({ repo: 'nobody-9', hits: 2 })], almalinux);
    assert.deepEqual(survey.accounts, [
      { os: 'AlmaLinux', account: 'census', hits: 5 },
      { os: 'AlmaLinux', account: 'unknown', hits: 2 },
    ]);
    assert.deepEqual(
      [7, 8, 6].map((counted) => outsideAccounts(survey, counted)),
      [0, 1, -1],
    );
  });

  test('a week of no check-ins has no systems', () => {
    const { systems, checkIns, countries } = surveyWeek(WEEK, [], almalinux);
    assert.deepEqual([systems, checkIns, countries], [[], [], []]);
  });

  test('more systems than can be counted exactly are an error, not a number', () => {
    const cells = [cell({ hits: Number.MAX_SAFE_INTEGER }), cell({ country: 'DE', hits: 1 })];
    assert.throws(() => surveyWeek(WEEK, cells, almalinux));
  });
});

describe('the census', () => {
  test('low and high are the least and the most by any repository that every system has', () => {
    const cells = [cell({ hits: 100 }), cell({ repo: 'appstream-9', hits: 120 })];
    const { systems, low, high } = takeCensus(WEEK, cells, almalinux);
    assert.deepEqual([systems, low, high], [100, 100, 120]);
    assert.deepEqual(rangeOf(100, [80, 120]), { low: 80, high: 120 });
  });

  test('a cross-check that nobody asked says nothing', () => {
    assert.deepEqual(rangeOf(100, [0]), { low: 100, high: 100 });
  });

  test('systems of other names, of other releases and in EPEL are not in the headline', () => {
    const cells = [
      cell({ hits: 7 }),
      cell({ os: 'AlmaLinux Kitten', version: '10', repo: 'baseos-10-kitten', hits: 2 }),
      cell({ os: 'Rocky Linux', hits: 50 }),
      cell({ version: '8.10', hits: 60 }),
      cell({ repo: 'epel-9', hits: 70 }),
    ];
    assert.equal(takeCensus(WEEK, cells, almalinux).systems, 9);
  });
});
