import type { KeyObject } from 'node:crypto';
import {
  type FileList,
  joinLists,
  LONGEST_LIST,
  ManifestError,
  type NamedList,
  type PublishedFile,
  readWholeList,
} from '../files/file-list.ts';
import { sha256 } from '../files/hash.ts';
import {
  follow,
  isWhole,
  type Link,
  type Manifest,
  parseManifest,
  revisionFaults,
  type WholeManifest,
  withoutManifest,
} from '../files/manifest.ts';
import { FILE_LIST, historyPath, MANIFEST } from '../files/manifest-path.ts';
import { KeyError, PUBLIC_KEY, pemOf, publicKey, SIGNATURE, signatureFault } from '../files/signature.ts';
import type { ManifestId } from '../publication/output-file.ts';
import { FORMER_METHODS, METHOD } from '../publication/tables.ts';
import type { Scope } from './explain.ts';
import type { Problem, ProblemKind } from './problem.ts';
import { type Found, NOTHING_FOUND, type PublishedSource } from './published-source.ts';
import type { Recomputed } from './recompute.ts';
import { regressSince, type Seen } from './seen.ts';

export interface Verified {
  /** Undefined if it cannot be read. */
  manifest: Manifest | WholeManifest | undefined;
  /** What it names; undefined if the lists of that cannot be read. */
  list: FileList | undefined;
  id: ManifestId | undefined;
  /** Whose signature it bears; undefined if it is not signed, or wrongly. */
  signer: KeyObject | undefined;
  /**
   * What was computed again. `files`: nothing, since a former method made it; its files are those of the manifest.
   * Undefined where they are not.
   */
  scope: Scope | 'files' | undefined;
  /** Empty if all is as it was published. */
  problems: readonly Problem[];
}

export interface Asked {
  /** The key that must have signed it. */
  trusted?: KeyObject | undefined;
  /** What it must be or descend from. */
  seen?: readonly Seen[];
  /** Computes all that was published again, from the tables that were published. Without it only hashes are compared. */
  recompute?: (files: PublishedFiles, manifest: ManifestId) => Promise<Recomputed>;
}

/** Published files by their paths, without manifests, signature and key. */
export type PublishedFiles = ReadonlyMap<string, Uint8Array>;

/** How many files are asked for at once. */
const AT_ONCE = 8;
/** At first all files stood in it. */
const LONGEST_MANIFEST = LONGEST_LIST;
const LONGEST_KEY = 64 * 1024;
/** All files are held in memory to be made again; ten years of Fedora's take a tenth of this. */
const MOST_BYTES = 1024 * 1024 * 1024;

/**
 * Compares a publication with its manifest, follows the chain of manifests to the first and checks the signature: against
 * `trusted` if that is given, otherwise against the key that lies beside it, which shows less.
 */
export async function verifyPublished(source: PublishedSource, asked: Asked = {}): Promise<Verified> {
  const reader = new Reader(source);
  const bytes = await reader.required(MANIFEST, LONGEST_MANIFEST);
  const signature = await reader.optional(SIGNATURE, LONGEST_KEY);
  const manifest = bytes === undefined ? undefined : reader.manifest(bytes, MANIFEST);
  const signer = bytes === undefined ? undefined : await signerOf(reader, bytes, signature, asked.trusted);
  const { problems } = reader;
  if (manifest === undefined) return { manifest, list: undefined, id: undefined, signer, scope: undefined, problems };
  const id = { number: manifest.number, sha256: sha256(bytes!) };
  const chain = await checkChain(reader, id);
  const { distribution } = manifest;
  if (chain !== undefined) {
    const { hashes } = chain;
    problems.push(...(asked.seen ?? []).flatMap((seen) => regressSince(seen, { distribution, hashes }) ?? []));
  }
  const lists = await readLists(reader, manifest, id);
  const scope = lists && (await checkListed(reader, manifest, id, lists, chain?.link, asked));
  const found = (await isAnother(source, id)) ? [REPLACED] : problems;
  return { manifest, list: lists?.list, id, signer, scope, problems: found };
}

interface Lists {
  list: FileList;
  /** The files that it stands in. */
  named: readonly NamedList[];
}

/** Undefined if one of them is not as the manifest says: then there is no knowing what was published. */
async function readLists(
  reader: Reader,
  manifest: Manifest | WholeManifest,
  id: ManifestId,
): Promise<Lists | undefined> {
  if (isWhole(manifest)) return { list: manifest, named: [] };
  const textsOf = async (named: readonly NamedList[]) => {
    const before = reader.problems.length;
    const texts: string[] = [];
    for (const one of named) texts.push(Buffer.from((await checkFile(reader, one, id)) ?? '').toString());
    return reader.problems.length === before ? texts : undefined;
  };
  const first = { path: FILE_LIST, ...manifest.files };
  const text = (await textsOf([first]))?.[0];
  const whole = text === undefined ? undefined : reader.parsed(() => readWholeList(text));
  if (whole === undefined || isTooLarge(reader, whole.lists)) return undefined;
  const texts = await textsOf(whole.lists);
  const years = texts && whole.lists.map(({ path }, at) => ({ path, text: texts[at]! }));
  const list = years && reader.parsed(() => joinLists(whole.files, years));
  return list && { list, named: [first, ...whole.lists] };
}

