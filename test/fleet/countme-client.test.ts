import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ageAfter, flagOf, flagOfImage, newCookie } from '../../src/fleet/countme-client.ts';
import type { Random } from '../../src/fleet/random.ts';
import { createRandom } from '../../src/fleet/random.ts';
import type { Week } from '../../src/flow/sightings/week.ts';

const FIRST = 2800;

/** A client that draws these budgets, one after another. */
function drawing(budgets: readonly number[]): Random {
  const left = [...budgets];
  const below = () => (left.shift() ?? assert.fail('one draw too many')) - 1;
  const unexpected = () => assert.fail('only budgets are drawn');
  return { below, uint32: unexpected, unit: unexpected, chance: unexpected };
}

/** The flags of clients that make so many list requests in each week. */
function flagsOf(requestsPerWeek: readonly number[], budgets: readonly number[]): number[][] {
  const cookie = newCookie();
  const random = drawing(budgets);
  return requestsPerWeek.map((requests, index) =>
    Array.from({ length: requests }, () => flagOf(cookie, (FIRST + index) as Week, random)),
  );
}

describe('when a client flags its list requests', () => {
  const cases: [name: string, requests: number[], budgets: number[], expected: number[][]][] = [
    ['a budget of 1 flags the first request', [2], [1], [[1, 0]]],
    ['a budget of 4 flags the fourth', [5], [4], [[0, 0, 0, 1, 0]]],
    [
      'what is left of a budget is carried into the next week',
      [2, 2],
      [4],
      [
        [0, 0],
        [0, 1],
      ],
    ],
    ['and over weeks without a request', [1, 0, 0, 2], [2], [[0], [], [], [1, 0]]],
    ['a counted week spends no budget: the next draw is in the next week', [4, 1], [1, 1], [[1, 0, 0, 0], [1]]],
    [
      'the age begins with the first counted week, not with the first request',
      [1, 1, 1, 1],
      [3, 1],
      [[0], [0], [1], [1]],
    ],
  ];
  for (const [name, requests, budgets, expected] of cases) {
    test(name, () => assert.deepEqual(flagsOf(requests, budgets), expected));
  }

  test('the age follows the whole weeks since then', () => {
    const weeks = 30;
    const flags = flagsOf(Array(weeks).fill(1), Array(weeks).fill(1)).flat();
    assert.deepEqual(flags, [...Array(2).fill(1), ...Array(3).fill(2), ...Array(20).fill(3), ...Array(5).fill(4)]);
    assert.deepEqual([0, 1, 2, 4, 5, 24, 25, 500].map(ageAfter), [1, 1, 2, 2, 3, 3, 4, 4]);
  });
});

test('M4: rpm-ostree flags once a week, and each of its ages ends a week earlier', () => {
  const cookie = newCookie();
  const flags = Array.from({ length: 30 }, (_, week) => [
    flagOfImage(cookie, (FIRST + week) as Week),
    flagOfImage(cookie, (FIRST + week) as Week),
  ]);
  assert.deepEqual(
    flags.map(([first]) => first),
    [1, ...Array(3).fill(2), ...Array(20).fill(3), ...Array(6).fill(4)],
  );
  assert.ok(flags.every(([, again]) => again === 0));
});

describe('how many weeks are counted', () => {
  const seed = Number(process.env.SEED ?? 20_260_105);
  const shares = [0.4, 2 / 3, 0.8, 1, 1, 1];
  for (const [index, expected] of shares.entries()) {
    const requests = index + 1;
    test(`${requests} a week: ${Math.round(expected * 100)} % (seed ${seed})`, (t) => {
      const counted = countedShare(requests, seed);
      t.diagnostic(`seed ${seed}: ${(counted * 100).toFixed(2)} %`);
      assert.ok(Math.abs(counted - expected) < 0.01, `${counted} instead of ${expected}; repeat with SEED=${seed}`);
    });
  }
});

function countedShare(requestsPerWeek: number, seed: number): number {
  const random = createRandom(seed);
  const systems = 1000;
  const settling = 10;
  const weeks = 60;
  let counted = 0;
  for (let system = 0; system < systems; system += 1) {
    const cookie = newCookie();
    for (let week = 0; week < settling + weeks; week += 1) {
      let flags = 0;
      for (let request = 0; request < requestsPerWeek; request += 1) {
        if (flagOf(cookie, (FIRST + week) as Week, random) > 0) flags += 1;
      }
      assert.ok(flags <= 1, 'at most one flag a week');
      if (week >= settling) counted += flags;
    }
  }
  return counted / (systems * weeks);
}
