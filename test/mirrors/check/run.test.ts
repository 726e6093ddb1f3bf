import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealthState } from '../../../src/mirrors/catalogue.ts';
import { timeText } from '../../../src/mirrors/check/time-text.ts';
import {
  after,
  BASEOS,
  body,
  catalogue,
  DOWN,
  fromTree,
  HOUR,
  MemoryWeb,
  mirror,
  NOW,
  pathOf,
  publish,
  repomd,
  run,
  type Tree,
} from '../../support/mirror-world.ts';

const QUARTER = 900;
const KEYS = 12;

/** A master and one mirror with the same, `one.example`, and whatever a test adds. */
function world(names: readonly string[] = ['one.example']): { web: MemoryWeb; over: ReturnType<typeof catalogue> } {
  const web = new MemoryWeb();
  web.hosts.set('master.example', publish('a', NOW));
  for (const name of names) web.hosts.set(name, publish('a', NOW));
  return { web, over: catalogue(names.map((name) => mirror(name))) };
}

const healthOf = (state: HealthState, name = 'one.example', key = BASEOS) => state.mirrors[name]!.repositories[key]!;
const verdictOf = (state: HealthState, name?: string) => healthOf(state, name).verdict;

describe('verdicts', () => {
  test('what the master has now is current, and listed at once', async () => {
    const { web, over } = world();
    const { state } = await run(web, over, undefined, NOW);
    assert.deepEqual(healthOf(state), {
      verdict: 'current',
      since: timeText(NOW),
      reason: '',
      failures: 0,
      isListed: true,
    });
    assert.equal(Object.keys(state.mirrors['one.example']!.repositories).length, KEYS);
    assert.equal(state.mirrors['one.example']!.time, timeText(NOW));
  });

  test('where it stands is looked up with a full pass, and known from then on', async () => {
    const { web, over } = world(['located.example', 'two.example']);
    let { state } = await run(web, over, undefined, NOW);
    assert.deepEqual(state.mirrors['located.example']!.whereabouts, { country: 'NL' });
    assert.ok(!('whereabouts' in state.mirrors['two.example']!));
    ({ state } = await run(web, over, state, after(QUARTER)));
    assert.deepEqual(state.mirrors['located.example']!.whereabouts, { country: 'NL' });
  });

  test('K1: what the master replaced is previous for twelve hours, then stale, and dropped at the second look', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', publish('b', NOW + QUARTER));
    const seen: string[] = [];
    for (let hour = 0; hour <= 14; hour++) {
      ({ state } = await run(web, over, state, after(QUARTER + hour * HOUR)));
      seen.push(`${verdictOf(state)}${healthOf(state).isListed ? '' : ' dropped'}`);
    }
    assert.deepEqual(seen, [...Array(13).fill('previous'), 'stale', 'stale dropped']);
    assert.match(healthOf(state).reason, /replaced this metadata 14 h ago, and 12 h are allowed/);
  });

  test('it is back at the first look after its synchronisation', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', publish('b', NOW + QUARTER));
    for (const hours of [1, 20, 21]) ({ state } = await run(web, over, state, after(hours * HOUR)));
    assert.equal(healthOf(state).isListed, false);
    web.hosts.set('one.example', publish('b', NOW + QUARTER));
    ({ state } = await run(web, over, state, after(21 * HOUR + QUARTER)));
    assert.deepEqual(
      Object.values(state.mirrors['one.example']!.repositories).map(
        ({ verdict, isListed }) => `${verdict} ${isListed}`,
      ),
      Array(KEYS).fill('current true'),
    );
  });

  test('K1 G08 metadata that the master never had is broken', async () => {
    const { web, over } = world();
    const damaged = publish('a', NOW);
    damaged.set(pathOf(BASEOS), repomd('made elsewhere', NOW - 50));
    web.hosts.set('one.example', damaged);
    const { state } = await run(web, over, undefined, NOW);
    assert.equal(verdictOf(state), 'broken');
    assert.match(healthOf(state).reason, /none that the master ever published/);
    assert.equal(healthOf(state).isListed, false);
  });

  test('G08 an error page with status 200 and half a repomd.xml are broken', async () => {
    for (const bytes of [Buffer.from('<html>Please log in</html>'), repomd('a').subarray(0, 120)]) {
      const { web, over } = world();
      web.hosts.set('one.example', publish('a', NOW).set(pathOf(BASEOS), bytes));
      const { state } = await run(web, over, undefined, NOW);
      assert.equal(verdictOf(state), 'broken');
      assert.match(healthOf(state).reason, /not a repomd.xml/);
    }
  });

  test('a mirror that lags on the first day is told by its timestamp, not called broken', async () => {
    const { web, over } = world(['one.example', 'old.example']);
    web.hosts.set('master.example', publish('b', NOW, NOW - HOUR));
    web.hosts.set('one.example', publish('a', NOW, NOW - 30 * HOUR));
    const { state } = await run(web, over, undefined, NOW);
    assert.equal(verdictOf(state), 'previous');
    web.hosts.set('master.example', publish('b', NOW, NOW - 20 * HOUR));
    assert.equal(verdictOf((await run(web, over, undefined, NOW)).state), 'stale');
  });

  test('a mirror that stands still for months stays stale when it is not looked at again', async () => {
    const { web, over } = world();
    web.hosts.set('one.example', publish('0', NOW - 4000 * HOUR));
    let { state } = await run(web, over, undefined, NOW);
    for (const at of [60, 120, 180]) {
      ({ state } = await run(web, over, state, after(at)));
      assert.equal(verdictOf(state), 'stale');
    }
  });

  test('a host that is down is unreachable for all its repositories, with the reason', async () => {
    const { web, over } = world();
    web.hosts.set('one.example', () => DOWN);
    const { state } = await run(web, over, undefined, NOW);
    assert.equal(verdictOf(state), 'unreachable');
    assert.equal(healthOf(state).reason, 'http: the connection is refused');
  });

  test('a mirror of some repositories is listed for those', async () => {
    const { web, over } = world();
    const partial = publish('a', NOW);
    for (const path of [...partial.keys()]) if (path.startsWith('10.2/')) partial.delete(path);
    web.hosts.set('one.example', partial);
    const { state } = await run(web, over, undefined, NOW);
    const listed = Object.entries(state.mirrors['one.example']!.repositories).filter(([, { isListed }]) => isListed);
    assert.deepEqual(
      listed.map(([key]) => key.split('/')[0]),
      Array(KEYS / 2).fill('9.8'),
    );
    const other = state.mirrors['one.example']!.repositories['10.2/crb/x86_64' as typeof BASEOS]!;
    assert.equal(other.verdict, 'missing');
  });

  test('private mirrors are left alone', async () => {
    const { web } = world();
    const { state } = await run(web, catalogue([mirror('one.example', { isPrivate: true })]), undefined, NOW);
    assert.deepEqual(state.mirrors, {});
    assert.ok(web.asked.every((line) => line.includes('master.example')));
  });
});

