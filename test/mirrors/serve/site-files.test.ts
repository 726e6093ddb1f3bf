import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { SITE_POLICY } from '../../../src/flow/website/html/policy.ts';
import { rangeOf } from '../../../src/mirrors/serve/byte-range.ts';
import { pathOf, serveSiteFile } from '../../../src/mirrors/serve/site-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SECRET = 'nobody but the operator may read this';

interface Site {
  folder: string;
  /** The link that is served. */
  link: string;
  get(
    target: string,
    headers?: Record<string, string>,
    method?: string,
  ): Promise<{ status: number; head: string; body: string }>;
  port: number;
}

async function startSite(context: TestContext): Promise<Site> {
  const folder = temporaryFolder(context);
  const link = join(folder, 'site');
  mkdirSync(join(folder, 'first/data'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), SECRET);
  writeFileSync(join(folder, 'first/index.html'), '<p>first');
  writeFileSync(join(folder, 'first/data/index.html'), '<p>data');
  writeFileSync(join(folder, 'first/data/weeks.csv'), '0123456789');
  writeFileSync(join(folder, 'first/.hidden'), SECRET);
  symlinkSync('../secret.txt', join(folder, 'first/outside.txt'));
  symlinkSync('..', join(folder, 'first/above'));
  symlinkSync('first', link);
  const server = createServer((request, response) => {
    serveSiteFile(link, request, response).then(
      (isServed) => isServed || response.writeHead(404).end('none'),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { folder, link, port, get: (...asked) => get(port, ...asked) };
}

/** The target goes over the wire as it is written: no client of Node's would send most of these. */
function get(port: number, target: string, headers: Record<string, string> = {}, method = 'GET') {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise<{ status: number; head: string; body: string }>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', ...body] = text.split('\r\n\r\n');
      resolve({ status: Number(head.slice(9, 12)), head, body: body.join('\r\n\r\n') });
    });
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}\r\n`, 'latin1');
  });
}

describe('G04: nothing outside of the site is opened', () => {
  const targets = [
    '/../secret.txt',
    '/data/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/data/%2e%2e/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/..%5c..%5csecret.txt',
    '/secret.txt%00.html',
    '/%00',
    '//etc/passwd',
    '/etc/passwd',
    'http://x//etc/passwd',
    '/outside.txt',
    '/above/secret.txt',
    '/.hidden',
    '/data/.hidden',
    '/%E0%A4%A',
    '/%ff',
  ];
  for (const target of targets) {
    test(target, async (context) => {
      const site = await startSite(context);
      const { status, body } = await site.get(target);
      assert.ok(status === 404 || status === 400, `${status}`);
      assert.ok(!body.includes(SECRET));
    });
  }

  test('no target at all leads outside', async (context) => {
    const site = await startSite(context);
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2E%2e',
      '/',
      '%2f',
      '\\',
      '%5c',
      'secret.txt',
      'above',
      'data',
      '%00',
      '?',
      ';',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const { body } = await site.get(`/${parts.join('')}`);
        assert.ok(!body.includes(SECRET), parts.join(''));
      }),
      { numRuns: 300, seed: 20_260_715 },
    );
  });

  test('a path is decoded once', () => {
    assert.equal(pathOf('/a%20b/%252e%252e?x=%00#y'), '/a b/%2e%2e');
  });
});

describe('the published site', () => {
  test('is seen anew as soon as its link is replaced', async (context) => {
    const { folder, link, get } = await startSite(context);
    assert.equal((await get('/')).body, '<p>first');
    mkdirSync(join(folder, 'second'));
    writeFileSync(join(folder, 'second/index.html'), '<p>second');
    symlinkSync('second', join(folder, 'next'));
    renameSync(join(folder, 'next'), link);
    assert.equal((await get('/')).body, '<p>second');
  });

  test('folders have a page, with the slash that its links need', async (context) => {
    const { get } = await startSite(context);
    const { status, head } = await get('/data');
    assert.equal(status, 308);
    assert.match(head, /^Location: \/data\/$/m);
    assert.equal((await get('/data/')).body, '<p>data');
  });

  test('a file that has not changed is not sent again', async (context) => {
    const { get } = await startSite(context);
    const tag = /^ETag: (.*)$/m.exec((await get('/data/weeks.csv')).head)![1]!.trim();
    const again = await get('/data/weeks.csv', { 'If-None-Match': tag });
    assert.deepEqual([again.status, again.body], [304, '']);
  });

  test('HEAD has the headers and no body', async (context) => {
    const { get } = await startSite(context);
    const { status, head, body } = await get('/data/weeks.csv', {}, 'HEAD');
    assert.deepEqual([status, body], [200, '']);
    assert.match(head, /^Content-Length: 10$/im);
    assert.match(head, /^Content-Type: text\/csv/im);
    assert.match(head, /^Content-Security-Policy: default-src 'none'/im);
    assert.doesNotMatch(head, /unsafe/);
    assert.ok(head.includes(`${SITE_POLICY}; frame-ancestors 'self'`));
  });

  const ranges: [range: string, status: number, body: string][] = [
    ['bytes=2-4', 206, '234'],
    ['bytes=7-', 206, '789'],
    ['bytes=-3', 206, '789'],
    ['bytes=0-99', 206, '0123456789'],
    ['bytes=10-', 416, ''],
    ['bytes=-0', 416, ''],
    ['bytes=5-2', 200, '0123456789'],
    ['bytes=0-1,4-5', 200, '0123456789'],
    ['bytes=a-b', 200, '0123456789'],
    ['lines=1-2', 200, '0123456789'],
    ['bytes=99999999999999999999-', 200, '0123456789'],
  ];
  for (const [range, status, body] of ranges) {
    test(`${range}: ${status}`, async (context) => {
      const { get } = await startSite(context);
      const answered = await get('/data/weeks.csv', { Range: range });
      assert.deepEqual([answered.status, answered.body], [status, body]);
    });
  }

  test('a range is never outside of the file', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^bytes=\d{0,12}-\d{0,12}$/), fc.nat(1_000), (header, size) => {
        const range = rangeOf(header, size);
        if (typeof range === 'string') return;
        assert.ok(0 <= range.start && range.start <= range.end && range.end < size);
      }),
      { seed: 20_260_715 },
    );
  });

  test('G01: readers that go away leave no file open', async (context) => {
    const { folder, port } = await startSite(context);
    writeFileSync(join(folder, 'first/big.bin'), Buffer.alloc(32 * 2 ** 20));
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    for (let count = 0; count < 20; count++) {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
    }
    while (openFiles() > before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
