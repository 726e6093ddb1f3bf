import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { countLogs } from '../../../src/commands/count-logs.ts';
import { namesKeptFor } from '../../../src/commands/kept-names.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { CELL_LIMITS, fitCells, groupOf } from '../../../src/flow/vault/cell-bounds.ts';
import { cellKey, type WeekCells } from '../../../src/flow/vault/cells.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { WEEK_LIMITS } from '../../../src/flow/vault/week-bounds.ts';
import { newReaders } from '../../support/in-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { checkIn, LATER, MONDAY, WEEK } from '../../support/vault-logs.ts';

const folder = temporaryFolder();
const readers = newReaders();
after(() => readers.close());
let vaults = 0;

/** Counts logs by their names in one run, in order, as `ingest` does. */
async function count(logs: Record<string, string>, vault: Vault): Promise<void> {
  const paths = Object.entries(logs).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const kept = namesKeptFor(vault);
  const options = {
    readers,
    vault,
    mode: 'add' as const,
    source: undefined,
    ahead: 2,
    keptNames: async () => kept,
    onProgress: () => {},
  };
  for await (const { status, reason } of countLogs(discover(paths), options)) assert.equal(status, 'counted', reason);
}

function newVault(): Vault {
  const vault = Vault.open(join(folder, `${vaults++}.sqlite`), 'write', randomBytes);
  after(() => vault.close());
  return vault;
}

let made = 0;

/** Requests of which each has names of its own in all fields, as fast as a stranger likes. */
function flood(requests: number, week = 0): string {
  return Array.from({ length: requests }, () => {
    const n = made++;
    const agent = `libdnf (Made${n} v${n}; e${n}; Linux.a${n})`;
    const time = MONDAY + week * 604_800 + (n % 3_600);
    return checkIn({ time, host: `198.51.${n % 100}.7`, agent, repo: `r${n}`, arch: `b${n}` });
  }).join('');
}

const FROBNIX = 'libdnf (Frobnix 3.1; Lab Edition; Linux.mips64)';
const honest = (count: number, agent: string, week = 0, minute = 0) =>
  Array.from({ length: count }, (_, n) =>
    checkIn({ time: MONDAY + week * 604_800 + minute * 60 + n, host: `203.0.${n % 200}.1`, agent }),
  ).join('');

interface Seen {
  hits: number;
  /** Check-ins by os name, and by all that the User-Agent says. */
  names: Map<string, number>;
  agents: Map<string, number>;
  distinct: Record<'osName' | 'osVersion' | 'osVariant' | 'osArch' | 'repoTag' | 'repoArch', number>;
}

function seenIn(vault: Vault, week = WEEK): Seen {
  const seen = { hits: 0, names: new Map<string, number>(), agents: new Map<string, number>() };
  const fields = ['osName', 'osVersion', 'osVariant', 'osArch', 'repoTag', 'repoArch'] as const;
  const values = Object.fromEntries(fields.map((field) => [field, new Set<string>()]));
  for (const { system, request, hits } of vault.cells(week)) {
    const { osName, osVersion, osVariant, osArch } = system;
    const agent = `${osName} ${osVersion} ${osVariant} ${osArch} ${request.repoTag} ${request.repoArch}`;
    seen.hits += hits;
    seen.names.set(osName, (seen.names.get(osName) ?? 0) + hits);
    seen.agents.set(agent, (seen.agents.get(agent) ?? 0) + hits);
    for (const field of fields) values[field]!.add({ ...system, ...request }[field]);
  }
  return {
    ...seen,
    distinct: Object.fromEntries(fields.map((field) => [field, values[field]!.size])) as Seen['distinct'],
  };
}

const ALMALINUX = 'AlmaLinux 9.4 generic x86_64 baseos-9 x86_64';
const RARE = 'AlmaLinux 8.3 generic ppc64le baseos-9 x86_64';
const FROB = 'Frobnix 3.1 Lab Edition mips64 baseos-9 x86_64';