describe('flapping', () => {
  test('K2: one failure drops nothing; two in a row do; one success brings it back', async () => {
    const { web, over } = world();
    const files = publish('a', NOW);
    const listed: boolean[] = [];
    let state: HealthState | undefined;
    for (const [at, isUp] of [true, false, true, false, false, true, false].entries()) {
      web.hosts.set('one.example', isUp ? files : () => DOWN);
      ({ state } = await run(web, over, state, after(at * QUARTER)));
      listed.push(healthOf(state).isListed);
    }
    assert.deepEqual(listed, [true, true, true, true, false, true, true]);
  });

  test('a single repository that fails does not take the mirror with it', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    const files = publish('a', NOW);
    web.hosts.set('one.example', (path, family) => {
      if (family === 6) return { kind: 'no-address' };
      return path === pathOf(BASEOS) ? { kind: 'status', status: 403 } : fromTree(files, path);
    });
    for (const at of [1, 2]) ({ state } = await run(web, over, state, after(at * QUARTER), true));
    const { repositories } = state.mirrors['one.example']!;
    assert.deepEqual(
      Object.entries(repositories)
        .filter(([, { isListed }]) => !isListed)
        .map(([key]) => key),
      [BASEOS],
    );
    assert.match(repositories[BASEOS]!.reason, /forbidden \(403\)/);
  });
});

