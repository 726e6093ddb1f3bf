import { z } from 'zod';
import { type ManifestId, NO_HASH, type OutputFile, sizeOf } from '../publication/output-file.ts';
import { FORMER_METHODS, METHOD, type Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import { hashOf, sha256 } from './hash.ts';
import { historyPath, MANIFEST } from './manifest-path.ts';
import { isSafePath } from './safe-path.ts';

const HASH = z.string().regex(/^[0-9a-f]{64}$/);

/** What was published: every file with its hash, and the hash of the manifest before it. */
export type Manifest = z.infer<typeof MANIFEST_SHAPE>;
const MANIFEST_SHAPE = z.strictObject({
  method: z.string(),
  distribution: z.string(),
  /** 1, 2, 3, ... */
  number: z.int().min(1).max(999_999),
  /** Of the text of the manifest before it; null in the first. */
  previous: HASH.nullable(),
  updated: z.string(),
  weeks: z
    .array(z.strictObject({ week: z.string(), revision: z.int().min(0) }))
    .refine((weeks) => isDistinct(weeks.map(({ week }) => week)), 'expected each week once'),
  files: z
    .array(
      z.strictObject({
        path: z.string().refine(isSafePath, 'expected a path inside the publication'),
        bytes: z.int().min(0),
        sha256: HASH,
        /** The file shows this manifest's own hash; `sha256` is that of the file with 64 zeros in its place. */
        shows_manifest: z.literal(true).optional(),
      }),
    )
    .refine((files) => isDistinct(files.map(({ path }) => path.toLowerCase())), 'expected each file once'),
});

/** A chain of manifests that is broken, or that this publication would break. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

export interface Issued {
  manifest: Manifest;
  /** The bytes of `manifest.json`. */
  text: string;
  id: ManifestId;
  /** False if nothing has changed: this is the last manifest of the history again, byte by byte. */
  isNew: boolean;
}

/**
 * The manifest of a publication that has these files, as the next of `history` (texts of all manifests so far, oldest
 * first). Record a new one before the files are written: a number must not be given out twice with other contents.
 */
export function issueManifest(
  publication: Publication,
  files: readonly OutputFile[],
  history: readonly string[],
): Issued {
  const last = lastOf(history);
  if (last !== undefined && hasContents(last, contentsOf(publication, files, last.number)))
    return issued(last, history.at(-1)!, false);
  const number = history.length + 1;
  const contents = contentsOf(publication, files, number);
  const manifest: Manifest = {
    method: contents.method,
    distribution: contents.distribution,
    number,
    previous: last === undefined ? null : sha256(history.at(-1)!),
    updated: publication.updated,
    weeks: contents.weeks,
    files: contents.files,
  };
  if (last !== undefined) requireLaterRevisions(last, manifest);
  return issued(manifest, `${JSON.stringify(manifest, null, 1)}\n`, true);
}

function issued(manifest: Manifest, text: string, isNew: boolean): Issued {
  return { manifest, text, id: { number: manifest.number, sha256: sha256(text) }, isNew };
}

/** The files as they are published: those that show their manifest show this one. */
export function filesWithManifest(files: readonly OutputFile[], { id }: Issued): OutputFile[] {
  return files.map((file) => (file.showing === undefined ? file : { ...file, bytes: file.showing(id) }));
}

/** `manifest.json` and all manifests so far as `manifests/000001.json` and on, for whoever wants to check the chain. */
export function manifestFiles(issued: Issued, history: readonly string[]): OutputFile[] {
  const all = issued.isNew ? [...history, issued.text] : history;
  return [manifestFile(MANIFEST, issued.text), ...all.map((text, index) => manifestFile(historyPath(index + 1), text))];
}

/** Throws `ManifestError`, which names `place`, unless the text is a manifest. */
export function parseManifest(text: string, place: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestError(`${place}: expected a manifest, found something that is not JSON`);
  }
  const read = MANIFEST_SHAPE.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const at = issue.path.join('.') || 'it';
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    throw new ManifestError(
      `${place}: expected a manifest; ${at} has ${fields}, unknown to this Rollcall: take the newest, which may know it`,
    );
  }
  throw new ManifestError(`${place}: expected a manifest; ${at}: ${issue.message}`);
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** One manifest of a chain, with the hash of its text. */
export interface Link {
  manifest: Manifest;
  sha256: string;
}

