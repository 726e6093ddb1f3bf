import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A publication as its readers get it. */
export interface PublishedSource {
  /** Undefined if there is no such file; throws if that cannot be known, or if it has more than `most` bytes. */
  read(path: string, most: number): Promise<Uint8Array | undefined>;
  /** All files, and links to folders with a slash at their end; undefined where nobody can say, as on a web server. */
  list(): Promise<string[] | undefined>;
}

/** `folder` may be the link that `publish` replaces: all files are those of the publication that it led to at first. */
export function folderSource(folder: string): PublishedSource {
  let root: Promise<string> | undefined;
  const rootOf = () => (root ??= realpath(folder));
  return {
    read: async (path, most) => {
      try {
        const file = join(await rootOf(), path);
        const found = await stat(file);
        // A pipe would be read for ever.
        if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file');
        if (found.size > most) throw tooLarge(most);
        return await readFile(file);
      } catch (error) {
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
          return undefined;
        throw error;
      }
    },
    list: async () => {
      const own = await rootOf();
      const entries = await readdir(own, { recursive: true, withFileTypes: true });
      const others = entries.filter((entry) => !entry.isDirectory());
      return Promise.all(
        others.map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          const name = relative(own, path).split(sep).join('/');
          return (await leadsToFolder(path)) ? `${name}/` : name;
        }),
      );
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

/** `request` is the global fetch, or one with the timeouts that its caller wants. */
export function siteSource(address: string, request: typeof fetch): PublishedSource {
  const root = address.endsWith('/') ? address : `${address}/`;
  return {
    read: async (path, most) => {
      const response = await request(new URL(path, root));
      if (response.status === 404 || response.status === 410) return undefined;
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      // Some servers have a page of words for everything that is not there, and call it found.
      const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
      if (isPage && !path.endsWith('.html')) return undefined;
      return await bodyOf(response, most);
    },
    list: async () => undefined,
  };
}

async function bodyOf({ body }: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(most: number): Error {
  return new Error(`it has more than ${most} bytes`);
}
