import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countByField, totalOf } from '../../../../src/flow/views/protection/one-field.ts';

const K = 5;
const RULE = { k: K, networks: 3 };
const AGES = {
  name: 'age',
  nameIn: ([age]: readonly string[]) => age!,
  isKnown: () => true,
  isTurned: () => false,
  together: (age: string) => (age === '1' ? undefined : 'established'),
  nameOfRest: 'withheld',
};
const NUMBERS = Array.from({ length: 14 }, (_, systems) => systems);

test('R3: the established together are less than k away from the truth, of every small fleet', () => {
  for (const isTurned of [false, true])
    for (const one of NUMBERS)
      for (const two of NUMBERS)
        for (const three of NUMBERS)
          for (const four of [0, 3, 7, 12]) {
            const fleet = [one, two, three, four];
            if (one + two + three + four >= 5 * K) assertRight(fleet, isTurned);
          }
});

/** An age too small for a row is one of the established, unless there is a number for what is withheld. */
function assertRight(fleet: readonly number[], isTurned: boolean): void {
  const cells = fleet.flatMap((systems, at) =>
    systems === 0 ? [] : [{ dimensions: [String(at + 1)], systems, networks: undefined }],
  );
  const total = totalOf(cells, K, isTurned);
  const rows = countByField(cells, AGES, total, RULE);
  const numberOf = (age: string) => rows.find(({ dimensions }) => dimensions[1] === age)?.systems ?? 0;
  const withheld = numberOf('withheld');
  const [truth, small] = [fleet.slice(1), fleet.filter((systems) => systems < K)];
  const expected = sum(withheld === 0 ? truth : truth.filter((systems) => systems >= K));
  const found = sum(['2', '3', '4'].map(numberOf));
  assert.ok(Math.abs(found - expected) < K, `${fleet}: ${found} established of ${expected}`);
  assert.ok(Math.abs(withheld - sum(small)) < K, `${fleet}: ${withheld} withheld of ${sum(small)}`);
  assert.equal(sum(rows.map(({ systems }) => systems)), total, `${fleet}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
