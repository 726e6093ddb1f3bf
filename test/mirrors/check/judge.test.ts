import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import type { Reachability, RepositoryHealth } from '../../../src/mirrors/catalogue.ts';
import { awaitsSecondLook, isGood, nextHealth, nextReachability } from '../../../src/mirrors/check/judge.ts';
import { timeText } from '../../../src/mirrors/check/time-text.ts';
import { type History, remember, replacedAt } from '../../../src/mirrors/check/truth.ts';
import { type Judgement, judge } from '../../../src/mirrors/check/verdict.ts';
import { after, HOUR, NOW } from '../../support/mirror-world.ts';

/** fast-check prints the seed with what fails; this one is for everybody the same. */
const OPTIONS = { seed: 20_261_121, numRuns: 500 };

const VERDICTS = ['current', 'previous', 'stale', 'missing', 'unreachable', 'broken'] as const;
const verdict = fc.constantFrom(...VERDICTS);

function histories(verdicts: readonly Judgement['verdict'][]): RepositoryHealth[] {
  const seen: RepositoryHealth[] = [];
  for (const [at, next] of verdicts.entries())
    seen.push(nextHealth(seen.at(-1), { verdict: next, reason: next }, after(at * 900)));
  return seen;
}

describe('two failures drop, one success brings back', () => {
  test('whoever has what is allowed is listed at once', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1 }), (verdicts) => {
        for (const health of histories(verdicts)) if (isGood(health)) assert.ok(health.isListed);
      }),
      OPTIONS,
    );
  });

  test('a single failure between successes drops nobody', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 2 }), (verdicts) => {
        const seen = histories(verdicts);
        for (const [at, health] of seen.entries())
          if (at > 0 && !isGood(health) && isGood(seen[at - 1]!)) assert.ok(health.isListed);
      }),
      OPTIONS,
    );
  });

  test('two failures in a row drop, whatever they are; nothing but a success lists again', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 2 }), (verdicts) => {
        const seen = histories(verdicts);
        for (const [at, health] of seen.entries()) {
          if (at > 0 && !isGood(health) && !isGood(seen[at - 1]!)) assert.ok(!health.isListed);
          if (at > 0 && health.isListed && !seen[at - 1]!.isListed) assert.ok(isGood(health));
        }
      }),
      OPTIONS,
    );
  });

  test('failures are those in a row; since is when the verdict began; one failure of a listed mirror is looked at again', () => {
    fc.assert(
      fc.property(fc.array(verdict, { minLength: 1 }), (verdicts) => {
        for (const [at, health] of histories(verdicts).entries()) {
          const lastGood = verdicts.slice(0, at + 1).findLastIndex((one) => isGood({ verdict: one }));
          assert.equal(health.failures, at - lastGood);
          const began = verdicts.slice(0, at + 1).findLastIndex((one) => one !== health.verdict) + 1;
          assert.equal(health.since, timeText(after(began * 900)));
          assert.equal(awaitsSecondLook(health), health.isListed && health.failures === 1);
        }
      }),
      OPTIONS,
    );
  });

  test('the ways to a mirror follow the same rule, and what cannot be told changes nothing', () => {
    const doors = fc.array(fc.constantFrom('open', 'closed', 'unknown'), { minLength: 1 });
    fc.assert(
      fc.property(doors, (kinds) => {
        let last: Reachability | undefined;
        let inRow = 0;
        for (const kind of kinds) {
          const next = nextReachability(last, kind === 'closed' ? { kind, reason: 'why' } : { kind }, NOW);
          if (kind === 'unknown') assert.equal(next, last);
          if (kind === 'open') assert.equal(next?.ok, true);
          if (kind === 'closed') assert.equal(next?.ok, last?.ok === true && inRow === 0);
          inRow = kind === 'open' ? 0 : kind === 'closed' ? inRow + 1 : inRow;
          last = next;
        }
        assert.equal(nextReachability(last, { kind: 'none' }, NOW), undefined);
      }),
      OPTIONS,
    );
  });
});

const metadata = (label: string, timestamp: number | undefined) => ({
  sha256: label.repeat(64).slice(0, 64),
  sha512: label.repeat(128).slice(0, 128),
  size: 3000,
  timestamp,
});

describe('what the master had', () => {
  const day = 24 * HOUR;

  test('newest first; the newest stays however old, the others for a week after they were replaced', () => {
    let history: History = remember([], metadata('a', 1), NOW);
    assert.equal(remember(history, metadata('a', 1), after(900 * day)).length, 1);
    history = remember(history, metadata('b', 2), after(100 * day));
    assert.deepEqual(
      history.map(({ sha256 }) => sha256[0]),
      ['b', 'a'],
    );
    assert.equal(replacedAt(history, 1), after(100 * day));
    assert.equal(remember(history, metadata('b', 2), after(107 * day)).length, 2);
    assert.equal(remember(history, metadata('b', 2), after(108 * day)).length, 1);
  });

  test('after a rollback the old is the newest again, and is there once', () => {
    let history: History = [];
    for (const [at, label] of ['a', 'b', 'a'].entries())
      history = remember(history, metadata(label, 5), after(at * HOUR));
    assert.deepEqual(
      history.map(({ sha256, firstSeen }) => [sha256[0], firstSeen]),
      [
        ['a', timeText(after(2 * HOUR))],
        ['b', timeText(after(HOUR))],
      ],
    );
  });

  test('whatever a master does: never empty, never twice the same, in the order of time, and bounded', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...'abcdefgh'), fc.nat(3 * day)), { minLength: 1 }), (steps) => {
        let history: History = [];
        let now: EpochSeconds = NOW;
        for (const [label, seconds] of steps) {
          now = (now + seconds) as EpochSeconds;
          history = remember(history, metadata(label, undefined), now);
          assert.equal(history[0]!.sha256[0], label);
          assert.equal(new Set(history.map(({ sha256 }) => sha256)).size, history.length);
          const times = history.map(({ firstSeen }) => firstSeen);
          assert.deepEqual(times, times.toSorted().reverse());
        }
        assert.ok(history.length <= 50);
      }),
      OPTIONS,
    );
  });

  test('a verdict never improves while nothing changes but the time', () => {
    const history = [...'cba'].map((label, at) => ({
      ...metadata(label, NOW - at * day),
      timestamp: NOW - at * day,
      firstSeen: timeText(after(-at * day)),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...'abcx'), fc.nat(20 * day), fc.nat(20 * day), (label, first, more) => {
        const at = (seconds: number) =>
          judge(
            { kind: 'found', sha256: metadata(label, 0).sha256, timestamp: NOW - 9 * day },
            { history, isFresh: true, allowedOutdate: 12 * HOUR, behind: undefined, now: after(seconds) },
          )!.verdict;
        assert.ok(VERDICTS.indexOf(at(first + more)) >= VERDICTS.indexOf(at(first)));
      }),
      OPTIONS,
    );
  });
});
