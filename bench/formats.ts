import { closeSync, createReadStream, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { median, run, runShell } from './measure.ts';
import type { Row } from './results.ts';

/** So many bytes of each format are read, of lines of a corpus in combined. */
const BYTES = 300_000_000;
const MEGABYTES_PER_SECOND = 150;

interface Visit {
  host: string;
  /** As in `2025-02-03T10:00:00`. */
  at: string;
  method: string;
  target: string;
  protocol: string;
  status: number;
  size: number;
  agent: string;
  line: string;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const LINE = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) ([^"]+)" (\d+) (\d+|-) "[^"]*" "([^"]*)"$/;

function visitOf(line: string): Visit | undefined {
  const [, host, time, method, target, protocol, status, size, agent] = LINE.exec(line) ?? [];
  if (time === undefined) return undefined;
  const month = String(MONTHS.indexOf(time.slice(3, 6)) / 3 + 1).padStart(2, '0');
  const at = `${time.slice(7, 11)}-${month}-${time.slice(0, 2)}T${time.slice(12, 20)}`;
  const numbers = { status: Number(status), size: Number(size) || 0 };
  return { host: host!, at, method: method!, target: target!, protocol: protocol!, agent: agent!, line, ...numbers };
}

/** As Go escapes it. */
function go(value: unknown): string {
  return JSON.stringify(value).replace(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

const FORMATS: Record<string, { write(visit: Visit): string; filter: string }> = {
  Traefik: {
    write: ({ host, at, method, target, protocol, status, size, agent }) =>
      go({
        ClientAddr: `${host}:51234`,
        ClientHost: host,
        ClientPort: '51234',
        ClientUsername: '-',
        DownstreamContentSize: size,
        DownstreamStatus: status,
        Duration: 1_234_567,
        OriginContentSize: size,
        OriginDuration: 1_234_000,
        OriginStatus: status,
        Overhead: 12_345,
        RequestAddr: 'mirrors.example.org',
        RequestHost: 'mirrors.example.org',
        RequestMethod: method,
        RequestPath: target,
        RequestPort: '-',
        RequestProtocol: protocol,
        RequestScheme: 'https',
        RetryAttempts: 0,
        RouterName: 'mirror@docker',
        ServiceAddr: '172.18.0.3:8080',
        ServiceName: 'mirror@docker',
        StartLocal: `${at}.123456789Z`,
        StartUTC: `${at}.123456789Z`,
        entryPointName: 'websecure',
        level: 'info',
        msg: '',
        'request_User-Agent': agent,
        time: `${at}Z`,
      }),
    filter: '[.StartUTC, .RequestPath, ."request_User-Agent"] | @tsv',
  },
  Caddy: {
    write: ({ host, at, method, target, status, size, agent }) =>
      go({
        level: 'info',
        ts: Date.parse(`${at}Z`) / 1000 + 0.123,
        logger: 'http.log.access.log0',
        msg: 'handled request',
        request: {
          remote_ip: host,
          remote_port: '51234',
          client_ip: host,
          proto: 'HTTP/2.0',
          method,
          host: 'mirrors.example.org',
          uri: target,
          headers: { 'User-Agent': [agent], Accept: ['*/*'] },
        },
        bytes_read: 0,
        user_id: '',
        duration: 0.001,
        size,
        status,
      }),
    filter: '[(.ts | todate), .request.uri, .request.headers."User-Agent"[0]] | @tsv',
  },
  Cloudflare: {
    write: ({ host, at, method, target, protocol, status, size, agent }) =>
      JSON.stringify({
        ClientIP: host,
        ClientRequestHost: 'mirrors.example.org',
        ClientRequestMethod: method,
        ClientRequestProtocol: protocol,
        ClientRequestURI: target,
        ClientRequestUserAgent: agent,
        EdgeEndTimestamp: `${at}Z`,
        EdgeResponseBytes: size,
        EdgeResponseStatus: status,
        EdgeStartTimestamp: `${at}Z`,
        RayID: '1a2b3c4d5e6f7a8b',
      }),
    filter: '[.EdgeStartTimestamp, .ClientRequestURI, .ClientRequestUserAgent] | @tsv',
  },
  'combined in Docker': {
    write: ({ at, line }) => go({ log: `${line}\n`, stream: 'stdout', time: `${at}.123456789Z` }),
    filter: '.log | rtrimstr("\\n") | split("\\"") | [.[0], .[1], .[5]] | @tsv',
  },
};

async function makeLog(corpus: string, path: string, write: (visit: Visit) => string): Promise<void> {
  if (existsSync(path)) return;
  process.stdout.write(`making ${path}\n`);
  const fd = openSync(path, 'w');
  let bytes = 0;
  let waiting: string[] = [];
  const flush = () => {
    bytes += writeSync(fd, waiting.join(''));
    waiting = [];
  };
  for await (const line of createInterface({ input: createReadStream(corpus, 'latin1') })) {
    const visit = visitOf(line);
    if (visit !== undefined) waiting.push(`${write(visit)}\n`);
    if (waiting.length === 10_000) flush();
    if (bytes > BYTES) break;
  }
  flush();
  closeSync(fd);
}

/** Counts a log on one core, into a new vault. */
async function ingest(path: string) {
  const vault = `${path}.sqlite`;
  const args = [
    '-c',
    '0',
    process.execPath,
    'dist/main.cjs',
    'ingest',
    '--json',
    '--workers',
    '1',
    '--vault',
    vault,
    path,
  ];
  const result = await run('taskset', args);
  for (const suffix of ['', '-wal', '-shm']) rmSync(vault + suffix, { force: true });
  return { seconds: result.seconds, counted: (JSON.parse(result.output) as { counted: number }).counted };
}

/** What other formats take, beside `jq`, of logs made of these corpora in combined; `at` says where files are made. */
export async function measureFormats(
  corpora: readonly (readonly [what: string, path: string])[],
  at: (name: string) => string,
  rounds: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, corpus] of corpora) {
    for (const [name, { write, filter }] of Object.entries(FORMATS)) {
      const path = at(`${what}-${name}.json`.replaceAll(/[ %]+/g, '-'));
      await makeLog(corpus, path, write);
      rows.push(await measureFormat(`${name}, ${what} countme, one core`, path, filter, rounds));
    }
  }
  return rows;
}

async function measureFormat(what: string, path: string, filter: string, rounds: number): Promise<Row> {
  const megabytes = statSync(path).size / 1e6;
  const { counted } = await ingest(path);
  const pipeline = `rg -F countme ${path} | jq -r '${filter}' | mawk -F '\\t' '{n[substr($1, 1, 10) $2 $3]++} END {print NR}'`;
  const peer = await runShell(pipeline.replace(path, `'${path}'`));
  if (counted !== Number(peer.output)) throw new Error(`${path}: counted ${counted}, jq found ${peer.output}`);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await ingest(path)).seconds);
  const seconds = median(times);
  return {
    what,
    ours: `${seconds.toFixed(3)} s, ${(megabytes / seconds).toFixed(0)} MB/s`,
    peer: 'rg + jq + mawk',
    theirs: `${peer.seconds.toFixed(3)} s`,
    figure: (seconds * MEGABYTES_PER_SECOND) / megabytes,
    target: 1,
    unit: `x the time at ${MEGABYTES_PER_SECOND} MB/s`,
  };
}
