import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { ManifestId, OutputFile } from '../publication/output-file.ts';
import type { Disk } from './disk.ts';
import type { FileList } from './file-list.ts';
import { sha256 } from './hash.ts';
import { withoutManifest } from './manifest.ts';
import { MANIFEST } from './manifest-path.ts';
import { isSafePath } from './safe-path.ts';

/** A publication that cannot be written; whatever was published before is still there, unchanged. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
}

export interface Written {
  /** The folder that readers see now. */
  folder: string;
  /** False if they saw the same before. */
  hasChanged: boolean;
}

interface Place {
  disk: Disk;
  /** A link to one of the publications; what a web server serves. */
  out: string;
  /** `OUT.publications`: next to it, so that everything is renamed within one disk. */
  store: string;
}

const PUBLICATION = /^\d{6}-[0-9a-f]{12}(?:-\d+)?$/;
const PARTIAL = '.partial-';
const GONE = '.gone-';
const NEW_LINK = '.link';

/**
 * Shows `files`, among them the manifest with this number, at `out`: readers see the old publication or this one, whole,
 * also after a kill or a power cut at any moment. The publication before it stays for readers who are in the middle of
 * it. `record` is called when all files are on the disk and nobody sees them yet: what cannot be written is not recorded,
 * and what is not recorded is not shown. Throws `PublishError`.
 */
export function writePublication(
  disk: Disk,
  out: string,
  files: readonly OutputFile[],
  number: number,
  record: () => void = () => {},
): Written {
  return inPlace(disk, out, files, (place) => publish(place, files, nameOf(manifestIn(files), number), record));
}

function inPlace<Result>(
  disk: Disk,
  out: string,
  files: readonly OutputFile[],
  work: (place: Place) => Result,
): Result {
  const path = resolve(out);
  const place: Place = { disk, out: path, store: `${path}.publications` };
  requireDistinctPaths(files);
  try {
    requireOurs(place);
    return withLock(place, () => work(place));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const advice = 'check permissions and free space; what was published before is unchanged';
    throw new PublishError(`${path} could not be written (${error.message}): ${advice}`, { cause: error });
  }
}

/**
 * As `writePublication` up to where it records: all files are on the disk, and nobody sees them. For those who record
 * elsewhere, which takes a while, and show it then.
 */
export function placePublication(disk: Disk, out: string, files: readonly OutputFile[], number: number): void {
  inPlace(disk, out, files, (place) => {
    sweep(place);
    const chosen = folderFor(place, files, nameOf(manifestIn(files), number));
    if (chosen.mustBeWritten) writeFolder(place, chosen.name, files);
  });
}

/** The folder of the publication that readers see at `out`; undefined if none of ours is there. */
export function shownFolder(disk: Disk, out: string): string | undefined {
  const path = resolve(out);
  const place: Place = { disk, out: path, store: `${path}.publications` };
  const name = linkedName(place);
  const folder = name === undefined ? undefined : join(place.store, name);
  return folder !== undefined && disk.kindOf(folder) === 'folder' ? folder : undefined;
}

/**
 * Whether a folder holds exactly these files, that show this manifest, and those `beside` them, by their hashes; and all of
 * them are as they were written.
 */
export function holdsPublication(
  disk: Disk,
  folder: string,
  list: FileList,
  id: ManifestId,
  beside: ReadonlyMap<string, string>,
): boolean {
  const files = new Map(list.files.map((file) => [file.path, file]));
  const found = filesBelow(disk, folder);
  return (
    found.length === files.size + beside.size &&
    found.every((path) => {
      const name = relative(folder, path);
      if (disk.kindOf(path) !== 'file') return false;
      const file = files.get(name);
      if (file?.shows_manifest !== true) return disk.hash(path) === (file?.sha256 ?? beside.get(name));
      const unmarked = withoutManifest(disk.read(path), id);
      return unmarked !== undefined && sha256(unmarked) === file.sha256;
    })
  );
}

/** Throws a `PublishError` if nothing could be published at `out`, without writing anything. */
export function requirePlace(disk: Disk, out: string): void {
  const path = resolve(out);
  requireOurs({ disk, out: path, store: `${path}.publications` });
}

/** Two paths that differ in case only are one file on some disks. */
function requireDistinctPaths(files: readonly OutputFile[]): void {
  const unsafe = files.find(({ path }) => !isSafePath(path));
  if (unsafe !== undefined)
    throw new PublishError(`${JSON.stringify(unsafe.path)}: expected a path inside the publication, without odd signs`);
  const twice = Map.groupBy(files, ({ path }) => path.toLowerCase());
  for (const [path, same] of twice)
    if (same.length > 1) throw new PublishError(`${path}: expected one file of this name, got ${same.length}`);
}

function requireOurs({ disk, out, store }: Place): void {
  if (disk.kindOf(dirname(out)) === 'nothing')
    throw new PublishError(`${out}: its parent folder does not exist; create it, or name another folder`);
  if (!['nothing', 'folder'].includes(disk.kindOf(store)))
    throw new PublishError(`${store}: expected a folder for publications; move away what is there`);
  const kind = disk.kindOf(out);
  if (kind === 'file') throw new PublishError(`${out}: is a file; name a folder that does not exist yet`);
  if (kind === 'folder' && disk.list(out).length > 0)
    throw new PublishError(`${out}: is a folder with files that were not published here; empty it or name another`);
  if (kind === 'link' && linkedName({ disk, out, store }) === undefined)
    throw new PublishError(`${out}: is a link to something that was not published here; remove it or name another`);
}

