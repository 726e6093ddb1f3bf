import { networkOf, parseAddress } from '../../geo/address.ts';
import { type CountryTable, countryOf } from '../../geo/country-table.ts';
import type { LogFormat } from '../requests/format.ts';
import { ReferenceReader, type SuspectLine } from '../requests/reference.ts';
import { type Judgement, judge, type Rules, type Sighting } from '../sightings/judge.ts';
import type { Reason } from '../sightings/reasons.ts';
import { readIsoTime, readLogTime } from '../sightings/time.ts';
import { type EpochSeconds, FIRST_WEEK, SECONDS_PER_HOUR, type Week, weekOf, weekStart } from '../sightings/week.ts';
import {
  type CellColumns,
  type EpochHour,
  type EpochMinute,
  exactHits,
  type LogTally,
  networkColumns,
} from './log-tally.ts';
import { Numbering } from './numbering.ts';
import type { TallyRules, TallySink } from './tally-sink.ts';

export interface CandidateObserver {
  /** The bytes of a candidate that belong to the log's identity, without line feed. Good until the call returns. */
  candidate(bytes: Buffer): void;
  /** Asked behind each candidate, with how many there are and the hour of the first. */
  counted(candidates: number, firstHour: EpochHour | undefined): void;
}

const MOST_NETWORKS = 3;

/** Counts a log in any format by the plain reader: the fallback, and the oracle of the kernel. */
export class ReferenceTally implements TallySink {
  readonly #reader: ReferenceReader;
  readonly #rules: Rules;
  readonly #limits: TallyRules['limits'];
  readonly #countries: readonly string[];
  readonly #observer: CandidateObserver;
  readonly #numbering: Numbering;
  readonly #hoursSeen = new Set<EpochHour>();
  #candidates = 0;
  #firstHour: EpochHour | undefined;
  #sums = emptySums();

  constructor(format: LogFormat, table: CountryTable, rules: TallyRules, observer: CandidateObserver) {
    const readTime = format.time === 'iso' ? readIsoTime : readLogTime;
    this.#reader = new ReferenceReader(format, {
      suspect: (line) => this.#take(line),
      sampledTime: (text) => this.#sampled(readTime(text)),
    });
    this.#rules = {
      readTime,
      parseAddress,
      countryOf: (address) => countryOf(table, address),
      networkOf,
      clients: rules.clients,
      latest: rules.latest,
    };
    this.#limits = rules.limits;
    this.#countries = table.countries;
    this.#observer = observer;
    this.#numbering = new Numbering(rules.limits);
  }

  space(): Uint8Array {
    return this.#reader.space();
  }

  filled(bytes: number): void {
    this.#reader.filled(bytes);
  }

  /** Drops what was counted so far: those lines were counted before (G3). */
  forget(): void {
    this.#sums = emptySums();
  }

  finish(): LogTally {
    this.#reader.finish();
    const { counted, rejections, cells, hours, networks, earliest, latest } = this.#sums;
    return {
      candidates: this.#candidates,
      counted,
      rejections: [...rejections.values()],
      systems: this.#numbering.systems,
      requests: this.#numbering.requests,
      countries: this.#countries,
      cells: toColumns([...cells.values()]),
      firstHour: this.#firstHour,
      span:
        counted === 0
          ? undefined
          : { from: Math.floor(earliest / 60) as EpochMinute, until: Math.floor(latest / 60) as EpochMinute },
      hoursCounted: sorted(hours),
      hoursSeen: sorted(this.#hoursSeen),
      networks: networkColumns([...networks.values()]),
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
    if (judgement.kind === 'rejected') this.#reject(judgement.reason, judgement.time);
    else this.#count(judgement.sighting);
    this.#observer.counted(this.#candidates, this.#firstHour);
  }

  #reject(reason: Reason, time: EpochSeconds | undefined): void {
    // The time of a candidate that is out of range for its reason is not known either.
    const week = time === undefined ? undefined : weekOf(time);
    const key = `${reason} ${week}`;
    const known = this.#sums.rejections.get(key);
    if (known === undefined) this.#sums.rejections.set(key, { reason, week, count: 1 });
    else known.count++;
  }

  #count({ time, week, system, request, country, network }: Sighting): void {
    const sums = this.#sums;
    const systemNumber = this.#numbering.numberOfSystem(system);
    const requestNumber = this.#numbering.numberOfRequest(request);
    const countryNumber = this.#countries.indexOf(country);
    sums.counted++;
    sums.earliest = Math.min(sums.earliest, time);
    sums.latest = Math.max(sums.latest, time);
    sums.hours.add(hourOf(time));
    if (network !== undefined) this.#noteNetwork(week, systemNumber, network);

    const cell: Cell = { week, system: systemNumber, request: requestNumber, country: countryNumber, hits: 0 };
    if (!sums.cells.has(keyOf(cell)) && sums.cells.size >= this.#limits.cells) {
      cell.system = this.#numbering.otherSystem(system.client);
      cell.request = this.#numbering.otherRequest(request.age);
    }
    const key = keyOf(cell);
    const known = sums.cells.get(key) ?? cell;
    known.hits = exactHits(known.hits + 1);
    sums.cells.set(key, known);
  }

  #noteNetwork(week: Week, system: number, network: bigint): void {
    const key = `${week} ${system}`;
    const known = this.#sums.networks.get(key);
    if (known === undefined) this.#sums.networks.set(key, { week, system, networks: [network] });
    else if (known.networks.length < MOST_NETWORKS && !known.networks.includes(network)) known.networks.push(network);
  }

  #sampled(time: EpochSeconds | undefined): void {
    if (time === undefined || time < weekStart(FIRST_WEEK) || time > this.#rules.latest) return;
    this.#hoursSeen.add(hourOf(time));
  }
}

interface Cell {
  week: Week;
  system: number;
  request: number;
  country: number;
  hits: number;
}

function emptySums() {
  return {
    counted: 0,
    earliest: Number.POSITIVE_INFINITY,
    latest: Number.NEGATIVE_INFINITY,
    rejections: new Map<string, LogTally['rejections'][number]>(),
    cells: new Map<string, Cell>(),
    hours: new Set<EpochHour>(),
    networks: new Map<string, { week: Week; system: number; networks: bigint[] }>(),
  };
}

function keyOf(cell: Cell): string {
  return `${cell.week} ${cell.system} ${cell.request} ${cell.country}`;
}

function hourOf(time: EpochSeconds): EpochHour {
  return Math.floor(time / SECONDS_PER_HOUR) as EpochHour;
}

function sorted(hours: Set<EpochHour>): EpochHour[] {
  return [...hours].sort((a, b) => a - b);
}

function toColumns(cells: Cell[]): CellColumns {
  return {
    week: Uint32Array.from(cells, (cell) => cell.week),
    system: Uint32Array.from(cells, (cell) => cell.system),
    request: Uint32Array.from(cells, (cell) => cell.request),
    country: Uint32Array.from(cells, (cell) => cell.country),
    hits: Float64Array.from(cells, (cell) => cell.hits),
  };
}
