import { z } from 'zod';
import { type ManifestId, NO_HASH, type OutputFile, sizeOf } from '../publication/output-file.ts';
import { FORMER_METHODS, METHOD, type Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import {
  FILES,
  type FileList,
  HASH,
  jsonIn,
  listFiles,
  ManifestError,
  NAMED_LIST,
  type PublishedFile,
  shaped,
  WEEKS,
} from './file-list.ts';
import { hashOf, sha256 } from './hash.ts';
import { historyPath, MANIFEST } from './manifest-path.ts';

const ABOUT = {
  method: z.string(),
  distribution: z.string(),
  /** 1, 2, 3, ... */
  number: z.int().min(1).max(999_999),
  /** Of the text of the manifest before it; null in the first. */
  previous: HASH.nullable(),
  updated: z.string(),
};

const MANIFEST_SHAPE = z.strictObject({
  ...ABOUT,
  /** Of the weeks that have another one than in the manifest before it: so a manifest does not grow with the weeks. */
  revisions: WEEKS,
  /** `manifests/files.json`, in which all files are named, or lists of them. */
  files: NAMED_LIST,
});

/** As they were at first, with all weeks and files in each of them. There are still some in chains. */
const WHOLE_SHAPE = z.strictObject({ ...ABOUT, weeks: WEEKS, files: FILES });

/** What was published: every file with its hash, and the hash of the manifest before it. */
export type Manifest = z.infer<typeof MANIFEST_SHAPE>;
export type WholeManifest = z.infer<typeof WHOLE_SHAPE>;

export function isWhole(manifest: Manifest | WholeManifest): manifest is WholeManifest {
  return 'weeks' in manifest;
}

export interface Issued {
  manifest: Manifest;
  /** The bytes of `manifest.json`. */
  text: string;
  id: ManifestId;
  /** False if nothing has changed: this is the last manifest of the chain again, byte by byte. */
  isNew: boolean;
  /** `manifests/files.json` and those that it names. */
  lists: readonly OutputFile[];
}

/** All manifests so far, as far as the next one depends on them. */
export interface Chain {
  /** The text of the last one. */
  last: string;
  /** What was published of each week by then. */
  revisions: ReadonlyMap<string, number>;
}

/** `texts`: of all manifests, oldest first. Undefined: there is none. Throws `ManifestError` if they are no chain. */
export function chainOf(texts: readonly string[]): Chain | undefined {
  const place = 'the history of manifests';
  let link: Link | undefined;
  for (const text of texts) {
    const { faults, ...next } = follow(link, parseManifest(text, place), sha256(text));
    if (faults.length > 0) throw new ManifestError(`${place}: ${faults[0]}`);
    link = next;
  }
  return link && { last: texts.at(-1)!, revisions: link.revisions };
}

/**
 * The manifest of a publication that has these files, as the next of the chain. Record a new one before the files are
 * written: a number must not be given out twice with other contents.
 */
export function issueManifest(
  publication: Publication,
  files: readonly OutputFile[],
  chain: Chain | undefined,
): Issued {
  const last = chain && parseManifest(chain.last, MANIFEST);
  const weeks = publication.weeks.map(({ week, revision }) => ({ week: weekName(week), revision }));
  const named = files.filter(({ showing }) => showing === undefined).map(entryOf);
  const listsOf = (number: number) => {
    const showing = files.flatMap((file) => entryShowing(file, number) ?? []);
    return listFiles({ weeks, files: [...named, ...showing] });
  };
  const [method, distribution] = [publication.method, publication.distribution.id];
  if (last !== undefined && !isWhole(last) && last.method === method && last.distribution === distribution) {
    const lists = listsOf(last.number);
    if (sha256(lists[0]!.bytes) === last.files.sha256) return issued(last, chain!.last, lists, false);
  }
  const number = (last?.number ?? 0) + 1;
  const lists = listsOf(number);
  const known = chain?.revisions ?? new Map();
  const [fault] = lowered(known, new Map(weeks.map(({ week, revision }) => [week, revision])), number);
  if (fault !== undefined)
    throw new ManifestError(`${fault}: what was published is not taken back; is this an older vault?`);
  const manifest: Manifest = {
    method,
    distribution,
    number,
    previous: chain === undefined ? null : sha256(chain.last),
    updated: publication.updated,
    revisions: weeks.filter(({ week, revision }) => revision > (known.get(week) ?? 0)),
    files: { bytes: sizeOf(lists[0]!), sha256: hashOf(lists[0]!) },
  };
  return issued(manifest, `${JSON.stringify(manifest, null, 1)}\n`, lists, true);
}

function issued(manifest: Manifest, text: string, lists: readonly OutputFile[], isNew: boolean): Issued {
  return { manifest, text, id: { number: manifest.number, sha256: sha256(text) }, isNew, lists };
}

function entryOf(file: OutputFile): PublishedFile {
  return { path: file.path, bytes: sizeOf(file), sha256: hashOf(file) };
}

/** `number`: which those files show that show their manifest; its hash they cannot show yet. */
function entryShowing({ path, showing }: OutputFile, number: number): PublishedFile | undefined {
  const unmarked = showing?.({ number, sha256: NO_HASH });
  return unmarked && { path, bytes: unmarked.length, sha256: sha256(unmarked), shows_manifest: true };
}

/** The files as they are published: those that show their manifest show this one. */
export function filesWithManifest(files: readonly OutputFile[], { id }: Issued): OutputFile[] {
  return files.map((file) => (file.showing === undefined ? file : { ...file, bytes: file.showing(id) }));
}

/**
 * `manifest.json`, its lists, and all manifests so far as `manifests/000001.json` and on, for whoever wants to check the
 * chain. `history`: those before it.
 */
export function manifestFiles(issued: Issued, history: readonly OutputFile[]): OutputFile[] {
  const all = issued.isNew ? [...history, manifestFile(historyPath(issued.id.number), issued.text)] : history;
  return [manifestFile(MANIFEST, issued.text), ...issued.lists, ...all];
}

/** `texts`: of all manifests, oldest first. */
export function historyFiles(texts: readonly string[]): OutputFile[] {
  return texts.map((text, index) => manifestFile(historyPath(index + 1), text));
}

/** Throws `ManifestError`, which names `place`, unless the text is a manifest. */
export function parseManifest(text: string, place: string): Manifest | WholeManifest {
  const value = jsonIn(text, place, 'a manifest');
  const isOfFirstForm = typeof value === 'object' && value !== null && 'weeks' in value;
  return isOfFirstForm
    ? shaped(WHOLE_SHAPE, value, place, 'a manifest')
    : shaped(MANIFEST_SHAPE, value, place, 'a manifest');
}

/** What readers know of a chain at a manifest in it. */
export interface Link {
  number: number;
  sha256: string;
  method: string;
  isWhole: boolean;
  /** What was published of each week by then. */
  revisions: ReadonlyMap<string, number>;
}

/** A manifest behind another one in a chain, and what is wrong with that, as sentences. */
export function follow(
  before: Link | undefined,
  manifest: Manifest | WholeManifest,
  hash: string,
): Link & { faults: string[] } {
  const { method, number } = manifest;
  const known = before?.revisions ?? new Map<string, number>();
  const stated = (isWhole(manifest) ? manifest.weeks : manifest.revisions).filter(({ revision }) => revision > 0);
  const revisions = new Map([...known, ...stated.map(({ week, revision }) => [week, revision] as const)]);
  const faults = [
    ...chainFaults((before?.number ?? 0) + 1, before?.sha256 ?? null, manifest),
    ...(isWhole(manifest)
      ? lowered(known, new Map(stated.map(({ week, revision }) => [week, revision])), number)
      : notLater(known, stated, number)),
    ...(before === undefined ? [] : formerMethod(before.method, manifest)),
    ...(before?.isWhole === false && isWhole(manifest)
      ? [`manifest ${number} is of the form that manifests had before the one before it`]
      : []),
  ];
  return { number: (before?.number ?? 0) + 1, sha256: hash, method, isWhole: isWhole(manifest), revisions, faults };
}

function chainFaults(number: number, previous: string | null, own: Pick<Manifest, 'number' | 'previous'>): string[] {
  return [
    ...(own.number === number ? [] : [`manifest ${number} says that it is number ${own.number}`]),
    ...(own.previous === previous ? [] : [`manifest ${number} does not follow from the one before it`]),
  ];
}

type Revisions = ReadonlyMap<string, number>;

/** `after`: all weeks. */
function lowered(before: Revisions, after: Revisions, number: number): string[] {
  return [...before]
    .filter(([week, revision]) => (after.get(week) ?? 0) < revision)
    .map(([week, revision]) => loweredWeek(week, revision, number));
}

function loweredWeek(week: string, revision: number, number: number): string {
  return `week ${week} had revision ${revision} and has a lower one in manifest ${number}`;
}

/** `stated`: only weeks with a new one. */
function notLater(before: Revisions, stated: Manifest['revisions'], number: number): string[] {
  return stated.flatMap(({ week, revision }) => {
    const known = before.get(week) ?? 0;
    if (revision > known) return [];
    if (revision < known) return [loweredWeek(week, known, number)];
    return [`week ${week} had revision ${revision}, which manifest ${number} names as a new one`];
  });
}

/** What a chain says of weeks must be what the files at its end say. `files`: these have their lists. */
export function revisionFaults({ revisions }: Link, { weeks }: FileList): string[] {
  const listed = new Map(weeks.map(({ week, revision }) => [week, revision]));
  const all = new Set([...revisions.keys(), ...listed.keys()]);
  return [...all]
    .filter((week) => (revisions.get(week) ?? 0) !== (listed.get(week) ?? 0))
    .map(
      (week) =>
        `week ${week} has revision ${revisions.get(week) ?? 0}, and ${listed.get(week) ?? 0} in the lists of files`,
    );
}

/** A publication by an older method could not be computed again, so it must not follow one that can. */
function formerMethod(before: string, { number, method }: Pick<Manifest, 'number' | 'method'>): string[] {
  const age = (one: string) => [...FORMER_METHODS, METHOD].indexOf(one);
  if (age(method) === -1 || age(method) >= age(before)) return [];
  return [`manifest ${number} is of method ${method}, and the one before it of ${before}`];
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
