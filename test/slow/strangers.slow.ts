import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Highs } from 'highs';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { testSeed } from '../support/random.ts';
import { publishSmallVault } from '../support/random-vaults.ts';
import { workedOutByAStranger } from '../support/stranger.ts';

const VAULTS = Number(process.env['ROLLCALL_TEST_VAULTS'] ?? 10_000);

test('R7 R6: a stranger works out no small group of ten thousand small vaults', async (context) => {
  const seed = testSeed();
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const solver = await loadSolver();
  const loaded = await import('highs');
  const highs = await (loaded.default as unknown as () => Promise<Highs>)();
  let [weeks, groups] = [0, 0];
  for (let number = 0; number < VAULTS; number++) {
    const revisions = publishSmallVault(seed + number, solver);
    weeks += revisions.length;
    const found = workedOutByAStranger(highs, revisions, () => ++groups > 0);
    assert.deepEqual(found, [], `vault ${seed + number}`);
  }
  context.diagnostic(`${weeks} weeks and revisions, ${groups} small groups`);
});