describe('a flood of names', () => {
  test('C5 D20: a burst before them takes no name from real systems, heavy or known, and none of its own is lost', async () => {
    const vault = newVault();
    const systems = [
      honest(40, 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)'),
      honest(3, 'libdnf (AlmaLinux 8.3; generic; Linux.ppc64le)'),
      honest(30, FROBNIX),
    ].join('');
    await count({ 'burst.log': flood(2_500) + systems }, vault);
    const { hits, agents, names, distinct } = seenIn(vault);
    assert.equal(hits, 2_573);
    assert.deepEqual([agents.get(ALMALINUX), agents.get(RARE), agents.get(FROB)], [40, 3, 30]);
    assert.ok(names.get('other')! > 1_500 && distinct.osName < 600);
    assert.deepEqual(vault.verify(), []);
  });

  test('C7 C4: floods in many logs of a week leave room, and real systems are the same in any order', async () => {
    const logs = Object.fromEntries(
      Array.from({ length: 4 }, (_, n) => [
        `hour${n}.log`,
        flood(1_000) +
          honest(20 + n, 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)', 0, n) +
          honest(12, FROBNIX, 0, n),
      ]),
    );
    const results: Seen[] = [];
    for (const order of [Object.entries(logs), Object.entries(logs).reverse()]) {
      const vault = newVault();
      for (const [name, text] of order) await count({ [name]: text }, vault);
      results.push(seenIn(vault));
      assert.deepEqual(vault.verify(), []);
    }
    for (const { hits, agents, distinct } of results) {
      assert.equal(hits, 4_000 + 86 + 48);
      assert.deepEqual([agents.get(ALMALINUX), agents.get(FROB)], [86, 48]);
      for (const values of Object.values(distinct)) assert.ok(values > 1_000 && values <= WEEK_LIMITS.values + 50);
    }
  });

  test('C5: what had ten check-ins in a closed week keeps its names, however few it has in a flood', async () => {
    const vault = newVault();
    await count({ 'before.log': honest(12, FROBNIX) }, vault);
    vault.closeWeeks(LATER);
    await count({ 'flooded.log': flood(2_500, 1) + honest(2, FROBNIX, 1) }, vault);
    assert.equal(seenIn(vault, (WEEK + 1) as Week).agents.get(FROB), 2);
  });

  test('C5 G3: a log that is flooded while it grows goes on, and brings each line once', async () => {
    const vault = newVault();
    const start = honest(30, 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)');
    await count({ 'growing.log': start }, vault);
    const grown = start + flood(3_000) + honest(5, 'libdnf (AlmaLinux 9.4; minimal; Linux.x86_64)');
    writeFileSync(join(folder, 'growing.log'), grown);
    const kept = namesKeptFor(vault);
    const options = { readers, vault, mode: 'add' as const, source: undefined, ahead: 1, onProgress: () => {} };
    for await (const report of countLogs(discover([join(folder, 'growing.log')]), {
      ...options,
      keptNames: async () => kept,
    })) {
      assert.equal(report.status, 'continued');
      assert.equal(report.counted, 3_005);
    }
    const { hits, agents } = seenIn(vault);
    assert.equal(hits, 3_035);
    assert.equal(agents.get(ALMALINUX), 30);
    assert.equal(agents.get('AlmaLinux 9.4 minimal x86_64 baseos-9 x86_64'), 5);
  });
});

type Row = readonly [system: number, country: number, hits: number];

const cellsOf = (rows: readonly Row[]): WeekCells => ({
  keys: Float64Array.from(rows, ([system, country]) => cellKey(system, 1, country)),
  hits: Float64Array.from(rows, ([, , hits]) => hits),
});
const toOther = (keys: readonly number[]) => keys.map(() => cellKey(100, 1, 1));

