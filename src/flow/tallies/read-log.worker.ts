import { parentPort, workerData } from 'node:worker_threads';
import type { CountryTable } from '../../geo/country-table.ts';
import { loadCountryTable } from '../../geo/load.ts';
import { LogFault } from '../bytes/log-fault.ts';
import { pour } from '../bytes/pour.ts';
import { COMBINED, type LogFormat, parseFormat } from '../requests/format.ts';
import { recogniseFormat } from '../requests/recognise-format.ts';
import { KernelTally } from './kernel-tally.ts';
import type { LogTally } from './log-tally.ts';
import { ReferenceTally } from './reference-tally.ts';
import type { TallySink } from './tally-sink.ts';
import { ANSWER_FLAG, type FromWorker, type ReadJob, type WorkerStart } from './worker-messages.ts';

const port = parentPort!;
const { rules, format: declared, geoFile, control } = workerData as WorkerStart;
const flags = new Int32Array(control.flags);
const answer = new Float64Array(control.answer);
const position = new Float64Array(control.position);

const countries: CountryTable = await loadCountryTable(geoFile);
const declaredFormat = declared === undefined ? undefined : parseFormat(declared);
let kernel: KernelTally | undefined;

function tell(message: FromWorker): void {
  port.postMessage(message);
}

/** Waits for the main thread, which knows the ledger, and does as it says. Answers where to pause next. */
function askHowToGoOn(candidates: number, firstHour: LogTally['firstHour'], forget: () => void): number {
  tell({ kind: 'paused', candidates, firstHour });
  Atomics.wait(flags, ANSWER_FLAG, 0);
  Atomics.store(flags, ANSWER_FLAG, 0);
  if (answer[1] === 1) forget();
  return answer[0]!;
}

/** So many slots are told together: a message costs as much as scanning 50 kB. */
const SLOTS_PER_MESSAGE = 3;
let filledSlots: { slot: number; ranges: number; count: number }[] = [];

function tellSlots(): void {
  if (filledSlots.length > 0) tell({ kind: 'candidates', slots: filledSlots });
  filledSlots = [];
}

function startKernel(): KernelTally {
  if (kernel !== undefined) {
    kernel.start(rules);
    return kernel;
  }
  const started: KernelTally = new KernelTally(countries, rules, {
    candidates: (slot, ranges) => {
      Atomics.store(flags, slot, 1);
      filledSlots.push({ slot, ranges: ranges.byteOffset, count: ranges.length });
      if (filledSlots.length >= SLOTS_PER_MESSAGE) tellSlots();
    },
    paused: () => {
      tellSlots();
      const firstHour = started.kernel.firstHour;
      return askHowToGoOn(
        started.kernel.candidates,
        firstHour < 0 ? undefined : (firstHour as NonNullable<LogTally['firstHour']>),
        () => started.forget(),
      );
    },
    awaitSlot: (slot) => {
      if (Atomics.load(flags, slot) === 0) return;
      // It may be among those that were not told yet, and then nobody would ever free it.
      tellSlots();
      Atomics.wait(flags, slot, 1);
    },
  });
  kernel = started;
  tell({ kind: 'memory', memory: started.kernel.memory.buffer });
  return started;
}

const LF = Buffer.from('\n');
const BYTES_PER_MESSAGE = 256 * 1024;

function startReference(format: LogFormat): TallySink {
  let lines: Buffer[] = [];
  let bytes = 0;
  let pauseAt = 1;
  const flush = () => {
    if (bytes > 0) tell({ kind: 'candidate-bytes', bytes: Uint8Array.from(Buffer.concat(lines)) });
    lines = [];
    bytes = 0;
  };
  const tally: ReferenceTally = new ReferenceTally(format, countries, rules, {
    candidate: (line) => {
      lines.push(Buffer.from(line), LF);
      bytes += line.length + 1;
      if (bytes >= BYTES_PER_MESSAGE) flush();
    },
    counted: (candidates, firstHour) => {
      if (candidates !== pauseAt) return;
      flush();
      pauseAt = askHowToGoOn(candidates, firstHour, () => tally.forget());
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

const FRONT_BYTES = 512 * 1024;

/** Holds back the start of a log until its format is known, then hands everything on to the reader for that format. */
class FormatSink {
  format = declaredFormat;
  readonly #front = new Uint8Array(FRONT_BYTES);
  #held = 0;
  #sink: TallySink | undefined;

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
    const sink = this.format === COMBINED ? startKernel() : startReference(this.format);
    this.#sink = sink;
    for (let at = 0; at < start.length; ) {
      const space = sink.space();
      const piece = start.subarray(at, at + space.length);
      space.set(piece);
      sink.filled(piece.length);
      at += piece.length;
    }
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

async function read(job: ReadJob): Promise<void> {
  const sink = new FormatSink();
  position[0] = 0;
  try {
    const poured = await pour(job.input, sink, (at) => {
      position[0] = at;
    });
    const tally = sink.finish();
    tellSlots();
    checkFormatHeld(tally);
    tell({ kind: 'read', tally, poured, format: sink.format!.name });
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    tellSlots();
    tell({ kind: 'fault', status: error.status, message: error.message });
  }
}

port.on('message', (job: ReadJob) => void read(job));
