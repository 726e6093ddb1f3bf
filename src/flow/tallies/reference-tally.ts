import { isLocal, networkOf, parseAddress, partOf } from '../../geo/address.ts';
import { type CountryTable, countryOfClient } from '../../geo/country-table.ts';
import type { LogFormat } from '../requests/format.ts';
import { ReferenceReader, type SuspectLine } from '../requests/reference.ts';
import { type Judgement, judge, type Rules } from '../sightings/judge.ts';
import { readIsoTime, readLogTime } from '../sightings/time.ts';
import { type EpochSeconds, FIRST_WEEK, weekStart } from '../sightings/week.ts';
import type { EpochHour, LogTally } from './log-tally.ts';
import { hourOf, SightingSums, sortedHours } from './sighting-sums.ts';
import type { TallyRules, TallySink } from './tally-sink.ts';

export interface CandidateObserver {
  /** The bytes of a candidate that belong to the log's identity, without line feed. Good until the call returns. */
  candidate(bytes: Buffer): void;
  /** Asked behind each candidate, with how many there are and the hour of the first. */
  counted(candidates: number, firstHour: EpochHour | undefined): void;
}

/** Counts a log in any format by the plain reader: the fallback, and the oracle of the kernel. */
export class ReferenceTally implements TallySink {
  readonly #reader: ReferenceReader;
  readonly #rules: Rules;
  readonly #observer: CandidateObserver;
  readonly #sums: SightingSums;
  readonly #hoursSeen = new Set<EpochHour>();
  #candidates = 0;
  #firstHour: EpochHour | undefined;

  constructor(format: LogFormat, table: CountryTable, rules: TallyRules, observer: CandidateObserver) {
    const readTime = format.time === 'iso' ? readIsoTime : readLogTime;
    this.#reader = new ReferenceReader(format, {
      suspect: (line) => this.#take(line),
      sampledTime: (text) => this.#sampled(readTime(text)),
    });
    this.#rules = {
      readTime,
      parseAddress,
      countryOf: (address) => countryOfClient(table, address),
      networkOf: (address) => (isLocal(address) ? undefined : networkOf(address)),
      partOf,
      clients: rules.clients,
      latest: rules.latest,
    };
    this.#observer = observer;
    this.#sums = new SightingSums(rules.limits, table.countries);
  }

  space(): Uint8Array {
    return this.#reader.space();
  }

  filled(bytes: number): void {
    this.#reader.filled(bytes);
  }

  /** Drops what was counted so far: those lines were counted before (G3). */
  forget(): void {
    this.#sums.forget();
  }

  finish(): LogTally {
    this.#reader.finish();
    return {
      ...this.#sums.result(),
      candidates: this.#candidates,
      firstHour: this.#firstHour,
      hoursSeen: sortedHours(this.#hoursSeen),
    };
  }

  #take(line: SuspectLine): void {
    const judgement: Judgement =
      line.kind === 'rejected'
        ? { kind: 'rejected', reason: line.reason, time: undefined, written: undefined }
        : judge(line.fields, this.#rules);
    if (judgement.kind === 'no-candidate') return;
    this.#candidates++;
    if (this.#candidates === 1 && judgement.written !== undefined) this.#firstHour = hourOf(judgement.written);
    this.#observer.candidate(line.bytes);
    if (judgement.kind === 'rejected') this.#sums.reject(judgement.reason, judgement.time);
    else this.#sums.count(judgement.sighting);
    this.#observer.counted(this.#candidates, this.#firstHour);
  }

  #sampled(time: EpochSeconds | undefined): void {
    if (time === undefined || time < weekStart(FIRST_WEEK) || time > this.#rules.latest) return;
    this.#hoursSeen.add(hourOf(time));
  }
}