describe('IPv4 and IPv6 are told apart', () => {
  test('without an AAAA record there is no verdict on IPv6', async () => {
    const { web, over } = world();
    const { state } = await run(web, over, undefined, NOW);
    assert.equal(state.mirrors['one.example']!.v6, undefined);
    assert.equal(state.mirrors['one.example']!.v4?.ok, true);
  });

  test('a broken AAAA record is bad for IPv6 only', async () => {
    const { web, over } = world();
    const files = publish('a', NOW);
    web.hosts.set('one.example', (path, family) => (family === 6 ? DOWN : fromTree(files, path)));
    let { state } = await run(web, over, undefined, NOW);
    const { v4, v6 } = state.mirrors['one.example']!;
    assert.equal(v4?.ok, true);
    assert.deepEqual(v6, { ok: false, since: timeText(NOW), reason: 'http: the connection is refused', failures: 1 });
    assert.equal(verdictOf(state), 'current');
    web.hosts.set('one.example', (path) => fromTree(files, path));
    ({ state } = await run(web, over, state, after(QUARTER)));
    assert.equal(state.mirrors['one.example']!.v6?.ok, true);
  });

  test('a mirror with IPv6 only is looked at over that', async () => {
    const { web, over } = world();
    const files = publish('a', NOW);
    web.hosts.set('one.example', (path, family) => (family === 4 ? { kind: 'no-address' } : fromTree(files, path)));
    const { state } = await run(web, over, undefined, NOW);
    assert.equal(state.mirrors['one.example']!.v4, undefined);
    assert.equal(state.mirrors['one.example']!.v6?.ok, true);
    assert.equal(verdictOf(state), 'current');
  });

  test('a bad certificate is bad for https only', async () => {
    const { web } = world();
    const files = publish('a', NOW);
    const addresses = { http: 'http://one.example/alma', https: 'https://one.example/alma' };
    web.hosts.set('one.example', (path, family, scheme) => {
      if (family === 6) return { kind: 'no-address' };
      return scheme === 'https' ? { kind: 'failed', reason: 'the TLS certificate has expired' } : fromTree(files, path);
    });
    const { state } = await run(web, catalogue([mirror('one.example', { addresses })]), undefined, NOW);
    const { schemes, v4 } = state.mirrors['one.example']!;
    assert.equal(schemes?.http?.ok, true);
    assert.equal(schemes?.https?.ok, false);
    assert.match(schemes!.https!.reason, /certificate has expired/);
    assert.equal(v4?.ok, true);
  });

  test('a checker without IPv6 blames no mirror for it', async () => {
    const names = ['one.example', 'two.example', 'three.example'];
    const { web, over } = world(names);
    const files = publish('a', NOW);
    const both = (path: string) => fromTree(files, path);
    for (const name of names) web.hosts.set(name, both);
    let { state, warnings } = await run(web, over, undefined, NOW);
    for (const name of names)
      web.hosts.set(name, (path, family) =>
        family === 6 ? { kind: 'own-fault', reason: 'there is no such network here' } : both(path),
      );
    for (const at of [1, 2, 3]) ({ state, warnings } = await run(web, over, state, after(at * QUARTER)));
    assert.equal(state.mirrors['two.example']!.v6?.ok, true);
    assert.match(warnings.join(), /not one mirror answers over IPv6/);
  });
});

