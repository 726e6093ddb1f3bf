import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from './temporary-folder.ts';

/** The servers whose logs are counted most, as their distributions ship them. */
export const WEB_SERVERS = ['nginx', 'apache2'] as const;
export type WebServerName = (typeof WEB_SERVERS)[number];

export interface WebServer {
  port: number;
  /** In its `combined` format. */
  log: string;
  /** Until all that was asked is in the log. */
  stop(): Promise<void>;
}

/** The context of a test, which ends what it started. */
interface Owner {
  after(cleanUp: () => Promise<void> | void): void;
}

const MODULES = '/usr/lib/apache2/modules';
const STARTS = 200;

/** Why this server cannot be started here; undefined if it can. */
export function problemWithServer(name: WebServerName): string | undefined {
  return spawnSync(name, ['-v'], { timeout: 10_000 }).status === 0 ? undefined : `needs ${name}`;
}

/** A server on loopback that answers lists with 200 and waits a second for a request. `/private` asks who one is. */
export async function startWebServer(owner: Owner, name: WebServerName): Promise<WebServer> {
  const folder = temporaryFolder(owner);
  chmodSync(folder, 0o777);
  const port = await freePort();
  const log = join(folder, 'access.log');
  const configuration = join(folder, 'server.conf');
  const site = join(folder, 'site');
  for (const list of ['mirrorlist', 'metalink']) mkdirSync(join(site, list), { recursive: true });
  writeFileSync(join(site, 'list'), 'https://mirror.example.org/\n');
  writeFileSync(configuration, name === 'nginx' ? nginxConfiguration(folder, port) : apacheConfiguration(folder, port));
  const args = name === 'nginx' ? ['-p', folder, '-c', configuration] : ['-X', '-d', folder, '-f', configuration];
  const server = spawn(name, args, { stdio: 'ignore' });
  const stop = () => ended(server);
  owner.after(stop);
  for (let tries = 0; !(await answers(port)); tries++) {
    if (server.exitCode !== null || tries === STARTS) throw new Error(`${name} does not start`);
    await setTimeout(50);
  }
  return { port, log, stop };
}

function nginxConfiguration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${folder}/${of};`,
  );
  return `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log ${folder}/error.log;
    events { worker_connections 512; }
    http {
      ${temporary.join('\n')}
      access_log ${folder}/access.log combined;
      client_header_timeout 1s;
      server {
        listen 127.0.0.1:${port};
        location ~ ^/(mirrorlist|metalink) { return 200 "https://mirror.example.org/\\n"; }
        location / { return 404; }
      }
    }`;
}

/** What Debian's does, in one process. */
function apacheConfiguration(folder: string, port: number): string {
  const modules = [
    'mpm_event',
    'authn_core',
    'authn_file',
    'authz_core',
    'authz_user',
    'auth_basic',
    'alias',
    'reqtimeout',
  ];
  const loaded = modules.filter((module) => existsSync(`${MODULES}/mod_${module}.so`));
  writeFileSync(join(folder, 'users'), '');
  return `
    ${loaded.map((module) => `LoadModule ${module}_module ${MODULES}/mod_${module}.so`).join('\n')}
    ServerName mirrors.example.org
    Listen 127.0.0.1:${port}
    User www-data
    Group www-data
    PidFile ${folder}/pid
    DefaultRuntimeDir ${folder}
    Mutex file:${folder}
    ErrorLog ${folder}/error.log
    LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
    CustomLog ${folder}/access.log combined
    RequestReadTimeout header=1
    DocumentRoot ${folder}/site
    AliasMatch ^/(mirrorlist|metalink) ${folder}/site/list
    <Location /private>
      AuthType Basic
      AuthName private
      AuthBasicProvider file
      AuthUserFile ${folder}/users
      Require valid-user
    </Location>`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  const isOver = await Promise.race([once(server, 'exit'), setTimeout(5_000)]);
  if (isOver === undefined) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}
