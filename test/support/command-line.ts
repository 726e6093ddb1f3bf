import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { logOfLines } from './log-lines.ts';
import { countByOracle, rowsOfTotals } from './oracle.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** `nobody`: somebody whose permissions matter, where the tests run as root. */
const NOBODY = 65_534;

export interface Finished {
  exitCode: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  cwd?: string;
  input?: string | Uint8Array;
  /** Run as somebody whom file permissions keep out. */
  unprivileged?: boolean;
}

/** Runs `rollcall` as its users do: in a process of its own. */
export function rollcall(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const user = options.unprivileged === true && process.geteuid!() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, ...user });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) =>
      resolve({ exitCode, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
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

export interface Ingested extends Finished {
  logs: LogLine[];
}

/** A folder with logs and a vault, gone when the test is over. Names are paths from the folder. */
export class Workplace {
  readonly folder: string;
  readonly vault = 'rollcall.sqlite';

  constructor(context: Pick<TestContext, 'after'>) {
    this.folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
    chmodSync(this.folder, 0o777);
    context.after(() => rmSync(this.folder, { recursive: true, force: true }));
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

  async ingest(args: readonly string[], options: RunOptions = {}): Promise<Ingested> {
    const run = await rollcall(['ingest', '--json', '--vault', this.vault, ...args], { cwd: this.folder, ...options });
    const logs = run.out.split('\n').slice(0, -1);
    return { ...run, logs: logs.map((line) => JSON.parse(line) as LogLine) };
  }

  /** `totals --all-weeks`. */
  async totals(): Promise<string> {
    const file = 'totals.csv';
    const run = await rollcall(['totals', '--all-weeks', '--vault', this.vault, '--csv', file], { cwd: this.folder });
    assert.equal(run.exitCode, 0, run.err);
    return readFileSync(this.path(file), 'utf8');
  }

  async verify(): Promise<Finished> {
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
  const { exitCode, logs } = await place.ingest([...options, 'all.log']);
  assert.equal(exitCode, 0);
  assert.equal(logs[0]!.status, 'counted');
  return await place.totals();
}

/** Asserts that what the vault holds is what the oracle counts in these lines, once, and that it is sound. */
export async function assertCountedOnce(place: Workplace, lines: readonly string[]): Promise<void> {
  const { rows } = countByOracle(logOfLines(lines), Date.now() / 1000);
  const ascending = (map: Map<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(ascending(rowsOfTotals(await place.totals())), ascending(rows));
  const verified = await place.verify();
  assert.equal(verified.exitCode, 0, verified.out + verified.err);
}

/** `status counted` of each log, in their order. */
export function outcomes(run: Ingested): string[] {
  return run.logs.map(({ status, counted }) => `${status} ${counted}`);
}
