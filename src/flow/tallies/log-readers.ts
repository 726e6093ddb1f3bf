import type { Worker } from 'node:worker_threads';
import { LogFault } from '../bytes/log-fault.ts';
import type { Poured, PourInput } from '../bytes/pour.ts';
import { type KnownState, LogIdentity } from './log-identity.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { startReaderThread } from './reader-thread.ts';
import {
  ANSWER_FLAG,
  type Control,
  type FilledSlot,
  type FromWorker,
  newControl,
  type ReadJob,
  type WorkerStart,
} from './worker-messages.ts';

/** A log, read to its end. */
export interface ReadResult<State extends KnownState> {
  tally: LogTally;
  poured: Poured;
  format: string;
  sha256: string;
  front: string | undefined;
  begins: State | undefined;
  knownStates: readonly State[];
}

export interface ReadOptions<State extends KnownState> {
  /** The known states of logs whose first candidate fell in this hour. */
  statesAt(firstHour: EpochHour | undefined): State[];
  /** Whether to count what a known state covers too. */
  whole: boolean;
  onProgress(position: number): void;
}

const POSITION_EVERY_MILLISECONDS = 100;

/**
 * Worker threads that read logs, one log each at a time. Reading, unpacking, scanning and tallying happen in the
 * worker; the hash of the candidate lines is taken here, from the worker's memory, so that two cores share one log.
 */
export class LogReaders {
  readonly #start: Omit<WorkerStart, 'control'>;
  readonly #idle: Reader[] = [];
  readonly #waiting: ((reader: Reader) => void)[] = [];
  readonly #all = new Set<Reader>();
  #isClosed = false;

  constructor(start: Omit<WorkerStart, 'control'>, thread?: Worker) {
    this.#start = start;
    this.#addReader(thread);
  }

  /** Starts readers until there are this many. */
  growTo(count: number): void {
    while (this.#all.size < count) this.#addReader();
  }

  /** Throws a LogFault if the log cannot be counted. */
  async read<State extends KnownState>(input: PourInput, options: ReadOptions<State>): Promise<ReadResult<State>> {
    const reader = this.#idle.pop() ?? (await new Promise<Reader>((resolve) => this.#waiting.push(resolve)));
    try {
      return await reader.read(input, options);
    } finally {
      this.#release(reader);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((reader) => reader.close()));
  }

  #addReader(thread = startReaderThread()): void {
    const reader = new Reader(this.#start, thread);
    this.#all.add(reader);
    this.#release(reader);
  }

  #release(reader: Reader): void {
    if (reader.isDead) {
      this.#all.delete(reader);
      if (!this.#isClosed) this.#addReader();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(reader);
    else next(reader);
  }
}

class Reader {
  readonly #worker: Worker;
  readonly #control: Control = newControl();
  readonly #flags = new Int32Array(this.#control.flags);
  #memory: SharedArrayBuffer | undefined;
  #listener: ((message: FromWorker | Error) => void) | undefined;
  isDead = false;
  #isClosing = false;

  constructor(start: Omit<WorkerStart, 'control'>, thread: Worker) {
    this.#worker = thread;
    this.#worker.postMessage({ ...start, control: this.#control } satisfies WorkerStart);
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    this.#worker.on('error', (error: unknown) =>
      this.#die(error instanceof Error ? error : new Error('unknown error')),
    );
    this.#worker.on('exit', () => this.#die(new Error('it ended')));
    // Behind the listeners, which would hold the process again.
    this.#worker.unref();
  }

  read<State extends KnownState>(input: PourInput, options: ReadOptions<State>): Promise<ReadResult<State>> {
    const identity = new LogIdentity(options.statesAt, options.whole);
    const position = new Float64Array(this.#control.position);
    const ticker = setInterval(() => options.onProgress(position[0]!), POSITION_EVERY_MILLISECONDS);
    this.#worker.ref();
    return new Promise<ReadResult<State>>((resolve, reject) => {
      this.#listener = (message) => {
        if (message instanceof Error) {
          reject(
            new LogFault('damaged', `reading it stopped: ${message.message}; nothing of it was counted`, {
              cause: message,
            }),
          );
        } else if (message.kind === 'read') {
          const { tally, poured, format } = message;
          const { begins, front, knownStates } = identity;
          resolve({ tally, poured, format, sha256: identity.sha256(), front, begins, knownStates });
        } else if (message.kind === 'fault') {
          reject(new LogFault(message.status, message.message));
        } else {
          this.#follow(message, identity);
        }
      };
      // The fault of a ledger that cannot be read must reach the caller, not end the process.
      this.#onTrouble = reject;
      if (this.isDead) this.#listener(new Error('it ended'));
      else this.#worker.postMessage({ input } satisfies ReadJob);
    }).finally(() => {
      clearInterval(ticker);
      this.#listener = undefined;
      // While it is being closed, the process must wait for it.
      if (!this.#isClosing) this.#worker.unref();
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#worker.terminate();
  }

  #onTrouble: (error: unknown) => void = () => {};

  #take(message: FromWorker): void {
    if (message.kind === 'memory') this.#memory = message.memory;
    else this.#listener?.(message);
  }

  #follow<State extends KnownState>(message: FromWorker, identity: LogIdentity<State>): void {
    if (message.kind === 'candidates') {
      for (const slot of message.slots) this.#hashSlot(slot, identity);
    } else if (message.kind === 'candidate-bytes') {
      identity.update(message.bytes);
    } else if (message.kind === 'paused') {
      this.#answer(identity, message);
    }
  }

  #hashSlot<State extends KnownState>(
    { slot, ranges: address, count }: FilledSlot,
    identity: LogIdentity<State>,
  ): void {
    const memory = this.#memory!;
    const ranges = new Uint32Array(memory, address, count);
    for (let i = 0; i < count; i += 2) identity.update(new Uint8Array(memory, ranges[i], ranges[i + 1]! - ranges[i]!));
    Atomics.store(this.#flags, slot, 0);
    Atomics.notify(this.#flags, slot);
  }

  #answer<State extends KnownState>(
    identity: LogIdentity<State>,
    message: { candidates: number; firstHour: EpochHour | undefined },
  ) {
    const answer = new Float64Array(this.#control.answer);
    try {
      const { pauseAt, forget } = identity.paused(message.candidates, message.firstHour);
      answer.set([pauseAt, forget ? 1 : 0]);
    } catch (error) {
      this.#onTrouble(error);
      answer.set([0, 0]);
    }
    Atomics.store(this.#flags, ANSWER_FLAG, 1);
    Atomics.notify(this.#flags, ANSWER_FLAG);
  }

  #die(error: Error): void {
    this.isDead = true;
    this.#listener?.(error);
  }
}
