import { spawn } from 'node:child_process';

/** One run of a whole process, or of a pipeline of the shell. */
export interface Run {
  seconds: number;
  /** Peak resident memory in MB, where the process was told to say it. */
  megabytes: number | undefined;
  output: string;
}

/** In JavaScript: to strip types takes 15 MB in the measured process. */
const PRINT_MEMORY = new URL('./print-memory.js', import.meta.url).href;

/** Runs a program to its end; an exit code that is not one of these is an error. */
export function run(program: string, args: readonly string[], codes: readonly number[] = [0]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const texts = ['', '', ''];
    for (const [i, stream] of [child.stdout, child.stderr, child.stdio[3]].entries()) {
      stream?.on('data', (chunk: Buffer) => {
        texts[i] += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code === null || !codes.includes(code))
        return reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${texts[1]}`));
      resolve({ seconds, megabytes: texts[2] === '' ? undefined : Number(texts[2]) / 1000, output: texts[0]! });
    });
  });
}

export function runRollcall(args: readonly string[], { withMemory = false, codes = [0] } = {}): Promise<Run> {
  const memory = withMemory ? ['--import', PRINT_MEMORY] : [];
  return run(process.execPath, [...memory, 'dist/main.cjs', ...args], codes);
}

export function runShell(command: string): Promise<Run> {
  return run('sh', ['-c', command]);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Pair {
  ours: number;
  theirs: number;
  /** The median of the ratios of runs made one after the other, which drift of the machine's speed changes least. */
  ratio: number;
}

/** Runs both in turn, after one run of each that is not counted. */
export async function compare(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Pair> {
  const pairs: [number, number][] = [];
  for (let round = 0; round <= rounds; round++) {
    const pair: [number, number] = [await ours(), await theirs()];
    if (round > 0) pairs.push(pair);
  }
  return {
    ours: median(pairs.map(([mine]) => mine)),
    theirs: median(pairs.map(([, other]) => other)),
    ratio: median(pairs.map(([mine, other]) => mine / other)),
  };
}
