import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { builtFile } from '../built-files.ts';
import { COUNTING_CLIENTS } from '../flow/sightings/system.ts';
import { loadTerritories } from '../geo/territories.ts';
import { clientAddressBy, isWithin } from '../mirrors/answers/client-address.ts';
import { openSpool, type Spool } from '../mirrors/counting/spool.ts';
import { spoolFolder } from '../mirrors/counting/spool-files.ts';
import type { ListenPlace } from '../mirrors/serve/listen-address.ts';
import type { FromWorker, ToWorker } from '../mirrors/serve/messages.ts';
import { Worker, type WorkerOptions } from '../mirrors/serve/worker.ts';
import type { Clock } from './ingest.ts';
import { readDatabases } from './place-databases.ts';
import type { ServeOptions } from './serve.ts';
import { sharingOf } from './sharing.ts';
import type { Terminal } from './terminal.ts';

const REPORT_EVERY = 1_000;
/** Longer than the last answer and the last write take. */
const LONGEST_STOP = 15_000;
/** Connections that the kernel keeps while all processes are busy. */
const BACKLOG = 4_096;

/**
 * V8 allocates what survived while the service warmed up as if it lived long, from then on. In half of all starts that
 * was something of each request: it kept others alive, a process answered a fifth fewer requests, and took 168 MB in
 * place of 130. And each core has a process of its own, so helpers of one collector are in the way of the others: without
 * them one answers 4 % more.
 */
const V8_FLAGS = ['--no-allocation-site-pretenuring', '--no-parallel-scavenge'];

/** One of the processes that answer. It ends when the first one tells it to, or is gone. */
export async function answerAsWorker(options: ServeOptions, terminal: Terminal, clock: Clock): Promise<never> {
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  const say = (message: string) => terminal.err.write(`rollcall: ${message}\n`);
  // What comes meanwhile waits for the handler.
  const messages = heldMessages();
  const prepared = await workerOptions(options, clock, say).catch((error: Error) => {
    say(`a process cannot start: ${error.message}`);
    // It would stay, and seem to answer, as long as the first process talks to it.
    return process.exit(2);
  });
  const worker = new Worker(prepared, {
    tell: (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {}),
    failed: (error) => say(`unexpected error, please report it: ${placeOf(error)}`),
    now: clock.now,
    milliseconds: () => performance.now(),
    memory: () => process.memoryUsage.rss(),
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const report = setInterval(() => worker.tick(), REPORT_EVERY);
  let listening = Promise.resolve(true);
  const stop = async () => {
    clearInterval(report);
    // Whoever waits for a place to listen at, and has lost the process that would give it, waits for ever.
    setTimeout(() => end(1), LONGEST_STOP).unref();
    // Node cannot close a server that is about to listen.
    await listening;
    await worker.stop();
    end(0);
  };
  process.once('disconnect', () => void stop());
  // A terminal sends these to all processes; the first one decides.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  messages.take((message) => {
    if (message.kind === 'stop') return void stop();
    worker.hear(message);
    if (message.kind !== 'begin') return;
    listening = listenAt(worker, message.places, say);
    void listening.then((isListening) => isListening || end(2));
  });
  return process.exit(await ended);
}

/** Without its message, which may hold what a request said. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return `${error.name}${code}${frames
    .slice(0, 4)
    .map((frame) => frame.trim().replace(/^at /, ' at '))
    .join('')}`;
}

/** Messages from now on, for whoever takes them later. */
function heldMessages(): { take(handle: (message: ToWorker) => void): void } {
  const held: ToWorker[] = [];
  let handle = (message: ToWorker) => void held.push(message);
  process.on('message', (message: ToWorker) => handle(message));
  return {
    take: (taken) => {
      handle = (message) => void taken(message);
      for (const message of held) taken(message);
    },
  };
}

/** False if one of the places cannot be listened at, which has been said then. */
async function listenAt(
  worker: Worker,
  places: readonly ListenPlace[],
  say: (message: string) => void,
): Promise<boolean> {
  try {
    await Promise.all(
      places.map(async (place) => {
        const server = worker.addServer();
        server.listen(listenOptions(place));
        await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
          say(`cannot listen at ${describeListen(place)}: ${error.code ?? 'unknown reason'}; is another server there?`);
          throw error;
        });
      }),
    );
    return true;
  } catch {
    return false;
  }
}

function describeListen(place: ListenPlace): string {
  return place.kind === 'address' ? `${place.host}, port ${place.port}` : `socket ${place.fd}`;
}

function listenOptions(place: ListenPlace): ListenOptions {
  const { kind, ...where } = place;
  return { ...where, ...(kind === 'address' ? { ipv6Only: true } : {}), backlog: BACKLOG };
}

async function workerOptions(
  options: ServeOptions,
  clock: Clock,
  say: (message: string) => void,
): Promise<WorkerOptions> {
  const { trustProxy = [], trustCdn = [], site, siteUrl, agent = COUNTING_CLIENTS } = options;
  return {
    clientAddress: clientAddressBy({ forwarding: trustProxy, connecting: trustCdn }),
    isProxy: isWithin([...trustProxy, ...trustCdn]),
    publicAddress: siteUrl?.replace(/\/+$/, ''),
    site,
    stylesheet: readFileSync(builtFile('site.css'), 'utf8'),
    ...(await readDatabases(options)),
    continents: continents(),
    spool: openServerSpool(options, clock, say),
    clients: agent,
  };
}

function continents(): Map<string, string> {
  const { territories } = loadTerritories();
  return new Map(Object.entries(territories).map(([country, { continent }]) => [country, continent]));
}

function openServerSpool(
  { spool, agent, groupAccess = false }: ServeOptions,
  clock: Clock,
  say: (message: string) => void,
): Spool {
  return openSpool(
    spoolFolder(spool, randomBytes, sharingOf({ groupAccess })),
    { now: clock.now, randomBytes, every: repeatedly, say },
    agent ?? COUNTING_CLIENTS,
  );
}

function repeatedly(milliseconds: number, work: () => void): () => void {
  const timer = setInterval(work, milliseconds);
  return () => clearInterval(timer);
}
