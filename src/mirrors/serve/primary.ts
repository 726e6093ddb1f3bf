import { type Counts, sumOfCounts } from './counters.ts';
import type { ListenPlace } from './listen-address.ts';
import type { FromWorker, SnapshotParts, ToWorker, Whole, WorkerReport } from './messages.ts';

/** A process that answers, as the first one sees it. */
export interface WorkerProcess {
  id: number;
  tell(message: ToWorker): void;
  /** At once. */
  kill(): void;
}

export interface PrimaryOptions {
  workers: number;
  places: readonly ListenPlace[];
}

export interface PrimaryEffects {
  fork(): WorkerProcess;
  parts(): SnapshotParts;
  /** What else there is to say of the service. */
  status(): Pick<Whole, 'catalogue' | 'health' | 'tasks'>;
  /** Random, for a day. */
  newSecret(): string;
  say(message: string): void;
  after(milliseconds: number, work: () => void): void;
}

/** A little longer than a worker takes to stop by itself. */
const STOP_MILLISECONDS = 12_000;
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;

interface Known {
  process: WorkerProcess;
  report: WorkerReport | undefined;
  isListening: boolean;
}

/** Keeps the processes that answer: replaces those that die, tells them what is new, adds up what they count. */
export class Primary {
  readonly #options: PrimaryOptions;
  readonly #effects: PrimaryEffects;
  readonly #workers = new Map<number, Known>();
  readonly #ended = Promise.withResolvers<'stopped' | 'failed'>();
  #gone: Counts = new Map();
  #secret: string;
  #deaths = 0;
  #isStopping = false;
  #hasListened = false;

  constructor(options: PrimaryOptions, effects: PrimaryEffects) {
    this.#options = options;
    this.#effects = effects;
    this.#secret = effects.newSecret();
    for (let count = 0; count < options.workers; count++) this.#fork();
  }

  /** `failed`: no process can answer, and starting another would not help. */
  get ended(): Promise<'stopped' | 'failed'> {
    return this.#ended.promise;
  }

  isListening(id: number): void {
    const known = this.#workers.get(id);
    if (known !== undefined) known.isListening = true;
    this.#hasListened = true;
  }

  heard(id: number, message: FromWorker): void {
    const known = this.#workers.get(id);
    if (known === undefined) return;
    known.report = message.report;
    if (message.kind === 'ask') known.process.tell({ kind: 'whole', question: message.question, whole: this.whole() });
  }

  died(id: number): void {
    const known = this.#workers.get(id);
    if (known === undefined) return;
    this.#workers.delete(id);
    this.#gone = sumOfCounts([this.#gone, known.report?.counts ?? new Map()]);
    if (this.#isStopping) return this.#endIfAlone();
    if (this.#cannotGoOn()) return this.#ended.resolve('failed');
    this.#effects.say('a process that answers has died; another takes its place');
    this.#effects.after(this.#delay(), () => {
      if (!this.#isStopping) this.#fork();
    });
  }

  snapshotChanged(): void {
    this.#tellAll({ kind: 'snapshot', snapshot: this.#effects.parts() });
  }

  /** Once a day: what stands in an old list then tells nothing about a new one. */
  newDay(): void {
    this.#secret = this.#effects.newSecret();
    this.#tellAll({ kind: 'secret', secret: this.#secret });
  }

  /** A process that works for a while was worth starting. To be called every minute. */
  forgive(): void {
    this.#deaths = 0;
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#tellAll({ kind: 'stop' });
    this.#effects.after(STOP_MILLISECONDS, () => this.kill());
    this.#endIfAlone();
  }

  /** Ends all others at once, whatever they are doing. */
  kill(): void {
    for (const { process } of this.#workers.values()) process.kill();
  }

  whole(): Whole {
    const reports = [...this.#workers.values()].flatMap(({ report }) => (report === undefined ? [] : [report]));
    return {
      counts: sumOfCounts([this.#gone, ...reports.map(({ counts }) => counts)]),
      workers: reports.map(({ spool, connections, memory }) => ({ spool, connections, memory })),
      workersWanted: this.#options.workers,
      ...this.#effects.status(),
    };
  }

  #fork(): void {
    const process = this.#effects.fork();
    this.#workers.set(process.id, { process, report: undefined, isListening: false });
    process.tell({
      kind: 'begin',
      places: this.#options.places,
      secret: this.#secret,
      snapshot: this.#effects.parts(),
    });
  }

  /**
   * Whoever has never listened will not do so the next time: the port is taken. And with the last process the socket that
   * systemd gave is closed; systemd has it still, and starts the whole service anew.
   */
  #cannotGoOn(): boolean {
    const isSystemd = this.#options.places.some(({ kind }) => kind === 'descriptor');
    return !this.#hasListened || (isSystemd && this.#workers.size === 0);
  }

  #delay(): number {
    this.#deaths += 1;
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#deaths - 1));
  }

  #tellAll(message: ToWorker): void {
    for (const { process } of this.#workers.values()) process.tell(message);
  }

  #endIfAlone(): void {
    if (this.#workers.size === 0) this.#ended.resolve('stopped');
  }
}
