import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Composition } from '../../src/fleet/compositions.ts';
import { FLEETS } from '../../src/fleet/compositions.ts';
import { type KnownWeek, writeKnownWeeks } from '../../src/fleet/known-weeks.ts';
import { createPopulation } from '../../src/fleet/population.ts';
import { createRandom } from '../../src/fleet/random.ts';
import type { Request } from '../../src/fleet/request.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { weekOf } from '../../src/flow/sightings/week.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { parseLogTime } from './log-time.ts';

const FIRST_WEEK = 2900 as Week;
const SEED = Number(process.env['SEED'] ?? 1);
const folder = temporaryFolder();

interface Written {
  known: KnownWeek[];
  lines: string[];
}

async function write(composition: Composition, seed: number, weeks = 2): Promise<Written> {
  const path = join(folder, 'fleet.log');
  const known = await writeKnownWeeks({ path, composition, systems: 300, weeks, firstWeek: FIRST_WEEK, seed });
  return { known, lines: readFileSync(path, 'latin1').trimEnd().split('\n') };
}

/** All list requests of one week of a settled fleet, and how many systems made them. */
function oneWeek(composition: Composition): { requests: Request[]; systems: number } {
  const options = { systems: 4000, composition, settlingWeeks: 12, firstWeek: FIRST_WEEK, weeks: 1 };
  const population = createPopulation({ ...options, random: createRandom(SEED) });
  for (let week = FIRST_WEEK - 12; week < FIRST_WEEK; week += 1) population.pass(week as Week, () => {});
  const requests: Request[] = [];
  const { all } = population.pass(FIRST_WEEK, (request) => requests.push(request));
  return { requests, systems: all };
}

const isBase = ({ request }: Request) => /\/mirrorlist\/\d+\/baseos|repo=baseos-/.test(request);
const countOf = (requests: readonly Request[], outcome: Request['outcome']) =>
  requests.filter((request) => isBase(request) && request.outcome === outcome).length;

const baseCheckIns = (requests: readonly Request[]) => countOf(requests, 'census') + countOf(requests, 'check-in');

describe('the weeks of a known fleet', () => {
  test('the same seed gives the same log and the same truth, another one others', async () => {
    const first = await write(FLEETS.laptops, 1);
    assert.deepEqual(await write(FLEETS.laptops, 1), first);
    assert.notDeepEqual((await write(FLEETS.laptops, 2)).lines, first.lines);
  });

  for (const name of ['servers', 'release-week'] as const) {
    test(`${name}: the log holds the check-ins of the weeks it knows, and nothing else`, async () => {
      const { known, lines } = await write(FLEETS[name], 1, 3);
      assert.deepEqual(
        known.map(({ week }) => week),
        [0, 1, 2].map((week) => FIRST_WEEK + week),
      );
      assert.ok(lines.every((line) => /[?&]countme=[1-4] HTTP\/1\.1" 200 /.test(line)));
      const weeks = lines.map((line) => weekOf(parseLogTime(/\[([^\]]+)\]/.exec(line)?.[1] ?? '')));
      assert.deepEqual(new Set(weeks), new Set(known.map(({ week }) => week)));
    });
  }

  test('a server with an address of its own is one address a day at most, and one check-in for each repository', async () => {
    const { known, lines } = await write(FLEETS.servers, 1, 1);
    const { systems, addressesPerDay } = known[0]!;
    assert.ok(addressesPerDay < systems && addressesPerDay > systems * 0.8);
    const asked = lines.map((line) => line.replace(/ - - \[[^\]]+\]/, '').replace(/countme=\d/, ''));
    assert.equal(new Set(asked).size, asked.length);
    assert.ok(new Set(lines.map((line) => line.split(' ')[0])).size <= systems);
  });
});

/** Share of weeks in which a client checks in that asks so many times in every week. */
const ALIKE = [0, 0.4, 2 / 3, 0.8, 1];
/** The same with a new budget, as after a week that was counted: the least there can be. */
const FRESH = [0, 0.25, 0.5, 0.75, 1];

function shareOf({ requests, systems }: { requests: Request[]; systems: number }, captured: readonly number[]): number {
  const asked = new Map<string, number>();
  for (const { address } of requests.filter(isBase)) asked.set(address, (asked.get(address) ?? 0) + 1);
  return [...asked.values()].reduce((sum, times) => sum + captured[Math.min(times, 4)]!, 0) / systems;
}

describe('what a census must find', () => {
  test(`servers, whose weeks are alike: 40, 67, 80 or 100 % by their number of requests (seed ${SEED})`, (t) => {
    const week = oneWeek(FLEETS.servers);
    const expected = shareOf(week, ALIKE);
    const found = baseCheckIns(week.requests) / week.systems;
    t.diagnostic(`expected ${expected.toFixed(3)}, found ${found.toFixed(3)}`);
    assert.ok(Math.abs(found - expected) < 0.015, `${found} instead of ${expected}; repeat with SEED=${SEED}`);
  });

  test(`laptops, whose weeks differ: fewer, but no fewer than with new budgets (seed ${SEED})`, (t) => {
    // Without moving an address is a system.
    const week = oneWeek({ ...FLEETS.laptops, moving: 0 });
    const [least, most] = [shareOf(week, FRESH), shareOf(week, ALIKE)];
    const found = baseCheckIns(week.requests) / week.systems;
    t.diagnostic(`expected ${least.toFixed(3)} to ${most.toFixed(3)}, found ${found.toFixed(3)}`);
    assert.ok(found > least - 0.015 && found < most + 0.015, `repeat with SEED=${SEED}`);
  });

  test(`containers: a quarter of those that ask once, half of those that ask twice (seed ${SEED})`, () => {
    const { requests, systems } = oneWeek(FLEETS.containers);
    // 35 of 100 ask twice.
    const expected = 0.65 / 4 + 0.35 / 2;
    assert.ok(Math.abs(countOf(requests, 'census') / systems - expected) < 0.03, `repeat with SEED=${SEED}`);
  });
});

describe('the week of a release', () => {
  const release = oneWeek(FLEETS['release-week']);
  const calm = oneWeek({ ...FLEETS['release-week'], upgrading: 0 });

  test(`8 % of the base repository's check-ins come from systems of the release before (seed ${SEED})`, (t) => {
    const foreign = release.requests.filter(
      (request) => isBase(request) && request.outcome === 'check-in' && /\/10\/|-10&/.test(request.request),
    ).length;
    const all = baseCheckIns(release.requests);
    t.diagnostic(`${((foreign / all) * 100).toFixed(1)} %`);
    assert.ok(foreign / all > 0.07 && foreign / all < 0.095, `${foreign} of ${all}; repeat with SEED=${SEED}`);
  });

  test(`even with release match more systems are found than in a calm week of the same fleet (seed ${SEED})`, (t) => {
    const [inRelease, inCalm] = [release, calm].map(
      ({ requests, systems }) => countOf(requests, 'census') / systems,
    ) as [number, number];
    t.diagnostic(`${inRelease.toFixed(3)} instead of ${inCalm.toFixed(3)}`);
    assert.ok(inRelease > inCalm * 1.05, `repeat with SEED=${SEED}`);
  });
});
