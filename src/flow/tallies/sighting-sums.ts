import type { Sighting } from '../sightings/judge.ts';
import type { Reason } from '../sightings/reasons.ts';
import { type EpochSeconds, SECONDS_PER_HOUR, type Week, weekOf } from '../sightings/week.ts';
import { CellTable } from './cell-table.ts';
import { MarksByHour } from './hour-marks.ts';
import type { LineRecorder } from './line-list.ts';
import {
  ALL_SYSTEMS,
  type EpochHour,
  type EpochMinute,
  type LogTally,
  MOST_SPREAD_ROWS,
  networkColumns,
  PARTS,
  type SpreadColumns,
} from './log-tally.ts';
import { Numbering, type TallyLimits } from './numbering.ts';
import type { TallyRules } from './tally-sink.ts';

const MOST_NETWORKS = 3;

type Sums = Omit<LogTally, 'candidates' | 'known' | 'misfits' | 'firstHour' | 'hoursSeen'>;

/** What the sightings and rejections of one log come to. */
export class SightingSums {
  readonly #limits: TallyLimits;
  readonly #numbering: Numbering;
  readonly #countries: string[];
  readonly #countryNumbers: Map<string, number>;
  /** Set where lines are taken down one by one. */
  readonly #lines: LineRecorder | undefined;
  #sums: ReturnType<typeof emptySums>;

  /** Countries that are not among these are added. */
  constructor(
    { limits, naming }: Pick<TallyRules, 'limits' | 'naming'>,
    countries: readonly string[],
    lines?: LineRecorder,
  ) {
    this.#lines = lines;
    this.#limits = limits;
    this.#sums = emptySums(limits);
    this.#numbering = new Numbering(limits, naming);
    this.#countries = [...countries];
    this.#countryNumbers = new Map(countries.map((country, number) => [country, number]));
  }

  /** Drops the sums. The numbers given to systems and requests stay good. */
  forget(): void {
    this.#sums = emptySums(this.#limits);
  }

  result(): Sums {
    const { counted, rejections, cells, hours, networks, spread, marks, earliest, latest } = this.#sums;
    const from = Math.floor(earliest / 60) as EpochMinute;
    const until = Math.floor(latest / 60) as EpochMinute;
    return {
      counted,
      rejections: Array.from(rejections.values(), ({ reason, week, count }) => ({ reason, week, count })),
      systems: this.#numbering.systems,
      requests: this.#numbering.requests,
      countries: this.#countries,
      cells: cells.columns(),
      span: counted === 0 ? undefined : { from, until },
      hoursCounted: sortedHours(hours),
      networks: networkColumns([...networks.values()]),
      marks: marks.all(),
      spread: spreadColumns([...spread.values()]),
    };
  }

  reject(reason: Reason, time: EpochSeconds | undefined): void {
    // The time of a candidate that is out of range for its reason is not known either.
    const week = time === undefined ? undefined : weekOf(time);
    const key = `${reason} ${week}`;
    const known = this.#sums.rejections.get(key);
    if (known !== undefined) known.count++;
    else this.#sums.rejections.set(key, { row: this.#sums.rejections.size, reason, week, count: 1 });
    this.#lines?.rejected(this.#sums.rejections.get(key)!.row);
  }

  count({ time, week, system, request, country, network, part, mark }: Sighting): void {
    const sums = this.#sums;
    const systemNumber = this.#numbering.numberOfSystem(system);
    const requestNumber = this.#numbering.numberOfRequest(request);
    const countryNumber = this.#numberOfCountry(country);
    sums.counted++;
    sums.earliest = Math.min(sums.earliest, time);
    sums.latest = Math.max(sums.latest, time);
    sums.hours.add(hourOf(time));
    if (mark !== undefined) sums.marks.add(time, mark);
    if (network !== undefined) this.#noteNetwork(week, systemNumber, network);
    if (part !== undefined) {
      this.#notePart({ week, system: systemNumber, request: requestNumber }, part);
      this.#notePart({ week, system: ALL_SYSTEMS, request: countryNumber }, part);
    }

    let row = sums.cells.find(week, systemNumber, requestNumber, countryNumber);
    if (row === undefined && sums.cells.size >= this.#limits.cells) {
      const others = [this.#numbering.otherSystem(system.client), this.#numbering.otherRequest(request.age)] as const;
      row = sums.cells.find(week, ...others, countryNumber) ?? sums.cells.add(week, ...others, countryNumber);
    }
    row ??= sums.cells.add(week, systemNumber, requestNumber, countryNumber);
    sums.cells.count(row);
    if (mark !== undefined && part !== undefined) this.#lines?.counted(row, { time, part, mark });
  }

  #numberOfCountry(country: string): number {
    const known = this.#countryNumbers.get(country);
    if (known !== undefined) return known;
    const number = this.#countries.push(country) - 1;
    this.#countryNumbers.set(country, number);
    return number;
  }

  #notePart(row: Omit<SpreadRow, 'hits'>, part: number): void {
    const { spread } = this.#sums;
    const key = `${row.week} ${row.system} ${row.request}`;
    const known = spread.get(key);
    if (known !== undefined) known.hits[part]!++;
    else if (spread.size < MOST_SPREAD_ROWS) {
      spread.set(key, { ...row, hits: new Uint32Array(PARTS) });
      spread.get(key)!.hits[part] = 1;
    }
  }

  #noteNetwork(week: Week, system: number, network: bigint): void {
    const key = `${week} ${system}`;
    const known = this.#sums.networks.get(key);
    if (known === undefined) this.#sums.networks.set(key, { week, system, networks: [network] });
    else if (known.networks.length < MOST_NETWORKS && !known.networks.includes(network)) known.networks.push(network);
    else return;
    this.#lines?.network(network);
  }
}

interface SpreadRow {
  week: Week;
  system: number;
  request: number;
  hits: Uint32Array;
}

function emptySums({ marks }: TallyLimits) {
  return {
    counted: 0,
    earliest: Number.POSITIVE_INFINITY,
    latest: Number.NEGATIVE_INFINITY,
    rejections: new Map<string, LogTally['rejections'][number] & { row: number }>(),
    cells: new CellTable(),
    hours: new Set<EpochHour>(),
    networks: new Map<string, { week: Week; system: number; networks: bigint[] }>(),
    marks: new MarksByHour(marks),
    spread: new Map<string, SpreadRow>(),
  };
}

export function hourOf(time: EpochSeconds): EpochHour {
  return Math.floor(time / SECONDS_PER_HOUR) as EpochHour;
}

export function sortedHours(hours: Set<EpochHour>): EpochHour[] {
  return [...hours].sort((a, b) => a - b);
}

function spreadColumns(rows: readonly SpreadRow[]): SpreadColumns {
  const hits = new Uint32Array(rows.length * PARTS);
  for (const [place, row] of rows.entries()) hits.set(row.hits, place * PARTS);
  return {
    week: Uint32Array.from(rows, ({ week }) => week),
    system: Uint32Array.from(rows, ({ system }) => system),
    request: Uint32Array.from(rows, ({ request }) => request),
    hits,
  };
}