describe('a checker with half a network', () => {
  const both = ['one.example', 'two.example', 'three.example'];
  const noNetwork = { kind: 'own-fault', reason: 'there is no such network here' } as const;

  /** The first mirror fails over the IP version that is left; the others answer over it. */
  async function after3Runs(left: 4 | 6) {
    const { web, over } = world(both);
    const files = publish('a', NOW);
    for (const name of both) web.hosts.set(name, (path) => fromTree(files, path));
    let { state } = await run(web, over, undefined, NOW);
    for (const name of both)
      web.hosts.set(name, (path, family) => {
        if (family !== left) return noNetwork;
        return name === 'one.example' ? DOWN : fromTree(files, path);
      });
    for (const at of [1, 2, 3]) ({ state } = await run(web, over, state, after(at * QUARTER)));
    return state;
  }

  test('without IPv6 it drops whoever is down over IPv4', async () => {
    const state = await after3Runs(4);
    assert.equal(healthOf(state).isListed, false);
    assert.equal(healthOf(state, 'two.example').isListed, true);
  });

  test('without IPv4 it drops nobody for IPv6 alone', async () => {
    const state = await after3Runs(6);
    assert.equal(healthOf(state).isListed, true);
    assert.equal(state.mirrors['one.example']!.v6?.ok, false);
    assert.equal(state.mirrors['one.example']!.v4?.ok, true);
  });
});

describe('the master', () => {
  test('K3: a master that stands still expires nobody, however long', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    for (const days of [1, 5, 40]) ({ state } = await run(web, over, state, after(days * 24 * HOUR)));
    assert.equal(verdictOf(state), 'current');
    assert.equal(state.truth[BASEOS]!.length, 1);
  });

  test('K3: a master that is down loses nothing: what it had stays in force, and it is said', async () => {
    const { web, over } = world();
    const first = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', () => DOWN);
    const second = await run(web, over, first.state, after(24 * HOUR), true);
    assert.deepEqual(second.state.truth, first.state.truth);
    assert.equal(verdictOf(second.state), 'current');
    assert.equal(second.isPartial, true);
    assert.match(second.warnings.join(), /master answered for 0 of 12 .* connection is refused/);
  });

  test('while the master is down, metadata that nobody knows is not called broken', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', () => DOWN);
    web.hosts.set('one.example', publish('b', NOW + QUARTER, NOW + QUARTER));
    for (const at of [2, 3, 4]) ({ state } = await run(web, over, state, after(at * QUARTER)));
    assert.equal(verdictOf(state), 'current');
    assert.equal(healthOf(state).isListed, true);
  });

  test('an error page in place of a repomd.xml does not become the truth', async () => {
    const { web, over } = world();
    const first = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', () => body(Buffer.from('<html>maintenance</html>')));
    const second = await run(web, over, first.state, after(QUARTER));
    assert.deepEqual(second.state.truth, first.state.truth);
    assert.equal(second.isPartial, true);
  });

  test('what the master publishes while the mirrors are looked at is asked for before anybody is broken', async () => {
    const { web, over } = world();
    const { state } = await run(web, over, undefined, NOW);
    const next = publish('b', NOW + QUARTER, NOW + QUARTER);
    web.hosts.set('one.example', (path, family) => {
      web.hosts.set('master.example', next);
      return family === 6 ? { kind: 'no-address' } : fromTree(next, path);
    });
    const second = await run(web, over, state, after(QUARTER));
    assert.equal(verdictOf(second.state), 'current');
    assert.deepEqual(
      second.state.truth[BASEOS]!.map(({ firstSeen }) => firstSeen),
      [timeText(after(QUARTER)), timeText(NOW)],
    );
  });

  test('what the master does not have is asked of no mirror', async () => {
    const { web, over } = world();
    const less = publish('a', NOW);
    for (const path of [...less.keys()]) if (path.includes('CRB')) less.delete(path);
    web.hosts.set('master.example', less);
    const { state, isPartial } = await run(web, over, undefined, NOW);
    assert.equal(Object.keys(state.mirrors['one.example']!.repositories).length, 8);
    assert.ok(!web.asked.some((line) => line.includes('one.example') && line.includes('CRB')));
    assert.equal(isPartial, false);
  });

  test('without a master nothing is judged, and it is said', async () => {
    const { web } = world();
    const result = await run(web, catalogue([mirror('one.example')], { master: undefined }), undefined, NOW);
    assert.equal(result.isPartial, true);
    assert.match(result.warnings.join(), /--master/);
  });
});

