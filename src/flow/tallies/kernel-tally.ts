import type { CountryTable } from '../../geo/country-table.ts';
import { Kernel, type KernelMemory, type KernelObserver, type KernelQuestions, PENDING } from '../requests/kernel.ts';
import {
  HOURS_COUNTED,
  HOURS_SEEN,
  NETWORKS,
  NETWORKS_ROW,
  NO_WEEK,
  REJECTIONS,
  SCRATCH,
  SORTED_MARKS,
  SORTED_SECONDS,
  SPREAD_KEYS,
  SPREAD_ROWS,
  WEEKS,
} from '../requests/kernel-memory.ts';
import { LONGEST_VALUE } from '../sightings/clean-text.ts';
import type { LineMark } from '../sightings/line-mark.ts';
import { REASONS } from '../sightings/reasons.ts';
import { type RequestReading, readRequestValues } from '../sightings/request.ts';
import { readSystem } from '../sightings/system.ts';
import { type EpochSeconds, FIRST_WEEK, type Week } from '../sightings/week.ts';
import { MarksByHour } from './hour-marks.ts';
import { FIRST_HOUR, hoursAt } from './kernel-hours.ts';
import type { KernelLines } from './kernel-lines.ts';
import { type KnownLines, LinesToLeaveOut } from './known-lines.ts';
import {
  type CellColumns,
  type EpochHour,
  type EpochMinute,
  exactHits,
  type LogTally,
  type NetworkColumns,
  PARTS,
  type Rejection,
  type SpreadColumns,
} from './log-tally.ts';
import { Numbering } from './numbering.ts';
import type { TallyRules, TellingSink } from './tally-sink.ts';

const NO_CLIENT = -1;
/** Of a count of rejections. */
const COUNT_BYTES = 8;

/** Counts a log in the Combined Log Format with the kernel. One at a time; `start` makes it ready for the next. */
export class KernelTally implements TellingSink {
  readonly kernel: Kernel;
  readonly #countries: readonly string[];
  #rules: TallyRules;
  #toLeaveOut = new LinesToLeaveOut([]);
  #numbering: Numbering;
  #probed: { key: string; reading: RequestReading } | undefined;
  /** Rows of networks that the kernel had no room for. */
  #overflow: NetworkRow[] = [];
  #marks: MarksByHour;
  #lines: KernelLines | undefined;

