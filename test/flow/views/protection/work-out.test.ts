import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundsInSum } from '../../../../src/flow/views/protection/bounds.ts';
import { loadSolver, type Program } from '../../../../src/flow/views/protection/solver.ts';
import { ContradictionError, workOut } from '../../../../src/flow/views/protection/work-out.ts';
import { testSeed } from '../../../support/random.ts';

const seed = testSeed();
const solver = await loadSolver();

/** True counts with what is known of them beforehand, so that no program contradicts itself. */
const someCount = fc.record({ truth: fc.nat(12), below: fc.nat(6), above: fc.oneof(fc.nat(6), fc.constant(Infinity)) });

const someProgram: fc.Arbitrary<{ program: Program; truths: number[] }> = fc
  .tuple(
    fc.array(someCount, { minLength: 1, maxLength: 7 }),
    fc.array(
      fc.record({ signs: fc.array(fc.constantFrom(0, 1, 1, -1), { minLength: 7, maxLength: 7 }), slack: fc.nat(4) }),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([counts, sums]) => ({
    truths: counts.map(({ truth }) => truth),
    program: {
      counts: counts.map(({ truth, below, above }) => ({ least: Math.max(0, truth - below), most: truth + above })),
      sums: sums.map(({ signs, slack }) => {
        const having = (sign: number) => counts.flatMap((_, i) => (signs[i] === sign ? [i] : []));
        const [plus, minus] = [having(1), having(-1)];
        const value =
          plus.reduce((sum, i) => sum + counts[i]!.truth, 0) - minus.reduce((sum, i) => sum + counts[i]!.truth, 0);
        return { plus, minus, least: value - slack, most: value + slack };
      }),
    },
  }));

describe(`bounds from sums (seed ${seed})`, () => {
  test('of one sum, the closed form is what the solver finds', () => {
    const part = fc.record({
      least: fc.nat(4),
      width: fc.oneof(fc.nat(9), fc.constant(Infinity)),
      count: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.nat(100), fc.nat(10), (drawn, share, width) => {
        const parts = drawn.map(({ least, width, count }) => ({ least, most: least + width, count }));
        const range = (end: 'least' | 'most') => parts.reduce((sum, one) => sum + one[end] * one.count, 0);
        const least = Math.round(range('least') + (Math.min(range('most'), 200) - range('least')) * (share / 100));
        const sum = { least, most: least + width };
        const counts = parts.flatMap((one) =>
          Array.from({ length: one.count }, () => ({ least: one.least, most: one.most })),
        );
        const all = [...counts.keys()];
        const solved = solver.ranges({ counts, sums: [{ plus: all, minus: [], ...sum }] }, all)!;
        const closed = boundsInSum(sum, parts).flatMap((bounds, i) =>
          Array.from({ length: parts[i]!.count }, () => bounds),
        );
        assert.deepEqual(
          solved.map(({ least, most }) => ({ least: Math.round(least), most: Math.round(most) })),
          closed,
        );
      }),
      { seed },
    );
  });

  test('of many, taken apart and by classes, they are what the solver finds of the whole', () => {
    fc.assert(
      fc.property(someProgram, ({ program }) => {
        const whole = solver.ranges(program, [...program.counts.keys()])!;
        const expected = whole.map(({ least, most }) => ({
          least: Math.max(0, Math.ceil(least - 1e-6)),
          most: Math.floor(most + 1e-6),
        }));
        assert.deepEqual(workOut(program, solver), expected);
      }),
      { seed },
    );
  });

  test('the truth is always within', () => {
    fc.assert(
      fc.property(someProgram, ({ program, truths }) => {
        const bounds = workOut(program, solver);
        assert.ok(truths.every((truth, i) => bounds[i]!.least <= truth && truth <= bounds[i]!.most));
      }),
      { seed },
    );
  });

  test('O12: a ray without an end, on which the solver itself gives up, is no bound', () => {
    const counts = [0, Infinity, Infinity].map((most) => ({ least: 0, most }));
    const program = { counts, sums: [{ plus: [], minus: [1], least: -1, most: 1 }] };
    assert.deepEqual(
      solver.ranges(program, [0, 1, 2])!.map(({ most }) => most),
      [0, 1, Infinity],
    );
  });

  test('what cannot be is an error', () => {
    const counts = [
      { least: 0, most: 9 },
      { least: 0, most: 9 },
    ];
    const tooMuch = { plus: [0, 1], minus: [], least: 19, most: 20 };
    assert.throws(() => workOut({ counts, sums: [tooMuch] }, solver), ContradictionError);
    const both = [
      { plus: [0, 1], minus: [], least: 12, most: 12 },
      { plus: [0], minus: [1], least: 9, most: 9 },
      { plus: [1], minus: [], least: 4, most: 9 },
    ];
    assert.throws(() => workOut({ counts, sums: both }, solver), ContradictionError);
  });
});
