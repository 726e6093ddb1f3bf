import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { simulate } from '../../../src/fleet/simulate.ts';
import { COMBINED } from '../../../src/flow/requests/format.ts';
import { mondayOf, type Week } from '../../../src/flow/sightings/week.ts';
import { Workplace } from '../../support/command-line.ts';
import { hostileLog, OWN_PATHS } from '../../support/hostile-log.ts';
import { type Counts, countByOracle, rowsOfTotals } from '../../support/oracle.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { NOW, type Reading, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function sorted(rows: Map<string, number>): [string, number][] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A reading in the oracle's words: clients and countries summed. */
function countsOf({ tally }: Reading): Counts {
  const { candidates, counted, rejections, cells, systems, requests } = tally;
  const counts: Counts = { candidates, counted, rejected: {}, rows: new Map() };
  for (const { reason, count } of rejections) counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count;
  cells.hits.forEach((hits, i) => {
    const { osName, osVersion, osVariant, osArch } = systems[cells.system[i]!]!;
    const { age, repoTag, repoArch } = requests[cells.request[i]!]!;
    const monday = mondayOf(cells.week[i] as Week);
    const key = JSON.stringify([monday, osName, osVersion, osVariant, osArch, String(age), repoTag, repoArch]);
    counts.rows.set(key, (counts.rows.get(key) ?? 0) + hits);
  });
  return counts;
}

function assertSameCounts(actual: Counts, expected: Counts, message: string): void {
  assert.deepEqual({ ...actual, rows: sorted(actual.rows) }, { ...expected, rows: sorted(expected.rows) }, message);
}

test('C1 C2 X1 a simulated fleet: the totals are those of an oracle written from SPEC.md alone', async (context) => {
  const out = temporaryFolder(context);
  const truth = await simulate({ out, systems: 300, weeks: 3, firstWeek: 2900 as Week, seed: 5 });
  const place = new Workplace(context);
  const logs = globSync(join(out, 'mirror*/*')).sort();
  const run = await place.ingest(logs);
  const rows = new Map<string, number>();
  for (const [i, log] of logs.entries()) {
    const expected = countByOracle(readFileSync(log), NOW);
    const { candidates, counted, rejected } = run.logs[i]!;
    const { rows: logRows, ...sums } = expected;
    assert.deepEqual({ candidates, counted, rejected }, sums);
    for (const [key, hits] of logRows) rows.set(key, (rows.get(key) ?? 0) + hits);
  }
  assert.deepEqual(sorted(rowsOfTotals(await place.totals())), sorted(rows));
  const counted = truth.weeks.reduce((sum, week) => sum + week.checkIns.counted, 0);
  assert.equal(
    [...rows.values()].reduce((sum, hits) => sum + hits, 0),
    counted,
  );
});

test('C1 C2 U6 hostile logs: both readers count what the oracle counts', (context) => {
  const seed = testSeed();
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  for (let log = 0; log < 12; log++) {
    const bytes = hostileLog(random, 2_000);
    const rules = { ...RULES, paths: random.chance(0.3) ? OWN_PATHS : [] };
    const expected = countByOracle(bytes, NOW, rules.paths);
    const message = `ROLLCALL_TEST_SEED=${seed}, log ${log}`;
    assertSameCounts(countsOf(readWithReference(bytes, undefined, COMBINED, rules)), expected, `${message}, reference`);
    assertSameCounts(countsOf(readWithKernel(bytes, undefined, rules)), expected, `${message}, kernel`);
  }
});