/** The publication that readers see; undefined if there is none. */
function linkedName({ disk, out, store }: Place): string | undefined {
  if (disk.kindOf(out) !== 'link') return undefined;
  const target = resolve(dirname(out), disk.readLink(out));
  const name = basename(target);
  return dirname(target) === store && PUBLICATION.test(name) ? name : undefined;
}

function manifestIn(files: readonly OutputFile[]): Uint8Array {
  const manifest = files.find(({ path }) => path === MANIFEST);
  if (manifest === undefined) throw new RangeError(`expected a publication with ${MANIFEST}`);
  return manifest.bytes;
}

function nameOf(manifest: Uint8Array, number: number): string {
  return `${String(number).padStart(6, '0')}-${sha256(manifest).slice(0, 12)}`;
}

/** Without it, one run would sweep away what another is writing. */
function withLock<Result>({ disk, out, store }: Place, run: () => Result): Result {
  if (disk.kindOf(store) === 'nothing') disk.makeFolder(store);
  const lock = disk.lock(join(store, '.lock'));
  if (lock === undefined) throw new PublishError(`${out}: another run is publishing here; try again when it has ended`);
  try {
    return run();
  } finally {
    lock.release();
  }
}

function publish(place: Place, files: readonly OutputFile[], name: string, record: () => void): Written {
  const before = linkedName(place);
  sweep(place);
  const chosen = folderFor(place, files, name);
  if (chosen.mustBeWritten) writeFolder(place, chosen.name, files);
  record();
  if (before !== chosen.name) show(place, chosen.name);
  removeOlder(place, chosen.name, before);
  return { folder: join(place.store, chosen.name), hasChanged: before !== chosen.name };
}

/** What killed runs have left. */
function sweep({ disk, store }: Place): void {
  const left = disk.list(store).filter((name) => [PARTIAL, GONE, NEW_LINK].some((start) => name.startsWith(start)));
  for (const name of left) disk.remove(join(store, name));
}

/**
 * The name itself, if it is free or its folder holds exactly these files; with `-2`, `-3`, ... otherwise: the same manifest
 * may get another signature, and a folder that was damaged is not touched while somebody reads it.
 */
function folderFor(place: Place, files: readonly OutputFile[], name: string): { name: string; mustBeWritten: boolean } {
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? name : `${name}-${attempt}`;
    const folder = join(place.store, candidate);
    if (place.disk.kindOf(folder) === 'nothing') return { name: candidate, mustBeWritten: true };
    if (holdsExactly(place.disk, folder, files)) return { name: candidate, mustBeWritten: false };
  }
}

function holdsExactly(disk: Disk, folder: string, files: readonly OutputFile[]): boolean {
  const found = filesBelow(disk, folder);
  return (
    found.length === files.length &&
    files.every(({ path, bytes }) => {
      const own = join(folder, path);
      return disk.kindOf(own) === 'file' && Buffer.compare(disk.read(own), bytes) === 0;
    })
  );
}

/** And folders in which there is nothing: none was published. */
function filesBelow(disk: Disk, folder: string): string[] {
  return disk.list(folder).flatMap((name) => {
    const path = join(folder, name);
    if (disk.kindOf(path) !== 'folder') return [path];
    const files = filesBelow(disk, path);
    return files.length === 0 ? [path] : files;
  });
}

/** All bytes and names are on the disk before the folder gets the name under which it counts. */
function writeFolder({ disk, store }: Place, name: string, files: readonly OutputFile[]): void {
  const partial = join(store, PARTIAL + name);
  try {
    const folders = foldersOf(files).map((folder) => join(partial, folder));
    for (const folder of folders) disk.makeFolder(folder);
    // Several names of the same picture are one file.
    const written = new Map<Uint8Array, string>();
    const unsafe: string[] = [];
    for (const file of files) {
      const path = join(partial, file.path);
      const at = file.stored?.at ?? written.get(file.bytes);
      if (at === undefined) {
        disk.write(path, file.bytes);
        written.set(file.bytes, path);
      }
      // What another publication has is on the disk: it was flushed before that was shown.
      const isSafe = at !== undefined && disk.keep(at, path) === 'same' && at.startsWith(store + sep);
      if (!isSafe) unsafe.push(path);
    }
    // After all are written: the first flush then takes most of the others along.
    for (const path of unsafe) disk.flush(path);
    for (const folder of folders) disk.flush(folder);
    disk.rename(partial, join(store, name));
  } catch (error) {
    removeIfPossible(disk, partial);
    throw error;
  }
}

/** The next run sweeps it away, if this one cannot; the first error is the one to report. */
function removeIfPossible(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {}
}

/** The root first (an empty path), then every folder after the one that it is in. */
function foldersOf(files: readonly OutputFile[]): string[] {
  const folders = new Set(['']);
  for (const { path } of files) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join('/'));
  }
  return [...folders].sort();
}

/** One rename: that is the moment of publishing. Names are flushed first, lest the link outlive what it points to. */
function show({ disk, out, store }: Place, name: string): void {
  disk.flush(store);
  disk.flush(dirname(out));
  const link = join(store, NEW_LINK);
  disk.link(join(basename(store), name), link);
  if (disk.kindOf(out) === 'folder') disk.removeEmptyFolder(out);
  disk.rename(link, out);
  disk.flush(dirname(out));
}

/** Keeps the one that readers may still be in the middle of. Renamed first: half of a folder must not look like one. */
function removeOlder({ disk, store }: Place, current: string, before: string | undefined): void {
  const others = disk.list(store).filter((name) => PUBLICATION.test(name) && name !== current);
  const kept = before !== undefined && before !== current ? before : others.sort().at(-1);
  for (const name of others.filter((other) => other !== kept)) {
    const gone = join(store, GONE + name);
    disk.rename(join(store, name), gone);
    disk.remove(gone);
  }
}
