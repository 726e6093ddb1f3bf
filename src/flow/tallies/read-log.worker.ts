import { parentPort } from 'node:worker_threads';
import type { CountryTable } from '../../geo/country-table.ts';
import { loadCountryTable } from '../../geo/load.ts';
import { LogFault } from '../bytes/log-fault.ts';
import { copyInto } from '../bytes/outlet.ts';
import { type ByteSink, pour, type SharedFile } from '../bytes/pour.ts';
import { isSpool } from '../bytes/spool-mark.ts';
import { isTally } from '../bytes/tally-mark.ts';
import { COMBINED, parseFormat } from '../requests/format.ts';
import { countrySpace, type KernelMemory } from '../requests/kernel.ts';
import { SLOT_COUNT } from '../requests/kernel-memory.ts';
import type { LineFormat, LogFormat } from '../requests/log-format.ts';
import { recogniseFormat, unknownFormat } from '../requests/recognise-format.ts';
import { BlockSharing } from './block-sharing.ts';
import { HeavyNames } from './heavy-names.ts';
import { KernelLines } from './kernel-lines.ts';
import { KernelTally } from './kernel-tally.ts';
import type { KnownLines } from './known-lines.ts';
import { type LineColumns, LineRecorder, type LineTaker } from './line-list.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { type Naming, TooManyNames } from './naming.ts';
import { movedWith, packTally } from './packed-tally.ts';
import { type CandidateObserver, ReferenceTally } from './reference-tally.ts';
import { sinkFor } from './sink-for.ts';
import { SpoolTally } from './spool-tally.ts';
import type { TallyRules, TallySink, TellingSink } from './tally-sink.ts';

import { ANSWER_FLAG, type FilledSlot, type FromWorker, type ReadJob, type WorkerStart } from './worker-messages.ts';

const port = parentPort!;

