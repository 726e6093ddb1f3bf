import { parentPort } from 'node:worker_threads';
import type { CountryTable } from '../../geo/country-table.ts';
import { loadCountryTable } from '../../geo/load.ts';
import { LogFault } from '../bytes/log-fault.ts';
import { copyInto } from '../bytes/outlet.ts';
import { pour } from '../bytes/pour.ts';
import { COMBINED, type LogFormat, parseFormat } from '../requests/format.ts';
import { recogniseFormat } from '../requests/recognise-format.ts';
import { KernelTally } from './kernel-tally.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { ReferenceTally } from './reference-tally.ts';
import type { TallySink } from './tally-sink.ts';
import { ANSWER_FLAG, type FilledSlot, type FromWorker, type ReadJob, type WorkerStart } from './worker-messages.ts';

const port = parentPort!;

function tell(message: FromWorker): void {
  port.postMessage(message);
}

/** So many slots are told together: a message costs as much as scanning 50 kB. */
const SLOTS_PER_MESSAGE = 7;
const BYTES_PER_MESSAGE = 256 * 1024;
const LF = Buffer.from('\n');

/** What a worker counts by, and its side of the talk with the main thread. */
class LogReader {
  readonly declaredFormat: LogFormat | undefined;
  readonly #rules: WorkerStart['rules'];
  readonly #countries: CountryTable;
  readonly #flags: Int32Array;
  readonly #answer: Float64Array;
  readonly #position: Float64Array;
  #filledSlots: FilledSlot[] = [];
  #kernel: KernelTally | undefined;

  constructor({ rules, format, control }: WorkerStart, countries: CountryTable) {
    this.#rules = rules;
    this.#countries = countries;
    this.declaredFormat = format === undefined ? undefined : parseFormat(format);
    this.#flags = new Int32Array(control.flags);
    this.#answer = new Float64Array(control.answer);
    this.#position = new Float64Array(control.position);
  }

  async read(job: ReadJob): Promise<void> {
    const sink = new FormatSink(this);
    this.#position[0] = 0;
    try {
      const poured = await pour(job.input, sink, (at) => {
        this.#position[0] = at;
      });
      const tally = sink.finish();
      this.#tellSlots();
      checkFormatHeld(tally);
      tell({ kind: 'read', tally, poured, format: sink.format!.name });
    } catch (error) {
      if (!(error instanceof LogFault)) throw error;
      this.#tellSlots();
      tell({ kind: 'fault', status: error.status, message: error.message });
    }
  }

  startSink(format: LogFormat): TallySink {
    return format === COMBINED ? this.#startKernel() : this.#startReference(format);
  }

