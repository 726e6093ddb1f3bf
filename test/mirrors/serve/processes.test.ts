import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { writeMirrorFolder } from '../../support/mirror-folder.ts';
import { get, type Served, startServe, untilTrue, withoutTestContext } from '../../support/serve-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LIST = '/mirrorlist/9/baseos';
const AGENT = 'libdnf (AlmaLinux 9.7; generic; Linux.x86_64)';
const MAIN = join(import.meta.dirname, '../../support/serve-main.ts');

function newFolder(context: TestContext): string {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'mirrors'));
  writeMirrorFolder(join(folder, 'mirrors'));
  return folder;
}

/** Clients that ask without end, half of them on connections that they keep. Every answer must be a list. */
function press(port: number, clients = 8) {
  const failures: string[] = [];
  let answered = 0;
  let isOver = false;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ask = (keep: boolean) =>
    new Promise<void>((resolve) => {
      const asked = request({ host: '127.0.0.1', port, path: LIST, agent: keep && agent }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('error', (error) => resolve(void failures.push(error.message)));
        response.on('end', () => {
          answered += 1;
          if (response.statusCode !== 200 || !body.includes('/BaseOS/')) failures.push(`${response.statusCode}`);
          resolve();
        });
      });
      // A kept connection may be ended just as the next request goes out; clients of HTTP ask again then, as Node says.
      asked.on('error', (error) => {
        if (!asked.reusedSocket) failures.push(error.message);
        resolve();
      });
      asked.end();
    });
  const loop = async (keep: boolean) => {
    while (!isOver) await ask(keep);
  };
  const loops = Array.from({ length: clients }, (_, at) => loop(at % 2 === 0));
  return {
    answered: () => answered,
    /** How many more lists were answered. */
    until: async (more: number) => {
      const goal = answered + more;
      await untilTrue(() => answered >= goal || failures.length > 0);
    },
    end: async () => {
      isOver = true;
      await Promise.all(loops);
      agent.destroy();
      return failures;
    },
  };
}

const reasonsOf = async (served: Served) => JSON.parse((await served.get('/healthz')).body).reasons as string[];

describe('G12: nothing is lost under load', { timeout: 120_000 }, () => {
  test('while everything is loaded anew', async (context) => {
    const folder = newFolder(context);
    const served = await startServe(context, folder, ['mirrors', '--workers', '2']);
    const load = press(served.port);
    for (let count = 0; count < 5; count++) {
      served.child.kill('SIGHUP');
      await load.until(50);
    }
    assert.deepEqual(await load.end(), []);
    assert.equal(await served.stop(), 0);
  });

  test('while a new process takes the place of an old one, on a socket that systemd holds', async (context) => {
    const folder = newFolder(context);
    const holder = await holdSocket(context, folder);
    await holder.say('start');
    await untilTrue(() => isAnswering(holder.port));
    const load = press(holder.port);
    for (let count = 0; count < 2; count++) {
      await load.until(50);
      await holder.say('restart');
    }
    await load.until(50);
    assert.deepEqual(await load.end(), []);
    await holder.say('stop');
  });

  test('a process that dies is replaced, and the others go on', async (context) => {
    const folder = newFolder(context);
    const served = await startServe(context, folder, ['mirrors', '--workers', '2']);
    await untilTrue(async () => (await metric(served, 'rollcall_processes')) === 2);
    const [victim] = childrenOf(served.child.pid!);
    process.kill(victim!, 'SIGKILL');
    await untilTrue(() => served.err().includes('another takes its place'));
    for (let count = 0; count < 20; count++) assert.equal((await served.get(LIST)).status, 200);
    await untilTrue(() => childrenOf(served.child.pid!).length === 2);
    await untilTrue(async () => (await metric(served, 'rollcall_processes')) === 2);
    assert.equal(await served.stop(), 0);
  });

  test('a second signal ends it at once, whoever is still asking', async (context) => {
    const served = await startServe(context, newFolder(context), ['mirrors', '--workers', '1']);
    const asking = connect(served.port, '127.0.0.1');
    asking.on('error', () => {});
    await once(asking, 'connect');
    asking.write('GET / HTTP/1.1\r\n');
    await untilTrue(async () => (await metric(served, 'rollcall_connections')) >= 1);
    const ended = once(served.child, 'exit');
    served.child.kill('SIGINT');
    served.child.kill('SIGTERM');
    assert.deepEqual(await ended, [1, null]);
  });
});