function tell(message: FromWorker, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

/** So many slots are told together. */
const SLOTS_PER_MESSAGE = 4;
const BYTES_PER_MESSAGE = 256 * 1024;
const LF = Buffer.from('\n');

/** What a worker counts by, and its side of the talk with the main thread. */
class LogReader {
  readonly declaredFormat: LogFormat | undefined;
  readonly #rules: WorkerStart['rules'];
  readonly #geoFile: string | undefined;
  #countries: CountryTable | undefined;
  readonly #flags: Int32Array;
  readonly #answer: Float64Array;
  readonly #position: Float64Array;
  readonly #memory: KernelMemory | undefined;
  readonly #blocks: BlockSharing;
  #filledSlots: FilledSlot[] = [];
  #block = 0;
  #known: KnownLines = [];
  #naming: Naming | undefined;
  /** Set while names are weighed. */
  #heavy: HeavyNames | undefined;
  /** Set while lines are taken down one by one. */
  #lines: LineTaker | undefined;
  #isListed = false;
  #file: SharedFile | undefined;
  #kernel: KernelTally | undefined;
  #isKernelNew = true;

  constructor({ rules, format, geoFile, control, memory }: WorkerStart) {
    this.#rules = rules;
    this.#geoFile = geoFile;
    this.declaredFormat = format === undefined ? undefined : parseFormat(format);
    this.#flags = new Int32Array(control.flags);
    this.#answer = new Float64Array(control.answer);
    this.#position = new Float64Array(control.position);
    this.#memory = memory;
    this.#blocks = new BlockSharing(control.blocks);
  }

  /** Makes ready what most logs need, while the main thread opens the vault. What fails, fails again with a log. */
  async prepare(): Promise<void> {
    if (this.declaredFormat !== undefined && this.declaredFormat !== COMBINED) return;
    try {
      this.#countries = await this.#loadCountries();
    } catch {
      return;
    }
    if (this.#memory !== undefined) this.#kernel = this.#newKernel(this.#memory);
  }

  #loadCountries(): Promise<CountryTable> {
    return loadCountryTable(this.#geoFile, this.#memory && countrySpace(this.#memory));
  }

  async read(job: ReadJob): Promise<void> {
    this.#countries ??= await this.#loadCountries();
    const sink = new FormatSink(this);
    this.#file = undefined;
    this.#known = job.known;
    this.#naming = job.naming;
    this.#heavy = job.isWeighed ? new HeavyNames() : undefined;
    this.#isListed = job.isListed;
    this.#lines = undefined;
    this.#position[0] = 0;
    this.#block = 0;
    try {
      const poured = await pour(job.input, sink, {
        onProgress: (position) => {
          this.#position[0] = position;
        },
        share: (file) => {
          this.#file = file;
          return this.#blocks.turns(file.size, {
            begin: (block) => {
              this.#block = block;
            },
            take: ({ from, end }) => this.#kernel!.takeLines(from, end),
            done: () => {
              sink.tell();
              this.#tellSlots(true);
            },
          });
        },
      });
      const file = sink.tallyFile();
      if (file !== undefined) return tell({ kind: 'tally', bytes: file, poured }, [file.buffer]);
      const tally = sink.finish();
      if (this.#heavy !== undefined) return tell({ kind: 'weighed', heavy: this.#heavy.kept(this.#namedBy.kept) });
      // First, so that they are hashed meanwhile.
      this.#tellSlots();
      const lines = this.#listed(tally);
      const packed = packTally(tally);
      tell({ kind: 'read', tally: packed, poured, format: sink.formatName, lines }, movedWith(packed));
    } catch (error) {
      if (!(error instanceof LogFault) && !(error instanceof TooManyNames)) throw error;
      this.#tellSlots();
      if (error instanceof TooManyNames) return tell({ kind: 'too-many-names' });
      const { status, message, mayReadAgain } = error;
      tell({ kind: 'fault', status, message, mayReadAgain });
    }
  }

  #listed(tally: LogTally): LineColumns | undefined {
    return this.#lines?.columns(tally);
  }

  get #namedBy(): Naming {
    return this.#naming ?? this.#rules.naming;
  }

  get #tallyRules(): TallyRules {
    return { ...this.#rules, naming: this.#namedBy };
  }

  startSink(format: LogFormat): TellingSink {
    // Another thread can sieve blocks of combined only.
    if (format !== COMBINED) this.#file = undefined;
    return sinkFor(format, this.#rules.latest, (lines) => this.#startLines(lines));
  }

  #startLines(format: LineFormat): TellingSink {
    const known = this.#known;
    if (format === COMBINED && this.#memory !== undefined && this.#heavy === undefined)
      return this.#startKernel(this.#memory, known);
    const lines = this.#isListed ? new LineRecorder() : undefined;
    this.#lines = lines;
    return this.#startPlain(
      (observer) => new ReferenceTally(format, this.#countries!, this.#tallyRules, observer, known, lines),
    );
  }

  startSpool(): TellingSink {
    return this.#startPlain((observer) => new SpoolTally(this.#tallyRules, observer));
  }

  #startKernel(memory: KernelMemory, known: KnownLines): KernelTally {
    this.#kernel ??= this.#newKernel(memory);
    // A new one is ready, and to start it again would touch all of its tables.
    const isReady = this.#isKernelNew && known.length === 0 && this.#naming === undefined && !this.#isListed;
    const lines = this.#isListed ? new KernelLines(this.#rules.limits.cells) : undefined;
    this.#lines = lines;
    if (!isReady) this.#kernel.start(this.#tallyRules, known, lines);
    this.#isKernelNew = false;
    return this.#kernel;
  }

  #newKernel(memory: KernelMemory): KernelTally {
    const kernel: KernelTally = new KernelTally(this.#countries!, this.#rules, memory, {
      candidates: (slot, ranges) => {
        Atomics.store(this.#flags, slot, 1);
        this.#filledSlots.push({ slot, ranges: ranges.byteOffset, count: ranges.length });
        if (this.#filledSlots.length >= SLOTS_PER_MESSAGE) this.#tellSlots();
      },
      paused: () => {
        this.#tellSlots();
        return this.#askHowToGoOn(kernel.kernel.candidates, kernel.firstHour, this.#file, () => kernel.forget());
      },
      // The lowest, so that memory is touched only as far as it is needed.
      freeSlot: () => {
        for (;;) {
          for (let slot = 0; slot < SLOT_COUNT; slot++) if (Atomics.load(this.#flags, slot) === 0) return slot;
          this.#awaitSlot(0);
        }
      },
      awaitSlot: (slot) => this.#awaitSlot(slot),
    });
    // The file's 4 MB need not stay beside it.
    this.#countries = kernel.kernel.countries;
    return kernel;
  }

  #awaitSlot(slot: number): void {
    if (Atomics.load(this.#flags, slot) === 0) return;
    // It may be among those that were not told yet, and then nobody would ever free it.
    this.#tellSlots();
    Atomics.wait(this.#flags, slot, 1);
  }

  #startPlain(start: (observer: CandidateObserver) => ReferenceTally | SpoolTally): TellingSink {
    const heavy = this.#heavy;
    if (heavy !== undefined) {
      const tally = start({
        candidate: () => {},
        counted: () => {},
        sighted: (system, request) => heavy.add(system, request),
      });
      return withoutTelling(tally);
    }
    let lines: Buffer[] = [];
    let bytes = 0;
    let pauseAt = 1;
    const flush = () => {
      if (bytes > 0) tell({ kind: 'candidate-bytes', bytes: Uint8Array.from(Buffer.concat(lines)) });
      lines = [];
      bytes = 0;
    };
    const tally = start({
      candidate: (line) => {
        lines.push(Buffer.from(line), LF);
        bytes += line.length + 1;
        if (bytes >= BYTES_PER_MESSAGE) flush();
      },
      counted: (candidates, firstHour) => {
        if (candidates !== pauseAt) return;
        flush();
        pauseAt = this.#askHowToGoOn(candidates, firstHour, undefined, () => tally.forget());
      },
    });
    return {
      space: () => tally.space(),
      filled: (count) => tally.filled(count),
      tell: flush,
      finish: () => {
        const result = tally.finish();
        flush();
        return result;
      },
    };
  }

  #tellSlots(isDone = false): void {
    if (this.#filledSlots.length > 0 || isDone) {
      tell({ kind: 'candidates', slots: this.#filledSlots, block: this.#block, isDone });
    }
    this.#filledSlots = [];
  }

  /** Waits for the main thread, which knows the ledger, and does as it says. Answers where to pause next. */
  #askHowToGoOn(
    candidates: number,
    firstHour: EpochHour | undefined,
    file: SharedFile | undefined,
    forget: () => void,
  ): number {
    tell({ kind: 'paused', candidates, firstHour, file, block: this.#block });
    Atomics.wait(this.#flags, ANSWER_FLAG, 0);
    Atomics.store(this.#flags, ANSWER_FLAG, 0);
    if (this.#answer[1] === 1) forget();
    return this.#answer[0]!;
  }
}

function withoutTelling(tally: TallySink): TellingSink {
  return {
    space: () => tally.space(),
    filled: (count) => tally.filled(count),
    tell: () => {},
    finish: () => tally.finish(),
  };
}

const FRONT_BYTES = 512 * 1024;

/** Holds back the start of a log until its format is known, then hands everything on to the reader for that format. */
class FormatSink {
  readonly #reader: LogReader;
  #format: LogFormat | undefined;
  readonly #front = new Uint8Array(FRONT_BYTES);
  #held = 0;
  #sink: TellingSink | undefined;
  #file: FileBytes | undefined;

  constructor(reader: LogReader) {
    this.#reader = reader;
    this.#format = reader.declaredFormat;
  }

  /** Known once the log was handed on. Of a format that was declared it is known where it comes from. */
  get formatName(): string {
    if (this.#format === undefined) return 'spool';
    return this.#format === this.#reader.declaredFormat ? 'declared' : this.#format.name;
  }

  space(): Uint8Array {
    if (this.#sink !== undefined) return this.#sink.space();
    return this.#file === undefined ? this.#front.subarray(this.#held) : this.#file.space();
  }

  filled(bytes: number): void {
    if (this.#sink !== undefined) return this.#sink.filled(bytes);
    if (this.#file !== undefined) return this.#file.filled(bytes);
    this.#held += bytes;
    if (this.#held < FRONT_BYTES) return;
    if (isTally(this.#front)) this.#file = new FileBytes(this.#front);
    else this.#handOn();
  }

  /** All bytes, if they are those of a tally and not of a log. */
  tallyFile(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#file !== undefined) return this.#file.all();
    const held = this.#front.subarray(0, this.#held);
    return this.#sink === undefined && isTally(held) ? held.slice() : undefined;
  }

  /** What is held back still is told at the end: the log is shorter than a block then. */
  tell(): void {
    this.#sink?.tell();
  }

  finish(): LogTally {
    return (this.#sink ?? this.#handOn()).finish();
  }

  #handOn(): TellingSink {
    const start = this.#front.subarray(0, this.#held);
    const sink = isSpool(start) ? this.#startSpool() : this.#reader.startSink(this.#recognise(start));
    this.#sink = sink;
    copyInto(sink, start);
    return sink;
  }

  /** A spool needs no format, also where one is declared for the logs beside it. */
  #startSpool(): TellingSink {
    this.#format = undefined;
    return this.#reader.startSpool();
  }

  #recognise(start: Uint8Array): LogFormat {
    this.#format ??= recogniseFormat(start);
    if (this.#format !== undefined) return this.#format;
    throw new LogFault('refused', unknownFormat(start));
  }
}

/** Two million candidates and a million cells, twice. */
const MOST_TALLY_BYTES = 128 * 2 ** 20;

/** Keeps all of a file: of tallies, which are small. */
class FileBytes implements ByteSink {
  #bytes: Uint8Array<ArrayBuffer>;
  #length: number;

  constructor(start: Uint8Array) {
    this.#bytes = new Uint8Array(start.length * 2);
    this.#bytes.set(start);
    this.#length = start.length;
  }

  space(): Uint8Array {
    if (this.#length === this.#bytes.length) {
      if (this.#length >= MOST_TALLY_BYTES) throw new LogFault('damaged', 'larger than any tally; copy it once more');
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes.subarray(this.#length);
  }

  filled(bytes: number): void {
    this.#length += bytes;
  }

  all(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

/** The first message says what to count by, all others name a log. */
let reader: LogReader | undefined;

async function hear(message: WorkerStart | ReadJob): Promise<void> {
  if (message.kind === 'read') return reader?.read(message);
  reader = new LogReader(message);
  await reader.prepare();
}

let heard = Promise.resolve();
port.on('message', (message: WorkerStart | ReadJob) => {
  heard = heard.then(() => hear(message));
});
