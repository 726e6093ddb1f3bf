import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import type { Disk } from '../../src/flow/views/files/disk.ts';
import type { Random } from './random.ts';

type Entry =
  | { kind: 'file'; content: Unsettled<Uint8Array> }
  | { kind: 'folder'; names: Map<string, Name> }
  | LinkEntry;
type LinkEntry = { kind: 'link'; target: string };
/** What a name stands for; `undefined`: nothing. A rename settles with both of its names or with neither. */
type Name = Unsettled<{ entry: Entry | undefined; rename: number | undefined }>;

/** What is sure to be on the disk, and what was written since: a power cut keeps any one of them. */
interface Unsettled<Value> {
  durable: Value;
  since: Value[];
}

const NOTHING = { entry: undefined, rename: undefined };

/** The power went out. */
export class PowerCut extends Error {}

/**
 * A disk in memory that promises no more than POSIX does: bytes are safe when their file was flushed, names when their
 * folder was. `cutPower` gives one of the disks that may be found afterwards.
 */
export class MemoryDisk implements Disk {
  readonly #root: Entry & { kind: 'folder' } = { kind: 'folder', names: new Map() };
  #renames = 0;
  /** The power goes out before this many changes and flushes more. */
  remaining = Number.POSITIVE_INFINITY;

  kindOf(path: string): ReturnType<Disk['kindOf']> {
    return this.#find(path)?.kind ?? 'nothing';
  }

  hash(path: string): string {
    return createHash('sha256').update(this.read(path)).digest('hex');
  }

  list(folder: string): string[] {
    const { names } = this.#folder(folder);
    return [...names].filter(([, name]) => latest(name).entry !== undefined).map(([name]) => name);
  }

  readLink(path: string): string {
    const entry = this.#find(path);
    if (entry?.kind !== 'link') throw fault('EINVAL', path);
    return entry.target;
  }

  read(path: string): Uint8Array {
    const entry = this.#find(path);
    if (entry?.kind !== 'file') throw fault('ENOENT', path);
    return latest(entry.content);
  }

  makeFolder(path: string): void {
    if (this.kindOf(path) !== 'nothing') throw fault('EEXIST', path);
    this.#set(path, { kind: 'folder', names: new Map() });
  }

  write(path: string, bytes: Uint8Array): void {
    if (this.kindOf(path) !== 'nothing') throw fault('EEXIST', path);
    const half = bytes.subarray(0, bytes.length >> 1);
    this.#set(path, { kind: 'file', content: { durable: new Uint8Array(), since: [half, bytes] } });
  }

  keep(from: string, path: string): 'copy' {
    this.write(path, this.read(from));
    return 'copy';
  }

  flush(path: string): void {
    this.#step();
    const entry = this.#find(path);
    if (entry?.kind === 'file') settle(entry.content);
    else if (entry?.kind === 'folder') for (const name of entry.names.values()) settle(name);
    else throw fault('ENOENT', path);
  }

  link(target: string, path: string): void {
    if (this.kindOf(path) !== 'nothing') throw fault('EEXIST', path);
    this.#set(path, { kind: 'link', target });
  }

  rename(from: string, to: string): void {
    const entry = this.#find(from);
    if (entry === undefined) throw fault('ENOENT', from);
    if (this.kindOf(to) === 'folder' && entry.kind !== 'folder') throw fault('EISDIR', to);
    if (this.kindOf(to) === 'folder' && this.list(to).length > 0) throw fault('ENOTEMPTY', to);
    this.#step();
    const rename = ++this.#renames;
    this.#change(to, { entry, rename });
    this.#change(from, { entry: undefined, rename });
  }

  /** Not all at once: a power cut may leave half of a folder. */
  remove(path: string): void {
    if (this.kindOf(path) === 'nothing') return;
    if (this.kindOf(path) === 'folder') for (const name of this.list(path)) this.remove(join(path, name));
    this.#set(path, undefined);
  }

  removeEmptyFolder(path: string): void {
    if (this.list(path).length > 0) throw fault('ENOTEMPTY', path);
    this.#set(path, undefined);
  }

  lock(): { release: () => void } {
    return { release: () => {} };
  }

  /** What is found when the power is back: of everything that was not flushed, anything may be there or not. */
  cutPower(random: Random): MemoryDisk {
    const kept = new Map<number, boolean>();
    const isKept = (rename: number | undefined) => {
      if (rename === undefined) return true;
      if (!kept.has(rename)) kept.set(rename, random.chance(0.5));
      return kept.get(rename)!;
    };
    const found = new MemoryDisk();
    const copy = (from: Entry): Entry => {
      if (from.kind === 'link') return from;
      if (from.kind === 'file') return { kind: 'file', content: settled(pick(from.content, random)) };
      const names = new Map<string, Name>();
      for (const [name, state] of from.names) {
        const possible = { durable: state.durable, since: state.since.filter(({ rename }) => isKept(rename)) };
        const { entry } = pick(possible, random);
        if (entry !== undefined) names.set(name, settled({ entry: copy(entry), rename: undefined }));
      }
      return { kind: 'folder', names };
    };
    for (const [name, state] of (copy(this.#root) as Entry & { kind: 'folder' }).names)
      found.#root.names.set(name, state);
    return found;
  }

  /** Follows links in all parts of the path, as readers do. */
  follow(path: string): string {
    let at = '/';
    for (const part of resolve(path).split('/').filter(Boolean)) {
      const next = join(at, part);
      at = this.kindOf(next) === 'link' ? this.follow(resolve(at, this.readLink(next))) : next;
    }
    return at;
  }

  #step(): void {
    if (this.remaining-- <= 0) throw new PowerCut();
  }

  #set(path: string, entry: Entry | undefined): void {
    this.#step();
    this.#change(path, { entry, rename: undefined });
  }

  #change(path: string, value: { entry: Entry | undefined; rename: number | undefined }): void {
    const { names } = this.#folder(dirname(path));
    const state = names.get(basename(path)) ?? settled<Name['durable']>(NOTHING);
    state.since.push(value);
    names.set(basename(path), state);
  }

  #folder(path: string): Entry & { kind: 'folder' } {
    const entry = this.#find(path);
    if (entry?.kind !== 'folder') throw fault('ENOENT', path);
    return entry;
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const part of path.split('/').filter(Boolean)) {
      if (entry?.kind !== 'folder') return undefined;
      const name: Name | undefined = entry.names.get(part);
      entry = name === undefined ? undefined : latest(name).entry;
    }
    return entry;
  }
}

function latest<Value>({ durable, since }: Unsettled<Value>): Value {
  return since.at(-1) ?? durable;
}

function settle<Value>(state: Unsettled<Value>): void {
  state.durable = latest(state);
  state.since = [];
}

function settled<Value>(durable: Value): Unsettled<Value> {
  return { durable, since: [] };
}

function pick<Value>({ durable, since }: Unsettled<Value>, random: Random): Value {
  return random.pick([durable, ...since]);
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
