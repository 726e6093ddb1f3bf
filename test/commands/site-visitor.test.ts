import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { siteVisitor } from '../../src/commands/site-visitor.ts';
import { rollcall } from '../support/command-line.ts';
import { httpServer } from '../support/loopback-server.ts';

type Settings = Parameters<typeof siteVisitor>[2];

const LONG = { connect: 5_000, whole: 20_000 };
const loopback = async (_host: string, family: 4 | 6) => (family === 4 ? ['127.0.0.1'] : []);

function visit(context: TestContext, site: string, mayBePrivate: boolean, settings: Settings = {}) {
  const { ask, close } = siteVisitor(new URL(site), mayBePrivate, { limits: LONG, ...settings });
  context.after(close);
  return (path: string, most = 1_000) => ask(new URL(path, site), most);
}

describe('the address of a publication', () => {
  test('O4: what is there, and what is not', async (context) => {
    const { port } = await httpServer(context, ({ url }, response) => {
      if (url === '/a.csv') response.setHeader('Content-Type', 'text/csv').end('a,b');
      else response.writeHead(404).end('none');
    });
    const read = visit(context, `http://127.0.0.1:${port}/`, false);
    const { status, type, bytes } = await read('a.csv', 3);
    assert.deepEqual([status, type, String(bytes)], [200, 'text/csv', 'a,b']);
    assert.equal((await read('b.csv')).status, 404);
  });

  test('G08: a file that has no end is left where its stated size ends', async (context) => {
    let closed: (value: unknown) => void = () => {};
    const isClosed = new Promise((resolve) => {
      closed = resolve;
    });
    let sent = 0;
    const { port } = await httpServer(context, (_request, response) => {
      response.on('close', closed);
      const more = () => {
        while (response.write(Buffer.alloc(16_384))) sent += 16_384;
        response.once('drain', more);
      };
      more();
    });
    await assert.rejects(
      visit(context, `http://127.0.0.1:${port}/`, false)('endless', 100_000),
      /greater than 100000 bytes/,
    );
    await isClosed;
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
  });

  test('G08: a file that never comes, and all together, end at their time', async (context) => {
    const { port } = await httpServer(context, (_request, response) => response.write('a'));
    const site = `http://127.0.0.1:${port}/`;
    const one = visit(context, site, false, { limits: { connect: 5_000, whole: 50 } });
    await assert.rejects(one('slow'), /is not complete after/);
    const all = visit(context, site, false, { longest: 50 });
    await assert.rejects(all('slow'), /all files together take longer/);
    await assert.rejects(all('next'), /all files together take longer/);
  });

  test('G07: a redirect to another origin is not followed', async (context) => {
    const other = await httpServer(context, (_request, response) => response.end('private'));
    const { port } = await httpServer(context, ({ url }, response) => {
      if (url === '/here') response.writeHead(302, { Location: '/there' }).end();
      else if (url === '/there') response.end('there');
      else response.writeHead(302, { Location: `http://127.0.0.1:${other.port}/` }).end();
    });
    const read = visit(context, `http://127.0.0.1:${port}/`, false);
    await assert.rejects(read('elsewhere'), /leads elsewhere/);
    assert.equal(other.connections(), 0);
    assert.equal(String((await read('here')).bytes), 'there');
  });

  test('G07: a name that leads to a private network is not connected to, unless that is asked for', async (context) => {
    const { port, connections } = await httpServer(context, (_request, response) => response.end('private'));
    const site = `http://count.example.org:${port}/`;
    await assert.rejects(visit(context, site, false, { resolve: loopback })('a'), /not one of the public internet/);
    assert.equal(connections(), 0);
    assert.equal(String((await visit(context, site, true, { resolve: loopback })('a')).bytes), 'private');
  });

  test('H02: a password in the address is refused, and not repeated', async () => {
    const run = await rollcall(['verify', '--published', 'https://me:hunter2@count.example.org/']);
    assert.equal(run.code, 2);
    assert.doesNotMatch(run.out + run.err, /hunter2/);
  });

  test('O4: the command asks an address, and says what it cannot', async (context) => {
    const { port } = await httpServer(context, (_request, response) => response.writeHead(503).end());
    const run = await rollcall(['verify', '--published', `http://127.0.0.1:${port}/`]);
    assert.equal(run.code, 1);
    assert.match(run.err, /^manifest\.json: cannot be read \(the server answered 503\)/);
    const { port: closed } = await new Promise<{ port: number }>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address() as { port: number };
        server.close(() => resolve(address));
      });
    });
    const nobody = await rollcall(['verify', '--published', `http://127.0.0.1:${closed}/`]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /manifest\.json: cannot be read/);
  });
});
