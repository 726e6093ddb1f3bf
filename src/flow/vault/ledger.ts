import type { EpochHour, EpochMinute } from '../tallies/log-tally.ts';

export type LogId = number & { readonly __unit: 'log-id' };

/** A point that a counted log reached: its first `candidates` candidate lines have this hash (G1). */
export interface LogState {
  log: LogId;
  candidates: number;
  sha256: string;
  /** Whether the log has not grown since. */
  isLatest: boolean;
}

export interface Span {
  from: EpochMinute;
  until: EpochMinute;
}

/** A log in the ledger, as far as another log may get in its way. */
export interface CountedLog {
  id: LogId;
  name: string;
  span: Span | undefined;
  hours: readonly EpochHour[];
}

/** A log that has been read and waits for a decision. */
export interface ReadLog {
  /** The state that all of its candidate lines come to. */
  sha256: string;
  candidates: number;
  /** The last known state that it begins with. Unless the log is counted whole, its tally is of the rest only. */
  begins: LogState | undefined;
  span: Span | undefined;
  hours: readonly EpochHour[];
}

export type Decision =
  | { kind: 'count' }
  | { kind: 'continue'; log: LogId }
  | { kind: 'already-counted'; log: LogId }
  | { kind: 'refuse'; why: 'differs' | 'alike' | 'overlaps'; inTheWay: LogId[] };

/**
 * What to do with a log that has been read (G2 to G5, G10). `exact` is the known state it ends in, `neighbours` are the
 * counted logs of its source that share hours with it, `alike` those of any source that begin with the same lines.
 */
export function decide(
  log: ReadLog,
  exact: LogState | undefined,
  neighbours: readonly CountedLog[],
  alike: readonly LogId[],
): Decision {
  if (exact !== undefined) return { kind: 'already-counted', log: exact.log };
  const overlapping = neighbours.filter((other) => overlaps(log, other)).map((other) => other.id);
  if (log.begins !== undefined && !log.begins.isLatest) {
    return { kind: 'refuse', why: 'differs', inTheWay: [...new Set([log.begins.log, ...overlapping])] };
  }
  const own = log.begins?.log;
  const others = alike.filter((id) => id !== own);
  if (others.length > 0) {
    return { kind: 'refuse', why: 'alike', inTheWay: [...new Set([...others, ...overlapping])] };
  }
  const inTheWay = overlapping.filter((id) => id !== own);
  if (inTheWay.length > 0) {
    // Whoever takes its side must take out what it continues too, or that would count twice.
    return { kind: 'refuse', why: 'overlaps', inTheWay: own === undefined ? inTheWay : [...inTheWay, own] };
  }
  return own === undefined ? { kind: 'count' } : { kind: 'continue', log: own };
}

interface Extent {
  span: Span | undefined;
  hours: readonly EpochHour[];
}

/** Whether two logs of one source claim the same time (G5). */
export function overlaps(a: Extent, b: Extent): boolean {
  if (a.span === undefined || b.span === undefined) return false;
  const hours = new Set(a.hours);
  const shared = b.hours.filter((hour) => hours.has(hour)).length;
  if (shared === 0) return false;
  return shared > 1 || !(follows(a.span, b.span) || follows(b.span, a.span));
}

/** Servers round times and rotate between two requests, so the last minute of one log may be the first of the next. */
const SHARED_MINUTES = 1;

/** Whether `later` begins where `earlier` ends. */
function follows(earlier: Span, later: Span): boolean {
  const begins = later.from >= earlier.until - SHARED_MINUTES;
  const touches = later.from === earlier.until && earlier.from < earlier.until;
  return touches || (begins && later.from > earlier.from && later.until > earlier.until);
}
