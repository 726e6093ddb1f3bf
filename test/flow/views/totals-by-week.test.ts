import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Age } from '../../../src/flow/sightings/request.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { Spill } from '../../../src/flow/views/spill.ts';
import { compareKeys, sortTotals, type TotalsRow } from '../../../src/flow/views/totals.ts';
import { ROOM, type Room, TotalsByWeek } from '../../../src/flow/views/totals-by-week.ts';
import type { WeekOfTotals } from '../../../src/flow/views/week-rows.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const seed = testSeed();
const shown = (name: string) => (name.startsWith('=') ? 'other' : name);

/** Rows of many weeks in no order, some of them more than once, some with names that may not be shown. */
function someRows(random: Random): TotalsRow[] {
  return Array.from({ length: 3_000 }, () => ({
    week: (2614 + random.below(12)) as Week,
    hits: 1 + random.below(random.pick([2, 500, 2 ** 31])),
    osName: random.pick(['Fedora', '=1', '=2', 'other', 'ünï "x"']),
    osVersion: `${30 + random.below(9)}`,
    osVariant: random.pick(['', 'server', 'kde']),
    osArch: random.pick(['x86_64', 'aarch64']),
    sysAge: (1 + random.below(4)) as Age,
    repoTag: `fedora-${30 + random.below(9)}`,
    repoArch: random.pick(['x86_64', '=x']),
  }));
}

function filled(totals: TotalsByWeek, rows: readonly TotalsRow[]): TotalsByWeek {
  for (const [at, { week, hits, sysAge, repoTag, repoArch, ...names }] of rows.entries()) {
    const { osName, osVersion, osVariant, osArch } = names;
    const [ofSystem, ofRequest] = [
      { osName, osVersion, osVariant, osArch },
      { age: sysAge, repoTag, repoArch },
    ];
    const [system, request] = [totals.numberOfSystem(ofSystem), totals.numberOfRequest(ofRequest)];
    if (system !== undefined && request !== undefined) totals.row(week, system, request, hits, at + 1);
    else totals.rowWithNames(week, ofSystem, ofRequest, hits, at + 1);
  }
  return totals;
}

function rowsOf({ week, system, request, hits, systems, requests }: WeekOfTotals): TotalsRow[] {
  return Array.from(hits, (count, at) => {
    const { client, ...names } = systems[system[at]!]!;
    const { age, repoTag, repoArch } = requests[request[at]!]!;
    assert.equal(client, '');
    return { week, hits: count, ...names, sysAge: age, repoTag, repoArch };
  });
}

/** By other means: X4's rule over rows that are all in memory. */
function addedUp(rows: readonly TotalsRow[]) {
  const renamed = rows.map((row) => ({
    ...row,
    osName: shown(row.osName),
    repoArch: shown(row.repoArch),
  }));
  const sums: TotalsRow[] = [];
  const repeats: number[] = [];
  const byKey = new Map<string, TotalsRow>();
  for (const [at, { hits, ...key }] of renamed.entries()) {
    const known = byKey.get(JSON.stringify(key));
    const isWhole = rows[at]!.osName === key.osName && rows[at]!.repoArch === key.repoArch;
    if (known !== undefined && isWhole) repeats.push(at + 1);
    if (known !== undefined) known.hits += hits;
    else {
      const row = { ...key, hits };
      byKey.set(JSON.stringify(key), row);
      sums.push(row);
    }
  }
  return { sums: sortTotals(sums), repeats };
}

