import type { Worker } from 'node:worker_threads';
import { blockCount } from '../bytes/blocks.ts';
import { LogFault } from '../bytes/log-fault.ts';
import { findShared, type Poured, type PourInput, type SharedFile } from '../bytes/pour.ts';
import { newKernelMemory } from '../requests/kernel.ts';
import { Sieve } from '../requests/sieve.ts';
import { BlockHelper } from './block-helper.ts';
import { BlockOrder } from './block-order.ts';
import { BlockSharing } from './block-sharing.ts';
import type { KnownLines } from './known-lines.ts';
import { type LineColumns, MOST_LISTED } from './line-list.ts';
import { type Answer, type KnownState, LogIdentity, PrefixDigests } from './log-identity.ts';
import { checkFormatHeld, type EpochHour, type LogTally } from './log-tally.ts';
import { joinKept, type KeptNames, type Naming } from './naming.ts';
import { unpackTally } from './packed-tally.ts';
import { startReaderThread } from './reader-thread.ts';
import type { UnpackedLog } from './tally-file.ts';
import type { TallyKey } from './tally-key.ts';
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
  /** What the first candidate looks like. */
  shape: string | undefined;
  begins: State | undefined;
  knownStates: readonly State[];
  /** Where it was asked for, and there are not too many. */
  lines: LineColumns | undefined;
  digests: Uint8Array;
  /** If it was no log, but its tally. */
  travelled: { name: string; source: string; withheld: UnpackedLog['withheld']; isFixed: boolean } | undefined;
}

export interface ReadOptions<State extends KnownState> {
  /** The known states of logs whose first candidate fell in this hour. */
  statesAt(firstHour: EpochHour | undefined): State[];
  /** Whether to count what a known state covers too. */
  whole: boolean;
  /** Lines to leave out, because they were counted before (G4). */
  known?: KnownLines;
  /** How tallies are read that stand in the place of their logs; without it they are refused. */
  tallies?: { key: TallyKey | undefined };
  /** Whether to take all lines down one by one. */
  isListed?: boolean;
  /** What is kept of a log that names more than it may (C5): asked when one does, and before what is read only once. */
  keptNames(): Promise<KeptNames>;
  onProgress(position: number): void;
}

const POSITION_EVERY_MILLISECONDS = 100;
/** A log of less is read before a second thread is at work. */
const WORTH_SHARING = 16 * 2 ** 20;

type StartRules = Omit<WorkerStart, 'kind' | 'control' | 'memory'>;

/**
 * Worker threads that read logs, one log each at a time. Reading, unpacking, scanning and tallying happen in the worker;
 * the hash of the candidate lines is taken here, from the worker's memory. Where there are more cores than logs, this
 * thread helps with a large plain one.
 */
export class LogReaders {
  readonly #start: StartRules;
  readonly #idle: Reader[] = [];
  readonly #waiting: ((reader: Reader) => void)[] = [];
  readonly #all = new Set<Reader>();
  /** With the log that this thread helps with. */
  #help: Help | undefined;
  #most = 1;
  #isClosed = false;

  constructor(start: StartRules, thread?: Worker) {
    this.#start = start;
    this.#addReader(thread);
  }