function isTooLarge(reader: Reader, files: readonly { bytes: number }[]): boolean {
  const stated = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (stated <= MOST_BYTES) return false;
  reader.tell('manifest', `${MANIFEST}: states ${stated} bytes in all; more than ${MOST_BYTES} are not checked`);
  return true;
}

/** What was computed again, as in `Verified`. */
async function checkListed(
  reader: Reader,
  manifest: Manifest | WholeManifest,
  id: ManifestId,
  { list, named }: Lists,
  link: Link | undefined,
  asked: Asked,
): Promise<Verified['scope']> {
  const { problems } = reader;
  for (const fault of link === undefined ? [] : revisionFaults(link, list)) reader.tell('chain', `manifests: ${fault}`);
  const before = problems.length;
  if (isTooLarge(reader, list.files)) return undefined;
  const files = await checkFiles(reader, list, id);
  // What differs from its hash is told already, and all that follows from it would be told again.
  const isFormer = isOfFormerMethod(manifest.method, list);
  const recomputed = problems.length > before || isFormer ? undefined : await asked.recompute?.(files, id);
  problems.push(...(recomputed?.problems ?? []));
  await checkNothingElse(
    reader,
    manifest.number,
    [...named, ...list.files].map(({ path }) => path),
  );
  return isFormer ? 'files' : recomputed?.scope;
}

/** Whoever only says so has the tables of today, and these are computed again. */
function isOfFormerMethod(method: string, { files }: FileList): boolean {
  return FORMER_METHODS.includes(method) && !files.some(({ path }) => path === MARGINS_FILE);
}

const MARGINS_FILE = 'data/margins.csv';
const REPLACED: Problem = { kind: 'replaced', text: `${MANIFEST}: another publication took its place meanwhile` };

/** Whether readers see another publication than before: of a site that is published just now half is new. */
async function isAnother(source: PublishedSource, { sha256: before }: ManifestId): Promise<boolean> {
  const now = await new Reader(source).optional(MANIFEST, LONGEST_MANIFEST);
  return now !== undefined && sha256(now) !== before;
}

/** Reads files and collects what is wrong with them. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #source: PublishedSource;

  constructor(source: PublishedSource) {
    this.#source = source;
  }

  get isNear(): boolean {
    return this.#source.isNear === true;
  }

  tell(kind: ProblemKind, text: string): void {
    this.problems.push({ kind, text });
  }

  async required(path: string, most: number): Promise<Uint8Array | undefined> {
    return await this.#read(path, most, () => this.tell('missing', `${path}: is missing`));
  }

  async optional(path: string, most: number): Promise<Uint8Array | undefined> {
    return await this.#read(path, most, () => {});
  }

  async #read(path: string, most: number, miss: () => void): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#source.read(path, most);
      if (bytes === undefined) miss();
      return bytes;
    } catch (error) {
      this.tell('unreadable', `${path}: cannot be read (${messageOf(error)})`);
      return undefined;
    }
  }

  async list(): Promise<Found> {
    try {
      return (await this.#source.list()) ?? NOTHING_FOUND;
    } catch (error) {
      this.tell('unreadable', `the folder: cannot be listed (${messageOf(error)})`);
      return NOTHING_FOUND;
    }
  }

  manifest(bytes: Uint8Array, path: string): Manifest | WholeManifest | undefined {
    const manifest = this.parsed(() => parseManifest(Buffer.from(bytes).toString(), path));
    if (manifest === undefined || [...FORMER_METHODS, METHOD].includes(manifest.method)) return manifest;
    this.tell('manifest', `${path}: is of a method that this Rollcall does not know: take the newest, which may`);
    return undefined;
  }

  /** Undefined if it is none of what it should be. */
  parsed<Document>(parse: () => Document): Document | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      this.tell('manifest', error.message);
      return undefined;
    }
  }
}

async function checkFiles(reader: Reader, { files }: FileList, id: ManifestId): Promise<PublishedFiles> {
  const found = new Map<string, Uint8Array>();
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const some = files.slice(start, start + AT_ONCE);
    const read = await Promise.all(some.map((file) => checkFile(reader, file, id)));
    for (const [index, bytes] of read.entries()) if (bytes !== undefined) found.set(some[index]!.path, bytes);
  }
  return found;
}

async function checkFile(reader: Reader, entry: PublishedFile, id: ManifestId): Promise<Uint8Array | undefined> {
  const { path, bytes } = entry;
  // Line ends can double a file, and that is worth telling apart.
  const found = await reader.required(path, reader.isNear ? 2 * bytes : bytes);
  if (found === undefined || isEntry(entry, found, id)) return found;
  if (otherLineEnds(found).some((other) => isEntry(entry, other, id)))
    reader.tell('line-ends', `${path}: has other line ends than were published`);
  else if (found.length !== bytes)
    reader.tell('changed', `${path}: has ${found.length} bytes; ${bytes} were published`);
  else if (entry.shows_manifest && !Buffer.from(found).includes(id.sha256))
    reader.tell('changed', `${path}: shows another manifest than this one`);
  else reader.tell('changed', `${path}: has other contents than were published`);
  return found;
}

