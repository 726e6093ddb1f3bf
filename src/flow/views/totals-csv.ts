import { isUtf8 } from 'node:buffer';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { ByteNumbers } from './byte-numbers.ts';
import type { RowTaker } from './row-taker.ts';
import { TotalsError } from './totals.ts';
import {
  HITS_COLUMN,
  KNOWN_COLUMNS,
  REQUEST_COLUMNS,
  requireColumns,
  SYSTEM_COLUMNS,
  type TotalsRecord,
  WEEK_COLUMNS,
} from './totals-rules.ts';

/** Ten names. A quote that is never closed would otherwise take all that follows into memory. */
export const LONGEST_RECORD = 1024 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
/** So many digits are exact, whichever they are. */
const MOST_DIGITS = 15;

/** Fields that stand side by side, from one column to another. */
interface Run {
  first: number;
  last: number;
}

/** What the file's header says. */
interface Layout {
  names: readonly string[];
  hits: number;
  /** Columns that nobody reads. */
  isUnread: readonly boolean[];
  week: ColumnTexts;
  system: ColumnTexts;
  request: ColumnTexts;
}

/** The texts of some columns as bytes, and what they stand for. */
interface ColumnTexts {
  runs: readonly Run[];
  known: ByteNumbers;
}

/**
 * Rows of totals.csv from blocks of bytes. Seven million rows name a few thousand systems and requests: each is told by
 * its text once and known by its bytes from then on. Lines with quotes are read by
 * csv-parse then, which reads a row in the time that this takes for a hundred; so is whatever is not plainly a row.
 */
export class TotalsCsv {
  readonly #path: string;
  readonly #taker: RowTaker;
  readonly #seed: number;
  #layout: Layout | undefined;
  #isBegun = false;
  /** Of the line at hand: where each field begins; a field ends one byte before the next begins. */
  #starts = new Int32Array(1);
  #joined = new DataView(new ArrayBuffer(1024));

  constructor(path: string, taker: RowTaker, seed: number) {
    this.#path = path;
    this.#taker = taker;
    this.#seed = seed;
  }

  /** Takes the records of a block that are whole. Answers where the first begins that is not. */
  push(block: Buffer, isLast: boolean): number {
    const whole = isLast ? block.length : block.lastIndexOf(NEWLINE) + 1;
    if (!isUtf8(block.subarray(0, whole)))
      throw new TotalsError(`${this.#path}: after row ${this.#taker.rows}: expected UTF-8 text`);
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    let at = 0;
    if (!this.#isBegun && whole > 0) {
      this.#isBegun = true;
      if (block.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) at = BYTE_ORDER_MARK.length;
    }
    while (at < whole) {
      const next = this.#record(block, view, at, whole, isLast);
      if (next < 0) break;
      at = next;
    }
    // csv-parse says how it is too long.
    if (block.length - at > LONGEST_RECORD) this.#notWellFormed(() => this.#fieldsOf(block, at, block.length));
    return at;
  }

