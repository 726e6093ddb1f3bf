import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type { EpochSeconds } from '../../../src/flow/sightings/week.ts';
import { agentArchReader } from '../../../src/mirrors/answers/agent-arch.ts';
import type { Arrival } from '../../../src/mirrors/counting/arrival.ts';
import { prepare } from '../../../src/mirrors/selection/snapshot.ts';
import { Counters } from '../../../src/mirrors/serve/counters.ts';
import { FLOOD_LIMITS, FloodGuard } from '../../../src/mirrors/serve/flood-guard.ts';
import type { Exchange } from '../../../src/mirrors/serve/http-server.ts';
import { type Desk, requestHandler } from '../../../src/mirrors/serve/request-handler.ts';
import { catalogue, mirror } from '../../support/mirror-world.ts';
import { get } from '../../support/serve-process.ts';

const AGENT = 'libdnf (AlmaLinux 9.7; generic; Linux.x86_64)';

/** A service with one mirror, and what it did. */
async function openDesk(context: TestContext, more: Partial<Desk> = {}) {
  const arrivals: Arrival[] = [];
  const failures: unknown[] = [];
  const counters = new Counters();
  const snapshot = prepare(catalogue([mirror('m.example.org')]), undefined, new Map());
  const desk: Desk = {
    service: () => ({ snapshot, secret: 'secret' }),
    publicAddress: undefined,
    clientAddress: () => '192.0.2.7',
    isProxy: () => false,
    countryOf: () => 'DE',
    placeOf: () => undefined,
    asnOf: () => undefined,
    arrive: (arrival) => void arrivals.push(arrival),
    archOf: agentArchReader(['libdnf']),
    guard: new FloodGuard(FLOOD_LIMITS),
    counters,
    ownPage: () => undefined,
    siteFile: async (_request, response) => void response.writeHead(404).end(),
    failed: (error) => void failures.push(error),
    now: () => 1_784_138_400 as EpochSeconds,
    milliseconds: () => 0,
    ...more,
  };
  const handle = requestHandler(desk);
  const server = createServer((request, response) => handle([{ request, response }])).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (target: string, method = 'GET') => get(port, target, { method, headers: { 'User-Agent': AGENT } });
  return { ask, arrivals, failures, counters, desk };
}

describe('counting on arrival', () => {
  test('N9: every request with countme is taken down as a log would show it, with its status and country', async (context) => {
    const { ask, arrivals } = await openDesk(context);
    const asked: [target: string, method: string, status: number][] = [
      ['/mirrorlist/9/baseos?countme=1', 'GET', 200],
      ['/metalink?repo=nothing-9&arch=x86_64&countme=4', 'GET', 404],
      ['/mirrorlist/9/baseos?countme=2', 'HEAD', 200],
      ['/mirrorlist/9/baseos?countme=3', 'POST', 405],
      ['/elsewhere?countme=1', 'GET', 404],
      // As rpm-ostree writes it.
      ['/metalink/9/baseos&countme=1', 'GET', 200],
    ];
    for (const [target, method, status] of asked) assert.equal((await ask(target, method)).status, status);
    await ask('/mirrorlist/9/baseos');
    assert.deepEqual(
      arrivals.map(({ target, method, status }) => [target, method, status]),
      asked,
    );
    for (const { agent, country, network } of arrivals) {
      assert.deepEqual([agent, country, typeof network], [AGENT, 'DE', 'bigint']);
    }
  });

  test('a system that cannot be taken down gets its list all the same', async (context) => {
    const { ask, failures } = await openDesk(context, {
      arrive: () => {
        throw new Error('the spool is broken');
      },
    });
    assert.equal((await ask('/mirrorlist/9/baseos?countme=1')).status, 200);
    assert.equal(failures.length, 1);
  });
});

describe('a mistake of the program’s own', () => {
  const mistakes: [name: string, more: Partial<Desk>, target: string][] = [
    [
      'in a look-up',
      {
        countryOf: () => {
          throw new TypeError('x');
        },
      },
      '/mirrorlist/9/baseos',
    ],
    [
      'in a page',
      {
        ownPage: () => {
          throw new TypeError('x');
        },
      },
      '/healthz',
    ],
    [
      'in a page that comes later',
      { ownPage: () => ({ route: 'x', reply: Promise.reject(new TypeError('x')) }) },
      '/healthz',
    ],
    ['of the disk', { siteFile: () => Promise.reject(new Error('EIO')) }, '/index.html'],
  ];
  for (const [name, more, target] of mistakes) {
    test(`${name}: costs one answer, is told, and the next request is answered`, async (context) => {
      const { ask, failures, counters } = await openDesk(context, more);
      for (const count of [1, 2]) {
        assert.equal((await ask(target)).status, 500);
        assert.equal(failures.length, count);
      }
      assert.equal(counters.counts.get('requests\nfailed\n500'), 2);
    });
  }
});

test('an answer that cannot be sent costs none of those that came together with it', async (context) => {
  const { desk, failures } = await openDesk(context);
  const handle = requestHandler(desk);
  const together: Exchange[] = [];
  const server = createServer((request, response) => {
    // Its headers are gone already.
    if (request.url === '/mirrorlist/8/baseos') response.flushHeaders();
    together.push({ request, response });
    if (together.length === 2) handle(together);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const [broken, sound] = await Promise.allSettled([
    get(port, '/mirrorlist/8/baseos', {}),
    get(port, '/mirrorlist/9/baseos', {}),
  ]);
  assert.equal(broken.status, 'rejected');
  assert.equal(sound.status === 'fulfilled' && sound.value.status, 200);
  assert.equal(failures.length, 1);
});

test('what is counted of the service itself', async (context) => {
  const { ask, counters } = await openDesk(context);
  await ask('/mirrorlist/9/baseos');
  await ask('/mirrorlist/9/nothing');
  await ask('/nothing');
  assert.deepEqual(Object.fromEntries(counters.counts), {
    'requests\nmirrorlist\n200': 1,
    'requests\nmirrorlist\n404': 1,
    'requests\nsite\n404': 1,
    'choices\nnone': 1,
    'firstPlaces\nm.example.org': 1,
  });
});

test('numbers that anybody may read do not name private mirrors', async (context) => {
  const over = catalogue([mirror('inside.example.org', { isPrivate: true, subnets: ['192.0.2.0/24'] })]);
  const snapshot = prepare(over, undefined, new Map());
  const { ask, counters } = await openDesk(context, { service: () => ({ snapshot, secret: 'secret' }) });
  assert.match((await ask('/mirrorlist/9/baseos')).body, /inside\.example\.org/);
  assert.equal(counters.counts.get('firstPlaces\nprivate'), 1);
  assert.ok(![...counters.counts.keys()].some((key) => key.includes('inside')));
});