describe('X4: totals by week', () => {
  const rooms: [string, Room][] = [
    ['with room for all', ROOM],
    ['with room for few rows, which go to the disk', { ...ROOM, rows: 1_000 }],
    ['with room for few names, so that rows bring theirs', { ...ROOM, names: 20 }],
    ['with room for neither', { rows: 1_000, names: 7 }],
  ];
  for (const [what, room] of rooms) {
    test(`X4: ${what}, weeks in no order are exact (seed ${seed})`, () => {
      const rows = someRows(seededRandom(seed));
      const spill = new Spill(folder);
      const totals = filled(new TotalsByWeek(spill, shown, room), rows);
      assert.deepEqual(readdirSync(folder), [], 'what is on the disk has no name: nothing can be left of it');
      const weeks = totals.weeks();
      assert.equal(
        weeks.reduce((sum, week) => sum + week.rows, 0),
        rows.length,
      );
      const found = weeks.map(({ week }) => totals.week(week)!);
      const { sums, repeats } = addedUp(rows);
      const all = found.flatMap(rowsOf);
      assert.deepEqual(
        all.map((row) => ({ ...row })),
        sums.map(({ week, hits, ...key }) => ({ week, hits, ...key })),
      );
      assert.ok(all.every((row, at) => at === 0 || compareKeys(all[at - 1]!, row) < 0));
      assert.equal(totals.noted.addedUp.count, repeats.length);
      assert.deepEqual(totals.noted.addedUp.first, repeats.slice(0, 5));
      const unnamed = rows.flatMap(({ osName, repoArch }, at) => (/^=/m.test(`${osName}\n${repoArch}`) ? at + 1 : []));
      assert.equal(totals.noted.unnamed.count, unnamed.length);
      assert.deepEqual(totals.noted.unnamed.first, unnamed.slice(0, 5));
      spill.close();
    });
  }

  test('X4: a week is known by the hash that it had from the first version on', () => {
    const rows = someRows(seededRandom(7)).filter(({ osName, repoArch }) => !/^=/m.test(`${osName}\n${repoArch}`));
    const totals = filled(new TotalsByWeek(new Spill(folder), shown), rows);
    for (const { week } of totals.weeks()) {
      const read = totals.week(week)!;
      const own = rowsOf(read).map(
        ({ hits, week: of, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch }) => {
          return { week: of, hits, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch };
        },
      );
      assert.equal(read.sha256, createHash('sha256').update(JSON.stringify(own)).digest('hex'));
    }
  });

  test('X4: a week may have 524,288 different rows, and not one more; rows that are the same do not count', () => {
    const totals = new TotalsByWeek(new Spill(folder), shown);
    const [full, over] = [2614, 2615] as [Week, Week];
    // Numbers of names are even, unless one may not be shown.
    for (let name = 0; name < 1_024; name++) addTo(totals, 2613 as Week, name, name);
    for (const week of [full, over]) {
      for (let cell = 0; cell < 524_288; cell++) totals.row(week, 2 * (cell >> 10), 2 * (cell & 1_023), 1, ++row);
    }
    for (let request = 0; request < 1_024; request++) addTo(totals, full, 0, request);
    addTo(totals, over, 512, 0);
    assert.equal(totals.week(full)!.hits.length, 524_288);
    assert.equal(totals.week(over), undefined);
  });

  for (const names of [ROOM.names, 10]) {
    test(`X4: 49,152 systems a week and not one more, with room for ${names} names in all`, () => {
      const totals = new TotalsByWeek(new Spill(folder), shown, { ...ROOM, names });
      const [full, over] = [2614, 2615] as [Week, Week];
      for (let system = 0; system < 49_152; system++) for (const week of [full, over]) addTo(totals, week, system, 0);
      addTo(totals, over, 49_152, 0);
      assert.equal(totals.week(full)!.systems.length, 49_152);
      assert.equal(totals.week(over), undefined);
    });
  }
});

let row = 0;

function addTo(totals: TotalsByWeek, week: Week, system: number, request: number): void {
  const names = { osName: `${system}`, osVersion: '', osVariant: '', osArch: '' };
  const asked = { age: 1 as const, repoTag: `${request}`, repoArch: '' };
  const [ofSystem, ofRequest] = [totals.numberOfSystem(names), totals.numberOfRequest(asked)];
  row += 1;
  if (ofSystem !== undefined && ofRequest !== undefined) totals.row(week, ofSystem, ofRequest, 1, row);
  else totals.rowWithNames(week, names, asked, 1, row);
}