describe('C7: of what is new in a week a log', () => {
  test('brings as many groups as there is room for, the heaviest first, and sums stay', () => {
    const current = cellsOf([
      [1, 1, 5],
      [2, 1, 5],
    ]);
    const fresh = cellsOf([
      [1, 2, 7],
      [3, 1, 1],
      [4, 1, 4],
      [4, 2, 5],
      [5, 1, 2],
      [6, 1, 3],
    ]);
    const limits = { groups: 8, cells: 100 };
    // Three quarters of eight, less two, by half: two groups.
    assert.deepEqual(
      fitCells(fresh, current, () => false, toOther, limits),
      cellsOf([
        [1, 2, 7],
        [4, 1, 4],
        [4, 2, 5],
        [6, 1, 3],
        [100, 1, 3],
      ]),
    );
    assert.equal(
      fitCells(fresh, current, () => false, toOther, { groups: 100, cells: 100 }),
      fresh,
    );
  });

  test('brings those of closed weeks before all others, up to the last place', () => {
    const current = cellsOf([1, 2, 3, 4, 5, 6].map((system) => [system, 1, 9]));
    const fresh = cellsOf([
      [7, 1, 90],
      [8, 1, 1],
      [9, 1, 1],
    ]);
    const isFamiliar = (group: number) => group !== groupOf(cellKey(7, 1, 0));
    assert.deepEqual(
      fitCells(fresh, current, isFamiliar, toOther, { groups: 8, cells: 100 }),
      cellsOf([
        [8, 1, 1],
        [9, 1, 1],
        [100, 1, 90],
      ]),
    );
  });

  test('brings the heaviest cells of groups that have their place', () => {
    const fresh = cellsOf([
      [1, 1, 2],
      [1, 2, 9],
      [1, 3, 1],
    ]);
    assert.deepEqual(
      fitCells(fresh, cellsOf([]), () => false, toOther, { groups: 8, cells: 2 }),
      cellsOf([
        [1, 2, 9],
        [100, 1, 3],
      ]),
    );
  });
});

/** A stranger who invents nothing: names, editions and versions that there are or will be, in all combinations. */
function combinations(requests: number, week = 0): string {
  const names = ['AlmaLinux', 'Rocky Linux', 'Fedora Linux', 'CentOS Stream'];
  const editions = ['generic', 'minimal', 'server', 'workstation', 'cloud', 'container', 'kde', 'gnome'];
  return Array.from({ length: requests }, (_, n) => {
    const version = `${7 + (n % 90)}.${(n >> 3) % 97}`;
    const agent = `libdnf (${names[n % 4]} ${version}; ${editions[(n >> 5) % 8]}; Linux.x86_64)`;
    const time = MONDAY + week * 604_800 + (n % 86_400);
    return checkIn({ time, host: `198.51.${n % 100}.7`, agent, repo: `baseos-${(n >> 2) % 89}`, age: 1 + (n % 4) });
  }).join('');
}

test('C7: real names in all combinations take a fixed room, and none from the systems that were there before', async () => {
  const vault = newVault();
  const real = Array.from({ length: 40 }, (_, n) => `libdnf (AlmaLinux 8.${n}; server; Linux.ppc64le)`);
  await count({ 'peace.log': real.map((agent) => honest(2, agent)).join('') }, vault);
  vault.closeWeeks(LATER);
  const rare = real.map((agent, n) => honest(1, agent, 1, n)).join('');
  await count({ 'combined.log': combinations(56_000, 1) + rare }, vault);
  const cells = [...vault.cells((WEEK + 1) as Week)];
  const groups = new Set(cells.map(({ system, request }) => JSON.stringify([system, request])));
  assert.ok(groups.size > 10_000 && groups.size <= CELL_LIMITS.groups, `${groups.size} groups`);
  const { hits, agents } = seenIn(vault, (WEEK + 1) as Week);
  assert.equal(hits, 56_040);
  for (let n = 0; n < 40; n++) assert.equal(agents.get(`AlmaLinux 8.${n} server ppc64le baseos-9 x86_64`), 1);
  assert.deepEqual(vault.verify(), []);
});
