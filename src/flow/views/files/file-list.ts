import { z } from 'zod';
import type { Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { weekNamed, weekOfDay } from '../publication/week-name.ts';
import { sha256 } from './hash.ts';
import { FILE_LIST, yearListPath } from './manifest-path.ts';
import { isSafePath } from './safe-path.ts';
import { yearOf } from './week-pages.ts';

/** A text that should be a manifest or one of its lists, a chain that is broken, or one that this publication would break. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

export const HASH = z.string().regex(/^[0-9a-f]{64}$/);

export const WEEKS = z
  .array(z.strictObject({ week: z.string(), revision: z.int().min(0) }))
  .refine((weeks) => isDistinct(weeks.map(({ week }) => week)), 'expected each week once');

export const FILES = z
  .array(
    z.strictObject({
      path: z.string().refine(isSafePath, 'expected a path inside the publication'),
      bytes: z.int().min(0),
      sha256: HASH,
      /** The file shows the hash of its manifest; `sha256` is that of the file with 64 zeros in its place. */
      shows_manifest: z.literal(true).optional(),
    }),
  )
  .refine((files) => isDistinct(files.map(({ path }) => path.toLowerCase())), 'expected each file once');

/** As long as a list may be. An entry takes about 200 bytes. */
export const LONGEST_LIST = 64 * 1024 * 1024;
const LIST_BYTES = z.int().min(0).max(LONGEST_LIST);
export const NAMED_LIST = z.strictObject({ bytes: LIST_BYTES, sha256: HASH });

const YEAR_LIST = z.strictObject({ weeks: WEEKS, files: FILES });
const WHOLE_LIST = z.strictObject({
  files: FILES,
  years: z
    .array(z.strictObject({ year: z.string().regex(/^\d{4}$/), bytes: LIST_BYTES, sha256: HASH }))
    .refine((years) => isDistinct(years.map(({ year }) => year)), 'expected each year once'),
});

export type PublishedFile = z.infer<typeof FILES>[number];

/** All that is published but manifests and their lists: every week with its revision, and every file with its hash. */
export interface FileList {
  weeks: z.infer<typeof WEEKS>;
  files: readonly PublishedFile[];
}

/** A list as a file, to be checked by its hash before it is believed. */
export interface NamedList {
  path: string;
  bytes: number;
  sha256: string;
}

/** Whose file it is, where it is one week's and bears its name. */
export function weekOfPath(path: string): Week | undefined {
  const named = /(?:^|\/)(?:week\/|breakdown\/|totals\/)(\d{4}-W\d{2})(?:\/|\.)/.exec(path);
  if (named !== null) return weekNamed(named[1]!);
  const chart = /(?:^|\/)chart\/(\d{4}-\d{2}-\d{2})-/.exec(path);
  return chart === null ? undefined : weekOfDay(chart[1]!);
}

/** Of which year a file is: that of its week, or the one in its name. Undefined: it is of all years. */
export function yearOfPath(path: string): string | undefined {
  const week = weekOfPath(path);
  return week === undefined ? OF_YEAR.exec(path)?.[1] : yearOf(week);
}

const OF_YEAR = /(?:^data\/totals|(?:^|\/)week)\/(\d{4})(?:\.csv$|\/)/;

/** `2026` of `data/totals/2026.csv`; empty of all other paths. */
export function yearOfTotals(path: string): string {
  return /^data\/totals\/(\d{4})\.csv$/.exec(path)?.[1] ?? '';
}

/**
 * The list in files, `manifests/files.json` first: what is of a year stands in a file of its own, which the first one names
 * by its hash. So that of a year that is over stays the same file, whatever is published later.
 */
export function listFiles({ weeks, files }: FileList): OutputFile[] {
  const weeksBy = Map.groupBy(weeks, ({ week }) => yearOf(weekNamed(week)));
  const filesBy = Map.groupBy(
    files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    ({ path }) => yearOfPath(path),
  );
  const years = [...new Set([...weeksBy.keys(), ...filesBy.keys()])].filter((year) => year !== undefined).sort();
  const lists = years.map((year) => {
    const list = { weeks: weeksBy.get(year) ?? [], files: filesBy.get(year) ?? [] };
    return { year, file: listFile(yearListPath(year), list satisfies z.infer<typeof YEAR_LIST>) };
  });
  const whole: z.infer<typeof WHOLE_LIST> = {
    files: filesBy.get(undefined) ?? [],
    years: lists.map(({ year, file }) => ({ year, bytes: file.bytes.length, sha256: sha256(file.bytes) })),
  };
  return [listFile(FILE_LIST, whole), ...lists.map(({ file }) => file)];
}

function listFile(path: string, list: object): OutputFile {
  return { path, bytes: Buffer.from(`${JSON.stringify(list, null, 1)}\n`), mediaType: 'application/json' };
}

/** The text of `manifests/files.json` -> the files in it, and which lists it names. Throws `ManifestError`. */
export function readWholeList(text: string): { files: readonly PublishedFile[]; lists: NamedList[] } {
  const { files, years } = parsed(WHOLE_LIST, text, FILE_LIST, 'a list of files');
  return { files, lists: years.map(({ year, ...named }) => ({ path: yearListPath(year), ...named })) };
}

/** All of these together. Throws `ManifestError`. */
export function joinLists(files: readonly PublishedFile[], years: readonly { path: string; text: string }[]): FileList {
  const lists = years.map(({ path, text }) => parsed(YEAR_LIST, text, path, 'a list of files'));
  const all = { weeks: lists.flatMap(({ weeks }) => weeks), files: [files, ...lists.map((one) => one.files)].flat() };
  // Each is well formed by itself; two may name the same.
  return shaped(z.object({ weeks: WEEKS, files: FILES }), all, 'manifests/', 'lists of different files');
}

/** Throws `ManifestError`, which names `place`, unless the text is of this shape. `what`: as in "a manifest". */
function parsed<Shape extends z.ZodType>(shape: Shape, text: string, place: string, what: string): z.infer<Shape> {
  return shaped(shape, jsonIn(text, place, what), place, what);
}

export function jsonIn(text: string, place: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ManifestError(`${place}: expected ${what}, found something that is not JSON`);
  }
}

export function shaped<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  place: string,
  what: string,
): z.infer<Shape> {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const at = issue.path.join('.') || 'it';
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    throw new ManifestError(
      `${place}: expected ${what}; ${at} has ${fields}, unknown to this Rollcall: take the newest, which may know it`,
    );
  }
  throw new ManifestError(`${place}: expected ${what}; ${at}: ${issue.message}`);
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