  end(): void {
    if (this.#layout === undefined) requireColumns(this.#path, []);
  }

  /** Answers where the next record begins; below 0 if this one is not whole. */
  #record(block: Buffer, view: DataView, start: number, whole: number, isLast: boolean): number {
    const starts = this.#starts;
    const columns = starts.length - 1;
    let column = 0;
    let at = start;
    let isQuoted = false;
    let hasQuotes = false;
    starts[0] = start;
    for (; at < whole; at++) {
      at = nextLow(view, at, whole);
      if (at === whole) break;
      const byte = view.getUint8(at);
      if (byte === COMMA) {
        if (isQuoted) continue;
        column += 1;
        if (column < columns) starts[column] = at + 1;
      } else if (byte === QUOTE) {
        isQuoted = !isQuoted;
        hasQuotes = true;
      } else if (byte === NEWLINE && !isQuoted) break;
    }
    if (at === whole && !isLast) return -1;
    const end = at > start && at < whole && block[at - 1] === RETURN ? at - 1 : at;
    const next = Math.min(at + 1, whole);
    if (end === start) return next;
    const layout = this.#layout;
    if (layout === undefined) this.#header(block, start, end);
    else {
      const isPlain = column + 1 === columns;
      starts[columns] = end + 1;
      if (!isPlain || !this.#known(block, view, layout, hasQuotes))
        this.#byText(block, view, layout, { start, end, isPlain, hasQuotes });
    }
    return next;
  }

  #header(block: Buffer, start: number, end: number): void {
    const names = this.#notWellFormed(() => this.#fieldsOf(block, start, end));
    if (isBlank(names)) return;
    requireColumns(this.#path, names);
    const textsOf = (columns: readonly string[]) => {
      return { runs: runsOf(names, columns), known: new ByteNumbers(this.#seed) };
    };
    this.#layout = {
      names,
      hits: names.indexOf(HITS_COLUMN),
      isUnread: names.map((name) => !KNOWN_COLUMNS.includes(name)),
      week: textsOf(WEEK_COLUMNS),
      system: textsOf(SYSTEM_COLUMNS),
      request: textsOf(REQUEST_COLUMNS),
    };
    this.#starts = new Int32Array(names.length + 1);
  }

  /** Takes the row at hand if its texts came before, and it says its hits plainly. */
  #known(block: Buffer, view: DataView, { week, system, request, hits }: Layout, hasQuotes: boolean): boolean {
    if (hasQuotes && this.#isUnreadQuoted(block)) return false;
    const ofRequest = this.#find(view, request);
    if (ofRequest === -1) return false;
    if (this.#taker.leavesOut(ofRequest)) {
      this.#taker.leaveOut();
      return true;
    }
    const ofSystem = this.#find(view, system);
    const ofWeek = this.#find(view, week);
    const count = digits(block, this.#starts[hits]!, this.#starts[hits + 1]! - 1);
    if (ofSystem === -1 || ofWeek === -1 || count < 1) return false;
    this.#taker.take(ofWeek, ofSystem, ofRequest, count);
    return true;
  }

  #byText(block: Buffer, view: DataView, layout: Layout, line: Line): void {
    const fields = this.#notWellFormed(() => {
      const found = line.hasQuotes
        ? this.#fieldsOf(block, line.start, line.end)
        : plainFields(block, line.start, line.end);
      if (found.length !== layout.names.length) throw new Error(WRONG_COLUMNS);
      return found;
    });
    if (isBlank(fields)) return;
    const record: TotalsRecord = Object.fromEntries(layout.names.map((name, at) => [name, fields[at]!]));
    const codes = this.#taker.takeRecord(record);
    if (!line.isPlain || (line.hasQuotes && this.#isUnreadQuoted(block))) return;
    this.#remember(view, layout.week, codes.week);
    this.#remember(view, layout.system, codes.system);
    this.#remember(view, layout.request, codes.request);
  }

  #find(view: DataView, { runs, known }: ColumnTexts): number {
    if (runs.length > 1) return known.find(this.#joined, 0, this.#join(view, runs));
    const { first, last } = runs[0]!;
    return known.find(view, this.#starts[first]!, this.#starts[last + 1]! - 1);
  }

  #remember(view: DataView, texts: ColumnTexts, number: number | undefined): void {
    if (number === undefined || this.#find(view, texts) !== -1) return;
    const { runs, known } = texts;
    if (runs.length > 1) return known.add(this.#joined, 0, this.#join(view, runs), number);
    const { first, last } = runs[0]!;
    known.add(view, this.#starts[first]!, this.#starts[last + 1]! - 1, number);
  }

  /** Fields that others stand between, with a comma behind each run. Answers how many bytes they take. */
  #join(view: DataView, runs: readonly Run[]): number {
    let length = 0;
    for (const { first, last } of runs) {
      const from = this.#starts[first]!;
      const end = this.#starts[last + 1]!;
      if (length + end - from > this.#joined.byteLength) {
        const larger = new Uint8Array(2 * (length + end - from));
        larger.set(new Uint8Array(this.#joined.buffer, 0, length));
        this.#joined = new DataView(larger.buffer);
      }
      for (let at = from; at < end - 1; at++) this.#joined.setUint8(length++, view.getUint8(at));
      this.#joined.setUint8(length++, COMMA);
    }
    return length;
  }

  /** What is well-formed where it is read need not be so elsewhere. */
  #isUnreadQuoted(block: Buffer): boolean {
    const { isUnread } = this.#layout!;
    for (let column = 0; column < isUnread.length; column++) {
      if (isUnread[column] && block.subarray(this.#starts[column]!, this.#starts[column + 1]! - 1).includes(QUOTE))
        return true;
    }
    return false;
  }

  #fieldsOf(block: Buffer, start: number, end: number): string[] {
    const options = { max_record_size: LONGEST_RECORD, record_delimiter: ['\r\n', '\n'] };
    const records = parse(block.subarray(start, end), options) as string[][];
    return records[0] ?? [];
  }

  #notWellFormed<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      // The parser's own messages quote the row.
      const code = error instanceof CsvError ? error.code : error instanceof Error && error.message;
      throw new TotalsError(`${this.#path}: row ${this.#taker.rows + 1}: not well-formed CSV (${code})`);
    }
  }
}

const WRONG_COLUMNS = 'CSV_RECORD_INCONSISTENT_COLUMNS';

interface Line {
  start: number;
  end: number;
  /** Whether it has as many fields as the header, as far as commas tell. */
  isPlain: boolean;
  hasQuotes: boolean;
}

function plainFields(block: Buffer, start: number, end: number): string[] {
  return block.toString('utf8', start, end).split(',');
}

/** The first byte from there on that is a comma or below; `end` if there is none. Four at a time, as most are above. */
function nextLow(view: DataView, from: number, end: number): number {
  let at = from;
  for (; at + 4 <= end; at += 4) {
    const bytes = view.getInt32(at, true);
    // The top bit of each byte that borrows, of which the lowest is one that is low: it has nothing to borrow below it.
    const low = (bytes - 0x2d2d2d2d) & ~bytes & 0x80808080;
    if (low !== 0) return at + ((31 - Math.clz32(low & -low)) >>> 3);
  }
  while (at < end && view.getUint8(at) > COMMA) at += 1;
  return at;
}

/** What a spreadsheet leaves behind. */
function isBlank(fields: readonly string[]): boolean {
  return fields.every((field) => field.trim() === '');
}

function runsOf(names: readonly string[], columns: readonly string[]): Run[] {
  const runs: Run[] = [];
  for (const [at, name] of names.entries()) {
    if (!columns.includes(name)) continue;
    const before = runs.at(-1);
    if (before?.last === at - 1) before.last = at;
    else runs.push({ first: at, last: at });
  }
  return runs;
}

/** The number that stands there, with or without quotes; 0 if it is none that is plainly exact. */
function digits(bytes: Buffer, start: number, end: number): number {
  const isQuoted = end - start > 2 && bytes[start] === QUOTE && bytes[end - 1] === QUOTE;
  const from = isQuoted ? start + 1 : start;
  const until = isQuoted ? end - 1 : end;
  if (until - from > MOST_DIGITS) return 0;
  let number = 0;
  for (let at = from; at < until; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  return number;
}