function isEntry({ bytes, sha256: hash, shows_manifest }: PublishedFile, found: Uint8Array, id: ManifestId): boolean {
  const hashed = shows_manifest ? withoutManifest(found, id) : found;
  return hashed?.length === bytes && sha256(hashed) === hash;
}

function otherLineEnds(bytes: Uint8Array): Uint8Array[] {
  const lines = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  return [lines, lines.replaceAll('\n', '\r\n')].map((text) => Buffer.from(text, 'latin1'));
}

/** The hashes of all manifests, oldest first, and what they say in the end; undefined if they are no whole chain. */
async function checkChain(reader: Reader, current: ManifestId): Promise<{ hashes: string[]; link: Link } | undefined> {
  const before = reader.problems.length;
  const hashes: string[] = [];
  let last: Link | undefined;
  for (let start = 1; start <= current.number; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, current.number - start + 1) }, (_, n) => start + n);
    const texts = await Promise.all(numbers.map((number) => reader.required(historyPath(number), LONGEST_MANIFEST)));
    for (const [index, bytes] of texts.entries()) {
      // One gap is enough to say; a manifest that lies about its number must not cost a million requests.
      if (bytes === undefined) return undefined;
      const manifest = reader.manifest(bytes, historyPath(numbers[index]!));
      if (manifest === undefined) return undefined;
      const { faults, ...link } = follow(last, manifest, sha256(bytes));
      for (const fault of faults) reader.tell('chain', `manifests: ${fault}`);
      hashes.push(link.sha256);
      last = link;
    }
  }
  if (hashes.at(-1) !== current.sha256)
    reader.tell('chain', `${MANIFEST}: is not the same as ${historyPath(current.number)}`);
  return reader.problems.length === before ? { hashes, link: last! } : undefined;
}

/** `paths`: of all that is named. */
async function checkNothingElse(reader: Reader, number: number, paths: readonly string[]): Promise<void> {
  const known = new Set([MANIFEST, SIGNATURE, PUBLIC_KEY, ...paths]);
  const { files, linksToFolders, emptyFolders } = await reader.list();
  const folders = new Set([historyPath(1), ...known].flatMap(foldersOf));
  const extra = [
    ...files
      .filter((path) => !known.has(path) && !isOfHistory(path, number))
      .map((path) => [path, 'was not published'] as const),
    ...linksToFolders.map((path) => [`${path}/`, folders.has(path) ? LINK : 'was not published'] as const),
    // Of what is missing in others it was told already.
    ...emptyFolders.filter((path) => !folders.has(path)).map((path) => [`${path}/`, EMPTY] as const),
  ];
  for (const [path, what] of extra.sort(([a], [b]) => (a < b ? -1 : 1)))
    reader.tell('extra', `${JSON.stringify(path)}: ${what}`);
}

const LINK = 'is a link to a folder, in which there may be more than was published';
const EMPTY = 'is an empty folder, and was not published';

/** Not by a list of them: a manifest may lie about its number. */
function isOfHistory(path: string, number: number): boolean {
  const own = Number(/(\d+)\.json$/.exec(path)?.[1]);
  return own >= 1 && own <= number && path === historyPath(own);
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

async function signerOf(
  reader: Reader,
  manifest: Uint8Array,
  signature: Uint8Array | undefined,
  trusted: KeyObject | undefined,
): Promise<KeyObject | undefined> {
  if (signature === undefined) {
    if (trusted !== undefined || (await reader.optional(PUBLIC_KEY, LONGEST_KEY)) !== undefined)
      reader.tell('signature', `${SIGNATURE}: is missing`);
    return undefined;
  }
  const beside = await publishedKey(reader);
  if (trusted !== undefined && beside !== undefined && !beside.equals(trusted))
    reader.tell('signature', `${PUBLIC_KEY}: is another key than the one you gave`);
  const key = trusted ?? beside;
  const fault = key === undefined ? undefined : signatureFault(manifest, Buffer.from(signature).toString(), key);
  if (fault === undefined) return key;
  reader.tell('signature', fault);
  return undefined;
}

async function publishedKey(reader: Reader): Promise<KeyObject | undefined> {
  const bytes = await reader.required(PUBLIC_KEY, LONGEST_KEY);
  if (bytes === undefined) return undefined;
  try {
    const text = Buffer.from(bytes).toString();
    const key = publicKey(text, PUBLIC_KEY);
    if (pemOf(key) === text) return key;
    reader.tell('signature', `${PUBLIC_KEY}: was not published in this form`);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    reader.tell('signature', error.message);
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'for an unknown reason';
}
