import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeingPlaces, indexedRunsOf } from '../../../src/flow/vault/agreeing-marks.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';

/** The length of the longest common subsequence, by the table that every textbook has. */
function longest(a: readonly number[], b: readonly number[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const value of a) {
    const next = new Uint32Array(b.length + 1);
    for (const [j, other] of b.entries()) {
      next[j + 1] = value === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!);
    }
    row = next;
  }
  return row.at(-1)!;
}

/** Of so few values equal ones stand side by side, as those of a second do. */
function anyMarks(random: Random, values: number): number[] {
  return Array.from({ length: random.below(40) }, () => random.below(values)).flatMap((value) =>
    Array.from({ length: random.chance(0.2) ? 1 + random.below(5) : 1 }, () => value),
  );
}

const seed = testSeed();
test(`G4: what two hours share is their longest common subsequence, but for runs that one of them has taken apart (seed ${seed})`, () => {
  for (let round = 0; round < 2000; round++) {
    const random = seededRandom(seed + round);
    const values = 2 + random.below(60);
    const ours = anyMarks(random, values);
    // Another cut of the same lines, and others.
    const theirs = [...ours.filter(() => random.chance(0.8)), ...anyMarks(random, values).slice(0, random.below(10))];
    const own = Uint32Array.from(ours);
    const left = ours.flatMap((_, place) => (random.chance(0.9) ? [place] : []));
    const { places, partPlaces } = agreeingPlaces(indexedRunsOf(own, left), Uint32Array.from(theirs));
    const story = `seed ${seed + round}`;
    assert.equal(places.length, partPlaces.length, story);
    for (const [i, place] of places.entries()) {
      assert.ok(left.includes(place), story);
      assert.equal(own[place], theirs[partPlaces[i]!], story);
      if (i > 0) assert.ok(place > places[i - 1]! && partPlaces[i]! > partPlaces[i - 1]!, story);
    }
    const best = longest(
      left.map((place) => ours[place]!),
      theirs,
    );
    assert.ok(places.length <= best, story);
    if (new Set(ours).size === ours.length && new Set(theirs).size === theirs.length)
      assert.equal(places.length, best, story);
  }
});

test('G4: a request that was sent a hundred times a second all hour is compared run by run', () => {
  const marks = Uint32Array.from({ length: 360_000 }, (_, i) => Math.floor(i / 100) * 7919);
  const { places } = agreeingPlaces(indexedRunsOf(marks, marks.keys().drop(50)), marks.subarray(0, 359_950));
  assert.equal(places.length, 359_900);
});
