import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after } from 'node:test';
import { startReaders } from '../../src/commands/start-readers.ts';
import type { Terminal } from '../../src/commands/terminal.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import type { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { type CubeCell, Vault } from '../../src/flow/vault/vault.ts';
import { LATER } from './vault-logs.ts';

export const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** A folder that is removed when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Captured extends Terminal {
  outText(): string;
  errText(): string;
}

/** A terminal that keeps what is written to it. */
export function capture(): Captured {
  const texts = { out: '', err: '' };
  const writable = (which: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[which] += chunk.toString();
        done();
      },
    });
  return { out: writable('out'), err: writable('err'), outText: () => texts.out, errText: () => texts.err };
}

export const clockAt = (time: EpochSeconds) => ({ now: () => time });

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  milliseconds: number;
}

export interface SpawnOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Options of Node itself, as `--import`. */
  node?: readonly string[];
}

/** Starts `rollcall` as a process of its own. */
export function start(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const env = { ...process.env, ...options.env };
  // The runner of these tests tells its children so; a command that is tested must not know.
  delete env['NODE_TEST_CONTEXT'];
  return spawn(process.execPath, [...(options.node ?? []), MAIN, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
    // The fourth is for preloaded modules that tell the test where the program is.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

export function ended(child: ChildProcess): Promise<Ended> {
  const started = performance.now();
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err, milliseconds: performance.now() - started }));
  });
}

export function rollcall(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return ended(start(args, options));
}

/** Readers with the rules that `rollcall ingest` has by default, for tests that read many logs. */
export function newReaders(count = 1): LogReaders {
  const readers = startReaders({}, LATER);
  readers.growTo(count, Array(count).fill(0));
  return readers;
}

export function noRandomness(): never {
  throw new Error('nothing random is expected here');
}

/** Everything that a vault says about counts, in an order of its own: equal contents are equal texts. */
export function contentsOf(vault: Vault): string {
  return vault.snapshot(() => {
    const cells = vault
      .weeks()
      .map((summary) => ({ ...summary, cells: [...vault.cells(summary.week)].map(cellText).sort() }));
    const rejections = vault
      .rejections()
      .map(({ week, reason, count }) => `${week} ${reason} ${count}`)
      .sort();
    return JSON.stringify({ cells, rejections }, undefined, 1);
  });
}

function cellText({ system, request, country, hits }: CubeCell): string {
  return JSON.stringify([...Object.values(system), ...Object.values(request), country, hits]);
}

export function contentsOfFile(path: string): string {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return contentsOf(vault);
  } finally {
    vault.close();
  }
}

export function findingsIn(path: string): string[] {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return vault.verify();
  } finally {
    vault.close();
  }
}

/** The hits of a vault in all. */
export function hitsIn(path: string): number {
  const vault = Vault.open(path, 'read', noRandomness);
  try {
    return vault.weeks().reduce((sum, { hits }) => sum + hits, 0);
  } finally {
    vault.close();
  }
}
