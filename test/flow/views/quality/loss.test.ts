import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mondayOf, type Week } from '../../../../src/flow/sightings/week.ts';
import { undeclaredLoss } from '../../../../src/flow/views/quality/loss.ts';
import { FEDORA_DATABASE, rowsOf, skipWithoutFedora } from '../../../support/fedora-2020.ts';

const WEEK = 2900 as Week;

/** Check-ins of five repositories in the week before, the week and the one after, as percentages of a usual one. */
function lossOf(before: number[], now: number[], after: number[], usual = 10_000): number | undefined {
  const weeks = [before, now, after].map(
    (shares) => new Map(shares.map((share, i) => [`repo-${i}`, (share * usual) / 100])),
  );
  return undeclaredLoss(WEEK, (week) => weeks[week - WEEK + 1]);
}

const USUAL = [100, 100, 100, 100, 100];

describe('the detector of undeclared loss', () => {
  test('all repositories fall together: it answers what is left', () => {
    assert.equal(lossOf(USUAL, [60, 61, 59, 60, 62], USUAL), 0.6);
  });

  const silent: [string, number[], number[], number[]][] = [
    ['an ordinary week', USUAL, [101, 99, 100, 102, 100], USUAL],
    ['a small dip', USUAL, [90, 90, 91, 90, 89], USUAL],
    ['growth', USUAL, [150, 150, 150, 150, 150], [200, 200, 200, 200, 200]],
    ['decline, week by week', [100, 100, 100, 100, 100], [80, 80, 80, 80, 80], [64, 64, 64, 64, 64]],
    ['a release: old repositories empty, new ones fill', USUAL, [60, 65, 95, 150, 200], [40, 50, 95, 200, 300]],
    ['holidays: desktops stay off, servers do not', USUAL, [55, 60, 80, 98, 99], USUAL],
  ];
  for (const [what, before, now, after] of silent) {
    test(`is silent for ${what}`, () => {
      assert.equal(lossOf(before, now, after), undefined);
    });
  }

  test('is silent at the edges, with fewer than four repositories, and for numbers that rise and fall by chance', () => {
    const week = new Map(USUAL.map((share, i) => [`repo-${i}`, share * 100]));
    const low = new Map(USUAL.map((share, i) => [`repo-${i}`, share * 50]));
    assert.equal(
      undeclaredLoss(WEEK, (other) => [week, low][other - WEEK + 1]),
      undefined,
    );
    assert.equal(
      undeclaredLoss(WEEK, (other) => [low, week][other - WEEK]),
      undefined,
    );
    assert.equal(lossOf(USUAL.slice(2), [50, 50, 50], USUAL.slice(2)), undefined);
    assert.equal(lossOf(USUAL, [50, 50, 50, 50, 50], USUAL, 250), undefined);
  });

  test('a repository that is gone altogether is one that fell to nothing, not a reason to be silent', () => {
    assert.equal(lossOf(USUAL, [60, 60, 60, 60, 0], USUAL), 0.6);
  });

  test('Fedora 2020: exactly the weeks of 2020-05-25 and 2020-06-08', { skip: skipWithoutFedora }, () => {
    const weeks = new Map<Week, Map<string, number>>();
    for (const [hits, week, , , , , , tag] of rowsOf(FEDORA_DATABASE)) {
      const sums = weeks.get(Number(week) as Week) ?? new Map<string, number>();
      sums.set(String(tag), (sums.get(String(tag)) ?? 0) + Number(hits));
      weeks.set(Number(week) as Week, sums);
    }
    const found = [...weeks.keys()]
      .sort()
      .filter((week) => undeclaredLoss(week, (other) => weeks.get(other)) !== undefined);
    assert.deepEqual(found.map(mondayOf), ['2020-05-25', '2020-06-08']);
  });
});
