import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { spreadLabels } from '../../../../src/flow/website/charts/end-labels.ts';
import { mapSteps } from '../../../../src/flow/website/charts/map-steps.ts';
import { pinRows } from '../../../../src/flow/website/charts/pins.ts';
import { fitText, textWidth, wrapText } from '../../../../src/flow/website/charts/text-width.ts';

const SEED = 7;

describe('labels', () => {
  test(`do not cover each other, and keep their order (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 18 }), (wanted) => {
        const heights = spreadLabels(wanted, 8, 292);
        const order = wanted.map((_, n) => n).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
        for (const [place, n] of order.entries()) {
          if (place > 0) assert.ok(heights[n]! - heights[order[place - 1]!]! >= 16);
          assert.ok(heights[n]! >= 8 && heights[n]! <= 292);
        }
      }),
      { seed: SEED },
    );
  });

  test('pins of neighbouring weeks stand in rows', () => {
    assert.deepEqual(pinRows([10, 50, 52, 54, 200]), [0, 0, 1, 2, 0]);
  });

  test('a long name is cut with an ellipsis, a long title breaks', () => {
    assert.equal(fitText('short', 200, 12), 'short');
    const cut = fitText('a name of many words that never ends', 100, 12);
    assert.ok(cut.endsWith('…') && textWidth(cut, 12) <= 100);
    assert.deepEqual(wrapText('How many systems check in each week?', 150, 12, 2), [
      'How many systems',
      'check in each week?',
    ]);
    assert.equal(wrapText('毎週何台のシステムが確認しますか', 60, 12, 9).length, 4);
    assert.deepEqual(wrapText('', 60, 12, 2), []);
  });
});

describe('steps of a map', () => {
  test('hold about as many countries each, and say their least and most', () => {
    const { steps } = mapSteps([1, 2, 3, 4, 5, 6, 7, 8, 9, 1000]);
    assert.deepEqual(steps, [
      { step: 0, least: 1, most: 2 },
      { step: 1, least: 3, most: 4 },
      { step: 2, least: 5, most: 6 },
      { step: 3, least: 7, most: 8 },
      { step: 4, least: 9, most: 1000 },
    ]);
  });

  test('are fewer where there are fewer values', () => {
    assert.deepEqual(mapSteps([]).steps, []);
    assert.deepEqual(mapSteps([7, 7]).steps, [{ step: 2, least: 7, most: 7 }]);
    assert.deepEqual(
      mapSteps([7, 9]).steps.map(({ step }) => step),
      [0, 4],
    );
  });
});
