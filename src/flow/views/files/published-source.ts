import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A publication as its readers get it. */
export interface PublishedSource {
  /** Undefined if there is no such file; throws if that cannot be known. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** All files; undefined where nobody can say, as on a web server. */
  list(): Promise<string[] | undefined>;
}

export function folderSource(folder: string): PublishedSource {
  return {
    read: async (path) => {
      try {
        return await readFile(join(folder, path));
      } catch (error) {
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
          return undefined;
        throw error;
      }
    },
    list: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
    },
  };
}

/** `request` is the global fetch, or one with the timeouts that its caller wants. */
export function siteSource(address: string, request: typeof fetch): PublishedSource {
  const root = address.endsWith('/') ? address : `${address}/`;
  return {
    read: async (path) => {
      const response = await request(new URL(path, root));
      if (response.status === 404 || response.status === 410) return undefined;
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    list: async () => undefined,
  };
}
