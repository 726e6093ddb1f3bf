import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { type DataEnd, dataEnd } from './data-end.ts';
import { errorCode } from './file-fault.ts';
import { LogFault } from './log-fault.ts';
import type { Outlet } from './outlet.ts';
import { fill, type Source } from './source.ts';

type Program = 'zstd' | 'xz' | 'bzip2';
type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** zstd's own default, and what every archive made without --ultra or --long needs at most. */
const ZSTD_WINDOW = '128MiB';
/** Enough for xz -9 on several threads; xz itself would take a quarter of the machine's memory for each log. */
const XZ_MEMORY = '256MiB';

const ARGUMENTS: Record<Program, string[]> = {
  zstd: ['-dcq', `--memory=${ZSTD_WINDOW}`],
  xz: ['-dcq', '--format=xz', '-T0', `--memlimit-decompress=${XZ_MEMORY}`],
  bzip2: ['-dc'],
};

const READ_BYTES = 256 * 1024;
/** Error messages are read to tell one failure from another; a program in trouble may repeat them without end. */
const MOST_MESSAGE = 8 * 1024;

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  message: string;
  fed: number;
}

/** Decompresses a source with the program of its format and returns how many compressed bytes it had. */
export async function unpackWith(program: Program, source: Source, outlet: Outlet): Promise<number> {
  const child = start(program);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // Awaited below; until then a program that cannot be started must not end the process.
  closed.catch(() => {});
  let fed = 0;
  let message = '';
  let failure: unknown;
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => {
    if (message.length < MOST_MESSAGE) message += chunk.toString('latin1');
  });
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      if (failure === undefined) outlet.take(chunk, fed);
    } catch (error) {
      failure = error;
      child.kill('SIGKILL');
    }
  });
  try {
    await feed(source, child.stdin, dataEnd(program), (total) => {
      fed = total;
    });
    const [code, signal] = await closed;
    if (failure !== undefined) throw failure;
    const fault = programFault(program, source, { code, signal, message, fed });
    if (fault) throw fault;
    return fed;
  } catch (error) {
    throw errorCode(error) === 'ENOENT' && child.pid === undefined ? missing(program, error) : error;
  } finally {
    child.kill('SIGKILL');
  }
}

function start(program: Program): Child {
  // Only the path: XZ_OPT and the like would change what the programs do, and other languages what they say.
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  return spawn(program, ARGUMENTS[program], { stdio: ['pipe', 'pipe', 'pipe'], env });
}

/** Held back until it is known whether more follows. */
const TAIL_BYTES = 512;

async function feed(source: Source, stdin: Writable, dataEnd: DataEnd, onFed: (total: number) => void): Promise<void> {
  const block = Buffer.alloc(TAIL_BYTES + READ_BYTES);
  let held = 0;
  let fed = 0;
  for (;;) {
    const got = await fill(source, block.subarray(held));
    dataEnd.take(block.subarray(held, held + got));
    fed += got;
    onFed(fed);
    const length = held + got;
    held = length < block.length ? 0 : TAIL_BYTES;
    const last = block.subarray(length - Math.min(length, TAIL_BYTES), length);
    const end = held > 0 ? length - held : length - last.length + dataEnd.within(last);
    if (!(await written(stdin, block.subarray(0, end)))) return;
    if (held === 0) break;
    block.copyWithin(0, length - held);
  }
  stdin.end();
}

/** False when the program does not read any further; its exit code says why. */
function written(stdin: Writable, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => stdin.write(bytes, (error) => resolve(!error)));
}

function programFault(program: Program, source: Source, ending: Ending): LogFault | undefined {
  const { code, signal, message, fed } = ending;
  const place = `before byte ${fed.toLocaleString('en-US')} of the ${source.noun}`;
  if (signal) {
    return new LogFault('refused', `${program} was ended by ${signal}; if memory was short, free some and try again`);
  }
  // bzip2 only warns of it, and so would lose what follows.
  if (/trailing garbage/.test(message)) {
    return new LogFault('damaged', `other data follows the ${program} data (${place}); ${source.advice}`);
  }
  if (code === 0) return undefined;
  if (/memory|window/i.test(message)) {
    const limit = program === 'zstd' ? ZSTD_WINDOW : XZ_MEMORY;
    const what = `unpacking it needs more than ${limit} of memory`;
    return new LogFault('refused', `${what}; compress it again with a smaller window, or: ... | rollcall ingest -`);
  }
  if (/premature|unexpected end|ends unexpectedly|unexpectedly/i.test(message)) {
    return new LogFault('damaged', `cut short: the ${program} data ends in the middle (${place}); ${source.advice}`);
  }
  return new LogFault('damaged', `the ${program} data is broken (${place}); ${source.advice}`);
}

function missing(program: Program, cause: unknown): LogFault {
  return new LogFault('refused', `${program} is needed to read it and was not found; install ${program}`, { cause });
}