  constructor(table: CountryTable, rules: TallyRules, memory: KernelMemory, observer: KernelObserver) {
    this.#countries = table.countries;
    this.#rules = rules;
    this.#numbering = new Numbering(rules.limits, rules.naming);
    this.#marks = new MarksByHour(rules.limits.marks);
    this.kernel = new Kernel(this.#questions(), observer, table, memory);
    this.start(rules);
  }

  /** `known`: lines that are left out, because they were counted before. `lines` takes all of them down. */
  start(rules: TallyRules, known: KnownLines = [], lines?: KernelLines): void {
    this.#rules = rules;
    this.#lines = lines;
    this.#toLeaveOut = new LinesToLeaveOut(known);
    this.#probed = undefined;
    this.kernel.start(rules.latest, this.#numbering.systems.length, known.length > 0, lines !== undefined);
    this.#numbering = new Numbering(rules.limits, rules.naming);
    this.#overflow = [];
    this.#marks = new MarksByHour(this.#rules.limits.marks);
  }

  /** Drops what was counted so far. The numbers given to systems and requests stay good. */
  forget(): void {
    this.kernel.forget(this.#numbering.systems.length);
    this.#toLeaveOut.startAgain();
    this.#overflow = [];
    this.#marks = new MarksByHour(this.#rules.limits.marks);
  }

  /** The hour of the first candidate, if its time is known. */
  get firstHour(): EpochHour | undefined {
    const { firstHour } = this.kernel;
    return firstHour < 0 ? undefined : (firstHour as EpochHour);
  }

  space(): Uint8Array {
    return this.kernel.space();
  }

  filled(bytes: number): void {
    this.kernel.filled(bytes);
  }

  /** Counts whole lines that a sieve left in the kernel's memory. */
  takeLines(from: number, end: number): void {
    this.kernel.takeLines(from, end);
  }

  tell(): void {
    this.kernel.tell();
  }

  finish(): LogTally {
    this.kernel.finish();
    const { kernel } = this;
    const { candidates, counted, span } = kernel;
    const cells = this.#cells();
    kernel.handOverMarks();
    return {
      candidates,
      counted,
      known: kernel.known,
      misfits: kernel.misfits,
      rejections: this.#rejections(),
      systems: this.#numbering.systems,
      requests: this.#numbering.requests,
      countries: this.#countries,
      cells,
      firstHour: this.firstHour,
      span:
        counted === 0
          ? undefined
          : {
              from: Math.floor(span.earliest / 60) as EpochMinute,
              until: Math.floor(span.latest / 60) as EpochMinute,
            },
      hoursCounted: hoursAt(kernel, HOURS_COUNTED),
      hoursSeen: hoursAt(kernel, HOURS_SEEN),
      networks: this.#networks(),
      marks: this.#marks.all(),
      spread: this.#spread(),
    };
  }

  #questions(): KernelQuestions {
    return {
      probeSystem: (agent) => (readSystem(agent, this.#rules.clients) === undefined ? NO_CLIENT : PENDING),
      numberSystem: (agent) => {
        const system = readSystem(agent, this.#rules.clients);
        return system === undefined ? NO_CLIENT : this.#numbering.numberOfSystem(system);
      },
      probeRequest: (key) => {
        const reading = readRequestKey(key);
        this.#probed = { key, reading };
        return reading.kind === 'rejected' ? -1 - REASONS.indexOf(reading.reason) : PENDING;
      },
      numberRequest: (key) => {
        // It was nearly always probed just before.
        const reading = key === this.#probed?.key ? this.#probed.reading : readRequestKey(key);
        if (reading.kind !== 'request') throw new Error('the kernel counted a request that is not sound');
        return this.#numbering.numberOfRequest(reading.request);
      },
      isOwnPath: (path) => this.#rules.paths.includes(path),
      otherOf: (kind, number) =>
        kind === 0
          ? this.#numbering.otherSystem(this.#numbering.systems[number]!.client)
          : this.#numbering.otherRequest(this.#numbering.requests[number]!.age),
      networks: (system, week, count, address) => {
        for (const network of new BigUint64Array(this.kernel.memory.buffer, address, count)) {
          this.#overflow.push({ system, week: FIRST_WEEK + week, network });
        }
      },
      counted: (time, mark) => this.#lines?.counted(time, mark),
      rejected: (reason, week) => this.#lines?.rejected(reason, week),
      hit: (low, high, part, networkLow, networkHigh) => this.#lines?.hit(low, high, part, networkLow, networkHigh),
      isKnown: (time, mark) => this.#toLeaveOut.take({ time: time as EpochSeconds, mark: mark as LineMark }),
      marks: (hour, count, lines) => {
        const { buffer } = this.kernel.memory;
        const block = {
          marks: new Uint32Array(buffer, SORTED_MARKS, count).slice(),
          seconds: new Uint16Array(buffer, SORTED_SECONDS, count).slice(),
        };
        return this.#marks.addBlock((FIRST_HOUR + hour) as EpochHour, block, lines);
      },
    };
  }

  #cells(): CellColumns {
    const count = this.kernel.listCells();
    const words = new Uint32Array(this.kernel.memory.buffer, SCRATCH, count * 4);
    const cells: CellColumns = {
      week: new Uint32Array(count),
      system: new Uint32Array(count),
      request: new Uint32Array(count),
      country: new Uint32Array(count),
      hits: new Float64Array(count),
    };
    for (let cell = 0; cell < count; cell++) {
      const low = words[cell * 4]!;
      const high = words[cell * 4 + 1]!;
      cells.request[cell] = low & 0x3ffff;
      cells.country[cell] = (low >>> 18) & 0xff;
      cells.week[cell] = (high & 0xfff) + FIRST_WEEK;
      cells.system[cell] = high >>> 12;
      cells.hits[cell] = exactHits(words[cell * 4 + 2]! + words[cell * 4 + 3]! * 2 ** 32);
    }
    return cells;
  }

  #rejections(): Rejection[] {
    const counts = new BigUint64Array(this.kernel.memory.buffer, REJECTIONS, REASONS.length * WEEKS);
    const places = new Set<number>();
    for (const at of this.kernel.words(REJECTIONS, REJECTIONS + counts.byteLength)) {
      places.add(Math.floor((at - REJECTIONS) / COUNT_BYTES));
    }
    return Array.from(places, (place) => {
      const week = place % WEEKS;
      return {
        reason: REASONS[Math.floor(place / WEEKS)]!,
        week: week === NO_WEEK ? undefined : ((FIRST_WEEK + week) as Week),
        count: exactHits(Number(counts[place])),
      };
    });
  }

  /** Behind `#cells`, for which the hits that wait are counted. */
  #spread(): SpreadColumns {
    const count = this.kernel.spreadRows();
    const { buffer } = this.kernel.memory;
    const words = new Uint32Array(buffer, SPREAD_KEYS, count * SPREAD_KEY_WORDS);
    const spread: SpreadColumns = {
      week: new Uint32Array(count),
      system: new Uint32Array(count),
      request: new Uint32Array(count),
      hits: new Uint32Array(count * PARTS),
    };
    spread.hits.set(new Uint32Array(buffer, SPREAD_ROWS, count * PARTS));
    for (let row = 0; row < count; row++) {
      const high = words[row * SPREAD_KEY_WORDS + 1]!;
      spread.request[row] = words[row * SPREAD_KEY_WORDS]!;
      spread.week[row] = (high & 0xfff) + FIRST_WEEK;
      spread.system[row] = high >>> 12;
    }
    return spread;
  }

  #networks(): NetworkColumns {
    const words = new Uint32Array(
      this.kernel.memory.buffer,
      NETWORKS,
      this.#numbering.systems.length * NETWORK_WEEKS * WEEK_WORDS,
    );
    let count = this.#overflow.length;
    for (let at = 0; at < words.length; at += WEEK_WORDS) if (words[at] !== 0) count += words[at + 1]!;
    const columns = {
      week: new Uint32Array(count),
      system: new Uint32Array(count),
      network: new BigUint64Array(count),
    };
    let to = 0;
    for (const { week, system, network } of this.#overflow) {
      columns.week[to] = week;
      columns.system[to] = system;
      columns.network[to++] = network;
    }
    // Half by half: each bigint would be an object of its own.
    const halves = new Uint32Array(columns.network.buffer);
    for (let at = 0, row = 0; at < words.length; at += WEEK_WORDS, row++) {
      if (words[at] === 0) continue;
      const week = FIRST_WEEK + words[at]! - 1;
      for (let i = 0; i < words[at + 1]!; i++) {
        columns.week[to] = week;
        columns.system[to] = row >> 1;
        halves[to * 2] = words[at + 2 + i * 2]!;
        halves[to++ * 2 + 1] = words[at + 3 + i * 2]!;
      }
    }
    return columns;
  }
}

interface NetworkRow {
  week: number;
  system: number;
  network: bigint;
}

/** A system has room for an even and for an odd week. */
const NETWORK_WEEKS = 2;
const WEEK_WORDS = NETWORKS_ROW / NETWORK_WEEKS / Uint32Array.BYTES_PER_ELEMENT;

/** u64 key, u32 of the kernel's own, u32 of nothing. */
const SPREAD_KEY_WORDS = 4;

const TOO_LONG = 0xffff;
const TOO_LONG_TEXT = 'x'.repeat(LONGEST_VALUE + 1);

/** Takes apart the key of kernel/target.ts: u8 age, u8 parts, then the parts arch, repo and, in the path form, version. */
function readRequestKey(key: string): RequestReading {
  const parts: string[] = [];
  for (let at = 2; at < key.length; ) {
    const length = key.charCodeAt(at) | (key.charCodeAt(at + 1) << 8);
    at += 2;
    if (length === TOO_LONG) {
      parts.push(TOO_LONG_TEXT);
    } else {
      parts.push(key.slice(at, at + length));
      at += length;
    }
  }
  return readRequestValues({ age: String(key.charCodeAt(0)), arch: parts[0]!, repo: parts[1]!, version: parts[2] });
}
