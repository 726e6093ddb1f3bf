import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Highs } from 'highs';
import { loadSolver } from '../../../../src/flow/views/protection/solver.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { type Published, publishSmallVault } from '../../../support/random-vaults.ts';
import { workedOutByAStranger } from '../../../support/stranger.ts';

const solver = await loadSolver();
const loaded = await import('highs');
const highs = await (loaded.default as unknown as () => Promise<Highs>)();
const seed = testSeed();

test(`R7 R6: a stranger who reads only what is published works out no small group of 100 small vaults (seed ${seed})`, () => {
  const random = seededRandom(seed);
  let looked = 0;
  for (let number = 0; number < 100; number++) {
    const own = seed + number;
    const revisions = publishSmallVault(own, solver);
    if (revisions.length === 0) continue;
    const found = workedOutByAStranger(highs, revisions, () => random.chance(0.3) && ++looked > 0);
    assert.deepEqual(found, [], `vault ${own}`);
  }
  assert.ok(looked > 100, `${looked} groups`);
});

test('R7: the stranger does find what should not have been published', () => {
  const published = Array.from({ length: 9 }, (_, number) => publishSmallVault(number, solver)).flat()[0]!;
  const [row] = published.survey.systems;
  const group = { ...row!, os: 'AlmaLinux', version: '9.4', client: 'libdnf', arch: 'x86_64', age: 3 as const };
  const [server, kde] = [
    { ...group, edition: 'server', systems: 109 },
    { ...group, edition: 'kde', systems: 9 },
  ];
  const { week } = published.publication.weeks[0]!;
  const planted: Published = {
    ...published,
    survey: { ...published.survey, systems: [server, kde], checkIns: [], countries: [] },
    publication: {
      ...published.publication,
      weeks: [{ ...published.publication.weeks[0]!, systems: 120, ageUnknown: null }],
      systems: [{ ...server, week, systems: 100 }],
      margins: [],
      countries: [],
    },
  };
  assert.deepEqual(
    workedOutByAStranger(highs, [planted]).map(({ name, least }) => [name, least]),
    [['systems AlmaLinux|9.4|kde|x86_64|libdnf|3', 2]],
  );
});
