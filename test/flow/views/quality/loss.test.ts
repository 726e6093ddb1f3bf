import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mondayOf, type Week } from '../../../../src/flow/sightings/week.ts';
import { weekOfDay } from '../../../../src/flow/views/publication/week-name.ts';
import { undeclaredLoss } from '../../../../src/flow/views/quality/loss.ts';
import { FEDORA_DATABASE, rowsOf, skipWithoutFedora } from '../../../support/fedora-2020.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';

const WEEK = 2900 as Week;
const seed = testSeed();

/** Check-ins of five repositories in the week before, the week and the one after, as percentages of a usual one. */
function lossOf(before: number[], now: number[], after: number[], usual = 10_000): number | undefined {
  const weeks = [before, now, after].map(
    (shares) => new Map(shares.map((share, i) => [`repo-${i}`, (share * usual) / 100])),
  );
  return undeclaredLoss(WEEK, (week) => weeks[week - WEEK + 1]);
}

function fedoraWeeks(): Map<Week, Map<string, number>> {
  const weeks = new Map<Week, Map<string, number>>();
  for (const [hits, week, , , , , , tag] of rowsOf(FEDORA_DATABASE)) {
    const sums = weeks.get(Number(week) as Week) ?? new Map<string, number>();
    sums.set(String(tag), (sums.get(String(tag)) ?? 0) + Number(hits));
    weeks.set(Number(week) as Week, sums);
  }
  return weeks;
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

  test('J4: a loss in the week of a release: old repositories empty, new ones fill, and all have lost two lines in five', () => {
    const names = ['baseos', 'appstream', 'extras', 'crb', 'epel'];
    const releaseWeek = (kept: number) => {
      const weeks = [
        [100, 1],
        [70, 45],
        [50, 60],
      ].map(([old, fresh], at) => {
        const share = 10 * (at === 1 ? kept : 1);
        return new Map(
          names.flatMap((name, i): [string, number][] => [
            [`${name}-9`, old! * share * (100 - i)],
            [`${name}-10`, fresh! * share * (100 + i)],
          ]),
        );
      });
      return undeclaredLoss(WEEK, (week) => weeks[week - WEEK + 1]);
    };
    assert.equal(releaseWeek(1), undefined);
    assert.ok(Math.abs(releaseWeek(0.6)! - 0.65) < 0.02, String(releaseWeek(0.6)));
  });

  test('J4: the week before a leap is no loss', () => {
    assert.equal(lossOf(USUAL, [97, 98, 99, 98, 97], [300, 300, 300, 300, 300]), undefined);
  });

  test('J4: Fedora 2020: of the week of Fedora 33 two lines in five are missing, whichever', {
    skip: skipWithoutFedora,
  }, () => {
    const weeks = fedoraWeeks();
    const release = weekOfDay('2020-10-26');
    const random = seededRandom(seed);
    const thinned = (hits: ReadonlyMap<string, number>) =>
      new Map(
        [...hits].map(([tag, count]) => {
          let kept = 0;
          for (let line = 0; line < count; line++) if (random.chance(0.6)) kept++;
          return [tag, kept];
        }),
      );
    const lost = thinned(weeks.get(release)!);
    const left = undeclaredLoss(release, (week) => (week === release ? lost : weeks.get(week)));
    assert.ok(left !== undefined && left > 0.6 && left < 0.75, String(left));
  });

  test('Fedora 2020: exactly the weeks of 2020-05-25 and 2020-06-08', { skip: skipWithoutFedora }, () => {
    const weeks = fedoraWeeks();
    const found = [...weeks.keys()]
      .sort()
      .filter((week) => undeclaredLoss(week, (other) => weeks.get(other)) !== undefined);
    assert.deepEqual(found.map(mondayOf), ['2020-05-25', '2020-06-08']);
  });
});