describe('how little is asked', () => {
  test('nothing changed: TIME and one repomd.xml', async () => {
    const { web, over } = world();
    const { state } = await run(web, over, undefined, NOW);
    const { requests, full } = await run(web, over, state, after(60));
    assert.equal(full, 0);
    // TIME over IPv4, TIME over IPv6 (there is no such address), one repomd.xml.
    assert.equal(requests, 3);
  });

  test('samples take turns', async () => {
    const { web, over } = world();
    const { state } = await run(web, over, undefined, NOW);
    const asked = web.asked.length;
    for (let minute = 1; minute <= KEYS; minute++) await run(web, over, state, after(minute * 60));
    const samples = web.asked.slice(asked).filter((line) => line.includes('one.example') && line.includes('repomd'));
    assert.equal(new Set(samples).size, KEYS);
  });

  test('a sample that is not what it was: everything is looked at', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    const damaged: Tree = new Map(
      [...publish('a', NOW)].map(([path, bytes]) => [path, path === 'TIME' ? bytes : repomd('damaged', NOW - 5)]),
    );
    web.hosts.set('one.example', damaged);
    for (const at of [60, 120]) ({ state } = await run(web, over, state, after(at)));
    assert.equal(
      Object.values(state.mirrors['one.example']!.repositories).filter(({ isListed }) => isListed).length,
      0,
    );
  });

  test('while the mirror was not written to, what it lacks is not asked for again; once it was, all of it is', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', publish('b', NOW + 60));
    let requests: number;
    ({ state, requests } = await run(web, over, state, after(60)));
    assert.equal(requests, 3);
    assert.equal(verdictOf(state), 'previous');
    web.hosts.set('one.example', publish('b', NOW + 60));
    ({ state, requests } = await run(web, over, state, after(120)));
    assert.equal(requests, 2 + KEYS);
    assert.equal(verdictOf(state), 'current');
  });

  test('a TIME that is written before the repositories are does not hide them', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', publish('b', NOW + 60));
    web.hosts.set('one.example', publish('a', NOW).set('TIME', Buffer.from(`${NOW + 60}`)));
    ({ state } = await run(web, over, state, after(60)));
    assert.equal(verdictOf(state), 'previous');
    web.hosts.set('one.example', publish('b', NOW + 60));
    ({ state } = await run(web, over, state, after(120)));
    assert.equal(verdictOf(state), 'current');
  });

  test('every mirror is looked at in full within six hours, and not all in one run', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `m${at}.example`);
    const { web, over } = world(names);
    let { state } = await run(web, over, undefined, NOW);
    const fulls: number[] = [];
    for (let quarter = 1; quarter <= 24; quarter++) {
      const result = await run(web, over, state, after(quarter * QUARTER));
      state = result.state;
      fulls.push(result.full);
    }
    assert.equal(
      fulls.reduce((sum, full) => sum + full, 0),
      100,
    );
    assert.ok(Math.max(...fulls) < 20, fulls.join(' '));
  });
});

