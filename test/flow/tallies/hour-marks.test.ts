import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LineMark } from '../../../src/flow/sightings/line-mark.ts';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import { hoursOf, isSampled, MarksByHour } from '../../../src/flow/tallies/hour-marks.ts';
import { LIMITS } from '../../../src/flow/tallies/numbering.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { type Line, serverLines } from '../../support/recut.ts';
import { MONDAY } from '../../support/vault-logs.ts';

const seed = testSeed();

interface Marked {
  hour: number;
  second: number;
  mark: number;
}

function anyMarks(random: Random): Marked[] {
  const hours = 1 + random.below(4);
  return Array.from({ length: random.below(20_000) }, () => ({
    hour: random.below(hours),
    second: random.chance(0.5) ? random.below(3) : random.below(3600),
    mark: random.chance(0.1) ? random.below(4) : random.below(2 ** 16) * 2 ** 16 + random.below(2 ** 16),
  }));
}

function gathered(marked: readonly Marked[], most: number): MarksByHour {
  const marks = new MarksByHour(most);
  for (const { hour, second, mark } of marked) marks.add((hour * 3600 + second) as EpochSeconds, mark as LineMark);
  return marks;
}

test(`G4: marks come out in the order of time, however they came, and of too many a sample (seed ${seed})`, () => {
  for (let round = 0; round < 60; round++) {
    const random = seededRandom(seed + round);
    const marked = anyMarks(random);
    const most = random.pick([100, 5_000, 10_000, LIMITS.marks]);
    const story = `seed ${seed + round}`;
    let level = 0;
    while (marked.filter(({ mark }) => isSampled(mark, level)).length > most) level++;
    const hours = hoursOf(gathered(marked, most).all());
    const expected = [...Map.groupBy(marked, ({ hour }) => hour)].sort(([a], [b]) => a - b);
    assert.equal(hours.length, expected.length, story);
    for (const [i, [hour, lines]] of expected.entries()) {
      const kept = lines
        .filter(({ mark }) => isSampled(mark, level))
        .sort((a, b) => a.second - b.second || a.mark - b.mark);
      const found = hours[i]!;
      assert.deepEqual([found.hour, found.lines, found.level], [hour, lines.length, level], story);
      assert.deepEqual(
        [...found.marks],
        kept.map(({ mark }) => mark),
        story,
      );
      assert.deepEqual(
        [...found.seconds],
        kept.map(({ second }) => second),
        story,
      );
    }
  }
});

/** Orders in which servers write, and in which logs are joined. */
const ORDERS: [name: string, reorder: (random: Random, lines: Line[]) => Line[]][] = [
  ['in order', (_, lines) => lines],
  ['nearly in order', (random, lines) => sortedBy(lines, ({ time }) => time + random.below(20))],
  ['of two servers behind each other', (_, lines) => [...lines.filter(isOdd), ...lines.filter((_, i) => !isOdd(_, i))]],
  ['backwards', (_, lines) => lines.toReversed()],
  ['in any order', (random, lines) => sortedBy(lines, () => random.below(2 ** 30))],
];

function isOdd(_line: Line, place: number): boolean {
  return place % 2 === 1;
}

function sortedBy(lines: readonly Line[], key: (line: Line) => number): Line[] {
  return lines
    .map((line) => ({ line, key: key(line) }))
    .sort((a, b) => a.key - b.key)
    .map(({ line }) => line);
}

for (const [name, reorder] of ORDERS) {
  test(`C6 G4: both readers find the same marks of busy hours, ${name} (seed ${seed})`, () => {
    const random = seededRandom(seed);
    const lines = serverLines(random, MONDAY, { servers: 1, days: 1, linesADay: 62_000 });
    const log = Buffer.from(
      reorder(random, lines)
        .map(({ text }) => text)
        .join(''),
      'latin1',
    );
    for (const marks of [LIMITS.marks, 9_000]) {
      const rules = { ...RULES, limits: { ...LIMITS, marks } };
      const kernel = readWithKernel(log, undefined, rules);
      assert.deepEqual(comparable(kernel), comparable(readWithReference(log, undefined, undefined, rules)));
      assert.ok(hoursOf(kernel.tally.marks).some(({ lines }) => lines > 4096));
    }
  });
}
