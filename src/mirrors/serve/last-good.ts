import { resolve } from 'node:path';
import { z } from 'zod';
import type { Disk } from '../../flow/views/files/disk.ts';
import type { CatalogueFiles } from '../catalogue/load.ts';
import { loadJson } from '../check/state-file.ts';

/** The files of a catalogue that was good, as they were: whoever reads them, reads them by the rules of today. */
export interface LastGood {
  format: 'rollcall-last-good-v1';
  /** The folder or file that they were read from. */
  place: string;
  configuration: string;
  files: Readonly<Record<string, string>>;
  folders: Readonly<Record<string, readonly string[]>>;
}

const schema = z.object({
  format: z.literal('rollcall-last-good-v1'),
  place: z.string(),
  configuration: z.string(),
  files: z.record(z.string(), z.string()),
  folders: z.record(z.string(), z.array(z.string())),
});

/** Where it lies beside a state. */
export function lastGoodPath(statePath: string): string {
  return `${statePath}.last-good.json`;
}

/** The same files, with what was asked for and what was read so far. */
export interface Recorded {
  files: CatalogueFiles;
  asked: readonly string[];
  taken: LastGood;
}

export function recorded({ configuration, read, list }: CatalogueFiles, place: string): Recorded {
  const asked: string[] = [];
  const files: Record<string, string> = {};
  const folders: Record<string, string[]> = {};
  const reading: CatalogueFiles = {
    configuration,
    read: (path) => {
      asked.push(path);
      files[path] = read(path);
      return files[path];
    },
    list: (folder) => {
      asked.push(folder);
      folders[folder] = list(folder);
      return folders[folder];
    },
  };
  const taken: LastGood = { format: 'rollcall-last-good-v1', place: resolve(place), configuration, files, folders };
  return { files: reading, asked, taken };
}

export function lastGoodText(lastGood: LastGood): string {
  return `${JSON.stringify(lastGood)}\n`;
}

/** Undefined if nothing of this place was kept, or if it cannot be read. */
export function loadLastGood(
  disk: Pick<Disk, 'kindOf' | 'read'>,
  path: string,
  place: string,
): CatalogueFiles | undefined {
  const kept = loadJson(disk, path, schema);
  return kept?.place === resolve(place) ? filesOf(kept) : undefined;
}

function filesOf({ configuration, files, folders }: LastGood): CatalogueFiles {
  const known = <Value>(record: Readonly<Record<string, Value>>, path: string): Value => {
    if (Object.hasOwn(record, path)) return record[path]!;
    throw Object.assign(new Error(`${path} was not there when the catalogue was good`), { code: 'ENOENT' });
  };
  return { configuration, read: (path) => known(files, path), list: (path) => [...known(folders, path)] };
}
