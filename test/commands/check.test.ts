import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type CheckOptions, type CheckWorld, check } from '../../src/commands/check.ts';
import { declareEmergency, endEmergency } from '../../src/commands/emergency.ts';
import { UsageError } from '../../src/commands/exit-code.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { REAL_DISK } from '../../src/flow/views/files/disk.ts';
import { isPublicAddress } from '../../src/mirrors/catalogue/public-address.ts';
import type { Catalogue, HealthState } from '../../src/mirrors/catalogue.ts';
import { loadNetworks, networksOf, networksPath } from '../../src/mirrors/check/network-lists.ts';
import { loadState } from '../../src/mirrors/check/state-file.ts';
import { timeText } from '../../src/mirrors/check/time-text.ts';
import { capture } from '../support/in-process.ts';
import { httpServer } from '../support/loopback-server.ts';
import { after, BASEOS, catalogue, HOUR, mirror, NOW, publish, type Tree } from '../support/mirror-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A master in a folder, mirrors on this machine, and a place for the state. */
async function scene(context: TestContext, mirrors: readonly Tree[]) {
  const folder = temporaryFolder(context);
  const master = join(folder, 'master');
  writeTree(master, publish('a', NOW));
  const ports = await Promise.all(
    mirrors.map(async (tree) => {
      const server = await httpServer(context, (request, response) => {
        const bytes = tree.get(request.url!.replace('/alma/', ''));
        if (bytes === undefined) response.writeHead(404).end();
        else response.end(bytes);
      });
      return server.port;
    }),
  );
  const over = catalogue(
    ports.map((port, at) => {
      const name = `m${at}.example`;
      return mirror(name, { addresses: { http: `http://${name}:${port}/alma` } });
    }),
    { master: undefined },
  );
  return { folder, master, over, state: join(folder, 'health.json') };
}

