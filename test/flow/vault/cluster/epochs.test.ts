import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EpochSeconds, weekStart } from '../../../../src/flow/sightings/week.ts';
import { ABOUT, isDue, publicationsBeside, readFacts } from '../../../../src/flow/vault/cluster/epochs.ts';
import type { Fact, Kind } from '../../../../src/flow/vault/cluster/facts.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { WEEK } from '../../../support/vault-logs.ts';

const seed = testSeed();

function fact(kind: Kind, id: string, about: object = {}, epoch = 0): Fact {
  return {
    epoch,
    kind,
    id,
    sha256: `of ${id} ${epoch}`,
    pieces: 1,
    bytes: 1,
    about: { ...ABOUT, ...about },
    readAt: 0,
  };
}

const contribution = (
  id: string,
  {
    epoch = 0,
    key = 'k',
    firstHour = 5,
    candidates = 20,
    segment = null,
  }: object & {
    epoch?: number;
    key?: string | null;
    firstHour?: number | null;
    candidates?: number;
    segment?: string | null;
  } = {},
) => fact('contribution', id, { candidates, firstHour, firstWeek: WEEK, key, segment }, epoch);
const key = (id: string, epoch = 0) => fact('key', id, { week: WEEK, key: '00'.repeat(32) }, epoch);
const state = (id: string, epoch: number, covers: string[], contributions: number, publications = 0) =>
  fact('state', id, { parts: [], covers, openWeeks: [WEEK], contributions, publications }, epoch);
const publication = (id: string, number: number, week: number = WEEK) =>
  fact('publication', id, { distribution: 'almalinux', number, revisions: [[week, 1]] });

describe('what a heap of facts says', () => {
  test(`V8: the same in whichever order it is read, by time, the longest log first (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const facts = [
      key('k'),
      contribution('b', { firstHour: 7 }),
      contribution('c', { firstHour: 5, candidates: 30 }),
      contribution('a', { firstHour: 5, candidates: 20 }),
      contribution('d', { firstHour: null }),
      contribution('b', { key: null }),
      contribution('lost', { key: 'gone' }),
      contribution('e', { firstHour: 8, segment: 's' }),
      contribution('f', { firstHour: 8, segment: 's', candidates: 40 }),
    ];
    const shuffled = (all: readonly Fact[]) =>
      all
        .map((each) => ({ each, at: random.below(1000) }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each);
    for (let round = 0; round < 20; round++) {
      const { contributions } = readFacts(shuffled(facts));
      assert.deepEqual(
        contributions.map(({ id, about }) => [id, about.key]),
        [
          ['d', 'k'],
          ['c', 'k'],
          ['a', 'k'],
          ['b', 'k'],
          ['f', 'k'],
        ],
      );
    }
  });

  test('V8: what the newest state has is not counted again, and of two of one epoch the fuller stands', () => {
    const facts = [
      key('k'),
      key('l', 1),
      contribution('a'),
      contribution('b'),
      contribution('b', { epoch: 1, key: 'l' }),
      state('1', 1, ['contribution a'], 1),
      state('2', 1, ['contribution a', 'contribution b'], 2),
    ];
    const read = readFacts(facts);
    assert.equal(read.state?.id, '2');
    assert.deepEqual(read.contributions, []);
    assert.deepEqual(read.keysOfEpoch, ['l']);
    const without = readFacts(facts.slice(0, -1));
    assert.deepEqual(
      without.contributions.map(({ id, epoch }) => [id, epoch]),
      [['b', 1]],
    );
  });

  test('V8: what stands in an epoch that has ended is handed in once more, as it may be dropped in this moment', () => {
    const facts = [
      key('k'),
      contribution('a'),
      state('1', 1, [], 0),
      key('l', 1),
      contribution('b', { epoch: 1, key: 'l' }),
    ];
    const { contributions, handedIn } = readFacts(facts);
    assert.deepEqual(
      contributions.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual([...handedIn], ['b false']);
  });

  test('V9: a publication that was withdrawn is none; of two that nobody has shown one stands, of two that were shown neither', () => {
    const [a, b] = [publication('a', 1), publication('b', 1)];
    const ids = (facts: readonly Fact[]) => readFacts(facts).publications.map(({ id }) => id);
    assert.deepEqual(ids([b, publication('c', 2, WEEK + 1), a, fact('shown', 'b')]), ['b', 'c']);
    assert.deepEqual(ids([a, b, fact('withdrawn', 'a')]), ['b']);
    assert.deepEqual(ids([b, a]), ['a']);
    assert.throws(
      () => ids([a, b, fact('shown', 'a'), fact('shown', 'b')]),
      /two runs have published different things/,
    );
    assert.deepEqual(
      publicationsBeside([a, b, fact('withdrawn', 'b')], 'almalinux', new Set()).map(({ id }) => id),
      ['a'],
    );
  });

  test('P7 P4: due is what has a week that has been over for eight days', () => {
    const at = (days: number) => (weekStart(WEEK) + (7 + days) * 86_400) as EpochSeconds;
    for (const facts of [[key('k'), contribution('a')], [state('1', 1, [], 0)]]) {
      assert.equal(isDue(readFacts(facts), at(7.9)), false);
      assert.equal(isDue(readFacts(facts), at(8)), true);
    }
  });

  test('V3: facts of a newer Rollcall are refused', () => {
    assert.throws(() => readFacts([fact('state', '1', { version: 2 })]), /upgrade Rollcall/);
  });
});
