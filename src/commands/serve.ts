import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isClusterAddress, readAddress } from '../flow/vault/cluster/address.ts';
import { readAnnotations } from '../flow/views/definition/annotations.ts';
import { REAL_DISK } from '../flow/views/files/disk.ts';
import { isWithin } from '../mirrors/answers/client-address.ts';
import { spoolFolder } from '../mirrors/counting/spool-files.ts';
import { CatalogueWatch } from '../mirrors/serve/catalogue-watch.ts';
import {
  activatedSockets,
  describePlace,
  type ListenPlace,
  parseListenAddress,
} from '../mirrors/serve/listen-address.ts';
import type { FromWorker, ToWorker } from '../mirrors/serve/messages.ts';
import { Primary, type WorkerProcess } from '../mirrors/serve/primary.ts';
import { TaskList } from '../mirrors/serve/tasks.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import type { Clock } from './ingest.ts';
import { serveTasks } from './serve-tasks.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import type { Terminal } from './terminal.ts';

export interface ServeOptions extends SharingOptions {
  /** The mirrors folder, or a plain configuration. */
  catalogue: string;
  state: string;
  vault: string;
  spool: string;
  site: string;
  listen?: readonly string[];
  workers?: number;
  trustProxy?: readonly string[];
  trustCdn?: readonly string[];
  city?: string;
  asn?: string;
  geo?: string;
  agent?: string[];
  siteUrl?: string;
  distribution?: string;
  annotations?: string;
  /** Another machine counts and publishes what this one takes down. */
  collectOnly?: boolean;
}

const AS_ROOT =
  'runs as root, which it never needs: docs/serve has a unit with a user of its own, and nothing but its folder to write to';
const DEFAULT_PLACE = '127.0.0.1:8080';
const MOST_WORKERS = 4;
const LOOK_EVERY = 2_000;
const TASKS_EVERY = 5_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** `rollcall serve`: answers until it is told to stop. */
export async function serve(options: ServeOptions, terminal: Terminal, clock: Clock): Promise<ExitCode> {
  if (!cluster.isPrimary) return await (await import('./serve-worker.ts')).answerAsWorker(options, terminal, clock);
  requireUsable(options);
  await requireReadable(options);
  const say = (message: string) => terminal.err.write(`rollcall: ${message}\n`);
  const watch = new CatalogueWatch(
    { place: options.catalogue, state: options.state },
    { disk: REAL_DISK, now: clock.now, say },
  );
  if (!watch.load())
    throw new UsageError(`${options.catalogue}: there is nothing to serve in it; rollcall lint shows what is wrong`);
  if (process.geteuid?.() === 0) say(AS_ROOT);
  const places = placesOf(options);
  const tasks =
    options.collectOnly === true
      ? undefined
      : new TaskList(serveTasks(options, terminal, clock), { now: clock.now, say });
  const primary = startPrimary(options, places, watch, tasks, terminal);
  startTimers(primary, watch, tasks);
  listenToSignals(primary, watch);
  const end = await primary.ended;
  // One that is still starting would wait for ever for the place that another could not have.
  primary.kill();
  // What is being counted or published can be cut at any moment, and clients are waiting for the next process.
  return process.exit(end === 'stopped' ? 0 : 2);
}

