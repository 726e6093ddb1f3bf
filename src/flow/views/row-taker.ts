import type { Request } from '../sightings/request.ts';
import type { Week } from '../sightings/week.ts';
import { TotalsError } from './totals.ts';
import {
  type Found,
  HITS_FAULT,
  hitsOf,
  isLeftOut,
  type RowFault,
  requestOf,
  systemOf,
  type TotalsRecord,
  type TotalsSystem,
  weekReader,
} from './totals-rules.ts';

/** Who gets the rows of a file of totals, in its order. */
export interface TotalsSink {
  /** Numbers from 0, that rows will bear. Undefined where there is no room: each row brings its names then. */
  numberOfSystem(system: TotalsSystem): number | undefined;
  numberOfRequest(request: Request): number | undefined;
  row(week: Week, system: number, request: number, hits: number, row: number): void;
  rowWithNames(week: Week, system: TotalsSystem, request: Request, hits: number, row: number): void;
}

/** What is known of a file when it has been read. */
export interface TotalsSeen {
  /** Rows with `sys_age = -1`: daily addresses, which are not check-ins (X4). */
  leftOut: number;
  /** The first row of a week that cannot be meant, by week. None of its rows may be used: nobody knows what it says. */
  faults: ReadonlyMap<Week, TotalsError>;
}

/** What stands for the texts of a row's columns. Undefined where the next row with the same texts must tell them again. */
export interface Codes {
  week: number | undefined;
  system: number | undefined;
  request: number | undefined;
}

const LEFT_OUT = -2;
const FIRST_FAULT = -3;

/**
 * Applies the rules to each row, whatever kind of file it comes from. A code stands for what its texts have shown to be: the
 * sink's number, a row that is left out, or a fault.
 */
export class RowTaker implements TotalsSeen {
  leftOut = 0;
  readonly faults = new Map<Week, TotalsError>();
  /** Of the file so far: the first after the header is row 1. Blank ones are none. */
  rows = 0;
  readonly #path: string;
  readonly #sink: TotalsSink;
  readonly #knownFaults: RowFault[] = [];
  readonly #weekOf = weekReader();

  constructor(path: string, sink: TotalsSink) {
    this.#path = path;
    this.#sink = sink;
  }

  /** Whether a row is left out whatever its other columns say. */
  leavesOut(requestCode: number): boolean {
    return requestCode === LEFT_OUT;
  }

  leaveOut(): void {
    this.rows += 1;
    this.leftOut += 1;
  }

  /** A row whose codes are known, with hits of 1 or more. */
  take(week: number, system: number, request: number, hits: number): void {
    this.rows += 1;
    if (system >= 0 && request >= 0) this.#sink.row(week as Week, system, request, hits, this.rows);
    else this.#note(week as Week, this.#knownFaults[FIRST_FAULT - (request < 0 ? request : system)]!);
  }

  takeRecord(record: TotalsRecord): Codes {
    if (isLeftOut(record)) {
      this.leaveOut();
      return { week: undefined, system: undefined, request: LEFT_OUT };
    }
    this.rows += 1;
    const week = this.#weekOf(record);
    if (typeof week === 'object') throw this.#fault(week);
    const [system, request, hits] = [systemOf(record), requestOf(record), hitsOf(record['hits'])];
    const codes = {
      week,
      system: this.#codeOf(system, (value) => this.#sink.numberOfSystem(value)),
      request: this.#codeOf(request, (value) => this.#sink.numberOfRequest(value)),
    };
    if (request.kind === 'fault') this.#note(week, request.fault);
    else if (system.kind === 'fault') this.#note(week, system.fault);
    else if (hits === undefined) this.#note(week, HITS_FAULT);
    else if (codes.system !== undefined && codes.request !== undefined)
      this.#sink.row(week, codes.system, codes.request, hits, this.rows);
    else this.#sink.rowWithNames(week, system.value, request.value, hits, this.rows);
    return codes;
  }

  #codeOf<Value>(found: Found<Value>, numberOf: (value: Value) => number | undefined): number | undefined {
    if (found.kind === 'value') return numberOf(found.value);
    const { column, expected } = found.fault;
    const known = this.#knownFaults.findIndex((fault) => fault.column === column && fault.expected === expected);
    return FIRST_FAULT - (known < 0 ? this.#knownFaults.push(found.fault) - 1 : known);
  }

  #note(week: Week, fault: RowFault): void {
    if (!this.faults.has(week)) this.faults.set(week, this.#fault(fault));
  }

  #fault({ column, expected }: RowFault): TotalsError {
    return new TotalsError(`${this.#path}: row ${this.rows}: ${column}: expected ${expected}`);
  }
}