describe('G09: a broken catalogue while running', { timeout: 60_000 }, () => {
  test('changes no answer, is told to whoever looks, and ends when it is repaired', async (context) => {
    const folder = newFolder(context);
    writeFileSync(join(folder, 'rollcall-health.json'), healthState());
    const served = await startServe(context, folder, ['mirrors', '--workers', '1']);
    assert.deepEqual(await reasonsOf(served), []);
    const path = join(folder, 'mirrors/config.yml');
    const good = readFileSync(path, 'utf8');
    const before = (await served.get(LIST)).body;

    writeFileSync(path, 'versions: [');
    served.child.kill('SIGHUP');
    await untilTrue(async () => (await reasonsOf(served)).length > 0);
    assert.match((await reasonsOf(served))[0]!, /^the mirrors folder is refused.*config\.yml:1/);
    assert.equal((await served.get('/healthz')).status, 503);
    assert.equal((await served.get('/readyz')).status, 200);
    assert.equal((await served.get(LIST)).body, before);
    assert.match(served.err(), /refused: .*config\.yml/);

    // Without a signal: files that change are found.
    writeFileSync(path, good);
    utimesSync(path, 1, 1);
    await untilTrue(async () => (await reasonsOf(served)).length === 0);
    assert.equal((await served.get(LIST)).body, before);
  });

  test('all mirrors down: the answer is a list all the same', async (context) => {
    const folder = newFolder(context);
    const names = readdirSync(join(folder, 'mirrors/mirrors.d')).map((file) =>
      nameIn(join(folder, 'mirrors/mirrors.d', file)),
    );
    const down = { ok: false, since: '2026-07-15T18:00:00Z', reason: 'no answer' };
    writeFileSync(
      join(folder, 'rollcall-health.json'),
      healthState(Object.fromEntries(names.map((name) => [name, { v4: down, v6: down, repositories: {} }]))),
    );
    const served = await startServe(context, folder, ['mirrors', '--workers', '1']);
    const { status, body } = await served.get(LIST);
    assert.equal(status, 200);
    assert.match(body, /^http\S+\/9\.8\/BaseOS\/\$basearch\/os\/$/m);
    assert.match((await served.get('/mirrors/')).body, /<p>0 of \d+ mirrors are listed/);
  });
});

describe('what it is told at its start', { timeout: 60_000 }, () => {
  const started = (folder: string, ...args: string[]) => run(folder, ['serve', ...args]);

  test('G10: a country, city or AS database that cannot be read is named, once', async (context) => {
    const folder = newFolder(context);
    writeFileSync(join(folder, 'damaged.mmdb'), Buffer.alloc(5_000, 7));
    for (const option of ['--geo', '--city', '--asn']) {
      for (const file of ['damaged.mmdb', 'missing.mmdb']) {
        const { code, err } = await started(folder, 'mirrors', '--listen', '127.0.0.1:0', option, file);
        assert.equal(code, 2);
        assert.equal(err.split('\n').length, 2, err);
        assert.match(err, /^rollcall: the (country|city|ASN) database cannot be /);
      }
    }
  });

  test('a port that is taken is named, and nothing is tried for ever', async (context) => {
    const folder = newFolder(context);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    // Of several processes the others may still be starting when the first one finds out.
    const { code, err } = await started(folder, 'mirrors', '--listen', `127.0.0.1:${port}`, '--workers', '3');
    assert.equal(code, 2);
    assert.match(err, /cannot listen at 127\.0\.0\.1, port \d+: EADDRINUSE/);
  });

  test('mistakes in options are named', async (context) => {
    const folder = newFolder(context);
    const cases: [args: string[], expected: RegExp][] = [
      [['nowhere'], /nowhere: there is nothing to serve/],
      [['mirrors', '--listen', 'example.org'], /--listen example\.org: expected an address and a port/],
      [['mirrors', '--listen', '127.0.0.1:99999'], /--listen 127\.0\.0\.1:99999: expected/],
      [['mirrors', '--trust-proxy', '10.0.0.0/8,10.0.0.0/40'], /10\.0\.0\.0\/40; expected an address or CIDR/],
      [['mirrors', '--site-url', 'mirrors.example.org'], /--site-url mirrors\.example\.org: expected/],
      [['mirrors', '--spool', 'mirrors/config.yml/spool'], /--spool \S+: it cannot be made \(ENOTDIR\); expected/],
      [['mirrors', '--distribution', 'nobodys'], /there is no distribution "nobodys": expected .*almalinux/],
      [['mirrors', '--annotations', 'nowhere.yaml'], /nowhere\.yaml/],
    ];
    for (const [args, expected] of cases) {
      const { code, err } = await started(folder, ...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, expected);
    }
  });
});

