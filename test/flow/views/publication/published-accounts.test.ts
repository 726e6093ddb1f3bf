import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesOf } from '../../../../src/commands/distribution.ts';
import type { Week } from '../../../../src/flow/sightings/week.ts';
import { accountSums } from '../../../../src/flow/views/publication/published-accounts.ts';
import { WITHHELD } from '../../../../src/flow/views/publication/tables.ts';

const K = 10;

function table(rows: readonly (readonly [dimensions: readonly string[], systems: number])[]) {
  return { k: K, rows: rows.map(([dimensions, systems]) => ({ dimensions, systems, members: [] })), dropped: [] };
}

test('M7: a published row that has lost its version is of no other release: nobody knows of which it is', () => {
  const checkIns = table([
    [['AlmaLinux', '9', 'generic', 'x86_64', '3', 'appstream-9', ''], 300],
    [['AlmaLinux', '9.withheld', 'generic', 'x86_64', '3', 'appstream-9', ''], 80],
    [['AlmaLinux', '8', 'generic', 'x86_64', '3', 'appstream-9', ''], 50],
    [['AlmaLinux', WITHHELD, WITHHELD, 'x86_64', '3', 'appstream-9', ''], 20],
    [['AlmaLinux', WITHHELD, WITHHELD, 'x86_64', '3', 'unknown', ''], 40],
  ]);
  const tables = { systems: table([]), checkIns, countries: table([]), margins: undefined, band: undefined };
  const content = { tables, totals: undefined, tagsLabelled: true as const };
  const sums = accountSums(2900 as Week, content, rulesOf('almalinux'));
  assert.deepEqual(
    Object.entries(sums!)
      .filter(([, hits]) => hits > 0)
      .sort(),
    [
      ['cross-release', 50],
      ['crosscheck', 380],
      ['hidden', 20],
      ['unknown', 40],
    ],
  );
});