function writeTree(folder: string, tree: Tree): void {
  for (const [path, bytes] of tree) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

const WORLD: CheckWorld = {
  disk: REAL_DISK,
  resolve: async (_host, family) => (family === 4 ? ['127.0.0.1'] : []),
  isAllowed: (address) => address === '127.0.0.1',
  atlas: { countryOf: () => 'ZZ', placeOf: () => undefined, asnOf: () => undefined },
  limits: { connect: 20_000, whole: 20_000 },
  random: () => 0.5,
  sleep: async () => {},
};

async function runCheck(
  over: Catalogue,
  options: CheckOptions,
  now: EpochSeconds = NOW,
  world: Partial<CheckWorld> = {},
): Promise<{ code: number; out: string; err: string }> {
  const terminal = capture();
  const code = await check(over, options, terminal, now, { ...WORLD, ...world });
  return { code, out: terminal.outText(), err: terminal.errText() };
}

function stateOf(path: string): HealthState {
  const loaded = loadState(REAL_DISK, path);
  assert.equal(loaded.kind, 'loaded');
  return (loaded as { state: HealthState }).state;
}

const verdicts = (state: HealthState) =>
  Object.values(state.mirrors).map(({ repositories }) => repositories[BASEOS]?.verdict);

describe('rollcall check', () => {
  test('looks at mirrors by HTTP, writes the state, and says what it found', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW), publish('x', NOW, NOW - 50), new Map()]);
    const { code, out } = await runCheck(over, { state, master: [master] });
    assert.equal(code, 0);
    assert.deepEqual(verdicts(stateOf(state)), ['current', 'broken', 'missing']);
    assert.match(out, /Checked 3 mirrors with \d+ requests, 3 of them in full/);
    assert.match(out, /given out: 1 for all repositories, 0 for some, 2 for none/);
    assert.match(out, /current 12, missing 12, broken 12/);
  });

  test('names those that are dropped, with the reason, and those that are back', async (context) => {
    const files = publish('a', NOW);
    const { over, master, state } = await scene(context, [publish('a', NOW), files]);
    const options = { state, master: [master], full: true };
    await runCheck(over, options);
    const kept = new Map(files);
    files.clear();
    await runCheck(over, options, after(900));
    const dropped = await runCheck(over, options, after(1800));
    assert.match(dropped.out, /m1\.example: dropped for 12 repositories: repomd\.xml is not there \(404\)/);
    for (const [path, bytes] of kept) files.set(path, bytes);
    assert.match((await runCheck(over, options, after(2700))).out, /m1\.example: back for 12 repositories/);
  });

  test('the summary as JSON', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW)]);
    const summary = JSON.parse((await runCheck(over, { state, master: [master], json: true })).out);
    assert.deepEqual(summary.mirrors, { all: 1, whole: 1, partly: 0, not: 0 });
    assert.deepEqual(summary.warnings, []);
    assert.equal(summary.checked, timeText(NOW));
  });

  test('a master that is gone: exit code 1, and the history stays', async (context) => {
    const { over, master, state, folder } = await scene(context, [publish('a', NOW)]);
    await runCheck(over, { state, master: [master] });
    const { truth } = stateOf(state);
    const { code, out } = await runCheck(over, { state, master: [join(folder, 'nowhere')] }, after(900));
    assert.equal(code, 1);
    assert.match(out, /WARNING: the master answered for 0 of 12/);
    assert.deepEqual(stateOf(state).truth, truth);
  });

  test('G09 a damaged state is set aside, and the check starts anew', async (context) => {
    const { over, master, state, folder } = await scene(context, [publish('a', NOW)]);
    writeFileSync(state, '{"format":"rollcall-health-v1","checked":');
    const { code, out } = await runCheck(over, { state, master: [master] });
    assert.equal(code, 1);
    assert.match(out, /not JSON.*it is kept as health\.json\.damaged-/);
    assert.equal(readdirSync(folder).filter((name) => name.includes('.damaged-')).length, 1);
    assert.deepEqual(verdicts(stateOf(state)), ['current']);
  });

  test('a second check at the same time leaves the state to the first', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW)]);
    const lock = REAL_DISK.lock(`${state}.running`)!;
    const { code, err } = await runCheck(over, { state, master: [master] });
    lock.release();
    assert.equal(code, 1);
    assert.match(err, /another check/);
    assert.ok(!existsSync(state));
  });

  test('G07 the real rule lets it connect to nothing on this machine', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW)]);
    await runCheck(over, { state, master: [master] }, NOW, { isAllowed: isPublicAddress });
    const health = stateOf(state).mirrors['m0.example']!;
    assert.equal(health.repositories[BASEOS]!.verdict, 'unreachable');
    assert.match(health.v4!.reason, /not one of the public internet/);
  });

  test('mirrors in private networks are looked at where the catalogue allows them', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW)]);
    const internal = { ...over, internalAddresses: true };
    await runCheck(internal, { state, master: [master] }, NOW, { isAllowed: isPublicAddress });
    assert.deepEqual(verdicts(stateOf(state)), ['current']);
  });

  test('a module is checked where it has a master, at addresses of its own', async (context) => {
    const kitten: Tree = new Map(
      [...publish('k', NOW)].map(([path, bytes]) => [path.replace('10.2/', '10-kitten/'), bytes]),
    );
    const { over, master, state, folder } = await scene(context, [publish('a', NOW), kitten]);
    writeTree(join(folder, 'kitten'), kitten);
    const [first, second] = over.mirrors;
    const withModule: Catalogue = {
      ...over,
      modules: new Map([['kitten', ['10']]]),
      mirrors: [{ ...first!, moduleAddresses: new Map([['kitten', second!.addresses]]) }],
    };
    await runCheck(withModule, { state, master: [master, `kitten=${join(folder, 'kitten')}`] });
    const { repositories } = stateOf(state).mirrors['m0.example']!;
    assert.equal(Object.keys(repositories).length, 18);
    assert.ok(Object.values(repositories).every(({ verdict }) => verdict === 'current'));
  });

  test('the networks of a provider are loaded once a day, and kept when they cannot be', async (context) => {
    const lists: string[][] = [['198.18.0.0/16'], ['198.19.0.0/16'], []];
    const provider = await httpServer(context, (_request, response) => {
      response.end(JSON.stringify(lists.shift() ?? 'down'));
    });
    const { over, master, state } = await scene(context, [publish('a', NOW)]);
    const list = { url: `http://cloud.example:${provider.port}/networks.json`, regions: [] };
    const withList = { ...over, mirrors: [{ ...over.mirrors[0]!, networkLists: [list] }] };
    const known = () => networksOf(loadNetworks(REAL_DISK, networksPath(state)))(list);
    const seen: (readonly string[] | undefined)[] = [known()];
    for (const hours of [0, 23, 25, 50]) {
      const { out } = await runCheck(withList, { state, master: [master] }, after(hours * HOUR));
      seen.push(known());
      assert.equal(out.includes('networks.json could not be loaded: it has no form that is known'), hours === 50);
    }
    const [first, second] = [['198.18.0.0/16'], ['198.19.0.0/16']];
    assert.deepEqual(seen, [undefined, first, first, second, second]);
  });

  test('G08 a hundred mirrors, half of them with faults, at once: no fault has an effect on the others', async (context) => {
    const files = publish('a', NOW);
    const block = Buffer.alloc(256 * 1024, 'x');
    const listeners: Record<string, RequestListener> = {
      healthy: (request, response) => response.end(files.get(request.url!.replace('/alma/', ''))),
      silent: () => {},
      endless: (_request, response) => {
        const pour = () => {
          while (!response.destroyed && response.write(block));
        };
        response.on('drain', pour);
        pour();
      },
      throttled: (_request, response) => response.writeHead(429).end(),
      elsewhere: (_request, response) => response.writeHead(302, { Location: 'http://other.example/' }).end(),
    };
    const kinds = ['healthy', 'silent', 'healthy', 'endless', 'healthy', 'throttled', 'healthy', 'elsewhere'];
    const servers = await Promise.all(kinds.map((kind) => httpServer(context, listeners[kind]!)));
    const { over, master, state } = await scene(context, []);
    const mirrors = Array.from({ length: 100 }, (_, at) => {
      const name = `m${at}.example`;
      return mirror(name, { addresses: { http: `http://${name}:${servers[at % kinds.length]!.port}/alma` } });
    });
    // Long enough for the healthy on a busy machine; the silent take all of it.
    const limits = { connect: 6000, whole: 6000 };
    await runCheck({ ...over, mirrors }, { state, master: [master] }, NOW, { limits });
    const expected: Record<string, string> = { healthy: 'current', endless: 'broken' };
    assert.deepEqual(
      verdicts(stateOf(state)),
      mirrors.map((_, at) => expected[kinds[at % kinds.length]!] ?? 'unreachable'),
    );
  });

  test('F08 no address is in the state or in what is printed', async (context) => {
    const { over, master, state } = await scene(context, [publish('a', NOW), new Map()]);
    const gone = mirror('gone.example', { addresses: { http: 'http://gone.example:1/alma' } });
    const { out, err } = await runCheck({ ...over, mirrors: [...over.mirrors, gone] }, { state, master: [master] });
    for (const text of [out, err, readFileSync(state, 'utf8')]) assert.doesNotMatch(text, /127\.0\.0/);
  });
});