  /** Starts readers for logs of these sizes: one for each, `most` at most. */
  growTo(most: number, sizes: readonly number[]): void {
    this.#most = most;
    while (this.#all.size < Math.min(most, sizes.length)) this.#addReader();
    // While the first reader still starts up.
    if (this.#mayHelp() && sizes.some((size) => size >= WORTH_SHARING)) this.#idle[0]?.makeSieve();
  }

  /** Throws a LogFault if the log cannot be counted. */
  async read<State extends KnownState>(input: PourInput, options: ReadOptions<State>): Promise<ReadResult<State>> {
    const { known = [] } = options;
    const isOnlyOnce = input.kind === 'stdin';
    const naming: Naming | undefined = isOnlyOnce ? { kept: await options.keptNames(), others: 'first' } : undefined;
    const reader = this.#idle.shift() ?? (await new Promise<Reader>((resolve) => this.#waiting.push(resolve)));
    try {
      // What lists lines must see them in their order.
      const mayShare = known.length === 0 && options.isListed !== true;
      let result = await this.#readWith(reader, input, options, { mayShare, naming });
      if (result === 'read-alone') result = await this.#readWith(reader, input, options, { mayShare: false, naming });
      if (result === 'too-many-names') {
        const heavy = await this.#weigh(reader, input, options);
        const kept = joinKept(await options.keptNames(), heavy);
        result = await this.#readWith(reader, input, options, { mayShare: false, naming: { kept, others: 'none' } });
      }
      if (typeof result === 'string') throw new Error('a log that is read alone was told to be so');
      checkFormatHeld(result.tally);
      return result;
    } finally {
      this.#release(reader);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#all, (reader) => reader.close()));
  }

  /** The names that a log brings most often. What it is known by was told before. */
  async #weigh<State extends KnownState>(
    reader: Reader,
    input: PourInput,
    options: ReadOptions<State>,
  ): Promise<KeptNames> {
    const naming: Naming = { kept: await options.keptNames(), others: 'none' };
    const answer = await reader.read(
      { kind: 'read', input, known: options.known ?? [], naming, isWeighed: true, isListed: false },
      () => {},
    );
    if (answer.kind !== 'weighed') throw new Error('the reader did not weigh names');
    return answer.heavy;
  }

  /** Loaded here: whoever counts logs needs none of it. */
  async #readTally<State extends KnownState>(
    { bytes, poured }: MessageOf<'tally'>,
    { statesAt, whole, known = [], tallies, isListed = false }: ReadOptions<State>,
  ): Promise<ReadResult<State>> {
    if (tallies === undefined) throw new LogFault('refused', 'it is the tally of a log, and its log is needed here');
    const { key } = tallies;
    const { readTally } = await import('./read-tally.ts');
    const { latest } = this.#start.rules;
    const { log, tally, sha256, begins, knownStates, isFixed } = readTally(bytes, {
      statesAt,
      whole,
      known,
      latest,
      key,
    });
    const { name, source, format, front, withheld } = log;
    const travelled = { name, source, withheld, isFixed };
    const shape = undefined;
    return {
      tally,
      poured,
      format,
      sha256,
      front,
      shape,
      begins,
      knownStates,
      lines: isListed ? log.lines : undefined,
      digests: isListed ? log.digests : NONE,
      travelled,
    };
  }

  /** `read-alone`: the log was shared and must be read by one reader (C5). */
  async #readWith<State extends KnownState>(
    reader: Reader,
    input: PourInput,
    options: ReadOptions<State>,
    { mayShare, naming }: { mayShare: boolean; naming: Naming | undefined },
  ): Promise<ReadResult<State> | 'read-alone' | 'too-many-names'> {
    const { isListed = false } = options;
    const digests = isListed ? new PrefixDigests(MOST_LISTED) : undefined;
    const identity = new LogIdentity(options.statesAt, options.whole, digests);
    const order = new BlockOrder((bytes) => identity.update(bytes));
    const path = mayShare && input.kind === 'file' ? input.path : undefined;
    let help: Help | undefined;
    let isShared = false;
    // Neither thread must wait for the other if one has failed.
    const stop = () => reader.sharing.stop();
    const follow = (message: Notice) => {
      if (message.kind === 'candidates') {
        const { slots, block, isDone } = message;
        for (const slot of slots) reader.takeSlot(slot, (bytes) => order.take(block, bytes));
        if (isDone) {
          order.done(block);
          reader.sharing.free(block);
        }
      } else if (message.kind === 'candidate-bytes') {
        identity.update(message.bytes);
      } else {
        const { candidates, firstHour, file, block } = message;
        const answer = identity.paused(candidates, firstHour);
        help = this.#helpWith(reader, path, answer.pauseAt === 0 ? file : undefined, help);
        isShared = help !== undefined;
        if (isShared) reader.sharing.share(block);
        help?.hours.catch(stop);
        reader.answer(answer);
      }
    };
    const ticker = setInterval(
      () => options.onProgress(reader.position + (help?.helper.position ?? 0)),
      POSITION_EVERY_MILLISECONDS,
    );
    try {
      const reading = reader.read(
        { kind: 'read', input, known: options.known ?? [], naming, isWeighed: false, isListed },
        follow,
      );
      // Before it is known whether the log may be shared: 20 ms go by until the other thread has its first candidate.
      if (path !== undefined && this.#mayHelp()) help = this.#helpWith(reader, path, findShared(path));
      const answer = await reading;
      if (answer.kind === 'too-many-names') return answer.kind;
      if (answer.kind === 'tally') return await this.#readTally(answer, options);
      if (answer.kind !== 'read') throw new Error('the reader did not read');
      const { tally: packed, poured, format, lines } = answer;
      const tally = unpackTally(packed);
      if (help !== undefined && isShared) {
        if (tally.cells.hits.length >= this.#start.rules.limits.cells) return 'read-alone';
        tally.hoursSeen = [...new Set([...tally.hoursSeen, ...(await help.hours)])].sort((a, b) => a - b);
        order.checkComplete(blockCount(help.helper.file.size));
      }
      const { begins, front, shape, knownStates } = identity;
      const sha256 = identity.sha256();
      const prefixes = digests?.all() ?? NONE;
      return {
        tally,
        poured,
        format,
        sha256,
        front,
        shape,
        begins,
        knownStates,
        lines,
        digests: prefixes,
        travelled: undefined,
      };
    } finally {
      clearInterval(ticker);
      stop();
      this.#dismiss(help);
      await help?.hours.catch(() => {});
    }
  }

  /** The logs leave a core to this thread. */
  #mayHelp(): boolean {
    return this.#all.size < this.#most && this.#help === undefined;
  }

  /** Helps with the log, unless it does so already; undefined if this thread cannot, or there is no file to share. */
  #helpWith(reader: Reader, path: string | undefined, file: SharedFile | undefined, help?: Help): Help | undefined {
    if (help?.helper.file.id === file?.id && help?.helper.file.size === file?.size) return help;
    this.#dismiss(help);
    // Nothing of what was sieved for nothing may stay: with it goes its place in the log, and the hours seen.
    reader.sharing.reset();
    if (path === undefined || file === undefined || file.size < WORTH_SHARING || !this.#mayHelp()) return undefined;
    const sieve = reader.makeSieve();
    if (sieve === undefined) return undefined;
    const helper = new BlockHelper(path, file, sieve, reader.sharing);
    const hours = helper.help(this.#start.rules.latest);
    // If the log is not shared, it does not matter.
    hours.catch(() => {});
    this.#help = { helper, hours };
    return this.#help;
  }

  #dismiss(help: Help | undefined): void {
    help?.helper.dismiss();
    if (help === this.#help) this.#help = undefined;
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

const NONE = new Uint8Array();

interface Help {
  helper: BlockHelper;
  /** The hours that the helper has seen. */
  hours: Promise<EpochHour[]>;
}

type MessageOf<Kind extends FromWorker['kind']> = Extract<FromWorker, { kind: Kind }>;
/** How a reading that is no fault ends. */
type Answered = MessageOf<'read' | 'tally' | 'weighed' | 'too-many-names'>;
/** What a reader tells on the way. */
type Notice = MessageOf<'candidates' | 'candidate-bytes' | 'paused'>;
type Follow = (message: Notice) => void;

class Reader {
  readonly #worker: Worker;
  readonly #control: Control = newControl();
  readonly #flags = new Int32Array(this.#control.flags);
  readonly #position = new Float64Array(this.#control.position);
  readonly sharing = new BlockSharing(this.#control.blocks);
  readonly #memory = newKernelMemory();
  #sieve: Sieve | undefined;
  #listener: ((message: FromWorker | Error) => void) | undefined;
  isDead = false;
  #isClosing = false;

  constructor(start: StartRules, thread: Worker) {
    this.#worker = thread;
    const message: WorkerStart = { kind: 'start', ...start, control: this.#control, memory: this.#memory };
    this.#worker.postMessage(message);
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    this.#worker.on('error', (error: unknown) =>
      this.#die(error instanceof Error ? error : new Error('unknown error')),
    );
    this.#worker.on('exit', () => this.#die(new Error('it ended')));
    // Behind the listeners, which would hold the process again.
    this.#worker.unref();
  }

  /** Made once. It works in the memory of this reader, beside it; undefined where the kernel cannot run. */
  makeSieve(): Sieve | undefined {
    if (this.#memory !== undefined) this.#sieve ??= new Sieve(this.#memory);
    return this.#sieve;
  }

  /** Bytes read of the current log. */
  get position(): number {
    return this.#position[0]!;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#worker.terminate();
  }

  /** Hands over the candidates that lie in a slot, and frees it. */
  takeSlot({ slot, ranges: address, count }: FilledSlot, take: (bytes: Uint8Array) => void): void {
    const { buffer } = this.#memory!;
    const ranges = new Uint32Array(buffer, address, count);
    for (let i = 0; i < count; i += 2) take(new Uint8Array(buffer, ranges[i], ranges[i + 1]! - ranges[i]!));
    Atomics.store(this.#flags, slot, 0);
    Atomics.notify(this.#flags, slot);
  }

  /** Lets a paused worker go on. */
  answer({ pauseAt, forget }: Answer): void {
    new Float64Array(this.#control.answer).set([pauseAt, forget ? 1 : 0]);
    Atomics.store(this.#flags, ANSWER_FLAG, 1);
    Atomics.notify(this.#flags, ANSWER_FLAG);
  }

  read(job: ReadJob, follow: Follow): Promise<Answered> {
    this.#position[0] = 0;
    this.sharing.reset();
    this.#worker.ref();
    return new Promise<Answered>((resolve, reject) => {
      this.#listener = (message) => {
        if (message instanceof Error) {
          const what = `reading it stopped: ${message.message}; nothing of it was counted`;
          reject(new LogFault('damaged', what, { cause: message }));
        } else if (
          message.kind === 'read' ||
          message.kind === 'tally' ||
          message.kind === 'weighed' ||
          message.kind === 'too-many-names'
        ) {
          resolve(message);
        } else if (message.kind === 'fault') {
          reject(new LogFault(message.status, message.message, { mayReadAgain: message.mayReadAgain }));
        } else {
          this.#follow(message, follow, reject);
        }
      };
      if (this.isDead) this.#listener(new Error('it ended'));
      else this.#worker.postMessage(job);
    }).finally(() => {
      this.#listener = undefined;
      // While it is being closed, the process must wait for it.
      if (!this.#isClosing) this.#worker.unref();
    });
  }

  /** The fault of a ledger that cannot be read must reach the caller. The worker is in the middle of the log: it ends. */
  #follow(message: Notice, follow: Follow, reject: (error: unknown) => void): void {
    try {
      follow(message);
    } catch (error) {
      reject(error);
      this.isDead = true;
      this.#worker.terminate();
    }
  }

  #take(message: FromWorker): void {
    this.#listener?.(message);
  }

  #die(error: Error): void {
    this.isDead = true;
    this.#listener?.(error);
  }
}
