import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Socket } from 'node:net';
import { describe, mock, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isPublicAddress } from '../../../src/mirrors/catalogue/public-address.ts';
import type { Answer, Family } from '../../../src/mirrors/check/answer.ts';
import { failureText } from '../../../src/mirrors/check/failure-text.ts';
import { type Network, openWeb } from '../../../src/mirrors/check/web-request.ts';
import { httpServer, rawServer, tlsServer } from '../../support/loopback-server.ts';
import { repomd } from '../../support/mirror-world.ts';

/** For answers that come: a busy machine must not make them late. */
const PATIENT = { connect: 20_000, whole: 20_000 };
const IMPATIENT = { connect: 400, whole: 600 };
const MOST = 1024 * 1024;
const GOOD = repomd('good');

/** Only this test may connect to this machine. */
const onlyLoopback = (address: string) => address === '127.0.0.1';
const loopback = async (_host: string, family: Family) => (family === 4 ? ['127.0.0.1'] : []);

function open(context: TestContext, network: Partial<Network> = {}, limits = PATIENT) {
  const web = openWeb({ resolve: loopback, isAllowed: onlyLoopback, ...network }, limits, 'test');
  context.after(() => web.close());
  return web.get;
}

async function answerOf(context: TestContext, listener: RequestListener, limits = PATIENT): Promise<Answer> {
  const { port } = await httpServer(context, listener);
  return await open(context, {}, limits)(`http://mirror.example:${port}/`, 4, MOST);
}

const reason = (answer: Answer) => ('reason' in answer ? answer.reason : JSON.stringify(answer));

describe('an answer', () => {
  test('is taken as its bytes, and the request says who asks', async (context) => {
    let agent: string | undefined;
    const answer = await answerOf(context, (request, response) => {
      agent = request.headers['user-agent'];
      response.end(GOOD);
    });
    assert.deepEqual(answer, { kind: 'body', bytes: Buffer.from(GOOD) });
    assert.equal(agent, 'test');
  });

  test('of a name without an address of that family is none', async (context) => {
    assert.deepEqual(await open(context)('http://mirror.example/', 6, MOST), { kind: 'no-address' });
  });

  test('with another status is that status, and the connection is used again', async (context) => {
    const server = await httpServer(context, (_request, response) => response.writeHead(404).end('not here'));
    const get = open(context);
    for (let time = 0; time < 3; time++) {
      assert.deepEqual(await get(`http://mirror.example:${server.port}/x`, 4, MOST), { kind: 'status', status: 404 });
    }
    assert.equal(server.connections(), 1);
  });
});

test('a server that closes idle connections is asked again over a new one', async (context) => {
  const used = new WeakSet<object>();
  const server = await httpServer(context, (request, response) => {
    if (used.has(request.socket)) request.socket.destroy();
    else response.end(GOOD);
    used.add(request.socket);
  });
  const get = open(context);
  for (let time = 0; time < 3; time++)
    assert.equal((await get(`http://mirror.example:${server.port}/`, 4, MOST)).kind, 'body');
  assert.equal(server.connections(), 3);
});

