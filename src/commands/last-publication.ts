import { join } from 'node:path';
import type { Week } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import type { Disk } from '../flow/views/files/disk.ts';
import { type KeptFiles, keptFiles, NOTHING_KEPT } from '../flow/views/files/kept-files.ts';
import { type Manifest, parseManifest } from '../flow/views/files/manifest.ts';
import { historyPath, MANIFEST } from '../flow/views/files/manifest-path.ts';
import { isShown, shownFolder } from '../flow/views/files/write-publication.ts';
import { hasNumber, headlineWeek } from '../flow/views/publication/headline-week.ts';
import type { OutputFile } from '../flow/views/publication/output-file.ts';
import type { Prepared } from '../flow/views/publication/prepare.ts';
import type { Publication, PublishedWeek } from '../flow/views/publication/tables.ts';
import { weekName } from '../flow/views/publication/week-name.ts';

/** What readers see of the last publication, whole and as it was written. */
export interface LastPublication {
  number: number;
  /** Nothing that it would be made of now is different. */
  isSame: boolean;
  kept: KeptFiles;
}

/** What is kept of a publication to tell what the next one may take from it. */
export function stateOf({ publication, madeOf, common }: Prepared): string {
  return JSON.stringify({ madeOf, common, shown: headlineWeek(publication)?.week ?? null } satisfies State);
}

interface State {
  madeOf: string;
  common: string;
  /** The week that stood for now: it had more charts than others. */
  shown: Week | null;
}

/**
 * Undefined if the last publication is not the one at `out`, or anything there was written to since. `beside`: files that
 * stand beside those of its manifest.
 */
export function lastPublication(
  vault: Vault,
  prepared: Prepared,
  out: string,
  disk: Disk,
  beside: (manifest: string) => readonly OutputFile[],
): LastPublication | undefined {
  const { publication, added, madeOf, common } = prepared;
  const { id } = publication.distribution;
  const [last, stored] = [vault.lastPublication(id), vault.manifest(id, 'last')];
  const folder = shownFolder(disk, out);
  if (folder === undefined || stored === undefined || last?.number !== stored.number) return undefined;
  const { text, number } = stored;
  const manifest = parseManifest(text, MANIFEST);
  const others = beside(text);
  const sizes = new Map([
    ...manifest.files.map(({ path, bytes }) => [path, bytes] as const),
    [MANIFEST, Buffer.byteLength(text)],
    ...vault.manifestSizes(id).map((bytes, index) => [historyPath(index + 1), bytes] as const),
    ...others.map(({ path, bytes }) => [path, bytes.length] as const),
  ]);
  if (!isShown(disk, out, text, number, sizes)) return undefined;
  if (!others.every(({ path, bytes }) => Buffer.compare(disk.read(join(folder, path)), bytes) === 0)) return undefined;
  const state = JSON.parse(last.madeOf) as State;
  return {
    number,
    isSame: added.length === 0 && state.madeOf === madeOf,
    kept: state.common === common ? keptOf(publication, manifest, state.shown, disk, folder) : NOTHING_KEPT,
  };
}

/** Weeks before the last one that has a number and changed no more than those before it: a page leads to the next one. */
function keptOf(
  publication: Publication,
  manifest: Manifest,
  shownBefore: Week | null,
  disk: Disk,
  folder: string,
): KeptFiles {
  const { weeks } = publication;
  const before = new Map(manifest.weeks.map(({ week, revision }) => [week, revision]));
  const isOld = ({ week, revision }: PublishedWeek) => before.get(weekName(week)) === revision;
  const changed = weeks.findIndex((week) => !isOld(week));
  const steady = changed === -1 ? weeks : weeks.slice(0, changed);
  const edge = steady.findLast(hasNumber)?.week ?? 0;
  const isPast = shownBefore === (headlineWeek(publication)?.week ?? null) ? undefined : shownBefore;
  const kept = steady.map(({ week }) => week).filter((week) => week < edge && week !== isPast);
  const hasOnlyGrown = steady.length === manifest.weeks.length;
  return keptFiles(disk, folder, manifest, new Set(kept), hasOnlyGrown ? steady.at(-1)?.week : undefined);
}
