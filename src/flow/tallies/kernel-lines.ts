import { NO_WEEK, WEEKS } from '../requests/kernel-memory.ts';
import { REASONS } from '../sightings/reasons.ts';
import { FIRST_WEEK } from '../sightings/week.ts';
import { Growing, type LineColumns, type LineTaker, MOST_LISTED, OF_REJECTIONS, placesOf } from './line-list.ts';
import { type LogTally, NETWORK_PARTS } from './log-tally.ts';

const MOST_NETWORKS = 3;
const COUNTRY_AT = 18;
const SYSTEM_AT = 12;

/**
 * Takes down what the kernel sums up: each candidate when its line is read, and the cell of a counted one when its country
 * is looked up, which is later and in the same order.
 */
export class KernelLines implements LineTaker {
  readonly #mostCells: number;
  /** 0, or what it is rejected as. */
  readonly #kind = new Growing();
  readonly #time = new Growing();
  readonly #mark = new Growing();
  /** Of the counted ones. */
  readonly #low = new Growing();
  readonly #high = new Growing();
  readonly #part = new Growing();
  /** By the high word: system and week. */
  readonly #networks = new Map<number, bigint[]>();
  readonly #networkHit: number[] = [];
  readonly #network: bigint[] = [];

  /** A log with so many cells has lines that are counted in others (C5), and is not listed. */
  constructor(mostCells: number) {
    this.#mostCells = mostCells;
  }

  counted(time: number, mark: number): void {
    this.#add(0, time, mark);
  }

  rejected(reason: number, week: number): void {
    this.#add(OF_REJECTIONS + reason * WEEKS + week, 0, 0);
  }

  hit(low: number, high: number, part: number, networkLow: number, networkHigh: number): void {
    if (this.#low.length > MOST_LISTED) return;
    if (part < NETWORK_PARTS) this.#noteNetwork(high, networkLow, networkHigh);
    this.#low.push(low);
    this.#high.push(high);
    this.#part.push(part);
  }

  columns(tally: LogTally): LineColumns | undefined {
    const { length } = this.#kind;
    if (length > MOST_LISTED || tally.cells.hits.length >= this.#mostCells) return undefined;
    const row = this.#kind.numbers();
    const part = new Uint8Array(length);
    const lineOfHit = new Uint32Array(this.#low.length);
    const [low, high, parts] = [this.#low.numbers(), this.#high.numbers(), this.#part.numbers()];
    const cellOf = rowsOfCells(tally);
    const rejectionOf = rowsOfRejections(tally);
    let hit = 0;
    for (let line = 0; line < length; line++) {
      if (row[line]! >= OF_REJECTIONS) {
        row[line] = OF_REJECTIONS + rejectionOf.get(row[line]! - OF_REJECTIONS)!;
        continue;
      }
      row[line] = cellOf.get(high[hit]!)!.get(low[hit]!)!;
      part[line] = parts[hit]!;
      lineOfHit[hit++] = line;
    }
    return {
      row,
      place: placesOf(row, this.#time.numbers(), this.#mark.numbers(), tally.marks),
      part,
      networkLine: Uint32Array.from(this.#networkHit, (each) => lineOfHit[each]!),
      network: BigUint64Array.from(this.#network),
    };
  }

  #add(kind: number, time: number, mark: number): void {
    // What is too much is counted only.
    if (this.#kind.length > MOST_LISTED) return;
    this.#kind.push(kind);
    this.#time.push(time);
    this.#mark.push(mark);
  }

  #noteNetwork(high: number, networkLow: number, networkHigh: number): void {
    const known = this.#networks.get(high) ?? [];
    if (known.length === MOST_NETWORKS) return;
    const network = (BigInt(networkHigh >>> 0) << 32n) | BigInt(networkLow >>> 0);
    if (known.includes(network)) return;
    known.push(network);
    this.#networks.set(high, known);
    this.#networkHit.push(this.#low.length);
    this.#network.push(network);
  }
}

/** By the two words of the kernel's keys (kernel/cells.ts). */
function rowsOfCells({ cells }: LogTally): Map<number, Map<number, number>> {
  const rows = new Map<number, Map<number, number>>();
  for (let row = 0; row < cells.hits.length; row++) {
    const high = ((cells.system[row]! << SYSTEM_AT) | (cells.week[row]! - FIRST_WEEK)) >>> 0;
    const low = (cells.request[row]! | (cells.country[row]! << COUNTRY_AT)) >>> 0;
    const ofHigh = rows.get(high) ?? new Map<number, number>();
    rows.set(high, ofHigh);
    ofHigh.set(low, row);
  }
  return rows;
}

function rowsOfRejections({ rejections }: LogTally): Map<number, number> {
  const placeOf = ({ reason, week }: LogTally['rejections'][number]) =>
    REASONS.indexOf(reason) * WEEKS + (week === undefined ? NO_WEEK : week - FIRST_WEEK);
  return new Map(rejections.map((rejection, row) => [placeOf(rejection), row]));
}
