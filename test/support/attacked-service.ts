import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { honestWeek, NOISE, strangersWeek } from './attack.ts';
import { capture, clockAt } from './in-process.ts';
import { writeMirrorFolder } from './mirror-folder.ts';
import type { WireRequest } from './nginx-log.ts';
import { testSeed } from './random.ts';
import { startServe, untilTrue } from './serve-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { noRandomness } from './vault-contents.ts';
import { WEEK } from './vault-logs.ts';

export interface AttackOnService {
  systems: number;
  /** Of each stranger. */
  requests: number;
  networks: number;
  /** That never end their request, and are opened again when they are closed. */
  slowConnections: number;
  /** Resident, in MB, of the processes of the service together. */
  mostMegabytes: number;
}

const SLOW = join(import.meta.dirname, '../../bench/slow-connections.ts');
const seed = testSeed();

/** `rollcall serve` itself, asked by honest systems and strangers in turn, beside those that hold connections: it tells how many. */
export function attackedService({
  systems,
  requests,
  networks,
  slowConnections,
  mostMegabytes,
}: AttackOnService): void {
  test(`G01 G12 W6: serve answers every system beside floods and ${slowConnections} slow connections, and counts it (seed ${seed})`, {
    timeout: 600_000,
  }, async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'mirrors'));
    writeMirrorFolder(join(folder, 'mirrors'));
    const options = ['--collect-only', '--trust-proxy', '127.0.0.1', '--workers', '2'];
    const served = await startServe(context, folder, ['mirrors', ...options]);
    const slow = spawn(
      process.execPath,
      [SLOW, String(served.port), String(slowConnections), String(slowConnections * 5)],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    context.after(() => slow.kill('SIGKILL'));
    await once(slow.stdout, 'data');
    // Processes tell the first one what they hold once in a while.
    await untilTrue(async () => {
      const { body } = await served.get('/metrics');
      return Number(/^rollcall_connections (\d+)$/m.exec(body)?.[1]) >= slowConnections / 2;
    });
    const honest = honestWeek(WEEK, systems, seed);
    const strange = strangersWeek(WEEK, NOISE, { requests, networks });
    const statuses = await askAll(served.port, mixed(honest, strange));
    assert.deepEqual([...new Set(honest.map((each) => statuses.get(each)))], [200]);
    const megabytes = peakOf(served.child.pid!);
    assert.ok(megabytes > 0 && megabytes <= mostMegabytes, `${megabytes} MB`);
    assert.equal(await served.stop(), 0);

    const vault = join(folder, 'vault.sqlite');
    const terminal = capture();
    const now = clockAt((Date.now() / 1000) as never);
    assert.equal(await ingest([join(folder, 'rollcall-spool')], { vault }, terminal, now), 0, terminal.errText());
    assert.deepEqual(countedLike(vault, honest), expectedOf(honest));
    context.diagnostic(`${statuses.size} requests answered, ${megabytes} MB at most`);
  });
}

/** Honest ones spread evenly among the others. */
function mixed(honest: readonly WireRequest[], strange: readonly WireRequest[]): WireRequest[] {
  const placed = [honest, strange].flatMap((all) => all.map((each, at) => ({ each, at: (at + 0.5) / all.length })));
  return placed.sort((a, b) => a.at - b.at).map(({ each }) => each);
}

const CLIENTS = 32;

/** Asks as a proxy does for its clients; answers with what status each was told. */
async function askAll(port: number, requests: readonly WireRequest[]): Promise<Map<WireRequest, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const statuses = new Map<WireRequest, number>();
  let next = 0;
  const loop = async () => {
    while (next < requests.length) {
      const each = requests[next++]!;
      let status = await ask(port, agent, each);
      // A kept connection may be ended just as the next request goes out; clients of HTTP ask again then.
      if (status === 'reset') status = await ask(port, agent, each);
      if (status === 'reset') throw new Error('a request was not answered');
      statuses.set(each, status);
    }
  };
  try {
    await Promise.all(Array.from({ length: CLIENTS }, loop));
  } finally {
    agent.destroy();
  }
  return statuses;
}

function ask(
  port: number,
  agent: Agent,
  { method, target, agent: name, address }: WireRequest,
): Promise<number | 'reset'> {
  return new Promise((resolve, reject) => {
    const headers = { 'User-Agent': name, 'X-Forwarded-For': address };
    const asked = request({ host: '127.0.0.1', port, path: target, method, headers, agent }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => resolve(response.statusCode!));
    });
    asked.on('error', (error) => (asked.reusedSocket ? resolve('reset') : reject(error)));
    asked.end();
  });
}

/** What the process and its children have held at most, as the kernel tells. */
function peakOf(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1000) + children.reduce((sum, child) => sum + peakOf(child), 0);
}

const keyOf = (agent: string, repo: string, arch: string, age: number) => [agent, repo, arch, age].join('\n');

function expectedOf(honest: readonly WireRequest[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { agent, target } of honest) {
    const query = new URLSearchParams(target.split('?')[1]);
    const key = keyOf(agent, query.get('repo')!, query.get('arch')!, Number(query.get('countme')));
    sums[key] = (sums[key] ?? 0) + 1;
  }
  return sums;
}

/** The vault's check-ins that say the same as honest ones. */
function countedLike(path: string, honest: readonly WireRequest[]): Record<string, number> {
  const sums = Object.fromEntries(Object.keys(expectedOf(honest)).map((key) => [key, 0]));
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    for (const { week } of vault.weeks()) {
      for (const { system, request: asked, hits } of vault.cells(week)) {
        const { client, osName, osVersion, osVariant, osArch } = system;
        const agent = `${client} (${osName} ${osVersion}; ${osVariant}; Linux.${osArch})`;
        const key = keyOf(agent, asked.repoTag, asked.repoArch, asked.age);
        if (key in sums) sums[key]! += hits;
      }
    }
  } finally {
    vault.close();
  }
  return sums;
}
