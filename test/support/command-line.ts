import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { logOfLines } from './log-lines.ts';
import { countByOracle, rowsOfTotals } from './oracle.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** `nobody`: somebody whose permissions matter, where the tests run as root. */
const NOBODY = 65_534;

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Options of Node itself, as `--import`. */
  node?: readonly string[];
  /** What comes on standard input; without it nothing does. */
  input?: string | Uint8Array;
  /** A line for the shell in which `"$@"` runs the program, for what only a shell can set up. */
  shell?: string;
  /** Run as somebody whom file permissions keep out. */
  unprivileged?: boolean;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  milliseconds: number;
}

/** Starts `rollcall` as its users do: as a process of its own. */
export function start(args: readonly string[], options: StartOptions = {}): ChildProcess {
  const { cwd, node = [], input, shell } = options;
  const env = { ...process.env, ...options.env };
  // The runner of these tests tells its children so; a command that is tested must not know.
  delete env['NODE_TEST_CONTEXT'];
  const user = options.unprivileged === true && process.geteuid!() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const program = [process.execPath, ...node, MAIN, ...args];
  const [file, ...rest] = shell === undefined ? program : ['sh', '-c', shell, 'sh', ...program];
  const child = spawn(file!, rest, {
    cwd,
    env,
    ...user,
    // The fourth is for preloaded modules that tell the test where the program is.
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  // The program may end before it has read everything.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return child;
}

/** To be called right after `start`, before the program can have ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  const started = performance.now();
  const out = collected(child.stdout);
  const err = collected(child.stderr);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, out: out(), err: err(), milliseconds: performance.now() - started }),
    );
  });
}

function collected(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

export function rollcall(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return ended(start(args, options));
}

/** What `ingest --json` says of one log. */
export interface LogLine {
  log: string;
  source: string;
  status: string;
  candidates: number;
  counted: number;
  rejected: Record<string, number>;
  reason?: string;
}

export interface Ingested extends Ended {
  logs: LogLine[];
}

/** A folder with logs and a vault, gone when the test is over. Names are paths from the folder. */
export class Workplace {
  readonly folder: string;
  readonly vault = 'rollcall.sqlite';

  constructor(context: Pick<TestContext, 'after'>) {
    this.folder = temporaryFolder(context);
    chmodSync(this.folder, 0o777);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: readonly string[] | string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    const text = Array.isArray(content)
      ? content.map((line) => `${line}\n`).join('')
      : (content as string | Uint8Array);
    writeFileSync(this.path(name), typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  async ingest(args: readonly string[], options: StartOptions = {}): Promise<Ingested> {
    const run = await rollcall(['ingest', '--json', '--vault', this.vault, ...args], { cwd: this.folder, ...options });
    const logs = run.out.split('\n').slice(0, -1);
    return { ...run, logs: logs.map((line) => JSON.parse(line) as LogLine) };
  }

  /** `totals --all-weeks`. */
  async totals(): Promise<string> {
    const file = 'totals.csv';
    const run = await rollcall(['totals', '--all-weeks', '--vault', this.vault, '--csv', file], { cwd: this.folder });
    assert.equal(run.code, 0, run.err);
    return readFileSync(this.path(file), 'utf8');
  }

  async verify(): Promise<Ended> {
    return await rollcall(['verify', '--vault', this.vault], { cwd: this.folder });
  }
}

/** The totals of a clean single pass over these lines. */
export async function totalsOf(
  context: Pick<TestContext, 'after'>,
  lines: readonly string[],
  options: readonly string[] = [],
): Promise<string> {
  const place = new Workplace(context);
  place.write('all.log', lines);
  const { code, logs } = await place.ingest([...options, 'all.log']);
  assert.equal(code, 0);
  assert.equal(logs[0]!.status, 'counted');
  return await place.totals();
}

/** Asserts that what the vault holds is what the oracle counts in these lines, once, and that it is sound. */
export async function assertCountedOnce(place: Workplace, lines: readonly string[]): Promise<void> {
  const { rows } = countByOracle(logOfLines(lines), Date.now() / 1000);
  const ascending = (map: Map<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(ascending(rowsOfTotals(await place.totals())), ascending(rows));
  const verified = await place.verify();
  assert.equal(verified.code, 0, verified.out + verified.err);
}

/** `status counted` of each log, in their order. */
export function outcomes(run: Ingested): string[] {
  return run.logs.map(({ status, counted }) => `${status} ${counted}`);
}
