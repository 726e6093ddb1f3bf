import type { EpochHour, EpochMinute } from '../tallies/log-tally.ts';
import type { Overlap } from './overlap.ts';

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

/** A log that is known by its hours only: an import, or counted before lines had marks (G5). */
export interface UnmarkedLog {
  id: LogId;
  name: string;
  span: Span | undefined;
  hours: readonly EpochHour[];
}

/** What the ledger knows of a log that has been read. */
export interface Findings {
  /** The known state that all of its candidates come to. */
  exact: LogState | undefined;
  /** The last known state that it begins with, whether that log has marks, and whether what was read is only the rest. */
  begins: (LogState & { isMarked: boolean }) | undefined;
  overlap: Overlap;
  /** Whether no line can be left out of it: it is a tally, and its key is gone. */
  isFixed: boolean;
  /** Logs without marks that begin with the same lines, or claim the same time of its source. */
  alike: readonly LogId[];
  claiming: readonly LogId[];
}

export type Refusal =
  | { why: 'differs' | 'alike' | 'claimed' | 'fixed'; inTheWay: LogId[] }
  | { why: 'unclear'; inTheWay: LogId[]; hours: EpochHour[] };

export type Decision =
  | { kind: 'count' }
  | { kind: 'continue'; log: LogId }
  | { kind: 'already-counted'; logs: LogId[] }
  /** All of these logs is in it: it takes their place. */
  | { kind: 'take-place'; of: LogId[] }
  /** Some of its lines are known. */
  | { kind: 'count-rest'; overlap: Extract<Overlap, { kind: 'part' }> }
  | ({ kind: 'refuse' } & Refusal);

/** What to do with a log that is to be added (G2 to G5). */
export function decide({ exact, begins, overlap, isFixed, alike, claiming }: Findings): Decision {
  if (exact !== undefined) return { kind: 'already-counted', logs: [exact.log] };
  const own = begins?.log;
  const inTheWay = unmarkedInTheWay({ begins, alike, claiming });
  if (inTheWay !== undefined) return { kind: 'refuse', ...inTheWay };
  switch (overlap.kind) {
    case 'none':
      return begins?.isLatest === true ? { kind: 'continue', log: own! } : { kind: 'count' };
    case 'all':
      return { kind: 'already-counted', logs: overlap.logs };
    case 'part':
      if (overlap.changed.length > 0) return { kind: 'refuse', why: 'differs', inTheWay: overlap.changed };
      if (!isFixed) return { kind: 'count-rest', overlap };
      return overlap.areContained
        ? { kind: 'take-place', of: overlap.logs }
        : { kind: 'refuse', why: 'fixed', inTheWay: overlap.logs };
    case 'contains':
      return { kind: 'take-place', of: overlap.logs };
    case 'unclear':
      return { kind: 'refuse', why: 'unclear', inTheWay: overlap.logs, hours: overlap.hours };
  }
}

/** Lines of logs without marks cannot be told apart from others. */
function unmarkedInTheWay({
  begins,
  alike,
  claiming,
}: Pick<Findings, 'begins' | 'alike' | 'claiming'>): Refusal | undefined {
  const own = begins?.log;
  if (begins !== undefined && !begins.isLatest && !begins.isMarked) {
    return { why: 'differs', inTheWay: [...new Set([begins.log, ...claiming])] };
  }
  const others = alike.filter((id) => id !== own);
  if (others.length > 0) return { why: 'alike', inTheWay: [...new Set([...others, ...claiming])] };
  const inTheWay = claiming.filter((id) => id !== own);
  if (inTheWay.length === 0) return undefined;
  // Whoever takes its side must take out what it continues too, or that would count twice.
  return { why: 'claimed', inTheWay: own === undefined ? inTheWay : [...inTheWay, own] };
}

/**
 * The logs that this one can take the place of: those most of whose lines are in it. Of others that share some lines
 * with it nothing is taken out.
 */
export function logsToReplace({ exact, begins, overlap, alike, claiming }: Omit<Findings, 'isFixed'>): LogId[] {
  if (exact !== undefined) return [exact.log];
  const held = overlap.kind === 'none' ? [] : overlap.held;
  return [...new Set([...held, ...(begins === undefined ? [] : [begins.log]), ...alike, ...claiming])];
}

interface Extent {
  span: Span | undefined;
  hours: readonly EpochHour[];
}

/** Whether two logs of one source claim the same time, where lines cannot be compared (G5). */
export function claimSameTime(a: Extent, b: Extent): boolean {
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
