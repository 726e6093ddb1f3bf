import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rulesOf } from '../../../src/commands/distribution.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { takeCensus } from '../../../src/flow/views/census.ts';
import { lossBeforeRelease } from '../../../src/flow/views/quality/early-loss.ts';
import { undeclaredLoss } from '../../../src/flow/views/quality/loss.ts';
import { CAPTURE } from '../../../src/flow/website/pages/methodology.ts';
import {
  flagOf,
  type Habits,
  habitsOf,
  type IndependentKind,
  type IndependentWeek,
  independentWeeks,
} from '../../support/independent-fleet.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';

const seed = testSeed();
const FIRST = 2900 as Week;
const rules = rulesOf('almalinux');

interface Measured {
  /** Of the truth. */
  missing: number;
  /** Of the census. */
  disagreement: number;
  isAround: boolean;
}

function measure({ week, truth, cells }: IndependentWeek): Measured {
  const { systems, low, high } = takeCensus(week, cells, rules);
  return {
    missing: 1 - systems / truth,
    disagreement: (high - low) / systems,
    isAround: low <= truth && truth <= high,
  };
}

function weeksOf(
  fleet: readonly { habits: Habits; count: number }[],
  weeks: number,
  upgrading = 0,
  more = 0,
): Measured[] {
  const random = seededRandom(seed + more);
  return independentWeeks(fleet, { first: FIRST, weeks, random, upgrading }).map(measure);
}

function missingOf(kind: IndependentKind, change: Partial<Habits> = {}): number {
  const found = weeksOf([{ habits: { ...habitsOf(kind), ...change }, count: 1500 }], 4);
  return found.reduce((sum, { missing }) => sum + missing, 0) / found.length;
}

function byTag(cells: IndependentWeek['cells']): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { request, hits } of cells) sums.set(request.repoTag, (sums.get(request.repoTag) ?? 0) + hits);
  return sums;
}

function thinned(hits: number, share: number, random: Random): number {
  return Array.from({ length: hits }, () => random.chance(share)).filter((isKept) => isKept).length;
}

