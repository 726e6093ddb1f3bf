import { LogFault } from '../bytes/log-fault.ts';
import type { Reason } from '../sightings/reasons.ts';
import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Week } from '../sightings/week.ts';
import type { MarkColumns } from './hour-marks.ts';

/** Hours since 1970-01-01 00:00 UTC. */
export type EpochHour = number & { readonly __unit: 'epoch-hour' };
/** Minutes since 1970-01-01 00:00 UTC. */
export type EpochMinute = number & { readonly __unit: 'epoch-minute' };

/**
 * A table of cells in columns. `system` and `request` are places in the lists of the tally they belong to, `country` in
 * its list of countries. No two rows share all keys.
 */
export interface CellColumns {
  week: Uint32Array;
  system: Uint32Array;
  request: Uint32Array;
  country: Uint32Array;
  /** Whole numbers, exact: below 2^53. */
  hits: Float64Array;
}

export interface Rejection {
  reason: Reason;
  /** Undefined where the line's time is not known. */
  week: Week | undefined;
  count: number;
}

/** Networks in which systems were seen in a week, a row for each: in memory only (P3). Three are enough of a system. */
export interface NetworkColumns {
  week: Uint32Array;
  system: Uint32Array;
  network: BigUint64Array;
}

/** The networks of systems in a week, as columns. */
export function networkColumns(seen: readonly { week: Week; system: number; networks: bigint[] }[]): NetworkColumns {
  const rows = seen.flatMap(({ week, system, networks }) => networks.map((network) => ({ week, system, network })));
  return {
    week: Uint32Array.from(rows, (row) => row.week),
    system: Uint32Array.from(rows, (row) => row.system),
    network: BigUint64Array.from(rows, (row) => row.network),
  };
}

export { LOCAL_PART, NETWORK_PARTS, NO_ADDRESS_PART } from '../../geo/address.ts';

/** In how many parts a check-in's address can lie: see `partOf`. */
export const PARTS = 32;
/** One log tells of so many rows how they spread; of more, which ones is not defined. */
export const MOST_SPREAD_ROWS = 16_384;

/**
 * How check-ins spread over networks: hits by part of all networks, PARTS numbers a row. Sums, so the order of lines has
 * no say. No two rows share all keys.
 */
export interface SpreadColumns {
  week: Uint32Array;
  /** ALL_SYSTEMS in the rows of a country. */
  system: Uint32Array;
  /** The request; in the rows of all systems, the country. */
  request: Uint32Array;
  hits: Uint32Array;
}

/** Of check-ins: how many have an address, one that can be a client's, and come from the heaviest three parts. */
export interface Addresses {
  checkIns: number;
  withAddress: number;
  located: number;
  heaviestThree: number;
}

/** In place of a system: the row sums up all systems of a country. */
export const ALL_SYSTEMS = 0x1ffff;

export const NO_SPREAD: SpreadColumns = {
  week: new Uint32Array(),
  system: new Uint32Array(),
  request: new Uint32Array(),
  hits: new Uint32Array(),
};

/** Everything that one log says: what the kernel and the reference reader both come to (C6). */
export interface LogTally {
  candidates: number;
  counted: number;
  /** Candidates that were left out because other logs brought them before (G4). */
  known: number;
  /** Candidates among the rejected that are no lines of the log's format (L11). */
  misfits: number;
  rejections: Rejection[];
  systems: System[];
  requests: Request[];
  countries: readonly string[];
  cells: CellColumns;
  /** The hour of the first candidate, if that line's time is known. It tells which logs this one may continue. */
  firstHour: EpochHour | undefined;
  /** The minutes of the earliest and the latest counted line. */
  span: { from: EpochMinute; until: EpochMinute } | undefined;
  /** The hours of the counted lines (G5). */
  hoursCounted: EpochHour[];
  /** The hours seen in samples of all lines (H1). */
  hoursSeen: EpochHour[];
  networks: NetworkColumns;
  /** Of the counted lines; none where the lines are not there any more. */
  marks: MarkColumns;
  spread: SpreadColumns;
  /** What the addresses of its check-ins come to, where the spread does not say: of a tally without its key. */
  addresses?: Addresses | undefined;
  /** Set if networks are not known, but marks made with this key: 16 hexadecimal digits. */
  networkKey?: string | undefined;
}

/** A sum that cannot be wrong by rounding: past 2^53 it is a fault and not a number (D25). */
export function exactHits(hits: number): number {
  if (!Number.isSafeInteger(hits)) throw new RangeError('a count has passed 2^53 and would no longer be exact');
  return hits;
}

/** A counted loop: a callback for each cell takes three times as long where it is not compiled yet. */
export function sumOf(hits: Float64Array): number {
  let sum = 0;
  for (let cell = 0; cell < hits.length; cell++) sum += hits[cell]!;
  return sum;
}

/** C2: what was found is what was counted, rejected and known before. Throws if a count got lost or doubled. */
export function checkConservation(tally: LogTally): void {
  const rejected = tally.rejections.reduce((sum, rejection) => sum + rejection.count, 0);
  const inCells = sumOf(tally.cells.hits);
  if (tally.candidates !== tally.counted + tally.known + rejected || tally.counted !== inCells) {
    throw new Error(
      `the sums do not add up: ${tally.candidates} candidates, ${tally.counted} counted, ${inCells} in the cells, ` +
        `${rejected} rejected, ${tally.known} known before; nothing of this log is kept. Please report this`,
    );
  }
}

const MOST_MISFITS = 100;
const MISFIT_SHARE = 0.05;

/**
 * L11: a log that stops fitting its format half-way must not be counted in part. Only lines that do not fit it say so: a
 * stranger may send what he likes, and a server writes it down in its own format.
 */
export function checkFormatHeld({ candidates, misfits }: LogTally): void {
  if (misfits >= MOST_MISFITS && misfits > candidates * MISFIT_SHARE) {
    throw new LogFault(
      'damaged',
      `${misfits} of ${candidates} check-ins do not fit the format of the log's first lines: the format changes ` +
        'half-way, or the file is damaged. Split it where it changes, or declare the format with --format',
    );
  }
}
