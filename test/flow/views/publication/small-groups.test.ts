import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rulesOf } from '../../../../src/commands/distribution.ts';
import type { Age } from '../../../../src/flow/sightings/request.ts';
import type { EpochSeconds, Week } from '../../../../src/flow/sightings/week.ts';
import type { CubeCell } from '../../../../src/flow/vault/vault.ts';
import type { AccountSums } from '../../../../src/flow/views/definition/accounts.ts';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { assemble } from '../../../../src/flow/views/publication/assemble.ts';
import { auditContents, givenAwayBy } from '../../../../src/flow/views/publication/audit-published.ts';
import { decideWeeks } from '../../../../src/flow/views/publication/decide.ts';
import type { WeekContent } from '../../../../src/flow/views/publication/week-content.ts';
import type { WeekInput } from '../../../../src/flow/views/publication/week-input.ts';
import { surveyWeek } from '../../../../src/flow/views/survey.ts';
import { testSeed } from '../../../support/random.ts';
import { WEEK } from '../../../support/vault-logs.ts';

const rules = rulesOf('almalinux');
const { headline } = rules.definition;
const solver = await loadSolver();
const NOW = 2_000_000_000 as EpochSeconds;
const K = 10;

const someHits = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 3, arbitrary: fc.integer({ min: 10, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 41, max: 5_000 }) },
);

const someCell: fc.Arbitrary<CubeCell> = fc
  .record({
    osName: fc.oneof(
      { weight: 6, arbitrary: fc.constant('AlmaLinux') },
      { weight: 1, arbitrary: fc.constantFrom('Rocky Linux', 'Unheard', 'other', '') },
    ),
    osVersion: fc.constantFrom('9.4', '9.5', '8.10', '', '77777'),
    osVariant: fc.constantFrom('generic', 'server', 'kde', 'unheard-of'),
    osArch: fc.constantFrom('x86_64', 'aarch64', 's390x'),
    age: fc.constantFrom<Age>(1, 2, 3, 4),
    repoTag: fc.constantFrom(
      'baseos-9',
      'baseos-9',
      'baseos-8',
      'appstream-9',
      'epel-9',
      'unheard-9',
      'unheard-of',
      '$x',
    ),
    country: fc.constantFrom('JP', 'US', 'DE', 'ZZ'),
    hits: someHits,
  })
  .map(({ osName, osVersion, osVariant, osArch, age, repoTag, country, hits }) => ({
    system: { client: 'libdnf', osName, osVersion, osVariant, osArch },
    request: { age, repoTag, repoArch: osArch },
    country,
    hits,
  }));

