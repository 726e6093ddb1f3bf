import type { Week } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import type { Disk } from '../flow/views/files/disk.ts';
import { hashOf, sha256 } from '../flow/views/files/hash.ts';
import { type KeptFiles, keptFiles, NOTHING_KEPT } from '../flow/views/files/kept-files.ts';
import { type Manifest, parseManifest } from '../flow/views/files/manifest.ts';
import { historyPath, MANIFEST } from '../flow/views/files/manifest-path.ts';
import { holdsPublication, shownFolder } from '../flow/views/files/write-publication.ts';
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
  const shown = headlineWeek(publication)?.week ?? null;
  return JSON.stringify({ madeOf, common, shown, waiting: waitingIn(publication) } satisfies State);
}

interface State {
  madeOf: string;
  common: string;
  /** The week that stood for now: it had more charts than others. */
  shown: Week | null;
  /** Weeks that were not published, and why. */
  waiting: Record<string, string>;
}

function waitingIn({ weeks }: Publication): Record<string, string> {
  const waiting = weeks.filter(({ revision }) => revision === 0);
  return Object.fromEntries(waiting.map(({ week, status, note }) => [weekName(week), `${status}: ${note}`]));
}

/**
 * Undefined if the last publication is not the one at `out`, or anything there is not as it was written. `beside`: files
 * that stand beside those of its manifest.
 */
export function lastPublication(
  vault: Vault,
  prepared: Prepared,
  out: string,
  disk: Disk,
  beside: (manifest: string) => readonly OutputFile[],
): LastPublication | undefined {
  const { publication, added, madeOf, common } = prepared;
  const { distribution } = publication;
  const [last, stored] = [vault.lastPublication(distribution.id), vault.manifest(distribution.id, 'last')];
  const folder = shownFolder(disk, out);
  if (folder === undefined || stored === undefined || last?.number !== stored.number) return undefined;
  const { text, number } = stored;
  const manifest = parseManifest(text, MANIFEST);
  const id = { number, sha256: sha256(text) };
  const others = new Map([
    [MANIFEST, id.sha256],
    ...vault.manifests(distribution.id).map((one, index) => [historyPath(index + 1), sha256(one)] as const),
    ...beside(text).map((file) => [file.path, hashOf(file)] as const),
  ]);
  if (!holdsPublication(disk, folder, { manifest, id }, others)) return undefined;
  const state = JSON.parse(last.madeOf) as State;
  return {
    number,
    isSame: added.length === 0 && state.madeOf === madeOf,
    kept: state.common === common ? keptOf(publication, manifest, state, folder) : NOTHING_KEPT,
  };
}

/** Weeks before the last one that has a number and changed no more than those before it: a page leads to the next one. */
function keptOf(
  publication: Publication,
  manifest: Manifest,
  { shown: shownBefore, waiting }: State,
  folder: string,
): KeptFiles {
  const { weeks } = publication;
  const before = new Map(manifest.weeks.map(({ week, revision }) => [week, revision]));
  const waits = waitingIn(publication);
  const isOld = ({ week, revision }: PublishedWeek) => {
    const name = weekName(week);
    return before.get(name) === revision && waiting[name] === waits[name];
  };
  const changed = weeks.findIndex((week) => !isOld(week));
  const steady = changed === -1 ? weeks : weeks.slice(0, changed);
  const edge = steady.findLast(hasNumber)?.week ?? 0;
  const isPast = shownBefore === (headlineWeek(publication)?.week ?? null) ? undefined : shownBefore;
  const kept = steady.map(({ week }) => week).filter((week) => week < edge && week !== isPast);
  const hasOnlyGrown = steady.length === manifest.weeks.length;
  return keptFiles(folder, manifest, new Set(kept), hasOnlyGrown ? steady.at(-1)?.week : undefined);
}