/** What is wrong with the manifest that stands behind `before` in a chain, as sentences. */
export function linkFaults(before: Link | undefined, { manifest }: Link): string[] {
  const number = (before?.manifest.number ?? 0) + 1;
  return [
    ...chainFaults(number, before?.sha256 ?? null, manifest),
    ...(before === undefined ? [] : loweredRevisions(before.manifest, manifest)),
    ...(before === undefined ? [] : formerMethod(before.manifest, manifest)),
  ];
}

/**
 * Throws `ManifestError` if the history is not one. Of all but the last only the head is read: they were looked at when they
 * were followed, and ten years of them are hundreds of thousands of files.
 */
function lastOf(history: readonly string[]): Manifest | undefined {
  const place = 'the history of manifests';
  let previous: string | null = null;
  for (const [index, text] of history.entries()) {
    const head = HEAD.exec(text) ?? undefined;
    const own =
      head === undefined ? parseManifest(text, place) : { number: Number(head[1]), previous: head[2] ?? null };
    for (const fault of chainFaults(index + 1, previous, own)) throw new ManifestError(`${place}: ${fault}`);
    previous = sha256(text);
  }
  const last = history.at(-1);
  return last === undefined ? undefined : parseManifest(last, place);
}

/** As `issueManifest` writes it. */
const HEAD =
  /^\{\n "method": "[^"]*",\n "distribution": "[^"]*",\n "number": (\d+),\n "previous": (?:null|"([0-9a-f]{64})"),\n/;

function chainFaults(number: number, previous: string | null, own: Pick<Manifest, 'number' | 'previous'>): string[] {
  return [
    ...(own.number === number ? [] : [`manifest ${number} says that it is number ${own.number}`]),
    ...(own.previous === previous ? [] : [`manifest ${number} does not follow from the one before it`]),
  ];
}

function loweredRevisions(before: Manifest, after: Manifest): string[] {
  const revisions = new Map(after.weeks.map(({ week, revision }) => [week, revision]));
  return before.weeks
    .filter(({ week, revision }) => (revisions.get(week) ?? 0) < revision)
    .map(
      ({ week, revision }) => `week ${week} had revision ${revision} and has a lower one in manifest ${after.number}`,
    );
}

/** A publication by an older method could not be computed again, so it must not follow one that can. */
function formerMethod(before: Manifest, after: Manifest): string[] {
  const age = ({ method }: Manifest) => [...FORMER_METHODS, METHOD].indexOf(method);
  if (age(after) === -1 || age(after) >= age(before)) return [];
  return [`manifest ${after.number} is of method ${after.method}, and the one before it of ${before.method}`];
}

function requireLaterRevisions(last: Manifest, next: Manifest): void {
  const [fault] = loweredRevisions(last, next);
  if (fault !== undefined)
    throw new ManifestError(`${fault}: what was published is not taken back; is this an older vault?`);
}

type Contents = Pick<Manifest, 'method' | 'distribution' | 'weeks' | 'files'>;

/** `number`: which those files show that show their manifest; its hash they cannot show yet. */
function contentsOf(
  { method, distribution, weeks }: Publication,
  files: readonly OutputFile[],
  number: number,
): Contents {
  const entries = files.map((file): Manifest['files'][number] => {
    const { path, showing } = file;
    if (showing === undefined) return { path, bytes: sizeOf(file), sha256: hashOf(file) };
    const unmarked = showing({ number, sha256: NO_HASH });
    return { path, bytes: unmarked.length, sha256: sha256(unmarked), shows_manifest: true };
  });
  return {
    method,
    distribution: distribution.id,
    weeks: weeks.map(({ week, revision }) => ({ week: weekName(week), revision })),
    files: entries.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function hasContents({ method, distribution, weeks, files }: Manifest, contents: Contents): boolean {
  return JSON.stringify({ method, distribution, weeks, files }) === JSON.stringify(contents);
}

/** As a file that shows its manifest was when its hash was taken. Undefined if it shows no manifest, or another one. */
export function withoutManifest(bytes: Uint8Array, { sha256: own }: ManifestId): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes(own) || text.includes(NO_HASH)) return undefined;
  return Buffer.from(text.replaceAll(own, NO_HASH), 'latin1');
}

function manifestFile(path: string, text: string): OutputFile {
  return { path, bytes: Buffer.from(text), mediaType: 'application/json' };
}
