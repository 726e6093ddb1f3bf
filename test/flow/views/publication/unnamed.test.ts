import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareUnnamed, unnamedNote } from '../../../../src/flow/views/publication/unnamed.ts';

const systems = (edition: string, count: number) => ({
  ...{ os: 'AlmaLinux', version: '9.6', edition, arch: 'x86_64' },
  ...{ client: 'libdnf', age: 4 as const, systems: count },
});
const checkIns = (repoTag: string, hits: number) => ({
  ...{ os: 'AlmaLinux', version: '9.6', edition: 'generic', arch: 'x86_64' },
  ...{ age: 4 as const, repoTag, repoArch: 'x86_64', hits },
});

test('C7 R9: which share of a week has names that were not kept is said, where it is neither small nor few', () => {
  const survey = (unnamed: number, all: number) => ({
    week: 2900 as never,
    systems: [systems('generic', all - unnamed - 5), systems('other', 5)],
    checkIns: [checkIns('other', unnamed)],
    accounts: [],
    countries: [],
    namesRepoArch: true,
  });
  const noteOf = (unnamed: number, all: number, least = 20) => unnamedNote(shareUnnamed(survey(unnamed, all), least));
  assert.match(noteOf(295, 10_000)[0]!, /^3 % of the check-ins bear more names than are kept, and count as other/);
  assert.match(noteOf(35, 10_000)[0]!, /^under 1 % of the check-ins/);
  assert.deepEqual(noteOf(4, 10_000), []);
  assert.deepEqual(noteOf(14, 100), []);
  assert.deepEqual(noteOf(95, 1_000_000), []);
});
