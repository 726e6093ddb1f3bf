import { isLocal, networkOf, parseLoggedAddress, partOf } from '../../geo/address.ts';
import { type CountryTable, countryOfClient } from '../../geo/country-table.ts';
import type { CutLine, LineFormat } from '../requests/log-format.ts';
import { ReferenceReader } from '../requests/reference.ts';
import { type Judgement, judge, type Rules } from '../sightings/judge.ts';
import { LineMarker } from '../sightings/line-mark.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { readAnyTime, readLogTime } from '../sightings/time.ts';
import { type EpochSeconds, FIRST_WEEK, weekStart } from '../sightings/week.ts';
import { type KnownLines, LinesToLeaveOut } from './known-lines.ts';
import type { LineRecorder } from './line-list.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { hourOf, SightingSums, sortedHours } from './sighting-sums.ts';
import type { TallyRules, TallySink } from './tally-sink.ts';

export interface CandidateObserver {
  /** The bytes of a candidate that belong to the log's identity, without line feed. Good until the call returns. */
  candidate(bytes: Buffer): void;
  /** Asked behind each candidate, with how many there are and the hour of the first. */
  counted(candidates: number, firstHour: EpochHour | undefined): void;
  /** Where it is there, it gets what a counted line names, and nothing is summed up. */
  sighted?(system: System, request: Request): void;
}

/** Counts a log in any format by the plain reader: the fallback, and the oracle of the kernel. */
export class ReferenceTally implements TallySink {
  readonly #reader: ReferenceReader;
  readonly #rules: Rules;
  readonly #observer: CandidateObserver;
  readonly #sums: SightingSums;
  readonly #hoursSeen = new Set<EpochHour>();
  readonly #toLeaveOut: LinesToLeaveOut;
  #knownFound = 0;
  #candidates = 0;
  #misfits = 0;
  #firstHour: EpochHour | undefined;

  /** `known`: lines that are left out, because they were counted before. `lines` takes all of them down. */
  constructor(
    format: LineFormat,
    table: CountryTable,
    rules: TallyRules,
    observer: CandidateObserver,
    known: KnownLines = [],
    lines?: LineRecorder,
  ) {
    const readTime = format.time === 'log' ? readLogTime : readAnyTime;
    this.#reader = new ReferenceReader(format, {
      suspect: (line, bytesOf) => this.#take({ ...line, bytes: bytesOf() }),
      sampledTime: (text) => this.#sampled(readTime(text)),
    });
    const marker = new LineMarker();
    this.#rules = {
      readTime,
      parseAddress: parseLoggedAddress,
      countryOf: (address) => countryOfClient(table, address),
      networkOf: (address) => (isLocal(address) ? undefined : networkOf(address)),
      partOf,
      markOf: (...line) => marker.markOf(...line),
      clients: rules.clients,
      paths: rules.paths,
      latest: rules.latest,
    };
    this.#observer = observer;
    this.#toLeaveOut = new LinesToLeaveOut(known);
    this.#sums = new SightingSums(rules, table.countries, lines);
  }

  space(): Uint8Array {
    return this.#reader.space();
  }

  filled(bytes: number): void {
    this.#reader.filled(bytes);
  }

  /** Drops what was counted so far: those lines were counted before (G3). */
  forget(): void {
    this.#misfits = 0;
    this.#sums.forget();
    this.#toLeaveOut.startAgain();
    this.#knownFound = 0;
  }

  finish(): LogTally {
    this.#reader.finish();
    return {
      ...this.#sums.result(),
      candidates: this.#candidates,
      known: this.#knownFound,
      misfits: this.#misfits,
      firstHour: this.#firstHour,
      hoursSeen: sortedHours(this.#hoursSeen),
    };
  }

  #take(line: CutLine & { bytes: Buffer }): void {
    const judgement: Judgement =
      line.kind === 'rejected'
        ? { kind: 'rejected', reason: line.reason, time: undefined, written: undefined }
        : judge(line.fields, this.#rules);
    if (judgement.kind === 'no-candidate') return;
    this.#candidates++;
    if (this.#candidates === 1 && judgement.written !== undefined) this.#firstHour = hourOf(judgement.written);
    this.#observer.candidate(line.bytes);
    if (line.kind === 'rejected' && line.isMisfit) this.#misfits++;
    if (judgement.kind === 'rejected') this.#sums.reject(judgement.reason, judgement.time);
    else if (this.#toLeaveOut.take(judgement.sighting)) this.#knownFound++;
    else if (this.#observer.sighted === undefined) this.#sums.count(judgement.sighting);
    else this.#observer.sighted(judgement.sighting.system, judgement.sighting.request);
    this.#observer.counted(this.#candidates, this.#firstHour);
  }

  #sampled(time: EpochSeconds | undefined): void {
    if (time === undefined || time < weekStart(FIRST_WEEK) || time > this.#rules.latest) return;
    this.#hoursSeen.add(hourOf(time));
  }
}
