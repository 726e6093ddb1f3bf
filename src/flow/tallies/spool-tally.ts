import { LogFault } from '../bytes/log-fault.ts';
import { REASONS, type Reason } from '../sightings/reasons.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { type EpochSeconds, FIRST_WEEK, SECONDS_PER_HOUR, weekOf, weekStart } from '../sightings/week.ts';
import type { LogTally } from './log-tally.ts';
import { NO_NAMES } from './naming.ts';
import type { CandidateObserver } from './reference-tally.ts';
import { hourOf, SightingSums } from './sighting-sums.ts';
import { SpoolBatches } from './spool-batches.ts';
import { readRecord, readStart, type SegmentStart, type SpoolRecord } from './spool-records.ts';
import type { TallyRules, TallySink } from './tally-sink.ts';

/** More than any server writes into a segment, in each field. */
const MOST_VALUES = 16_384;
const MOST_BYTES = 2 * 2 ** 20;

/**
 * Counts a segment of a spool. What a request was judged on arrival stays; only whether its hour can be believed is
 * judged again, as for a log (T3).
 */
export class SpoolTally implements TallySink {
  readonly #batches = new SpoolBatches((lines) => this.#takeBatch(lines));
  readonly #sums: SightingSums;
  readonly #rules: TallyRules;
  readonly #observer: CandidateObserver;
  readonly #systems: System[] = [];
  readonly #requests: Request[] = [];
  #start: SegmentStart | undefined;
  /** Undefined if the hour is out of range. */
  #time: EpochSeconds | undefined;
  #written: EpochSeconds | undefined;
  #candidates = 0;
  /** Lines that belong to the segment's identity with the next candidate. */
  #untold = '';

  constructor(rules: TallyRules, observer: CandidateObserver) {
    this.#rules = rules;
    this.#observer = observer;
    // Which names their week has room for is decided in the vault.
    const limits = { ...rules.limits, values: MOST_VALUES, valueBytes: MOST_BYTES };
    this.#sums = new SightingSums({ limits, naming: { kept: NO_NAMES, others: 'first' } }, []);
  }

  space(): Uint8Array {
    return this.#batches.space();
  }

  filled(bytes: number): void {
    this.#batches.filled(bytes);
  }

  /** Drops what was counted so far (G3). */
  forget(): void {
    this.#sums.forget();
  }

  finish(): LogTally {
    this.#batches.finish();
    return {
      ...this.#sums.result(),
      candidates: this.#candidates,
      known: 0,
      misfits: 0,
      firstHour: this.#candidates === 0 || this.#written === undefined ? undefined : hourOf(this.#written),
      // Segments of several processes share their hours; their random ids keep them apart and not their time.
      span: undefined,
      hoursSeen: this.#time === undefined ? [] : [hourOf(this.#time)],
      networkKey: this.#start?.networkKey,
    };
  }

  #takeBatch(lines: readonly string[]): void {
    for (const line of lines) {
      this.#untold += this.#untold === '' ? line : `\n${line}`;
      if (this.#start === undefined) this.#begin(line);
      else this.#take(readRecord(line) ?? unknownLine());
    }
  }

  #begin(line: string): void {
    const start = readStart(line);
    if (start === undefined) {
      throw new LogFault('refused', 'a spool that a newer Rollcall wrote; count it with that version');
    }
    const time = (start.hour * SECONDS_PER_HOUR) as EpochSeconds;
    this.#start = start;
    this.#written = time >= weekStart(FIRST_WEEK) ? time : undefined;
    this.#time = time <= this.#rules.latest ? this.#written : undefined;
  }

  #take(record: SpoolRecord): void {
    if (record.kind === 'system') this.#systems.push(record.system);
    else if (record.kind === 'request') this.#requests.push(record.request);
    else if (record.kind === 'counted') this.#candidate(() => this.#count(record));
    else if (record.kind === 'rejected') this.#candidate(() => this.#reject(record.reason));
  }

  #candidate(add: () => void): void {
    this.#candidates++;
    this.#observer.candidate(Buffer.from(this.#untold));
    this.#untold = '';
    add();
    const firstHour = this.#written === undefined ? undefined : hourOf(this.#written);
    this.#observer.counted(this.#candidates, firstHour);
  }

  #count({ system, request, country, part, network }: Extract<SpoolRecord, { kind: 'counted' }>): void {
    const known = { system: this.#systems[system], request: this.#requests[request] };
    if (known.system === undefined || known.request === undefined) unknownLine();
    else if (this.#time === undefined) this.#sums.reject('time-range', undefined);
    else {
      const { system, request } = known;
      this.#sums.count({
        time: this.#time,
        week: weekOf(this.#time),
        system,
        request,
        country,
        network,
        part,
        mark: undefined,
      });
    }
  }

  #reject(reason: Reason): void {
    const isEarlier = REASONS.indexOf(reason) < REASONS.indexOf('time-range');
    this.#sums.reject(this.#time === undefined && !isEarlier ? 'time-range' : reason, this.#time);
  }
}

function unknownLine(): never {
  throw new LogFault('damaged', 'a line of this spool is no record although its checksum is right; restore the file');
}
