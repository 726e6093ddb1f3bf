import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readRegularFile } from '../../../regular-file.ts';

/** A publication as its readers get it. */
export interface PublishedSource {
  /** Undefined if there is no such file; throws if that cannot be known, or if it has more than `most` bytes. */
  read(path: string, most: number): Promise<Uint8Array | undefined>;
  /** Undefined where nobody can say, as on a web server. */
  list(): Promise<Found | undefined>;
  /** True where the files lie at hand: then one that is too long is read all the same, to say what is wrong with it. */
  isNear?: true;
}

/** What lies in a folder and below it, by paths. */
export interface Found {
  files: readonly string[];
  linksToFolders: readonly string[];
  emptyFolders: readonly string[];
}

export const NOTHING_FOUND: Found = { files: [], linksToFolders: [], emptyFolders: [] };

/** `folder` may be the link that `publish` replaces: all files are those of the publication that it led to at first. */
export function folderSource(folder: string): PublishedSource {
  let root: Promise<string> | undefined;
  const rootOf = () => (root ??= realpath(folder));
  return {
    isNear: true,
    read: async (path, most) => {
      try {
        return readRegularFile(join(await rootOf(), path), most);
      } catch (error) {
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
          return undefined;
        throw error;
      }
    },
    list: async () => {
      const own = await rootOf();
      const entries = await readdir(own, { recursive: true, withFileTypes: true });
      const nameOf = ({ parentPath, name }: (typeof entries)[number]) =>
        relative(own, join(parentPath, name)).split(sep).join('/');
      const others = entries.filter((entry) => !entry.isDirectory());
      const leads = await Promise.all(others.map((entry) => leadsToFolder(join(entry.parentPath, entry.name))));
      const filled = new Set(entries.map(({ parentPath }) => parentPath));
      return {
        files: others.filter((_, at) => !leads[at]).map(nameOf),
        linksToFolders: others.filter((_, at) => leads[at]).map(nameOf),
        emptyFolders: entries
          .filter((entry) => entry.isDirectory() && !filled.has(join(entry.parentPath, entry.name)))
          .map(nameOf),
      };
    },
  };
}

async function leadsToFolder(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSymbolicLink()) return false;
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // It leads to nothing.
    return false;
  }
}

/** An answer of a web server; `bytes` are there where the status is 200. */
export interface SiteAnswer {
  status: number;
  /** As in `Content-Type`. */
  type?: string | undefined;
  bytes?: Uint8Array | undefined;
}

/** Asks a web server. Throws if there is no answer, or one of more than `most` bytes, which are not read. */
export type AskSite = (address: URL, most: number) => Promise<SiteAnswer>;

export function siteSource(address: string, ask: AskSite): PublishedSource {
  const root = address.endsWith('/') ? address : `${address}/`;
  return {
    read: async (path, most) => {
      const { status, type, bytes } = await ask(new URL(path, root), most);
      if (status === 404 || status === 410) return undefined;
      if (bytes === undefined) throw new Error(`the server answered ${status}`);
      // Some servers have a page of words for everything that is not there, and call it found.
      const isPage = type?.startsWith('text/html') ?? false;
      return isPage && !path.endsWith('.html') ? undefined : bytes;
    },
    list: async () => undefined,
  };
}