  #startKernel(): KernelTally {
    if (this.#kernel !== undefined) {
      this.#kernel.start(this.#rules);
      return this.#kernel;
    }
    const kernel: KernelTally = new KernelTally(this.#countries, this.#rules, {
      candidates: (slot, ranges) => {
        Atomics.store(this.#flags, slot, 1);
        this.#filledSlots.push({ slot, ranges: ranges.byteOffset, count: ranges.length });
        if (this.#filledSlots.length >= SLOTS_PER_MESSAGE) this.#tellSlots();
      },
      paused: () => {
        this.#tellSlots();
        const { candidates, firstHour } = kernel.kernel;
        const hour = firstHour < 0 ? undefined : (firstHour as EpochHour);
        return this.#askHowToGoOn(candidates, hour, () => kernel.forget());
      },
      awaitSlot: (slot) => {
        if (Atomics.load(this.#flags, slot) === 0) return;
        // It may be among those that were not told yet, and then nobody would ever free it.
        this.#tellSlots();
        Atomics.wait(this.#flags, slot, 1);
      },
    });
    this.#kernel = kernel;
    tell({ kind: 'memory', memory: kernel.kernel.memory.buffer });
    return kernel;
  }

  #startReference(format: LogFormat): TallySink {
    let lines: Buffer[] = [];
    let bytes = 0;
    let pauseAt = 1;
    const flush = () => {
      if (bytes > 0) tell({ kind: 'candidate-bytes', bytes: Uint8Array.from(Buffer.concat(lines)) });
      lines = [];
      bytes = 0;
    };
    const tally: ReferenceTally = new ReferenceTally(format, this.#countries, this.#rules, {
      candidate: (line) => {
        lines.push(Buffer.from(line), LF);
        bytes += line.length + 1;
        if (bytes >= BYTES_PER_MESSAGE) flush();
      },
      counted: (candidates, firstHour) => {
        if (candidates !== pauseAt) return;
        flush();
        pauseAt = this.#askHowToGoOn(candidates, firstHour, () => tally.forget());
      },
    });
    return {
      space: () => tally.space(),
      filled: (count) => tally.filled(count),
      forget: () => tally.forget(),
      finish: () => {
        const result = tally.finish();
        flush();
        return result;
      },
    };
  }

  #tellSlots(): void {
    if (this.#filledSlots.length > 0) tell({ kind: 'candidates', slots: this.#filledSlots });
    this.#filledSlots = [];
  }

  /** Waits for the main thread, which knows the ledger, and does as it says. Answers where to pause next. */
  #askHowToGoOn(candidates: number, firstHour: EpochHour | undefined, forget: () => void): number {
    tell({ kind: 'paused', candidates, firstHour });
    Atomics.wait(this.#flags, ANSWER_FLAG, 0);
    Atomics.store(this.#flags, ANSWER_FLAG, 0);
    if (this.#answer[1] === 1) forget();
    return this.#answer[0]!;
  }
}

const FRONT_BYTES = 512 * 1024;

/** Holds back the start of a log until its format is known, then hands everything on to the reader for that format. */
class FormatSink {
  readonly #reader: LogReader;
  format: LogFormat | undefined;
  readonly #front = new Uint8Array(FRONT_BYTES);
  #held = 0;
  #sink: TallySink | undefined;

  constructor(reader: LogReader) {
    this.#reader = reader;
    this.format = reader.declaredFormat;
  }

  get spacesAhead(): number {
    return this.#sink?.spacesAhead ?? 0;
  }

  space(ahead?: number): Uint8Array {
    return this.#sink === undefined ? this.#front.subarray(this.#held) : this.#sink.space(ahead);
  }

  filled(bytes: number): void {
    if (this.#sink !== undefined) return this.#sink.filled(bytes);
    this.#held += bytes;
    if (this.#held === FRONT_BYTES) this.#handOn();
  }

  finish(): LogTally {
    return (this.#sink ?? this.#handOn()).finish();
  }

  #handOn(): TallySink {
    const start = this.#front.subarray(0, this.#held);
    this.format ??= recogniseFormat(start);
    if (this.format === undefined) {
      throw new LogFault(
        'refused',
        'format unknown: fewer than 95 of 100 lines at its start fit a known format; ' +
          'declare it with --format and the LogFormat (Apache) or log_format (nginx) of the server',
      );
    }
    const sink = this.#reader.startSink(this.format);
    this.#sink = sink;
    copyInto(sink, start);
    return sink;
  }
}

const MOST_MISFITS = 100;
const MISFIT_SHARE = 0.05;

/** L11: a log that stops fitting its format half-way must not be counted in part. */
function checkFormatHeld(tally: LogTally): void {
  const misfits = tally.rejections
    .filter(({ reason }) => reason === 'malformed' || reason === 'trailing-fields')
    .reduce((sum, { count }) => sum + count, 0);
  if (misfits >= MOST_MISFITS && misfits > tally.candidates * MISFIT_SHARE) {
    throw new LogFault(
      'damaged',
      `${misfits} of ${tally.candidates} check-ins do not fit the format of the log's first lines: the format changes ` +
        'half-way, or the file is damaged. Split it where it changes, or declare the format with --format',
    );
  }
}

/** The first message says what to count by, all others name a log. */
let reader: Promise<LogReader> | undefined;

async function start(message: WorkerStart): Promise<LogReader> {
  return new LogReader(message, await loadCountryTable(message.geoFile));
}

port.on('message', async (message: WorkerStart | ReadJob) => {
  if ('rules' in message) reader = start(message);
  else await (await reader)?.read(message);
});
