import { join } from 'node:path';
import type { Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { type FileList, weekOfPath, yearOfTotals } from './file-list.ts';
import { fileAt } from './growing-file.ts';
import { hashOf } from './hash.ts';

/**
 * Files of the last publication that stay as they are: those of weeks in which nothing has changed, nor in the weeks before
 * them, and the totals of years all of whose weeks are such. They are not made again, and stand in the folder as links.
 */
export interface KeptFiles {
  has: (week: Week) => boolean;
  file: (path: string) => OutputFile | undefined;
  all: readonly OutputFile[];
  /** The database of totals as far as it goes, where nothing has changed but that weeks have come behind it. */
  totals: { at: string; until: Week } | undefined;
}

export const NOTHING_KEPT: KeptFiles = { has: () => false, file: () => undefined, all: [], totals: undefined };

/** `folder`: that of the last publication, in which all files are as they were published; `weeks` and `years`: that stay. */
export function keptFiles(
  folder: string,
  { files }: FileList,
  weeks: ReadonlySet<Week>,
  years: ReadonlySet<string>,
  totalsUntil: Week | undefined,
): KeptFiles {
  const all = files.flatMap(({ path, bytes, sha256, shows_manifest: shows }): OutputFile[] => {
    const week = weekOfPath(path);
    const stays = week === undefined ? years.has(yearOfTotals(path)) : weeks.has(week);
    if (!stays || shows === true) return [];
    const mediaType = MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)]!;
    return [fileAt(join(folder, path), bytes, sha256, { path, mediaType })];
  });
  const totals = totalsUntil === undefined ? undefined : { at: join(folder, 'data/totals.db'), until: totalsUntil };
  const byPath = new Map(all.map((file) => [file.path, file]));
  return { has: (week) => weeks.has(week), file: (path) => byPath.get(path), all, totals };
}

/** Files that lie in a folder with the same bytes, under the same path, are the same file on the disk. `there`: what lies there. */
export function linkedFiles(
  files: readonly OutputFile[],
  folder: string,
  there: ReadonlyMap<string, { bytes: number; sha256: string }>,
): OutputFile[] {
  return files.map((file) => {
    const { path, mediaType, rows, showing } = file;
    const same = there.get(path);
    if (showing !== undefined || same === undefined || same.sha256 !== hashOf(file)) return file;
    return fileAt(join(folder, path), same.bytes, same.sha256, {
      path,
      mediaType,
      ...(rows === undefined ? {} : { rows }),
    });
  });
}

const MEDIA_TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};