function requireUsable({ trustProxy = [], trustCdn = [], siteUrl, vault }: ServeOptions): void {
  if (isClusterAddress(vault)) readAddress(vault);
  try {
    isWithin([...trustProxy, ...trustCdn]);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  if (siteUrl !== undefined && !['https:', 'http:'].includes(URL.parse(siteUrl)?.protocol ?? ''))
    throw new UsageError(`--site-url ${siteUrl}: expected an address such as https://mirrors.example.org`);
}

/** What other processes read, or what is read hours later: a mistake is to be named at the start, and once. */
async function requireReadable(options: ServeOptions): Promise<void> {
  const { spool, geo, city, asn, distribution, annotations } = options;
  requireSpool(spool, options);
  if ((geo ?? city ?? asn) !== undefined) {
    const { readDatabases } = await import('./place-databases.ts');
    await readDatabases({ geo, city, asn });
  }
  if ((distribution ?? annotations) === undefined) return;
  const { readText, rulesOf } = await import('./distribution.ts');
  if (distribution !== undefined) rulesOf(distribution);
  if (annotations !== undefined) readAnnotations(annotations, readText(annotations));
}

function requireSpool(spool: string, sharing: SharingOptions): void {
  try {
    spoolFolder(spool, randomBytes, sharingOf(sharing));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(`--spool ${spool}: it cannot be made (${code}); expected a folder that may be written to`);
  }
}

/** systemd's sockets come first: who opens them has said where to listen. */
function placesOf({ listen = [DEFAULT_PLACE] }: ServeOptions): ListenPlace[] {
  const activated = activatedSockets(process.env, process.pid);
  if (activated.length > 0) return activated;
  return listen.map((text) => {
    const place = parseListenAddress(text);
    if (place === undefined)
      throw new UsageError(`--listen ${text}: expected an address and a port, such as 127.0.0.1:8080 or [::]:80`);
    return place;
  });
}

function startPrimary(
  options: ServeOptions,
  places: readonly ListenPlace[],
  watch: CatalogueWatch,
  tasks: TaskList | undefined,
  terminal: Terminal,
): Primary {
  // The kernel hands connections over. With Node's own way each would go through this process, which has other work.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Room for the garbage of requests: with half of it they take 4 % longer, with twice as much 17 MB more.
  cluster.setupPrimary({ serialization: 'advanced', execArgv: [...process.execArgv, '--max-semi-space-size=8'] });
  const announced = new Set<string>();
  const primary = new Primary(
    { workers: options.workers ?? Math.min(availableParallelism(), MOST_WORKERS), places },
    {
      fork: () => asProcess(cluster.fork()),
      parts: () => watch.parts!,
      status: () => ({ ...watch.status, tasks: tasks?.status ?? [] }),
      newSecret: () => randomBytes(32).toString('hex'),
      say: (message) => terminal.err.write(`rollcall: ${message}\n`),
      after: (milliseconds, work) => void setTimeout(work, milliseconds).unref(),
    },
  );
  cluster.on('message', (worker, message: FromWorker) => primary.heard(worker.id, message));
  cluster.on('listening', (worker, { address, port }) => {
    primary.isListening(worker.id);
    // Each process listens at each place; the port may be known only now.
    const opened = places.filter(({ kind }) => kind === 'descriptor');
    const listening = opened.length > 0 ? opened : [{ kind: 'address' as const, host: address, port }];
    for (const place of listening.map(describePlace)) {
      if (announced.has(place)) continue;
      announced.add(place);
      terminal.out.write(`Serving ${watch.parts!.catalogue.mirrors.length} mirrors at ${place}\n`);
    }
  });
  cluster.on('exit', (worker) => primary.died(worker.id));
  return primary;
}

function asProcess(worker: ClusterWorker): WorkerProcess {
  return {
    id: worker.id,
    // One that is about to end no longer hears.
    tell: (message: ToWorker) => void (worker.isConnected() && worker.send(message, () => {})),
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

function startTimers(primary: Primary, watch: CatalogueWatch, tasks: TaskList | undefined): void {
  setInterval(() => {
    if (watch.look()) primary.snapshotChanged();
  }, LOOK_EVERY);
  setInterval(() => void tasks?.tick(), TASKS_EVERY);
  setInterval(() => primary.forgive(), MINUTE);
  setInterval(() => primary.newDay(), DAY);
}

/** Whoever asks twice means it. */
function listenToSignals(primary: Primary, watch: CatalogueWatch): void {
  let asked = 0;
  const stop = () => {
    asked += 1;
    if (asked === 1) return primary.stop();
    primary.kill();
    process.exit(1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    if (watch.load()) primary.snapshotChanged();
  });
}