describe('whoever asks', { timeout: 60_000 }, () => {
  const country = async (served: Served, headers: Record<string, string>) =>
    JSON.parse((await served.get(`/explain${LIST}`, { headers })).body).client.country as string;
  // Addresses of well-known name servers, whose countries every database agrees on.
  const forwarded = { 'X-Forwarded-For': '203.0.113.7, 8.8.8.8' };

  test('G03: what is forwarded is believed of configured proxies only', async (context) => {
    const folder = newFolder(context);
    const direct = await startServe(context, folder, ['mirrors', '--workers', '1']);
    assert.equal(await country(direct, forwarded), 'not known');
    const proxied = await startServe(context, folder, ['--trust-proxy', '::1,127.0.0.1', 'mirrors', '--workers', '1']);
    assert.equal(await country(proxied, forwarded), 'US');
    assert.equal(await country(proxied, { 'CF-Connecting-IP': '8.8.8.8' }), 'not known');
    assert.equal(await country(proxied, { 'X-Forwarded-For': 'unknown, <script>' }), 'not known');
  });

  test('F08 G13: there is no access log, and no address of a client in any file, output or page', async (context) => {
    const folder = newFolder(context);
    const served = await startServe(context, folder, ['mirrors', '--workers', '2', '--trust-proxy', '127.0.0.1']);
    const canary = '198.51.100.77';
    const headers = { 'X-Forwarded-For': canary, 'User-Agent': AGENT };
    const targets = [
      `${LIST}?countme=1`,
      `${LIST}/?countme=9`,
      '/metalink?repo=none&countme=1',
      `/explain${LIST}`,
      '/none',
      '/metrics',
    ];
    const pages: string[] = [];
    for (const target of targets) pages.push((await served.get(target, { headers })).body);
    pages.push((await served.get('/healthz')).body, (await served.get('/status.json')).body);
    assert.equal(await served.stop(), 0);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [...pages, ...files, served.out(), served.err()]) assert.ok(!text.includes(canary));
    assert.ok(
      files.some((text) => text.includes('baseos-9') && text.startsWith('rollcall-spool')),
      'it was counted',
    );
  });

  test('G11: one client that floods is told to come back later, and the others are answered', async (context) => {
    const folder = newFolder(context);
    const served = await startServe(context, folder, ['mirrors', '--workers', '1']);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const ask = () =>
      new Promise<[number, string | undefined]>((resolve, reject) => {
        request({ host: '127.0.0.1', port: served.port, path: '/none', agent }, (response) => {
          response.resume().on('end', () => resolve([response.statusCode!, response.headers['retry-after']]));
        })
          .on('error', reject)
          .end();
      });
    let last: [number, string | undefined] = [0, undefined];
    for (let count = 0; count < 400 && last[0] !== 429; count++) {
      last = (await Promise.all(Array.from({ length: 100 }, ask))).at(-1)!;
    }
    agent.destroy();
    assert.deepEqual(last, [429, '10']);
    assert.equal((await served.get(LIST, { from: '127.0.0.2' })).status, 200);
  });

  test('only GET and HEAD are answered', async (context) => {
    const served = await startServe(context, newFolder(context), ['mirrors', '--workers', '1']);
    for (const target of [LIST, '/', '/metrics', '/mirrors/']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await served.get(target, { method });
        assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], `${method} ${target}`);
      }
      const [full, head] = [await served.get(target), await served.get(target, { method: 'HEAD' })];
      assert.deepEqual([head.status, head.body], [full.status, '']);
    }
  });
});

async function metric(served: Served, name: string): Promise<number> {
  const { body } = await served.get('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
}

async function isAnswering(port: number): Promise<boolean> {
  return await get(port, '/readyz').then(
    ({ status }) => status === 200,
    () => false,
  );
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function run(folder: string, args: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: withoutTestContext(),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 30_000,
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, err };
}

function healthState(mirrors: Record<string, object> = {}): string {
  return JSON.stringify({
    format: 'rollcall-health-v1',
    checked: `${new Date().toISOString().slice(0, 19)}Z`,
    truth: {},
    mirrors,
  });
}

function nameIn(path: string): string {
  return /^name:\s*(\S+)/m.exec(readFileSync(path, 'utf8'))![1]!;
}

/** Keeps a listening socket open and starts services with it, as systemd does. It never takes a connection itself. */
const HOLDER = `
run() { LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$@"' sh "$@" & pid=$!; }
end() { kill -TERM $pid; wait $pid || exit 1; }
while read -r word; do
  case $word in
    start) run "$@" ;;
    restart) end; run "$@" ;;
    stop) end ;;
  esac
  echo "$word"
done`;

async function holdSocket(context: TestContext, folder: string) {
  const socket = createSocketServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  const service = [process.execPath, MAIN, 'serve', 'mirrors', '--workers', '2'];
  const holder: ChildProcess = spawn('sh', ['-c', HOLDER, 'sh', ...service], {
    cwd: folder,
    env: withoutTestContext(),
    stdio: ['pipe', 'pipe', 'inherit', (socket as unknown as { _handle: { fd: number } })._handle.fd],
  });
  // From now on only the shell has it.
  socket.close();
  const lines = createInterface({ input: holder.stdout! })[Symbol.asyncIterator]();
  context.after(() => holder.stdin!.end());
  return {
    port,
    say: async (word: string) => {
      holder.stdin!.write(`${word}\n`);
      for (;;) {
        const { value, done } = await lines.next();
        assert.notEqual(done, true, 'the holder has ended');
        if (value === word) return;
      }
    },
  };
}
