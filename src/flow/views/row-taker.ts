import type { Week } from '../sightings/week.ts';
import { TotalsError } from './totals.ts';
import {
  HITS_FAULT,
  hitsOf,
  keyOf,
  type RowFault,
  type TotalsKey,
  type TotalsRecord,
  weekReader,
} from './totals-rules.ts';

/** Who gets the rows of a file of totals, in its order. */
export interface TotalsSink {
  /** A number from 0 for a key, that its rows will bear. Undefined where there is no room: each row brings its key then. */
  numberOf(key: TotalsKey): number | undefined;
  row(week: Week, key: number, hits: number, row: number): void;
  rowWithKey(week: Week, key: TotalsKey, hits: number, row: number): void;
}

/** What is known of a file when it has been read. */
export interface TotalsSeen {
  /** Rows with `sys_age = -1`: daily addresses, which are not check-ins (X4). */
  leftOut: number;
  /** The first row of a week that cannot be meant, by week. None of its rows may be used: nobody knows what it says. */
  faults: ReadonlyMap<Week, TotalsError>;
}

const LEFT_OUT = -2;
const FIRST_FAULT = -3;

/**
 * Applies the rules to each row, whatever kind of file it comes from. A `code` stands for what its key has shown to be: the
 * sink's number, one that is left out, or a fault.
 */
export class RowTaker implements TotalsSeen {
  leftOut = 0;
  readonly faults = new Map<Week, TotalsError>();
  /** Of the file so far: the first after the header is row 1. Blank ones are none. */
  rows = 0;
  readonly #path: string;
  readonly #sink: TotalsSink;
  readonly #keyFaults: RowFault[] = [];
  readonly #weekOf = weekReader();

  constructor(path: string, sink: TotalsSink) {
    this.#path = path;
    this.#sink = sink;
  }

  isLeftOut(code: number): boolean {
    return code === LEFT_OUT;
  }

  leaveOut(): void {
    this.rows += 1;
    this.leftOut += 1;
  }

  /** A row of a known week and code, with hits of 1 or more. */
  take(code: number, week: number, hits: number): void {
    this.rows += 1;
    if (code >= 0) this.#sink.row(week as Week, code, hits, this.rows);
    else this.#note(week as Week, this.#keyFaults[FIRST_FAULT - code]!);
  }

  /** Answers the code and the week, where equal texts will stand for them. */
  takeRecord(record: TotalsRecord): { code: number | undefined; week: Week | undefined } {
    const found = keyOf(record);
    if (found.kind === 'left-out') {
      this.leaveOut();
      return { code: LEFT_OUT, week: undefined };
    }
    this.rows += 1;
    const week = this.#weekOf(record);
    if (typeof week === 'object') throw this.#fault(week);
    const hits = hitsOf(record['hits']);
    if (found.kind === 'fault') {
      this.#note(week, found.fault);
      return { code: this.#codeOf(found.fault), week };
    }
    const number = this.#sink.numberOf(found.key);
    if (hits === undefined) this.#note(week, HITS_FAULT);
    else if (number === undefined) this.#sink.rowWithKey(week, found.key, hits, this.rows);
    else this.#sink.row(week, number, hits, this.rows);
    return { code: number, week };
  }

  #codeOf(fault: RowFault): number {
    const known = this.#keyFaults.findIndex(
      ({ column, expected }) => column === fault.column && expected === fault.expected,
    );
    return FIRST_FAULT - (known < 0 ? this.#keyFaults.push(fault) - 1 : known);
  }

  #note(week: Week, fault: RowFault): void {
    if (!this.faults.has(week)) this.faults.set(week, this.#fault(fault));
  }

  #fault({ column, expected }: RowFault): TotalsError {
    return new TotalsError(`${this.#path}: row ${this.rows}: ${column}: expected ${expected}`);
  }
}
