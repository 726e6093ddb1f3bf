import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMirrorFolder } from '../test/support/mirror-folder.ts';
import { compare, median, runShell } from './measure.ts';
import type { Bench, Row } from './results.ts';

const ROUNDS = Number(process.env['ROLLCALL_BENCH_ROUNDS'] ?? 5);
const SECONDS = 5;
/** The server has the first core to itself, whoever asks has the second. */
const SERVER_CORE = 'taskset -c 0';
const CLIENT_CORE = 'taskset -c 1';
const SLOW_CONNECTIONS = 5_000;

interface Running {
  port: number;
  /** Of the process that answers. */
  pid: number;
  stop(): Promise<void>;
}

/** Lists for clients everywhere, on one core, beside nginx with a file of the same size. Needs `wrk`, `nginx`, `taskset`, `chrt`. */
export async function benchServe(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-serve-'));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<Bench> {
  mkdirSync(join(folder, 'mirrors'));
  writeMirrorFolder(join(folder, 'mirrors'));
  writeFileSync(join(folder, 'ask.lua'), SCRIPT);
  const ours = await startRollcall(folder);
  const list = await fetched(ours.port, '/mirrorlist/9/baseos');
  const nginx = await startNginx(folder, list);
  try {
    const pair = await compare(
      ROUNDS,
      () => requestsPerSecond(folder, ours.port),
      () => requestsPerSecond(folder, nginx.port),
    );
    const calm = await calmLatencies(folder, ours.port);
    const memory = peakMegabytes(ours.pid);
    const slow = await latenciesBesideSlow(folder, ours.port);
    return {
      name: 'serve',
      text: `One process that answers, on one core; the client on another. 530 mirrors, 2,000 clients of all networks, country look-up, selection for
each request, one request in four counted on arrival. nginx serves a file of the same size (${list.length} bytes) with one worker on the same core,
without a log. Medians of ${ROUNDS} runs of ${SECONDS} s in turn, 32 connections. Latencies at 1,000 requests per second, p99.`,
      rows: rowsOf(pair, calm, slow, memory),
      peers: (await runShell('nginx -v 2>&1; wrk -v 2>&1 | head -1 || true')).output.replaceAll('\n', ' ').trim(),
    };
  } finally {
    await Promise.all([ours.stop(), nginx.stop()]);
  }
}

function rowsOf(
  pair: { ours: number; theirs: number; ratio: number },
  calm: number,
  slow: number,
  memory: number,
): Row[] {
  const alone = { peer: '', theirs: '' };
  return [
    {
      what: 'time of a mirrorlist, counted on arrival, at full load',
      ours: `${Math.round(pair.ours)} /s`,
      peer: 'nginx, static file',
      theirs: `${Math.round(pair.theirs)} /s`,
      figure: 1 / pair.ratio,
      target: 2,
      unit: 'x',
    },
    {
      what: 'p99 at 1,000 requests per second',
      ours: `${calm.toFixed(2)} ms`,
      ...alone,
      figure: calm,
      target: 10,
      unit: 'ms',
    },
    {
      what: `p99 beside ${SLOW_CONNECTIONS} slow connections`,
      ours: `${slow.toFixed(2)} ms`,
      peer: 'without them',
      theirs: `${calm.toFixed(2)} ms`,
      figure: slow / calm,
      target: 2,
      unit: 'x',
    },
    {
      what: 'peak memory of the process that answers',
      ours: `${memory.toFixed(0)} MB`,
      ...alone,
      figure: memory,
      target: 150,
      unit: 'MB',
    },
  ];
}

