import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import { weekOf } from '../../../src/flow/sightings/week.ts';
import { FLUSH_EVERY_MILLISECONDS, type Spool } from '../../../src/mirrors/counting/spool.ts';
import { arrivalOf, type WireRequest } from '../../support/nginx-log.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { MemoryFolder, readSegment, startSpool, totalsOf } from '../../support/spool-in-memory.ts';

/** 2025-08-06 10:00 UTC. */
const TEN = Date.parse('2025-08-06T10:00:00Z') / 1000;
const HOUR = 3_600;
const seed = testSeed();

function take(spool: Spool, time: number, parts: Partial<WireRequest> = {}): void {
  const request = {
    address: '192.0.2.1',
    method: 'GET',
    target: '/mirrorlist?repo=baseos-9&arch=x86_64&countme=2',
    agent: 'libdnf (AlmaLinux 9.6; generic; Linux.x86_64)',
    status: 200,
  };
  spool.arrive(arrivalOf({ time, ...request, ...parts }));
}

const tallies = (folder: MemoryFolder) => [...folder.files.values()].map((bytes) => readSegment(bytes).tally);
const kept = (folder: MemoryFolder) => totalsOf(tallies(folder)).candidates;

describe('what is on the disk, and when', () => {
  test('E01: all that arrived before a flush is on the disk when it returns', async () => {
    const folder = new MemoryFolder();
    const { spool } = startSpool(folder, TEN);
    for (let number = 1; number <= 50; number++) {
      take(spool, TEN, { target: `/metalink?repo=r${number % 5}&countme=1` });
      if (number % 7 !== 0) continue;
      await spool.flush();
      assert.equal(kept(folder), number);
    }
    assert.deepEqual(spool.state(), { taken: 50, waiting: 1, lost: 0, failing: undefined });
  });

  test('E01: the timer writes what waits without being asked, and rests while nothing does', async () => {
    const folder = new MemoryFolder();
    const { spool, tick } = startSpool(folder, TEN);
    take(spool, TEN);
    tick();
    await spool.flush();
    const { syncs } = folder;
    assert.equal(kept(folder), 1);
    tick();
    tick();
    await spool.flush();
    assert.equal(folder.syncs, syncs);
  });

  test(`W4 E01: what arrived a second ago is on the disk, if a sync takes no longer than 350 ms (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const folder = new MemoryFolder();
    const { spool, tick } = startSpool(folder, TEN);
    let now = 0;
    const due: { at: number; finish: () => void }[] = [];
    folder.syncing = () => new Promise((finish) => due.push({ at: now + random.below(351), finish }));
    /** How many had arrived at each millisecond. */
    const taken: number[] = [];
    for (; now < 6_000; now++) {
      for (let left = random.below(3); left > 0; left--) take(spool, TEN);
      taken.push(spool.state().taken);
      if (now % FLUSH_EVERY_MILLISECONDS === 0) tick();
      for (const sync of due.splice(0)) {
        if (sync.at <= now) sync.finish();
        else due.push(sync);
      }
      await new Promise((done) => setImmediate(done));
      const onDisk = spool.state().taken - spool.state().waiting;
      assert.ok(onDisk >= (taken[now - 1_000] ?? 0), `at ${now} ms ${onDisk} are on the disk`);
    }
    assert.ok(folder.syncs > 8);
  });

  test('H1: an hour without check-ins is seen, and each hour has a segment of its own', async () => {
    const folder = new MemoryFolder();
    const { spool, at, tick } = startSpool(folder, TEN);
    take(spool, TEN);
    at(TEN + HOUR);
    tick();
    at(TEN + 2 * HOUR);
    tick();
    await spool.flush();
    const read = tallies(folder);
    assert.deepEqual(
      read.map(({ hoursSeen }) => hoursSeen[0]! - TEN / HOUR),
      [0, 1, 2],
    );
    assert.deepEqual(
      read.map(({ hoursCounted }) => hoursCounted.length),
      [1, 0, 0],
    );
    assert.match([...folder.files.keys()][0]!, /^2025-08-06T10Z-[0-9a-f]{16}\.spool$/);
  });

  test('E13: a clock that steps back or jumps ahead begins other segments, and nothing is lost or doubled', async () => {
    const folder = new MemoryFolder();
    const { spool, at, tick } = startSpool(folder, TEN);
    for (const time of [TEN, TEN + 5 * HOUR, TEN + 60, TEN - 3 * HOUR, 0, TEN + 120]) {
      at(time);
      tick();
      take(spool, time);
    }
    await spool.close();
    const { candidates, cells, rejections } = totalsOf(tallies(folder));
    assert.equal(candidates, 6);
    assert.deepEqual(Object.values(cells), [5]);
    assert.deepEqual(rejections, { 'time-range -': 1 });
  });

  test('E06: two processes write to one folder, and each has its own segments', async () => {
    const folder = new MemoryFolder();
    const spools = [startSpool(folder, TEN).spool, startSpool(folder, TEN).spool];
    for (let number = 0; number < 20; number++) {
      take(spools[number % 2]!, TEN);
      await spools[(number + 1) % 2]!.flush();
    }
    await Promise.all(spools.map((spool) => spool.close()));
    assert.equal(folder.files.size, 2);
    assert.equal(kept(folder), 20);
    const [one, other] = [...folder.files.values()].map((bytes) => readSegment(bytes).sha256);
    assert.notEqual(one, other, 'C3: equal check-ins of two processes are two logs');
  });

  test('a request that comes after the end is not kept and is reported', async () => {
    const folder = new MemoryFolder();
    const { spool } = startSpool(folder, TEN);
    await spool.close();
    take(spool, TEN);
    assert.equal(spool.state().lost, 1);
  });
});

describe('a disk that fails', () => {
  test('W4 E03: while the disk is full requests are taken, the operator is told once, and nothing is lost or doubled', async () => {
    const folder = new MemoryFolder();
    const { spool, said } = startSpool(folder, TEN);
    take(spool, TEN);
    await spool.flush();
    folder.room = 10;
    for (let number = 0; number < 5; number++) {
      take(spool, TEN);
      await assert.rejects(spool.flush(), /the spool cannot be written: ENOSPC/);
    }
    assert.deepEqual(spool.state(), { taken: 6, waiting: 5, lost: 0, failing: 'ENOSPC' });
    assert.equal(kept(folder), 1, 'a torn end counts for nothing');
    folder.room = Number.POSITIVE_INFINITY;
    await spool.flush();
    assert.equal(kept(folder), 6);
    assert.equal(spool.state().failing, undefined);
    assert.equal(said.length, 2);
    assert.match(said[0]!, /cannot be written to the spool: ENOSPC.*free space/);
    assert.match(said[1]!, /again; 0 of them were lost/);
  });

  test('E03: what the memory cannot hold is lost, counted and reported', async () => {
    const folder = new MemoryFolder();
    const { spool, said } = startSpool(folder, TEN);
    folder.room = 0;
    for (let number = 0; number < 200_000; number++) take(spool, TEN);
    await assert.rejects(spool.flush());
    const { lost, waiting } = spool.state();
    assert.ok(lost > 0 && waiting > 50_000, `${waiting} wait`);
    assert.equal(lost + waiting, 200_000);
    folder.room = Number.POSITIVE_INFINITY;
    await spool.flush();
    assert.equal(kept(folder), waiting);
    assert.match(said[1]!, /from now on they are lost/);
    assert.match(said[2]!, new RegExp(`again; ${lost} of them were lost`));
    take(spool, TEN);
    await spool.flush();
    assert.equal(kept(folder), waiting + 1);
  });

  test('E03: a disk that is full over the end of an hour keeps the hours apart', async () => {
    const folder = new MemoryFolder();
    const { spool, at, tick } = startSpool(folder, TEN);
    folder.room = 0;
    take(spool, TEN);
    at(TEN + HOUR);
    tick();
    take(spool, TEN + HOUR);
    await assert.rejects(spool.flush());
    folder.room = Number.POSITIVE_INFINITY;
    await spool.close();
    assert.deepEqual(
      tallies(folder).map(({ counted }) => counted),
      [1, 1],
    );
  });

  test('a segment that somebody removes costs what was in it; the next check-in begins another', async () => {
    const folder = new MemoryFolder();
    const { spool, said } = startSpool(folder, TEN);
    take(spool, TEN);
    await spool.flush();
    folder.files.clear();
    take(spool, TEN);
    await spool.flush();
    take(spool, TEN);
    await spool.flush();
    assert.equal(kept(folder), 1);
    assert.equal(spool.state().lost, 1);
    assert.equal(said.length, 2);
    assert.match(said[0]!, /was removed from the spool/);
    assert.match(said[1]!, /again; 1 of them were lost/);
  });

  test('P3: without a key check-ins count and networks are not marked, and an hour later it is tried again', async () => {
    const folder = new MemoryFolder();
    folder.hasKeys = false;
    const { spool, said, at, tick } = startSpool(folder, TEN);
    take(spool, TEN);
    folder.hasKeys = true;
    at(TEN + HOUR);
    tick();
    take(spool, TEN + HOUR);
    await spool.close();
    const networks = tallies(folder).map(({ networks, networkKey }) => [
      networks.network.length,
      networkKey !== undefined,
    ]);
    assert.deepEqual(networks, [
      [0, false],
      [1, true],
    ]);
    assert.match(said[0]!, /no key for networks can be kept in the spool \(ENOSPC\)/);
  });
});

describe('what is written (P1, P2)', () => {
  test('W2 F08 P1 P2 P3: no address, no line, no time finer than the hour; three marks of networks for a group', async () => {
    const folder = new MemoryFolder();
    const { spool } = startSpool(folder, TEN);
    for (let number = 0; number < 20; number++) {
      const address = number % 2 === 0 ? `203.0.${113 + (number % 5)}.77` : '2001:db8:cafe:beef::4711';
      take(spool, TEN + 123, { address, target: `/metalink?repo=r${number % 4}&ip=203.0.113.77&countme=1` });
      take(spool, TEN + 123, { address, agent: 'curl canary 203.0.113.77', status: 200 });
    }
    await spool.close();
    const text = [...folder.files.values()].map((bytes) => bytes.toString()).join('');
    for (const trace of [
      '203.0',
      'cb0071',
      '3405803',
      '2001:db8',
      '20010db8',
      'beef',
      'canary',
      'curl',
      'ip=',
      'GET',
      'libdnf (',
      String(TEN + 123),
      '10:02',
    ]) {
      assert.ok(!text.includes(trace), `"${trace}" stands in the spool`);
    }
    assert.equal([...text.matchAll(/^c \d+ \d+ [A-Z]{2} \d+ [0-9a-f]{16}$/gm)].length, 3);
  });

  test('P3: all processes of a server mark a network alike in a week, and unlike in the next', async () => {
    const folder = new MemoryFolder();
    const marksAt = async (time: number) => {
      const { spool } = startSpool(folder, time);
      take(spool, time);
      await spool.close();
      return tallies(folder).at(-1)!.networks.network[0];
    };
    const first = await marksAt(TEN);
    assert.equal(await marksAt(TEN + HOUR), first);
    assert.notEqual(await marksAt(TEN + 7 * 24 * HOUR), first);
    assert.equal(folder.keys.size, 2);
    assert.ok(folder.keys.has(weekOf(TEN as EpochSeconds)));
  });

  test('W6: whatever is named in an hour, no check-in loses its names: another segment of the hour has room', async () => {
    const folder = new MemoryFolder();
    const { spool } = startSpool(folder, TEN);
    const named = new Map<string, number>();
    const takeAll = async (count: number, agentOf: (n: number) => string, targetOf: (n: number) => string) => {
      for (let n = 0; n < count; n++) {
        const [agent, target] = [`libdnf (${agentOf(n)})`, `/mirrorlist?${targetOf(n)}&countme=1`];
        take(spool, TEN, { agent, target });
        named.set(`${agent} ${target}`, (named.get(`${agent} ${target}`) ?? 0) + 1);
        if (n % 1_000 === 0) await spool.flush();
      }
    };
    // Values, their bytes, systems and requests that are more than a segment has room for; one that nobody knows between.
    await takeAll(
      9_000,
      (n) => `Name${n} 1; v; Linux.x`,
      () => 'repo=a&arch=x',
    );
    await takeAll(
      7,
      () => 'Frobnix 3.1; Lab Edition; Linux.mips64',
      () => 'repo=frob&arch=x',
    );
    await takeAll(
      5_000,
      (n) => `${'N'.repeat(240)}${n} 1; v; Linux.x`,
      () => 'repo=a&arch=x',
    );
    await takeAll(
      9_000,
      (n) => `Fedora Linux ${n % 97}; v${n % 91}; Linux.x`,
      () => 'repo=a&arch=x',
    );
    await takeAll(
      17_000,
      () => 'Fedora Linux 42; v; Linux.x',
      (n) => `repo=b${n % 127}&arch=a${n % 137}`,
    );
    await takeAll(
      7,
      () => 'Frobnix 3.1; Lab Edition; Linux.mips64',
      () => 'repo=frob&arch=x',
    );
    await spool.close();
    const found = new Map<string, number>();
    const all = tallies(folder);
    for (const { systems, requests, cells } of all) {
      for (const [row, hits] of cells.hits.entries()) {
        const { osName, osVersion, osVariant, osArch } = systems[cells.system[row]!]!;
        const { repoTag, repoArch } = requests[cells.request[row]!]!;
        const target = `/mirrorlist?repo=${repoTag}&arch=${repoArch}&countme=1`;
        const key = `libdnf (${osName} ${osVersion}; ${osVariant}; Linux.${osArch}) ${target}`;
        found.set(key, (found.get(key) ?? 0) + hits);
      }
    }
    assert.deepEqual(found, named);
    assert.ok(all.length > 4, 'each of the limits was met');
  });

  test('W6: groups that came from three networks the week before are marked, however many others are named', async () => {
    const folder = new MemoryFolder();
    const { spool, at } = startSpool(folder, TEN);
    const established = 'libdnf (Frobnix 3.1; Lab Edition; Linux.mips64)';
    const addresses = ['11.1.1.7', '11.2.1.7', '11.3.1.7'];
    for (const address of addresses) take(spool, TEN, { agent: established, address });
    const next = TEN + 7 * 24 * HOUR;
    at(next);
    for (let n = 0; n < 9_000; n++) {
      take(spool, next, { agent: `libdnf (N${n} 1; v; Linux.x)`, address: `11.${n >> 8}.${n & 255}.7` });
      if (n % 1_000 === 0) await spool.flush();
    }
    for (const agent of [established, 'libdnf (Newcomer 1; v; Linux.x)']) {
      for (const address of addresses) take(spool, next, { agent, address });
    }
    await spool.close();
    const marked = (name: string) =>
      tallies(folder).flatMap((tally) =>
        Array.from(tally.networks.system).filter((system) => tally.systems[system]!.osName === name),
      ).length;
    assert.deepEqual([marked('Frobnix'), marked('N0'), marked('Newcomer')], [6, 1, 0]);
  });
});
