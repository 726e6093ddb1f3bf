import { join } from 'node:path';
import type { Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import { weekNamed, weekOfDay } from '../publication/week-name.ts';
import { fileAt } from './growing-file.ts';
import type { Manifest } from './manifest.ts';

/**
 * Files of the last publication that stay as they are: those of weeks in which nothing has changed, nor in the weeks before
 * them. They are not made again, and stand in the folder as links.
 */
export interface KeptFiles {
  has: (week: Week) => boolean;
  file: (path: string) => OutputFile | undefined;
  all: readonly OutputFile[];
  /** The database of totals as far as it goes, where nothing has changed but that weeks have come behind it. */
  totals: { at: string; until: Week } | undefined;
}

export const NOTHING_KEPT: KeptFiles = { has: () => false, file: () => undefined, all: [], totals: undefined };

/** Whose file it is, where it is one week's and bears its name. */
export function weekOfPath(path: string): Week | undefined {
  const named = /(?:^|\/)(?:week\/|breakdown\/|totals\/)(\d{4}-W\d{2})(?:\/|\.)/.exec(path);
  if (named !== null) return weekNamed(named[1]!);
  const chart = /(?:^|\/)chart\/(\d{4}-\d{2}-\d{2})-/.exec(path);
  return chart === null ? undefined : weekOfDay(chart[1]!);
}

/** `folder`: that of the last publication, in which all files are as they were published. */
export function keptFiles(
  folder: string,
  manifest: Manifest,
  weeks: ReadonlySet<Week>,
  totalsUntil: Week | undefined,
): KeptFiles {
  const all = manifest.files.flatMap(({ path, bytes, sha256, shows_manifest: shows }): OutputFile[] => {
    const week = weekOfPath(path);
    if (week === undefined || shows === true || !weeks.has(week)) return [];
    const mediaType = MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)]!;
    return [fileAt(join(folder, path), bytes, sha256, { path, mediaType })];
  });
  const totals = totalsUntil === undefined ? undefined : { at: join(folder, 'data/totals.db'), until: totalsUntil };
  const byPath = new Map(all.map((file) => [file.path, file]));
  return { has: (week) => weeks.has(week), file: (path) => byPath.get(path), all, totals };
}

const MEDIA_TYPES: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};