describe('G08: answers that no client could use', () => {
  test('an answer that never begins ends at the limit', async (context) => {
    const answer = await answerOf(context, () => {}, IMPATIENT);
    assert.equal(answer.kind, 'failed');
    assert.match(reason(answer), /not complete after/);
  });

  test('an answer that never ends is cut at its limit in bytes', async (context) => {
    const answer = await answerOf(context, (_request, response) => {
      const block = Buffer.alloc(64 * 1024, 'x');
      const pour = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', pour);
      pour();
    });
    assert.deepEqual(answer, { kind: 'unusable', reason: `it is greater than ${MOST} bytes` });
  });

  test('one byte now and then ends at the limit in time', async (context) => {
    const answer = await answerOf(
      context,
      (_request, response) => {
        const timer = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(timer));
      },
      IMPATIENT,
    );
    assert.match(reason(answer), /not complete after|full length/);
  });

  test('10 GB by its own word is not read at all', async (context) => {
    const answer = await answerOf(context, (_request, response) => {
      response.writeHead(200, { 'Content-Length': 10_000_000_000 });
      response.write('x');
    });
    assert.deepEqual(answer, { kind: 'unusable', reason: `it is greater than ${MOST} bytes` });
  });

  test('a gzip bomb is not unpacked, as nothing is', async (context) => {
    const bomb = gzipSync(Buffer.alloc(50 * MOST));
    const answer = await answerOf(context, (_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bomb.length }).end(bomb);
    });
    assert.equal(answer.kind, 'unusable');
    assert.match(reason(answer), /compressed though nobody asked/);
  });

  test('an answer shorter than it says is not taken', async (context) => {
    const { port } = await rawServer(context, (socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${GOOD.length}\r\n\r\n${Buffer.from(GOOD).subarray(0, 50)}`);
    });
    const answer = await open(context)(`http://mirror.example:${port}/`, 4, MOST);
    assert.equal(answer.kind, 'unusable');
    assert.match(reason(answer), /full length/);
  });

  test('what is not HTTP is named, and none of it is shown', async (context) => {
    const { port } = await rawServer(context, (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const answer = await open(context)(`http://mirror.example:${port}/`, 4, MOST);
    assert.match(reason(answer), /not HTTP/);
    assert.doesNotMatch(reason(answer), /SSH/);
  });

  test('a header of 1 MB is not read', async (context) => {
    const { port } = await rawServer(context, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(1_000_000)}\r\n\r\n`);
    });
    assert.equal((await open(context)(`http://mirror.example:${port}/`, 4, MOST)).kind, 'failed');
  });

  test('a closed port, a closed connection and a bad certificate have names', async (context) => {
    const closing = await rawServer(context, (socket) => socket.destroy());
    const tls = await tlsServer(context, 'mirror.example', (_request, response) => response.end(GOOD));
    const plain = await httpServer(context, (_request, response) => response.end(GOOD));
    const get = open(context);
    assert.match(reason(await get(`http://mirror.example:${closing.port}/`, 4, MOST)), /ECONNRESET/);
    assert.match(reason(await get(`https://mirror.example:${tls.port}/`, 4, MOST)), /self-signed: dnf refuses it/);
    assert.match(reason(await get(`https://mirror.example:${plain.port}/`, 4, MOST)), /TLS/);
    assert.match(reason(await get('http://mirror.example:1/', 4, MOST)), /refused/);
  });

  test('a resolver that fails is told from a name that is gone', async (context) => {
    const failing = (code: string) =>
      open(context, { resolve: () => Promise.reject(Object.assign(new Error(code), { code })) });
    assert.deepEqual(await failing('ESERVFAIL')('http://mirror.example/', 4, MOST), {
      kind: 'failed',
      reason: 'the name servers of the host do not answer (ESERVFAIL)',
    });
    assert.equal((await failing('ECONNREFUSED')('http://mirror.example/', 4, MOST)).kind, 'own-fault');
  });

  test('no reason shows an address', () => {
    for (const code of [
      'ECONNREFUSED',
      'CERT_HAS_EXPIRED',
      'HPE_INVALID_CONSTANT',
      'ERR_SSL_X',
      'EWHATEVER',
      undefined,
    ])
      assert.doesNotMatch(failureText(code), /\d+\.\d+\.\d+/);
  });
});

describe('redirects', () => {
  test('on the same host are followed', async (context) => {
    const answer = await answerOf(context, (request, response) => {
      if (request.url === '/new') response.end(GOOD);
      else response.writeHead(301, { Location: '/new' }).end();
    });
    assert.equal(answer.kind, 'body');
  });

  test('that never end, end', async (context) => {
    let requests = 0;
    const answer = await answerOf(context, (_request, response) => {
      requests++;
      response.writeHead(302, { Location: '/again' }).end();
    });
    assert.match(reason(answer), /redirects in a row/);
    assert.equal(requests, 4);
  });

  const elsewhere = [
    'http://other.example/',
    'http://169.254.169.254/latest/meta-data/',
    'http://127.0.0.1/',
    'file:///etc/passwd',
    'gopher://mirror.example/',
    'http://mirror.example:22/',
    '//other.example/x',
    'http://[::1]/',
  ];
  for (const location of elsewhere) {
    test(`K4 G07 to ${location} are not followed`, async (context) => {
      const asked: string[] = [];
      const { port } = await httpServer(context, (_request, response) =>
        response.writeHead(302, { Location: location }).end(),
      );
      const resolve = async (host: string) => {
        asked.push(host);
        return ['127.0.0.1'];
      };
      const answer = await open(context, { resolve })(`http://mirror.example:${port}/`, 4, MOST);
      assert.match(reason(answer), /another host, port or protocol/);
      assert.deepEqual(asked, ['mirror.example']);
    });
  }
});

/** Where sockets begin to connect to, whoever made them. */
function attempts(context: TestContext): string[] {
  const seen: string[] = [];
  const emit = Socket.prototype.emit;
  mock.method(Socket.prototype, 'emit', function (this: Socket, event: string, ...values: unknown[]) {
    if (event === 'connectionAttempt') seen.push(String(values[0]));
    return emit.apply(this, [event, ...values] as Parameters<typeof emit>);
  });
  context.after(() => mock.restoreAll());
  return seen;
}

describe('K4 G07: nothing but the public internet is connected to', () => {
  const literals = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'https://192.0.2.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:db8::1]/',
  ];
  const names: [string, string[]][] = [
    ['localhost', ['127.0.0.1']],
    ['metadata.google.internal', ['169.254.169.254']],
    ['127.0.0.1.nip.example', ['127.0.0.1']],
    ['one-of-two.example', ['198.51.100.7', '10.0.0.1']],
    ['public-first.example', ['8.8.8.8', '127.0.0.1']],
    ['mapped.example', ['::ffff:127.0.0.1']],
    ['unique-local.example', ['fd12:3456::1']],
    ['zone.example', ['fe80::1%eth0']],
    ['garbage.example', ['not an address']],
  ];

  for (const address of literals) {
    test(`${address}: no connection`, async (context) => {
      const seen = attempts(context);
      for (const family of [4, 6] as const) {
        const answer = await open(context, { isAllowed: isPublicAddress })(address, family, MOST);
        assert.ok(answer.kind === 'failed' || answer.kind === 'no-address', answer.kind);
      }
      assert.deepEqual(seen, []);
    });
  }

  for (const [name, addresses] of names) {
    test(`${name} -> ${addresses.join(', ')}: no connection`, async (context) => {
      const seen = attempts(context);
      const get = open(context, { isAllowed: isPublicAddress, resolve: async () => addresses });
      for (const scheme of ['http', 'https'])
        for (const family of [4, 6] as const) {
          const answer = await get(`${scheme}://${name}/`, family, MOST);
          assert.match(reason(answer), /not one of the public internet/);
        }
      assert.deepEqual(seen, []);
    });
  }

  test('a name that is public the first time and this machine the second is not followed', async (context) => {
    const seen = attempts(context);
    const server = await httpServer(context, (_request, response) => {
      response.writeHead(200, { Connection: 'close' }).end(GOOD);
    });
    // The test's own "public" address is loopback; the rebound one stands for whatever is inside.
    const lookUps = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2']];
    const get = open(context, { resolve: async () => lookUps.shift()! });
    const address = `http://mirror.example:${server.port}/`;
    assert.equal((await get(address, 4, MOST)).kind, 'body');
    assert.match(reason(await get(address, 4, MOST)), /not one of the public internet/);
    assert.match(reason(await get(address, 4, MOST)), /not one of the public internet/);
    assert.deepEqual(seen, ['127.0.0.1']);
  });
});
