import type { KeyObject } from 'node:crypto';
import { NO_HASH } from '../publication/output-file.ts';
import { sha256 } from './hash.ts';
import { chainFaults, type Manifest, ManifestError, parseManifest } from './manifest.ts';
import { historyPath, MANIFEST } from './manifest-path.ts';
import type { PublishedSource } from './published-source.ts';
import { KeyError, PUBLIC_KEY, pemOf, publicKey, SIGNATURE, signatureFault } from './signature.ts';

export interface Verified {
  /** Undefined if it cannot be read. */
  manifest: Manifest | undefined;
  isSigned: boolean;
  /** Sentences that begin with a path; empty if all is as it was published. */
  problems: string[];
}

/** How many files are asked for at once. */
const AT_ONCE = 8;

/**
 * Compares a publication with its manifest, follows the chain of manifests to the first and checks the signature: against
 * `trusted` if that is given, otherwise against the key that lies beside it, which shows less.
 */
export async function verifyPublished(source: PublishedSource, trusted?: KeyObject): Promise<Verified> {
  const reader = new Reader(source);
  const bytes = await reader.required(MANIFEST);
  const signature = await reader.optional(SIGNATURE);
  const manifest = bytes === undefined ? undefined : reader.manifest(bytes, MANIFEST);
  if (bytes !== undefined) await checkSignature(reader, bytes, signature, trusted);
  if (manifest !== undefined) {
    await checkFiles(reader, manifest, sha256(bytes!));
    await checkChain(reader, bytes!, manifest);
    await checkNothingElse(reader, manifest);
  }
  return { manifest, isSigned: signature !== undefined, problems: reader.problems };
}

/** Reads files and collects what is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly #source: PublishedSource;

  constructor(source: PublishedSource) {
    this.#source = source;
  }

  async required(path: string): Promise<Uint8Array | undefined> {
    const before = this.problems.length;
    const bytes = await this.optional(path);
    if (bytes === undefined && this.problems.length === before) this.problems.push(`${path}: is missing`);
    return bytes;
  }

  async optional(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#source.read(path);
    } catch (error) {
      this.problems.push(`${path}: cannot be read (${messageOf(error)})`);
      return undefined;
    }
  }

  async list(): Promise<string[]> {
    try {
      return (await this.#source.list()) ?? [];
    } catch (error) {
      this.problems.push(`the folder: cannot be listed (${messageOf(error)})`);
      return [];
    }
  }

  manifest(bytes: Uint8Array, path: string): Manifest | undefined {
    try {
      return parseManifest(Buffer.from(bytes).toString(), path);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      this.problems.push(error.message);
      return undefined;
    }
  }
}

async function checkFiles(reader: Reader, { files }: Manifest, own: string): Promise<void> {
  for (let start = 0; start < files.length; start += AT_ONCE)
    await Promise.all(files.slice(start, start + AT_ONCE).map((file) => checkFile(reader, file, own)));
}

/** `own`: the hash of the manifest, which some files show. */
async function checkFile(reader: Reader, file: Manifest['files'][number], own: string): Promise<void> {
  const { path, bytes, sha256: hash } = file;
  const read = await reader.required(path);
  if (read === undefined) return;
  const found = file.shows_manifest ? withoutManifest(read, own) : read;
  if (found === undefined) {
    reader.problems.push(`${path}: does not show the hash of this manifest`);
    return;
  }
  if (found.length !== bytes) reader.problems.push(`${path}: has ${found.length} bytes; ${bytes} were published`);
  else if (sha256(found) !== hash) reader.problems.push(`${path}: has other contents than were published`);
}

/** As such a file was when its hash was taken. Undefined if it shows no manifest, or another one. */
function withoutManifest(bytes: Uint8Array, own: string): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes(own) || text.includes(NO_HASH)) return undefined;
  return Buffer.from(text.replaceAll(own, NO_HASH), 'latin1');
}

async function checkChain(reader: Reader, current: Uint8Array, { number }: Manifest): Promise<void> {
  const texts: string[] = [];
  for (let each = 1; each <= number; each++) {
    const bytes = await reader.required(historyPath(each));
    // One gap is enough to say; a manifest that lies about its number must not cost a million requests.
    if (bytes === undefined) return;
    texts.push(Buffer.from(bytes).toString());
  }
  const manifests = texts.map((text, index) => reader.manifest(Buffer.from(text), historyPath(index + 1)));
  if (manifests.every((manifest) => manifest !== undefined))
    reader.problems.push(...chainFaults(texts, manifests).map((fault) => `manifests: ${fault}`));
  if (sha256(texts.at(-1)!) !== sha256(current))
    reader.problems.push(`${MANIFEST}: is not the same as ${historyPath(number)}`);
}

async function checkNothingElse(reader: Reader, manifest: Manifest): Promise<void> {
  const own = Array.from({ length: manifest.number }, (_, index) => historyPath(index + 1));
  const known = new Set([MANIFEST, SIGNATURE, PUBLIC_KEY, ...own, ...manifest.files.map(({ path }) => path)]);
  const found = await reader.list();
  const others = found.filter((path) => !known.has(path)).sort();
  reader.problems.push(...others.map((path) => `${JSON.stringify(path)}: was not published`));
}

async function checkSignature(
  reader: Reader,
  manifest: Uint8Array,
  signature: Uint8Array | undefined,
  trusted: KeyObject | undefined,
): Promise<void> {
  if (signature === undefined) {
    if (trusted !== undefined || (await reader.optional(PUBLIC_KEY)) !== undefined)
      reader.problems.push(`${SIGNATURE}: is missing`);
    return;
  }
  const beside = await publishedKey(reader);
  if (trusted !== undefined && beside !== undefined && !beside.equals(trusted))
    reader.problems.push(`${PUBLIC_KEY}: is another key than the one you gave`);
  const key = trusted ?? beside;
  const fault = key === undefined ? undefined : signatureFault(manifest, Buffer.from(signature).toString(), key);
  if (fault !== undefined) reader.problems.push(fault);
}

async function publishedKey(reader: Reader): Promise<KeyObject | undefined> {
  const bytes = await reader.required(PUBLIC_KEY);
  if (bytes === undefined) return undefined;
  try {
    const text = Buffer.from(bytes).toString();
    const key = publicKey(text, PUBLIC_KEY);
    if (pemOf(key) === text) return key;
    reader.problems.push(`${PUBLIC_KEY}: was not published in this form`);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    reader.problems.push(error.message);
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'for an unknown reason';
}
