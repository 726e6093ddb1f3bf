import { visible } from '../../flow/views/definition/configuration-file.ts';

/** Something about a configuration that somebody should know, and what to do about it. */
export interface Finding {
  /** From the folder that was loaded. */
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** `geolocation.country`; empty for the whole file. */
  path: string;
  message: string;
  hint: string;
}

/** A finding before its place is known: keys and indexes from the top of the file. */
export type Path = readonly PropertyKey[];

/** What the reading of a file collects. */
export interface Remarks {
  /** Taken, but it looks wrong, or nobody knows what it means. */
  warn(path: Path, message: string, hint: string): void;
  /** Left out: an entry, a mirror or the whole file. */
  fail(path: Path, message: string, hint: string): void;
}

/** `mirrors.d/m.example.org.yml:7:3: address.http: message; hint` */
export function describeFinding({ file, line, column, path, message, hint }: Finding): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}${hint === '' ? '' : `; ${hint}`}`;
}

const LONGEST_QUOTE = 80;

/** Text of a stranger in quotes: short, and with nothing that could steer a terminal. */
export function quoted(text: string): string {
  const clean = visible(text);
  return `"${clean.length > LONGEST_QUOTE ? `${clean.slice(0, LONGEST_QUOTE)}…` : clean}"`;
}