/** What the vault holds of a week at one time: the logs that came late are added to the others. */
const someWeek = fc.record({
  cells: fc.array(someCell, { minLength: 1, maxLength: 40 }),
  late: fc.array(fc.array(someCell, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
});
const someNetworks = fc.dictionary(
  fc.constantFrom('AlmaLinux', 'Rocky Linux', 'Unheard', 'other', ''),
  fc.integer({ min: 1, max: 3 }),
);

function inputOf(week: Week, cells: readonly CubeCell[], networks: Record<string, number>, digest: string): WeekInput {
  const seen = new Map(Object.entries({ AlmaLinux: 3, ...networks }));
  const networksOfWeek = { silence: undefined, names: seen, systems: [] };
  return {
    week,
    isImported: false,
    digest,
    cells: () => cells,
    toldApart: () => [],
    networks: () => networksOfWeek,
    rejections: [],
  };
}

type Contents = ReadonlyMap<Week, readonly WeekContent[]>;

function publishWeeks(inputs: readonly WeekInput[], published: Contents) {
  return decideWeeks(inputs, published, {
    rules,
    annotations: [],
    coverage: () => 1,
    confirmed: new Set(inputs.map(({ week }) => week)),
    continentOf: (country) => ({ JP: '142', US: '019', DE: '150' })[country] ?? country,
    now: NOW,
    givenAway: givenAwayBy(headline, solver),
  });
}

const totalOf = (cells: readonly CubeCell[]) => cells.reduce((sum, { hits }) => sum + hits, 0);

describe('F07 M7: a publication of several weeks with revisions', () => {
  test('gives no small group away, shows no number below k, loses nothing, and changes nothing in silence', () => {
    fc.assert(
      fc.property(fc.array(someWeek, { minLength: 1, maxLength: 3 }), someNetworks, (weeks, networks) => {
        const turns = Math.max(...weeks.map(({ late }) => late.length)) + 1;
        let contents: Contents = new Map();
        let shown = assemble({ contents, held: new Map() }, rules, [], NOW);
        for (let turn = 0; turn < turns; turn++) {
          const inputs = weeks.map(({ cells, late }, at) =>
            inputOf(
              (WEEK + at) as Week,
              [...cells, ...late.slice(0, turn).flat()],
              networks,
              `${Math.min(turn, late.length)}:`,
            ),
          );
          const decided = publishWeeks(inputs, contents);
          const next = assemble(decided, rules, [], NOW);
          const revised = new Set(decided.added.map(({ week }) => week));
          for (const row of shown.weeks) {
            const again = next.weeks.find(({ week }) => week === row.week);
            if (!revised.has(row.week)) assert.deepEqual(again, row);
          }
          for (const { week, content } of decided.added) assertSound(content, inputs[week - WEEK]!);
          contents = decided.contents;
          shown = next;
        }
        assert.deepEqual(
          auditContents(contents, headline, solver).flatMap(({ recoverable }) => recoverable),
          [],
        );
        for (const row of [...shown.systems, ...shown.countries, ...shown.epel]) assertNumber(row.systems);
        for (const { hits } of shown.totals) assertNumber(hits);
        for (const { week, accounts } of shown.weeks) assertAccounts(accounts!, contents.get(week)!.at(-1)!);
      }),
      { seed: testSeed(), numRuns: 150 },
    );
  });

  /** M7: sums of published rows, of which each is in one account. */
  function assertAccounts(accounts: AccountSums, { tables: { systems, checkIns } }: WeekContent): void {
    const published = [...systems.rows, ...checkIns.rows].reduce((sum, row) => sum + row.systems, 0);
    assert.equal(
      Object.values(accounts).reduce((sum, hits) => sum + hits, 0),
      published,
    );
    for (const hits of Object.values(accounts)) assert.equal(hits % K, 0);
  }

  function assertNumber(count: number): void {
    assert.ok(count >= K && count % K === 0, `${count}`);
  }

  /** Every system is a member of one row or dropped, and each row is its members' number but for rounding. */
  function assertSound({ tables }: WeekContent, input: WeekInput): void {
    const survey = surveyWeek(input.week, input.cells(), rules);
    const expected = {
      systems: survey.systems.reduce((sum, { systems }) => sum + systems, 0),
      checkIns: survey.checkIns.reduce((sum, { hits }) => sum + hits, 0),
      countries: survey.countries.reduce((sum, { systems }) => sum + systems, 0),
    };
    assert.equal(expected.systems + expected.checkIns, totalOf(input.cells()));
    for (const subject of ['systems', 'checkIns', 'countries'] as const) {
      const { rows, dropped } = tables[subject];
      const members = [...rows.flatMap((row) => row.members), ...dropped];
      assert.equal(new Set(members.map(({ id }) => id)).size, members.length, 'no cell is in two places');
    }
  }

  test('conservation: rows and what is dropped are all systems of a first publication, within rounding', () => {
    fc.assert(
      fc.property(fc.array(someCell, { minLength: 1, maxLength: 60 }), someNetworks, (cells, networks) => {
        const input = inputOf(WEEK, cells, networks, '1:');
        const { content } = publishWeeks([input], new Map()).added[0]!;
        const survey = surveyWeek(WEEK, cells, rules);
        const expected = {
          systems: survey.systems.reduce((sum, row) => sum + row.systems, 0),
          checkIns: survey.checkIns.reduce((sum, row) => sum + row.hits, 0),
          countries: survey.countries.reduce((sum, row) => sum + row.systems, 0),
        };
        for (const subject of ['systems', 'checkIns', 'countries'] as const) {
          const { rows, dropped } = content.tables[subject];
          const published = rows.reduce((sum, row) => sum + row.systems, 0);
          const left = dropped.reduce((sum, member) => sum + member.systems, 0);
          const members = rows.flatMap((row) => row.members).reduce((sum, member) => sum + member.systems, 0);
          assert.equal(members + left, expected[subject]);
          assert.ok(Math.abs(published + left - expected[subject]) <= (rows.length * K) / 2);
        }
      }),
      { seed: testSeed(), numRuns: 150 },
    );
  });

  test('one system more or less in a hidden group changes at most one row of each table', () => {
    const cells = (xfce: number): CubeCell[] =>
      [
        ['generic', 300],
        ['server', 12],
        ['xfce', xfce],
        ['cinnamon', 8],
      ].map(([osVariant, hits]) => ({
        system: {
          client: 'libdnf',
          osName: 'AlmaLinux',
          osVersion: '9.4',
          osVariant: String(osVariant),
          osArch: 'x86_64',
        },
        request: { age: 3, repoTag: 'baseos-9', repoArch: '' },
        country: 'JP',
        hits: Number(hits),
      }));
    const rowsOf = (xfce: number) => {
      const { added } = publishWeeks([inputOf(WEEK, cells(xfce), {}, '1:')], new Map());
      return added[0]!.content.tables.systems.rows.map(({ dimensions, systems }) => `${dimensions} ${systems}`);
    };
    for (let xfce = 1; xfce < 9; xfce++) {
      const before = new Set(rowsOf(xfce));
      const changed = rowsOf(xfce + 1).filter((row) => !before.has(row));
      assert.ok(changed.length <= 1, `${changed}`);
    }
  });
});
