import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Highs } from 'highs';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { workedOutFromRows } from '../support/outsider.ts';
import { seededRandom, testSeed } from '../support/random.ts';
import { publishSmallVault } from '../support/random-vaults.ts';
import { workedOutByAStranger } from '../support/stranger.ts';

const VAULTS = Number(process.env['ROLLCALL_TEST_VAULTS'] ?? 10_000);
/** Of groups without a row, how many the second audit is asked for: it solves each from scratch, and the first asks for all. */
const SHARE = 0.2;

test('R7 R6: two audits work out no small group of ten thousand small vaults, and agree where nobody was asked', async (context) => {
  const seed = testSeed();
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const solver = await loadSolver();
  const loaded = await import('highs');
  const highs = await (loaded.default as unknown as () => Promise<Highs>)();
  // A group that only another revision has may be seen to have hardly any: there is nobody in it to protect.
  const isSmall = ({ systems }: { systems: number }) => systems > 0 && systems < 10;
  const random = seededRandom(seed);
  let [weeks, groups, found] = [0, 0, 0];
  for (let number = 0; number < VAULTS; number++) {
    const vault = seed + number;
    const revisions = publishSmallVault(vault, solver);
    weeks += revisions.length;
    assert.deepEqual(workedOutFromRows(revisions, solver).filter(isSmall), [], `vault ${vault}`);
    const some = () => random.chance(SHARE) && ++groups > 0;
    const byStranger = workedOutByAStranger(highs, revisions, some);
    assert.deepEqual(byStranger.filter(isSmall), [], `vault ${vault}`);
    const open = publishSmallVault(vault, solver, () => []);
    const byRows = workedOutFromRows(open, solver);
    const known = new Set(byRows.map(({ name }) => name));
    const looked = new Map<string, boolean>();
    const texts = workedOutByAStranger(highs, open, (name) => {
      looked.set(name, looked.get(name) ?? (known.has(name) || random.chance(SHARE)));
      return looked.get(name)!;
    }).map(({ name, least, most }) => `${name}: ${least}..${most}`);
    assert.deepEqual(texts.sort(), byRows.map(({ text }) => text).sort(), `vault ${vault}, without a gate`);
    found += texts.length;
    if (number % 100 === 99) context.diagnostic(`${number + 1}: ${weeks} weeks, ${groups} groups, ${found} given away`);
  }
  context.diagnostic(`${weeks} weeks and revisions, ${groups} hidden groups; ${found} given away without a gate`);
});
