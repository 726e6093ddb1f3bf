import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { logTime } from './log-lines.ts';

/** A request with countme, as the server understood it: the truth that its log is held against. */
export interface CheckIn {
  countme: string;
  repoTag: string;
  repoArch: string;
  status: number;
}

export interface ListServerOptions {
  /** The access log, in the Combined Log Format as nginx writes it. */
  log: string;
  /** The folder of the one repository that all lists lead to. */
  repository: string;
  /** Minutes that the server's clock is ahead of UTC. */
  zone: number;
}

export interface ListServer {
  readonly port: number;
  /** In the order in which they came. */
  readonly checkIns: readonly CheckIn[];
  /** How many lists were asked for, with countme or without. */
  readonly listRequests: number;
  /** The time that stands in the log from now on: its clients live in a time of their own. */
  setTime(milliseconds: number): void;
  /** Answers the next check-in with 503. */
  loseNextCheckIn(): void;
  close(): Promise<void>;
}

interface List {
  repoTag: string;
  repoArch: string;
  body: string;
}

/** Serves `/mirrorlist/VERSION/REPO`, `/metalink?repo=..&arch=..` and one repository, on the loopback address only. */
export async function startListServer({ log, repository, zone }: ListServerOptions): Promise<ListServer> {
  const checkIns: CheckIn[] = [];
  let listRequests = 0;
  let now = 0;
  let lose = false;

  const server = createServer((request, response) => {
    const { status, body } = answer(request);
    appendFileSync(log, `${combinedLine(request, status, body.length, logTime(now, zone))}\n`);
    response.writeHead(status, { 'content-length': body.length }).end(body);
  });

  function answer(request: IncomingMessage): { status: number; body: Buffer } {
    const url = new URL(request.url!, baseOf(server.address() as AddressInfo));
    const list = listOf(url, repository);
    if (list === undefined) return fileOf(url, repository);
    listRequests += 1;
    const countme = url.searchParams.get('countme');
    if (countme === null) return { status: 200, body: Buffer.from(list.body) };
    const status = lose ? 503 : 200;
    lose = false;
    checkIns.push({ countme, repoTag: list.repoTag, repoArch: list.repoArch, status });
    return { status, body: Buffer.from(status === 200 ? list.body : '') };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    checkIns,
    get listRequests() {
      return listRequests;
    },
    setTime: (milliseconds) => {
      now = milliseconds;
    },
    loseNextCheckIn: () => {
      lose = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function baseOf({ port }: AddressInfo): string {
  return `http://127.0.0.1:${port}`;
}

function listOf(url: URL, repository: string): List | undefined {
  const mirror = `${url.origin}/pub/`;
  const [, kind, version, repo] = /^\/(mirrorlist)\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (kind !== undefined) return { repoTag: `${repo}-${version}`, repoArch: '', body: `${mirror}\n` };
  if (url.pathname !== '/metalink') return undefined;
  return {
    repoTag: url.searchParams.get('repo') ?? '',
    repoArch: url.searchParams.get('arch') ?? '',
    body: metalink(readFileSync(join(repository, 'repodata/repomd.xml')), `${mirror}repodata/repomd.xml`),
  };
}

function metalink(repomd: Buffer, url: string): string {
  const hash = createHash('sha256').update(repomd).digest('hex');
  return `<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/">
 <files>
  <file name="repomd.xml">
   <size>${repomd.length}</size>
   <verification><hash type="sha256">${hash}</hash></verification>
   <resources><url protocol="http" type="http" location="XX" preference="100">${url}</url></resources>
  </file>
 </files>
</metalink>
`;
}

function fileOf(url: URL, repository: string): { status: number; body: Buffer } {
  const [, name] = /^\/pub\/(repodata\/[\w.-]+)$/.exec(url.pathname) ?? [];
  try {
    if (name !== undefined) return { status: 200, body: readFileSync(join(repository, name)) };
  } catch {
    // Not there: 404 as for any other path.
  }
  return { status: 404, body: Buffer.alloc(0) };
}

function combinedLine(request: IncomingMessage, status: number, bytes: number, time: string): string {
  const { method, url, httpVersion, headers, socket } = request;
  const line = nginxText(`${method} ${url} HTTP/${httpVersion}`);
  const referer = nginxText(headers.referer ?? '-');
  const agent = nginxText(headers['user-agent'] ?? '-');
  return `${socket.remoteAddress} - - [${time}] "${line}" ${status} ${bytes} "${referer}" "${agent}"`;
}

/** nginx's default escaping, on text of one byte per character, as node:http hands it over. */
function nginxText(bytes: string): string {
  return Array.from(bytes, (character) => {
    const code = character.charCodeAt(0);
    const plain = code >= 0x20 && code <= 0x7e && character !== '"' && character !== '\\';
    return plain ? character : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
