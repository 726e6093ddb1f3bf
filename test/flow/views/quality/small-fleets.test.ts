import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FLEETS, type FleetName } from '../../../../src/fleet/compositions.ts';
import { writeKnownWeeks } from '../../../../src/fleet/known-weeks.ts';
import { HOURS_PER_WEEK, type Week } from '../../../../src/flow/sightings/week.ts';
import { hourBitsByWeek } from '../../../../src/flow/vault/hours.ts';
import type { LogHours } from '../../../../src/flow/vault/vault.ts';
import { coverageByWeek } from '../../../../src/flow/views/quality/coverage.ts';
import { readWithKernel } from '../../../support/readers.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const FIRST = 2900 as Week;
const WEEKS = 7;
const folder = temporaryFolder();

/** Logs with check-ins and nothing else: the less there is in a log, the more it looks like one of which much is missing. */
async function hoursOf(fleet: FleetName, systems: number, seed: number): Promise<LogHours[]> {
  const path = join(folder, `${fleet}-${systems}-${seed}.log`);
  await writeKnownWeeks({ path, composition: FLEETS[fleet], systems, weeks: WEEKS, firstWeek: FIRST, seed });
  const { tally } = readWithKernel(readFileSync(path));
  const rate = tally.counted / tally.hoursCounted.length;
  return [...hourBitsByWeek(tally.hoursCounted)].map(([week, seen]) => ({ source: 'mirror', week, seen, rate }));
}

/** As they were known when so many weeks had been counted. */
function sharesAt(logs: readonly LogHours[], weeks: number): number[] {
  const coverage = coverageByWeek(
    logs.filter(({ week }) => week < FIRST + weeks),
    [],
  );
  return Array.from({ length: weeks }, (_, number) => coverage((FIRST + number) as Week));
}

function withoutDay(logs: readonly LogHours[], number: number, day: number): LogHours[] {
  return logs.map((log) => {
    if (log.week !== FIRST + number) return log;
    const seen = log.seen.slice();
    for (let hour = 0; hour < HOURS_PER_WEEK; hour++) {
      if (Math.floor(hour / 24) === day) seen[hour >> 3]! &= ~(1 << (hour & 7));
    }
    return { ...log, seen };
  });
}

describe('fleets of some hundred systems, whose logs hold nothing but check-ins', () => {
  for (const [fleet, systems] of [
    ['servers', 150],
    ['servers', 500],
    ['laptops', 150],
    ['laptops', 500],
  ] as const) {
    test(`J2 H2: ${systems} ${fleet}: hours in which nobody asks are no loss, a day of which the log is lost is one`, async () => {
      for (const seed of [1, 2]) {
        const logs = await hoursOf(fleet, systems, seed);
        for (const weeks of [1, 2, 4, WEEKS]) {
          const shares = sharesAt(logs, weeks);
          assert.ok(Math.min(...shares) >= 0.98, `seed ${seed}, at ${weeks} weeks: ${shares}`);
        }
        for (const day of [0, 1, 2, 3]) {
          const share = sharesAt(withoutDay(logs, 2, day), 4)[2]!;
          assert.ok(share < 0.98, `seed ${seed}, without day ${day}: ${share}`);
        }
      }
    });
  }
});
