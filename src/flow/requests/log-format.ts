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

/** Why a line cannot be counted. One that `fits` is of the format, and only what a stranger asked for is bad (L11). */
export interface BadLine {
  kind: 'rejected';
  reason: LineReason;
  fits: boolean;
}

export type CutLine = { kind: 'fields'; fields: LineFields } | BadLine;

/** `nothing` is no record of a request: a comment, or a part of a line whose end is still to come. */
export type Cut = (CutLine | { kind: 'nothing' }) & {
  /** The line inside a wrapper: by it the log is known (G1), so that it is the same log without the wrapper. */
  within?: string;
};

/** Cuts the lines of one log, given without their ends and one byte per character. Never throws. */
export interface LineCutter {
  cut(line: string): Cut;
  /** The time of a line that fits, for samples (H1). Changes nothing of what is remembered. */
  timeOf(line: string): string | undefined;
  /** Whether a line must be cut although it is not suspect, because later lines depend on it. */
  mustSee?(line: Uint8Array): boolean;
}

/** How times are written: `log` as in T1 and in no other way, `any` in all of its notations. */
export type TimeNotation = 'log' | 'any';

export interface LogFormat {
  name: string;
  time: TimeNotation;
  /** What a suspect line holds (L3): JSON may write `=` as `\u003d`. */
  mark: 'countme=' | 'countme';
  /** Makes a cutter for a log. */
  start(): LineCutter;
}

/** A format whose lines know nothing of each other. */
export function statelessFormat(
  name: string,
  cut: (line: string) => Cut,
  { time = 'any', mark = 'countme=' }: Partial<Pick<LogFormat, 'time' | 'mark'>> = {},
): LogFormat {
  const cutter: LineCutter = {
    cut,
    timeOf: (line) => {
      const result = cut(line);
      return result.kind === 'fields' ? result.fields.time : undefined;
    },
  };
  return { name, time, mark, start: () => cutter };
}

export const MISFIT: BadLine = { kind: 'rejected', reason: 'malformed', fits: false };
export const BAD_REQUEST: BadLine = { kind: 'rejected', reason: 'malformed', fits: true };
export const NOTHING = { kind: 'nothing' } as const;

const REQUEST = /^([^ ]+) ([^ ]+) HTTP\/[^ ]*$/s;

/** `METHOD target PROTOCOL` (L8). */
export function cutRequest(request: string): { method: string; target: string } | undefined {
  const parts = REQUEST.exec(request);
  return parts === null ? undefined : { method: parts[1]!, target: parts[2]! };
}

/** The client's, which is the first of a list of addresses (L12), without a port. */
export function clientOf(written: string): string {
  const comma = written.indexOf(',');
  const first = (comma < 0 ? written : written.slice(0, comma)).trim();
  return WITH_PORT.exec(first)?.[1] ?? first;
}

/** `192.0.2.1:51234`, `[2001:db8::1]:51234` and `[2001:db8::1]`; `2001:db8::1` has no port. */
const WITH_PORT = /^\[?((?<=\[)[^\]]+(?=\])|[^:[\]]+(?=:))(?:\](?::\d+)?|:\d+)$/;
