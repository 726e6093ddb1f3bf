import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Week } from '../sightings/week.ts';
import { putVarint } from '../vault/cells.ts';
import { NumberedNames } from './numbered-names.ts';
import type { TotalsSink } from './row-taker.ts';
import type { Spill } from './spill.ts';
import type { TotalsSystem } from './totals-rules.ts';
import { type Names, type RowsNoted, type WeekOfTotals, WeekRows } from './week-rows.ts';

/** How much is kept in memory. Beyond, it goes on in another way, and more slowly. */
export interface Room {
  /** Of rows, in bytes: about six each. */
  rows: number;
  /** Different systems, and requests, in all weeks: Fedora's ten years have 20,000. */
  names: number;
}

export const ROOM: Room = { rows: 2 ** 25, names: 2 ** 17 };

/** Published totals say nothing of the client. */
const NO_CLIENT = '';
const FIRST_BYTES = 256;
/** Four numbers. */
const LONGEST_ROW = 32;
const NOTHING = Buffer.alloc(0);

interface KeptWeek {
  bytes: Buffer;
  used: number;
  lastRow: number;
  rows: number;
  hits: number;
  /** Whether some of its rows have names for which there was no number. */
  hasLoose: boolean;
  /** Where its earlier rows lie on the disk. */
  segments: { start: number; length: number }[];
}

/** What is known of a row before its names are looked at. */
interface Row {
  isUnnamed: boolean;
  hits: number;
  row: number;
}

/**
 * The rows of a file by their weeks, in whatever order they come, until it is known that all of them can be used. A row
 * takes six bytes: the numbers of its system and its request, its hits, and how many rows of other weeks came before it.
 * Names that may not be passed on are another text from here on; a number that is odd says that one was.
 */
export class TotalsByWeek implements TotalsSink {
  readonly #spill: Spill;
  readonly #room: Room;
  readonly #shown: (name: string) => string;
  readonly #weeks = new Map<Week, KeptWeek>();
  #latest: { week: Week; kept: KeptWeek } | undefined;
  #held = 0;
  readonly #names: Names = { systems: NumberedNames.systems(), requests: NumberedNames.requests() };
  /** Rows that are told: those with a name that may not be passed on, and those that were added to another. */
  readonly noted: RowsNoted = { unnamed: { count: 0, first: [] }, addedUp: { count: 0, first: [] } };

  constructor(spill: Spill, shown: (name: string) => string, room = ROOM) {
    this.#spill = spill;
    this.#shown = shown;
    this.#room = room;
  }

  numberOfSystem(system: TotalsSystem): number | undefined {
    const shown = this.#shownSystem(system);
    return marked(this.#names.systems.numberOf(shown, this.#room.names), !isSameSystem(system, shown));
  }

  numberOfRequest(request: Request): number | undefined {
    const shown = this.#shownRequest(request);
    return marked(this.#names.requests.numberOf(shown, this.#room.names), !isSameRequest(request, shown));
  }

  row(week: Week, system: number, request: number, hits: number, row: number): void {
    const kept = this.#roomFor(week, LONGEST_ROW);
    // One more, as 0 says that names follow.
    kept.used = putVarint(kept.bytes, kept.used, system + 1);
    kept.used = putVarint(kept.bytes, kept.used, request);
    put(kept, hits, row);
  }

  rowWithNames(week: Week, system: TotalsSystem, request: Request, hits: number, row: number): void {
    const shown = { system: this.#shownSystem(system), request: this.#shownRequest(request) };
    const isUnnamed = !isSameSystem(system, shown.system) || !isSameRequest(request, shown.request);
    const text = Buffer.from(JSON.stringify(shown));
    const kept = this.#roomFor(week, LONGEST_ROW * 2 + text.length);
    kept.hasLoose = true;
    kept.used = putVarint(kept.bytes, kept.used, 0);
    kept.used = putVarint(kept.bytes, kept.used, text.length * 2 + Number(isUnnamed));
    kept.bytes.set(text, kept.used);
    kept.used += text.length;
    put(kept, hits, row);
  }

  /** The weeks of the file, and what they hold before rows are added up. */
  weeks(): { week: Week; rows: number; hits: number }[] {
    return [...this.#weeks].map(([week, { rows, hits }]) => ({ week, rows, hits })).sort((a, b) => a.week - b.week);
  }

  /** Puts a week together, once. Undefined if it has more different rows or names than a week can have. */
  week(week: Week): WeekOfTotals | undefined {
    const kept = this.#weeks.get(week)!;
    // Where the common numbers have not been enough, a week has its own.
    const own = kept.hasLoose ? { systems: NumberedNames.systems(), requests: NumberedNames.requests() } : this.#names;
    const rows = new WeekRows(week, own, this.noted);
    const row: Row = { isUnnamed: false, hits: 0, row: 0 };
    for (const bytes of this.#segmentsOf(kept)) {
      for (const reader = { bytes, at: 0 }; reader.at < bytes.length; ) {
        const code = takeVarint(reader);
        const isKept =
          code === 0 ? takeLoose(reader, row, rows) : this.#takeNumbered(reader, code - 1, row, rows, kept.hasLoose);
        if (!isKept) return undefined;
      }
    }
    return rows.inOrder();
  }

  #takeNumbered(reader: Reader, system: number, row: Row, rows: WeekRows, hasOwn: boolean): boolean {
    const request = takeVarint(reader);
    takeRow(reader, row);
    row.isUnnamed = ((system | request) & 1) === 1;
    if (!hasOwn) return rows.add(system >>> 1, request >>> 1, row);
    const { systems, requests } = this.#names;
    return rows.addNamed(systems.valueOf(system >>> 1), requests.valueOf(request >>> 1), row);
  }

  #shownSystem({ osName, osVersion, osVariant, osArch }: TotalsSystem): System {
    return {
      client: NO_CLIENT,
      osName: this.#shown(osName),
      osVersion: this.#shown(osVersion),
      osVariant: this.#shown(osVariant),
      osArch: this.#shown(osArch),
    };
  }

  #shownRequest({ age, repoTag, repoArch }: Request): Request {
    return { age, repoTag: this.#shown(repoTag), repoArch: this.#shown(repoArch) };
  }

  #roomFor(week: Week, bytes: number): KeptWeek {
    const kept = this.#latest?.week === week ? this.#latest.kept : this.#find(week);
    if (kept.used + bytes > kept.bytes.length) {
      if (this.#held > this.#room.rows) this.#spillAll();
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * kept.bytes.length, kept.used + bytes));
      kept.bytes.copy(larger, 0, 0, kept.used);
      this.#held += larger.length - kept.bytes.length;
      kept.bytes = larger;
    }
    return kept;
  }

