import { spawnSync } from 'node:child_process';
import type { GzipSizes } from '../../../src/flow/bytes/gunzip.ts';
import { LogFault } from '../../../src/flow/bytes/log-fault.ts';
import { type Poured, type PourInput, pour } from '../../../src/flow/bytes/pour.ts';

export type Outcome =
  | { kind: 'poured'; poured: Poured; content: Buffer; positions: number[] }
  | { kind: 'fault'; status: LogFault['status']; message: string };

export async function outcomeOf(input: PourInput, sizes?: GzipSizes, spaceBytes = 1_000): Promise<Outcome> {
  const pieces: Buffer[] = [];
  const positions: number[] = [];
  const space = new Uint8Array(new SharedArrayBuffer(spaceBytes));
  const sink = { space: () => space, filled: (bytes: number) => void pieces.push(Buffer.from(space.slice(0, bytes))) };
  try {
    const poured = await pour(input, sink, {
      onProgress: (position) => positions.push(position),
      ...(sizes && { gzipSizes: sizes }),
    });
    return { kind: 'poured', poured, content: Buffer.concat(pieces), positions };
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    return { kind: 'fault', status: error.status, message: error.message };
  }
}

export function outcomeOfFile(path: string, sizes?: GzipSizes): Promise<Outcome> {
  return outcomeOf({ kind: 'file', path }, sizes);
}

/** Lines that compress like a log and are the same in every run. */
export function logOf(lines: number): Buffer {
  const line = (number: number) =>
    `192.0.2.${number % 251} - - [15/Dec/2021:17:02:${10 + (number % 50)} +0000] "GET /mirrorlist/8/baseos?countme=${1 + (number % 4)} HTTP/1.1" 200 ${(number * 7919) % 10_007} "-" "libdnf (AlmaLinux 8.${number % 9}; generic; Linux.x86_64)"\n`;
  return Buffer.from(Array.from({ length: lines }, (_, number) => line(number)).join(''));
}

/** A test that needs a program is skipped where that is missing, but never where all tests must run. */
export function needs(program: string): { skip: string | false } {
  const isMissing = spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;
  return { skip: isMissing && !process.env.CI ? `${program} is not installed` : false };
}

export function compressed(program: string, args: string[], input: Buffer): Buffer {
  const { error, status, stdout } = spawnSync(program, args, { input, maxBuffer: 2 ** 30 });
  if (error || status !== 0) throw new Error(`${program} failed`, { cause: error });
  return stdout;
}

export function bytesOfLatin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
