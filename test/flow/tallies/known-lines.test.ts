import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursOf } from '../../../src/flow/tallies/hour-marks.ts';
import type { KnownLines } from '../../../src/flow/tallies/known-lines.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { serverLines } from '../../support/recut.ts';
import { MONDAY } from '../../support/vault-logs.ts';

/** Some lines of some hours, all of others, and lines that are not there. */
function anyKnown(random: Random, hours: ReturnType<typeof hoursOf>): { known: KnownLines; lines: number } {
  const known: KnownLines = [];
  let lines = 0;
  for (const { hour, marks, seconds } of hours) {
    if (random.chance(0.3)) continue;
    if (random.chance(0.3)) {
      known.push({ hour, lines: 'all' });
      lines += marks.length;
      continue;
    }
    const places = [...marks.keys()].filter(() => random.chance(0.4));
    const strange = random.chance(0.3) ? [7] : [];
    known.push({
      hour,
      lines: {
        marks: Uint32Array.from([...places.map((place) => marks[place]!), ...strange]),
        seconds: Uint16Array.from([...places.map((place) => seconds[place]!), ...strange]),
      },
    });
    lines += places.length;
  }
  return { known, lines };
}

const seed = testSeed();
test(`C2 C6 G4: both readers leave out the same known lines, each of them once (seed ${seed})`, () => {
  for (let round = 0; round < 60; round++) {
    const random = seededRandom(seed + round);
    const lines = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 1 + random.below(800) });
    const log = Buffer.from(lines.map(({ text }) => text).join(''), 'latin1');
    const whole = readWithKernel(log).tally;
    const { known, lines: expected } = anyKnown(random, hoursOf(whole.marks));
    const cut = () => 1 + random.below(log.length);
    const kernel = readWithKernel(log, cut, RULES, known);
    const story = `seed ${seed + round}`;
    assert.deepEqual(comparable(kernel), comparable(readWithReference(log, cut, undefined, RULES, known)), story);
    assert.equal(kernel.tally.known, expected, story);
    assert.equal(kernel.tally.known + kernel.tally.counted, whole.counted, story);
  }
});