  #find(week: Week): KeptWeek {
    const known = this.#weeks.get(week);
    const kept = known ?? { bytes: NOTHING, used: 0, lastRow: 0, rows: 0, hits: 0, hasLoose: false, segments: [] };
    if (known === undefined) this.#weeks.set(week, kept);
    this.#latest = { week, kept };
    return kept;
  }

  #spillAll(): void {
    for (const kept of this.#weeks.values()) {
      if (kept.used === 0) continue;
      kept.segments.push({ start: this.#spill.write(kept.bytes.subarray(0, kept.used)), length: kept.used });
      kept.bytes = NOTHING;
      kept.used = 0;
    }
    this.#held = 0;
  }

  *#segmentsOf({ segments, bytes, used }: KeptWeek): Generator<Buffer> {
    for (const { start, length } of segments) yield this.#spill.read(start, length);
    yield bytes.subarray(0, used);
  }
}

function marked(number: number | undefined, isUnnamed: boolean): number | undefined {
  return number === undefined ? undefined : number * 2 + Number(isUnnamed);
}

function isSameSystem(a: TotalsSystem, b: TotalsSystem): boolean {
  return a.osName === b.osName && a.osVersion === b.osVersion && a.osVariant === b.osVariant && a.osArch === b.osArch;
}

function isSameRequest(a: Request, b: Request): boolean {
  return a.repoTag === b.repoTag && a.repoArch === b.repoArch;
}

function put(kept: KeptWeek, hits: number, row: number): void {
  const at = putVarint(kept.bytes, kept.used, hits);
  kept.used = putVarint(kept.bytes, at, row - kept.lastRow);
  kept.lastRow = row;
  kept.rows += 1;
  kept.hits += hits;
}

interface Reader {
  bytes: Buffer;
  at: number;
}

function takeRow(reader: Reader, row: Row): void {
  row.hits = takeVarint(reader);
  row.row += takeVarint(reader);
}

function takeLoose(reader: Reader, row: Row, rows: WeekRows): boolean {
  const code = takeVarint(reader);
  const end = reader.at + Math.floor(code / 2);
  const { system, request } = JSON.parse(reader.bytes.toString('utf8', reader.at, end));
  reader.at = end;
  takeRow(reader, row);
  row.isUnnamed = code % 2 === 1;
  return rows.addNamed(system, request, row);
}

function takeVarint(reader: Reader): number {
  const { bytes } = reader;
  let byte = bytes[reader.at++]!;
  let value = byte & 127;
  for (let scale = 128; byte >= 128; scale *= 128) {
    byte = bytes[reader.at++]!;
    value += (byte & 127) * scale;
  }
  return value;
}