/** Other clients and other repositories with each request; the same for both servers. */
const SCRIPT = `
local clients = {}
math.randomseed(7)
for at = 1, 2000 do
  clients[at] = math.random(1, 223) .. "." .. math.random(0, 255) .. "." .. math.random(0, 255) .. "." .. math.random(1, 254)
end
local paths = { "/mirrorlist/9/baseos", "/mirrorlist/9/appstream", "/mirrorlist/10/baseos", "/mirrorlist/8/extras" }
local requests = {}
function init()
  for at = 1, 2000 do
    local path = paths[at % 4 + 1]
    if at % 4 == 0 then path = path .. "?countme=" .. (at % 3 + 1) end
    requests[at] = wrk.format("GET", path, {
      ["Host"] = wrk.headers["Host"], ["X-Forwarded-For"] = clients[at],
      ["User-Agent"] = "libdnf (AlmaLinux 9." .. (at % 7) .. "; generic; Linux.x86_64)" })
  end
end
local at = 0
function request() at = at % 2000 + 1; return requests[at] end
local pause = tonumber(os.getenv("PAUSE_MILLISECONDS"))
if pause then function delay() return pause end end
`;

async function requestsPerSecond(folder: string, port: number): Promise<number> {
  const output = await wrk(folder, port, 32, '');
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)![1]);
}

/** Ten connections that each wait ten milliseconds before they ask: 1,000 a second, or a little less. */
async function p99(folder: string, port: number): Promise<number> {
  const output = await wrk(folder, port, 10, 'PAUSE_MILLISECONDS=10');
  const [, digits, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(output)!;
  return Number(digits) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'];
}

async function wrk(folder: string, port: number, connections: number, environment: string): Promise<string> {
  const script = join(folder, 'ask.lua');
  const options = `-t1 -c${connections} -d${SECONDS}s --latency -s ${script}`;
  const { output } = await runShell(`${environment} ${CLIENT_CORE} wrk ${options} http://127.0.0.1:${port}`);
  const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(output);
  if (failed !== null) throw new Error(`not all requests were answered: ${failed[0]}`);
  return output;
}

async function calmLatencies(folder: string, port: number): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await p99(folder, port));
  return median(all);
}

async function latenciesBesideSlow(folder: string, port: number): Promise<number> {
  const module = new URL('./slow-connections.ts', import.meta.url).pathname;
  // Behind whoever measures, on the same core: else its own work would be in the latencies.
  const child = spawn(
    'chrt',
    ['-i', '0', 'taskset', '-c', '1', process.execPath, module, String(port), String(SLOW_CONNECTIONS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    await once(child.stdout, 'data');
    return await calmLatencies(folder, port);
  } finally {
    child.kill('SIGKILL');
  }
}

async function startRollcall(folder: string): Promise<Running> {
  const program = [...SERVER_CORE.split(' '), process.execPath, join(process.cwd(), 'dist/main.cjs')];
  const options = [
    'mirrors',
    '--workers',
    '1',
    '--collect-only',
    '--trust-proxy',
    '127.0.0.1',
    '--listen',
    '127.0.0.1:0',
  ];
  const child = spawn(program[0]!, [...program.slice(1), 'serve', ...options], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said.toString())![1]);
  const [answering] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
  return { port, pid: Number(answering), stop: () => stopped(child) };
}

async function startNginx(folder: string, list: string): Promise<Running> {
  const port = await freePort();
  for (const path of ['mirrorlist/9', 'mirrorlist/10', 'mirrorlist/8'])
    mkdirSync(join(folder, path), { recursive: true });
  for (const path of ['9/baseos', '9/appstream', '10/baseos', '8/extras'])
    writeFileSync(join(folder, 'mirrorlist', path), list);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000; default_type text/plain; client_body_temp_path ${folder};
  server { listen 127.0.0.1:${port} backlog=4096; root ${folder}; } }`,
  );
  const child = spawn(
    SERVER_CORE.split(' ')[0]!,
    [...SERVER_CORE.split(' ').slice(1), 'nginx', '-p', folder, '-c', join(folder, 'nginx.conf')],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  for (;;) {
    if (await fetched(port, '/mirrorlist/9/baseos').then(Boolean, () => false)) break;
    if (child.exitCode !== null) throw new Error('nginx has not started');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, pid: child.pid!, stop: () => stopped(child) };
}

/** nginx cannot say which port it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function fetched(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}

/** Since its start. */
function peakMegabytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1000;
}