/** What is said of numbers on the site, on a fleet that nobody made for it. */
describe(`an independent fleet (seed ${seed})`, () => {
  test('M6: how likely a system is counted depends on how often it asks, as the methodology has it', () => {
    const random = seededRandom(seed);
    for (const [requests, share] of CAPTURE) {
      let counted = 0;
      const systems = 4_000;
      for (let system = 0; system < systems; system++) {
        const memory = { toSpend: 0, counted: -1, since: -1 };
        for (let week = 0; week < 20; week++) {
          for (let request = 0; request < requests; request++) {
            if (flagOf(memory, (FIRST + week) as Week, random) !== undefined && week === 19) counted++;
          }
        }
      }
      assert.ok(Math.abs(counted / systems - share) < 0.04, `${requests} a week: ${counted / systems}`);
    }
  });

  test('M6: outside of release weeks there are more systems than the number says, in every mix', () => {
    const random = seededRandom(seed + 1);
    const kinds: readonly IndependentKind[] = [
      ...(['fedoraLikeServer', 'slowServer', 'neglectedServer'] as const),
      ...(['officeLaptop', 'kitchenLaptop', 'buildMachine'] as const),
    ];
    let [weeks, around] = [0, 0];
    for (let mix = 0; mix < 10; mix++) {
      const fleet = kinds.map((kind) => ({
        habits: { ...habitsOf(kind), silent: random.below(40) },
        count: random.below(250),
      }));
      for (const { missing, isAround } of weeksOf(fleet, 8, 0, mix)) {
        assert.ok(missing >= 0, `mix ${mix}: ${missing}`);
        weeks++;
        if (isAround) around++;
      }
    }
    assert.ok(around < weeks / 10, `the truth lay between low and high in ${around} of ${weeks} weeks`);
  });

  test('M6: who asks seldom is missed most, and of what lives for hours more than half is', () => {
    const [server, laptop, rarely, builds, byHand] = [
      missingOf('fedoraLikeServer'),
      missingOf('officeLaptop'),
      missingOf('kitchenLaptop'),
      missingOf('buildMachine'),
      missingOf('neglectedServer'),
    ] as [number, number, number, number, number];
    assert.ok(server < 0.06, `servers: ${server}`);
    assert.ok(laptop > server && laptop < 0.35, `laptops: ${laptop}`);
    assert.ok(rarely > laptop && rarely > 0.3 && rarely < 0.7, `laptops that are seldom on: ${rarely}`);
    assert.ok(builds > 0.5, `build machines: ${builds}`);
    assert.ok(byHand > 0.5, `servers that are updated by hand: ${byHand}`);
  });

  test('M6: systems that never ask are missing, all of them, and repositories agree as well as before', () => {
    const slow = (silent: number) => weeksOf([{ habits: { ...habitsOf('slowServer'), silent }, count: 2000 }], 3);
    const [all, half] = [slow(0), slow(50)];
    for (const [n, { missing, disagreement }] of half.entries()) {
      assert.ok(Math.abs(missing - (0.5 + all[n]!.missing / 2)) < 0.05, String(missing));
      assert.ok(disagreement < 0.1, String(disagreement));
    }
  });

  test('J4: two lines in five are lost in the week of a release, and found; without a loss none is', () => {
    const fleet = (['fedoraLikeServer', 'slowServer', 'officeLaptop'] as const).map((kind) => {
      return { habits: habitsOf(kind), count: 700 };
    });
    const random = seededRandom(seed + 2);
    const weeks = independentWeeks(fleet, { first: FIRST, weeks: 5, random, upgrading: 30, upgradingIn: 2 });
    const tags = new Map(weeks.map(({ week, cells }) => [week, byTag(cells)]));
    const judged = (week: Week, hits = tags.get(week)) =>
      undeclaredLoss(week, (other) => (other === week ? hits : tags.get(other)));
    for (const { week } of weeks) assert.equal(judged(week), undefined, String(week - FIRST));
    for (const number of [1, 2, 3]) {
      const week = (FIRST + number) as Week;
      const kept = new Map([...tags.get(week)!].map(([tag, hits]) => [tag, thinned(hits, 0.6, random)]));
      const left = judged(week, kept);
      assert.ok(left !== undefined && left > 0.5 && left < 0.85, `week ${number}: ${left}`);
    }
  });

  test('J4, J5: one line in five is lost in the newest week, that of a release, and found; without a loss none is', () => {
    const fleet = (['fedoraLikeServer', 'slowServer', 'officeLaptop', 'buildMachine'] as const).map((kind) => {
      return { habits: habitsOf(kind), count: 500 };
    });
    const random = seededRandom(seed + 3);
    let found = 0;
    for (const upgrading of [5, 15, 30, 50]) {
      const upgradingFrom = random.pick([0, 14, 38, 86]);
      const weeks = independentWeeks(fleet, {
        first: FIRST,
        weeks: 5,
        random,
        upgrading,
        upgradingIn: 4,
        upgradingFrom,
      });
      const tags = new Map(weeks.map(({ week, cells }) => [week, byTag(cells)]));
      const release = weeks.at(-1)!;
      const left = (share: number) => {
        const own = release.hours.map((hits) => thinned(hits, share, random));
        const hoursOf = (week: Week) =>
          week === release.week ? own : weeks.find((other) => other.week === week)?.hours;
        return lossBeforeRelease(release.week, { hitsOf: (week) => tags.get(week), hoursOf });
      };
      assert.equal(left(1), undefined, `${upgrading} % upgrade from hour ${upgradingFrom} on`);
      const kept = left(0.8);
      if (kept !== undefined && kept > 0.7) found++;
    }
    assert.ok(found >= 2, `${found} of 4`);
  });

  test('M6: in the week of a release those that upgrade can count twice', () => {
    const fleet = [{ habits: habitsOf('fedoraLikeServer'), count: 2000 }];
    const [before, release] = weeksOf(fleet, 2, 40) as [Measured, Measured];
    assert.ok(release.missing < before.missing - 0.05, `${before.missing} and ${release.missing}`);
  });
});