describe('rollcall check --emergency', () => {
  const request = { why: 'CVE in the kernel', duration: '12h', repositories: ['baseos'] };

  async function checked(context: TestContext) {
    const made = await scene(context, [publish('a', NOW)]);
    await runCheck(made.over, { state: made.state, master: [made.master] });
    return made;
  }

  test('is in the state at once, says what few mirrors have, and stays through checks until its end', async (context) => {
    const { over, state, master } = await checked(context);
    const terminal = capture();
    assert.equal(await declareEmergency(over, { state, ...request }, terminal, NOW, WORLD), 0);
    const { emergency } = stateOf(state);
    assert.deepEqual(emergency, {
      repositories: ['baseos'],
      until: timeText(after(12 * HOUR)),
      why: 'CVE in the kernel',
    });
    assert.match(terminal.outText(), /EMERGENCY until .*: of baseos, .*\n {2}9\.8\/baseos\/x86_64: 1 of 1 mirror have/);
    const during = await runCheck(over, { state, master: [master] }, after(11 * HOUR));
    assert.deepEqual(stateOf(state).emergency, emergency);
    assert.match(during.out, /EMERGENCY until/);
    const later = await runCheck(over, { state, master: [master] }, after(12 * HOUR));
    assert.equal(stateOf(state).emergency, undefined);
    assert.match(later.out, /emergency "CVE in the kernel" ended/);
  });

  test('that is declared while a check runs is not lost to it', async (context) => {
    const { over, state, master } = await checked(context);
    let isDeclared = false;
    const sleep = async () => {
      if (isDeclared) return;
      isDeclared = true;
      await declareEmergency(over, { state, ...request, repositories: [] }, capture(), NOW, WORLD);
    };
    await runCheck(over, { state, master: [master] }, after(60), { sleep });
    assert.equal(stateOf(state).emergency?.repositories, 'all');
    assert.equal(stateOf(state).checked, timeText(after(60)));
  });

  test('--end-emergency ends it', async (context) => {
    const { over, state } = await checked(context);
    await declareEmergency(over, { state, ...request }, capture(), NOW, WORLD);
    for (const said of [/"CVE in the kernel" is over/, /There is no emergency/]) {
      const terminal = capture();
      assert.equal(await endEmergency(state, terminal, WORLD), 0);
      assert.match(terminal.outText(), said);
      assert.equal(stateOf(state).emergency, undefined);
    }
  });

  const wrong: [string, Partial<typeof request>, RegExp][] = [
    ['for ever', { duration: '1y' }, /--for 1y: expected how long, such as 90m/],
    ['for longer than a week', { duration: '8d' }, /7d at most/],
    ['without a reason', { why: ' ' }, /expected why/],
    ['of an unknown repository', { repositories: ['kernel'] }, /--repo kernel: .*baseos, appstream, crb/],
  ];
  for (const [what, change, message] of wrong) {
    test(`${what} is refused, and nothing changes`, async (context) => {
      const { over, state } = await checked(context);
      const attempt = declareEmergency(over, { state, ...request, ...change }, capture(), NOW, WORLD);
      await assert.rejects(attempt, (error) => error instanceof UsageError && message.test(error.message));
      assert.equal(stateOf(state).emergency, undefined);
    });
  }

  test('without a state there is nothing to hold mirrors to: it says what to do', async (context) => {
    const { over, state } = await scene(context, []);
    await assert.rejects(
      declareEmergency(over, { state, ...request }, capture(), NOW, WORLD),
      /no state yet; run "rollcall check" first/,
    );
  });
});
