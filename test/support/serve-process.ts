import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const MAIN = join(import.meta.dirname, 'serve-main.ts');

export interface Served {
  port: number;
  child: ChildProcess;
  out(): string;
  err(): string;
  get(target: string, options?: GetOptions): Promise<Got>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<number | null>;
}

export interface GetOptions {
  method?: string;
  headers?: Record<string, string>;
  /** An address of this machine to come from. */
  from?: string;
}

export interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Starts `rollcall serve` in a folder and waits until it answers. It is gone when the test is over. */
export async function startServe(
  context: Pick<TestContext, 'after'>,
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Served> {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args, '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env: { ...withoutTestContext(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  context.after(() => end(child));
  const texts = { out: '', err: '' };
  for (const name of ['out', 'err'] as const) {
    child[`std${name}`]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout!.on('data', () => {
      const [, found] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(texts.out) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${texts.err}`)));
  });
  return {
    port,
    child,
    out: () => texts.out,
    err: () => texts.err,
    get: (target, options) => get(port, target, options),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

/** The runner of these tests tells its children so; a command that is tested must not know. */
export function withoutTestContext(): Record<string, string | undefined> {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return rest;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** One request on a connection of its own. */
export function get(
  port: number,
  target: string,
  { method = 'GET', headers = {}, from }: GetOptions = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: target,
      method,
      headers,
      agent: false as const,
      localAddress: from,
    };
    const asked = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

/** Asks until the answer is as it should be. */
export async function untilTrue(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
