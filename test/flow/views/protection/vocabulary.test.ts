import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import { namesFor } from '../../../../src/flow/views/protection/vocabulary.ts';

const NOW = 2900 as Week;

/** Systems of one name in each of the last weeks, this one last; 0: nobody said it. */
function isNamed(systems: readonly number[], { known = false, networks = 3 as number | undefined } = {}): boolean {
  const first = NOW - systems.length + 1;
  const seen = systems.map((count, i): [Week, Map<string, { systems: number; networks: number | undefined }>] => [
    (first + i) as Week,
    new Map(count === 0 ? [] : [['Tern', { systems: count, networks }]]),
  ]);
  const rule = { k: 10, networks: 3, known: new Set(known ? ['Tern'] : []) };
  return namesFor(NOW, new Map(seen), rule).has('Tern');
}

describe('F07: names that are shown', () => {
  const table: [string, boolean, boolean][] = [
    ['four good weeks of six', isNamed([10, 0, 10, 10, 9, 10]), true],
    ['three good weeks of six', isNamed([10, 0, 10, 9, 9, 10]), false],
    ['the week before the six does not help', isNamed([10, 10, 0, 10, 9, 9, 10]), false],
    ['never in a week in which it fails itself', isNamed([10, 10, 10, 10, 10, 9]), false],
    ['never in a week without it', isNamed([10, 10, 10, 10, 10, 0]), false],
    ['a known name at once', isNamed([10], { known: true }), true],
    ['but not with fewer than k systems', isNamed([90, 90, 90, 90, 90, 9], { known: true }), false],
    ['nor from fewer than three networks', isNamed([900], { known: true, networks: 2 }), false],
    ['a fleet in two networks, however large', isNamed([900, 900, 900, 900, 900, 900], { networks: 2 }), false],
    ['networks that nobody counted are enough', isNamed([10, 10, 10, 10], { networks: undefined }), true],
  ];
  for (const [name, actual, expected] of table) test(name, () => assert.equal(actual, expected));
});
