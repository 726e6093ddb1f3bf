import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { countLogs } from '../../../src/commands/count-logs.ts';
import { namesKeptFor } from '../../../src/commands/kept-names.ts';
import { discover } from '../../../src/flow/bytes/discover.ts';
import type { Week } from '../../../src/flow/sightings/week.ts';
import { cellKey, type WeekCells } from '../../../src/flow/vault/cells.ts';
import { Vault } from '../../../src/flow/vault/vault.ts';
import { fitCells, WEEK_LIMITS } from '../../../src/flow/vault/week-bounds.ts';
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

test('C7: of new cells a log takes half of the room that is left, the heaviest first, and sums stay', () => {
  const cells = (rows: readonly (readonly [system: number, hits: number])[]): WeekCells => ({
    keys: Float64Array.from(rows, ([system]) => cellKey(system, 1, 1)),
    hits: Float64Array.from(rows, ([, hits]) => hits),
  });
  const current = cells([
    [1, 5],
    [2, 5],
  ]);
  const fresh = cells([
    [1, 7],
    [3, 1],
    [4, 9],
    [5, 2],
    [6, 3],
  ]);
  const fit = fitCells(fresh, current, () => cellKey(100, 1, 1), 6);
  assert.deepEqual(
    fit,
    cells([
      [1, 7],
      [4, 9],
      [6, 3],
      [100, 3],
    ]),
  );
  assert.equal(
    fitCells(fresh, current, () => 0, 100),
    fresh,
  );
});
