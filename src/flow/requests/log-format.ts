import type { LineReason } from './line-reasons.ts';

/** The fields of a line, one byte per character, with the escapes that nginx and Apache write. */
export interface LineFields {
  host: string;
  time: string;
  method: string;
  target: string;
  status: string;
  agent: string;
}

/** Why a line cannot be counted. One that is no misfit is of the format, and only a stranger's request is bad (L11). */
export interface BadLine {
  kind: 'rejected';
  reason: LineReason;
  isMisfit: boolean;
}

export type CutLine = { kind: 'fields'; fields: LineFields } | BadLine;

/** `nothing` is no record of a request, but a comment. */
export type Cut = CutLine | { kind: 'nothing' };

/** What a line that fits a format says of whether it is that format (L9). */
export interface Fit {
  time: string | undefined;
  /** A user with spaces in it may be odd, or the format another. */
  hasOddUser: boolean;
}

/** Where the fields of a line stand in its bytes, all of them as a log would hold them. */
export interface FieldPlaces {
  host: Place;
  time: Place;
  method: Place;
  target: Place;
  status: Place;
  agent: Place;
}

export interface Place {
  from: number;
  end: number;
}

/** Cuts the lines of one log, given without their ends and one byte per character. Never throws. */
export interface LineCutter {
  cut(line: string): Cut;
  /** The time of a line that fits, whatever its request, for samples (H1). Changes nothing of what is remembered. */
  timeOf(line: string): string | undefined;
  /** Whether a line fits, whatever its request; undefined if not. Less work than to cut it. */
  fitOf(line: string): Fit | undefined;
  /**
   * Where the fields of a line stand that `cut` would find, if that can be said without cutting it: then it is less work.
   * In the target `&` may be written `\u0026`. Good until the next call.
   */
  find?(bytes: Uint8Array, from: number, until: number): FieldPlaces | undefined;
  /** Whether a line must be cut although it is not suspect, because later lines depend on it. Set if some must. */
  mustSee?(firstByte: number | undefined): boolean;
}

/** How times are written: `log` as in T1 and in no other way, `any` in all of its notations. */
export type TimeNotation = 'log' | 'any';

/** A format of lines that stand in the log as they are. */
export interface LineFormat {
  kind: 'lines';
  name: string;
  time: TimeNotation;
  /** What a suspect line holds (L3): JSON may write `=` as `\u003d`. */
  mark: 'countme=' | 'countme';
  /** Whether a log is known by its lines as they stand, or by what nginx would have written of them (G1). */
  isKnownAsWritten: boolean;
  /** Whether nothing can follow a line that fits, or else it may still be being written (L2). */
  isClosed(line: string): boolean;
  /** Makes a cutter for a log. */
  start(): LineCutter;
}

/** Lines of another format, each with a wrapper's own words around it. */
export interface WrappedFormat {
  kind: 'wrapped';
  name: string;
  wrapper: Wrapper;
  inner: LogFormat;
}

export type LogFormat = LineFormat | WrappedFormat;

/** What is in a line of a wrapper, and in which stream it was written where there are two: a line, a part of one whose end is still to come, nothing of ours, or it is none. */
export type Opened =
  | { kind: 'line'; text: string; stream?: string }
  | { kind: 'part' }
  | { kind: 'nothing' }
  | { kind: 'misfit' };

export interface Wrapper {
  name: string;
  /** Makes what opens the lines of a log. */
  start(): Opener;
}

export interface Opener {
  /** Opens a line, given and answered one byte per character. It may wait for the end of a line. */
  open(line: string): Opened;
  /**
   * As `open`, for a line in bytes, if what is in it can be said with less work: writes that at `to` and answers where it
   * ends; undefined if the line must be opened.
   */
  openInto?(out: Buffer, to: number, bytes: Buffer, from: number, until: number): number | undefined;
  /**
   * Whether a line must be opened although nothing in it matters: it may be a part of one that does. `start` is its first
   * bytes, `length` how many it has.
   */
  mayBePart(start: () => string, length: number): boolean;
}

export type LineOptions = Partial<Pick<LineFormat, 'time' | 'mark' | 'isKnownAsWritten' | 'isClosed'>>;

/** A format whose lines know nothing of each other. */
export function statelessFormat(
  name: string,
  cutter: LineCutter,
  { time = 'any', mark = 'countme=', isKnownAsWritten = false, isClosed = always }: LineOptions = {},
): LineFormat {
  return { kind: 'lines', name, time, mark, isKnownAsWritten, isClosed, start: () => cutter };
}

const always = () => true;
/** Of a format whose lines end with a field that has no end of its own, or with any number of fields. */
export const never = () => false;

export const MISFIT: BadLine = { kind: 'rejected', reason: 'malformed', isMisfit: true };
export const BAD_REQUEST: BadLine = { kind: 'rejected', reason: 'malformed', isMisfit: false };
export const NOTHING = { kind: 'nothing' } as const;

/** `METHOD target PROTOCOL` (L8). */
export function cutRequest(request: string): { method: string; target: string } | undefined {
  const first = request.indexOf(' ');
  const second = request.indexOf(' ', first + 1);
  if (first <= 0 || second <= first + 1 || request.includes(' ', second + 1)) return undefined;
  if (!request.startsWith('HTTP/', second + 1)) return undefined;
  return { method: request.slice(0, first), target: request.slice(first + 1, second) };
}

/** The client's, which is the first of a list of addresses (L13), without a port. */
export function clientOf(written: string): string {
  const comma = written.indexOf(',');
  const first = comma < 0 ? written : written.slice(0, comma).trim();
  return first.includes(':') ? (WITH_PORT.exec(first)?.[1] ?? first) : first;
}

/** `192.0.2.1:51234`, `[2001:db8::1]:51234` and `[2001:db8::1]`; `2001:db8::1` has no port. */
const WITH_PORT = /^\[?((?<=\[)[^\]]+(?=\])|[^:[\]]+(?=:))(?:\](?::\d+)?|:\d+)$/;