describe('emergency', () => {
  const emergency = { repositories: ['baseos'], until: timeText(after(2 * HOUR)), why: 'CVE' };

  test('K5: it stays through runs, and ends by itself', async () => {
    const { web, over } = world();
    const first = await run(web, over, undefined, NOW);
    const during = await run(web, over, { ...first.state, emergency }, after(HOUR));
    assert.deepEqual(during.state.emergency, emergency);
    const later = await run(web, over, during.state, after(2 * HOUR));
    assert.equal(later.state.emergency, undefined);
    assert.match(later.warnings.join(), /emergency "CVE" ended/);
  });

  test('while it lasts, its repositories are asked for in every run until the mirror has them', async () => {
    const { web, over } = world();
    let { state } = await run(web, over, undefined, NOW);
    web.hosts.set('master.example', publish('b', NOW + 60));
    ({ state } = await run(web, over, state, after(60)));
    const { requests } = await run(web, over, { ...state, emergency }, after(120));
    // TIME twice, four of baseos, one sample of the other eight.
    assert.equal(requests, 2 + 4 + 1);
  });
});

describe('faults at once', () => {
  test('a hundred mirrors with all kinds of faults: the healthy ones are current, each other has its verdict', async () => {
    const kinds = ['healthy', 'down', 'old', 'empty', 'damaged', 'forbidden', 'gone', 'healthy', 'tls', 'throttled'];
    const names = Array.from({ length: 100 }, (_, at) => `m${at}.example`);
    const { web, over } = world(names);
    const files = publish('a', NOW);
    const old = publish('0', NOW - 400 * HOUR);
    const damaged = new Map([...files].map(([path]) => [path, Buffer.from('?')]));
    for (const [at, name] of names.entries()) {
      const kind = kinds[at % kinds.length]!;
      const host = { healthy: files, old, damaged, empty: new Map([['TIME', files.get('TIME')!]]) }[kind];
      if (host !== undefined) web.hosts.set(name, host);
      if (kind === 'down') web.hosts.set(name, () => DOWN);
      if (kind === 'forbidden') web.hosts.set(name, () => ({ kind: 'status', status: 403 }));
      if (kind === 'gone') web.hosts.delete(name);
      if (kind === 'tls') web.hosts.set(name, () => ({ kind: 'failed', reason: 'the TLS certificate has expired' }));
      if (kind === 'throttled') web.hosts.set(name, () => ({ kind: 'status', status: 429 }));
    }
    const { state } = await run(web, over, undefined, NOW);
    const verdicts = names.slice(0, 10).map((name) => verdictOf(state, name));
    assert.deepEqual(verdicts, [
      'current',
      'unreachable',
      'stale',
      'missing',
      'broken',
      'unreachable',
      'unreachable',
      'current',
      'unreachable',
      'unreachable',
    ]);
    assert.match(healthOf(state, 'm6.example').reason, /does not resolve/);
    for (const [at, name] of names.entries()) assert.equal(verdictOf(state, name), verdicts[at % 10], name);
  });

  test('all mirrors at once: the fault is here, and all stays as it was', async () => {
    const names = ['one.example', 'two.example', 'three.example'];
    const { web, over } = world(names);
    let { state } = await run(web, over, undefined, NOW);
    for (const name of names) web.hosts.set(name, () => DOWN);
    let result = await run(web, over, state, after(QUARTER));
    for (let at = 2; at < 6; at++) result = await run(web, over, result.state, after(at * QUARTER));
    state = result.state;
    assert.equal(result.isPartial, true);
    assert.ok(names.every((name) => healthOf(state, name).isListed && state.mirrors[name]!.v4?.ok));
    assert.match(result.warnings.join(), /not one mirror answers over IPv4/);
  });

  test('a mirror that left the catalogue leaves the state; a repository that did keeps its history', async () => {
    const { web, over } = world(['one.example', 'two.example']);
    const { state } = await run(web, over, undefined, NOW);
    const less = catalogue([mirror('one.example')], { repositories: over.repositories.slice(1) });
    const { state: next } = await run(web, less, state, after(60));
    assert.deepEqual(Object.keys(next.mirrors), ['one.example']);
    assert.equal(next.mirrors['one.example']!.repositories[BASEOS], undefined);
    assert.equal(next.truth[BASEOS]!.length, 1);
  });
});
