import { join } from 'node:path';
import type { Week } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import type { Disk } from '../flow/views/files/disk.ts';
import { type FileList, joinLists, type NamedList, readWholeList } from '../flow/views/files/file-list.ts';
import { fileAt } from '../flow/views/files/growing-file.ts';
import { hashOf, sha256 } from '../flow/views/files/hash.ts';
import { type KeptFiles, keptFiles, linkedFiles, NOTHING_KEPT } from '../flow/views/files/kept-files.ts';
import { type Chain, isWhole, parseManifest } from '../flow/views/files/manifest.ts';
import { FILE_LIST, historyPath, MANIFEST } from '../flow/views/files/manifest-path.ts';
import { hasOwnPage, sharedYears, yearOf } from '../flow/views/files/week-pages.ts';
import { holdsPublication, shownFolder } from '../flow/views/files/write-publication.ts';
import { hasNumber, headlineWeek } from '../flow/views/publication/headline-week.ts';
import type { ManifestId, OutputFile } from '../flow/views/publication/output-file.ts';
import type { Prepared } from '../flow/views/publication/prepare.ts';
import type { Publication, PublishedWeek } from '../flow/views/publication/tables.ts';
import { weekName, weekNamed } from '../flow/views/publication/week-name.ts';

/** What readers see of the last publication, whole and as it was written. */
export interface LastPublication {
  number: number;
  /** Nothing that it would be made of now is different. */
  isSame: boolean;
  kept: KeptFiles;
  chain: Chain;
  /** All manifests so far, as files. */
  history: readonly OutputFile[];
  /** Those of these files that are there already are not written again. */
  linked: (files: readonly OutputFile[]) => OutputFile[];
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
  const id = { number, sha256: sha256(text) };
  const lists = listsIn(disk, folder, text);
  const history = historyIn(disk, folder, id);
  if (lists === undefined || history === undefined) return undefined;
  const { list, named } = lists;
  const others = new Map([
    [MANIFEST, id.sha256],
    ...named.map((one) => [one.path, one.sha256] as const),
    ...history.map((file) => [file.path, hashOf(file)] as const),
    ...beside(text).map((file) => [file.path, hashOf(file)] as const),
  ]);
  if (!holdsPublication(disk, folder, list, id, others)) return undefined;
  const state = JSON.parse(last.madeOf) as State;
  const published = list.weeks.filter(({ revision }) => revision > 0);
  const there = new Map([...list.files.filter((file) => !file.shows_manifest), ...named].map((one) => [one.path, one]));
  return {
    number,
    isSame: added.length === 0 && state.madeOf === madeOf,
    kept: state.common === common ? keptOf(publication, list, state, folder) : NOTHING_KEPT,
    chain: { last: text, revisions: new Map(published.map(({ week, revision }) => [week, revision])) },
    history,
    linked: (files) => linkedFiles(files, folder, there),
  };
}

/** The lists of the files of a publication, and the files in them. Undefined if they are not as they were written. */
function listsIn(disk: Disk, folder: string, text: string): { list: FileList; named: NamedList[] } | undefined {
  const manifest = parseManifest(text, MANIFEST);
  if (isWhole(manifest)) return { list: manifest, named: [] };
  const textOf = (one: NamedList) => textAt(disk, join(folder, one.path), one.sha256);
  const first = { path: FILE_LIST, ...manifest.files };
  const whole = textOf(first);
  if (whole === undefined) return undefined;
  const { files, lists } = readWholeList(whole);
  const years = lists.flatMap((one) => {
    const own = textOf(one);
    return own === undefined ? [] : [{ path: one.path, text: own }];
  });
  return years.length < lists.length ? undefined : { list: joinLists(files, years), named: [first, ...lists] };
}

/** The manifests up to this one, oldest first, as the last one knows them: each names the hash of the one before it. */
function historyIn(disk: Disk, folder: string, { number, sha256: hash }: ManifestId): OutputFile[] | undefined {
  const files: OutputFile[] = [];
  for (let at = number, expected: string | null = hash; at > 0; at--) {
    const [path, own] = [historyPath(at), join(folder, historyPath(at))];
    const text: string | undefined = expected === null ? undefined : textAt(disk, own, expected);
    if (text === undefined) return undefined;
    files.push(fileAt(own, Buffer.byteLength(text), expected!, { path, mediaType: 'application/json' }));
    expected = /"previous": "([0-9a-f]{64})"/.exec(text)?.[1] ?? null;
  }
  return files.reverse();
}

/** Undefined if it is not the one with this hash. */
function textAt(disk: Disk, path: string, hash: string): string | undefined {
  if (disk.kindOf(path) !== 'file') return undefined;
  const bytes = disk.read(path);
  return sha256(bytes) === hash ? Buffer.from(bytes).toString() : undefined;
}

/** Weeks before the last one that has a number and changed no more than those before it: a page leads to the next one. */
function keptOf(
  publication: Publication,
  list: FileList,
  { shown: shownBefore, waiting }: State,
  folder: string,
): KeptFiles {
  const { weeks } = publication;
  const before = new Map(list.weeks.map(({ week, revision }) => [week, revision]));
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
  const hasOnlyGrown = steady.length === list.weeks.length;
  const stays = withoutMoved(new Set(kept), list, weeks);
  const years = [...Map.groupBy(weeks, ({ week }) => yearOf(week))]
    .filter(([, own]) => own.every(({ week }) => stays.has(week)))
    .map(([year]) => year);
  return keptFiles(folder, list, stays, new Set(years), hasOnlyGrown ? steady.at(-1)?.week : undefined);
}

/**
 * Without weeks that lose their own pages now, and without years that share some and of which a week has changed: then all
 * of them have other pictures.
 */
function withoutMoved(kept: ReadonlySet<Week>, list: FileList, weeks: Publication['weeks']): ReadonlySet<Week> {
  const [before, newest] = [list.weeks.at(-1), weeks.at(-1)];
  if (before === undefined || newest === undefined) return kept;
  const hadOwnPage = (week: Week) => hasOwnPage(week, weekNamed(before.week));
  const changed = [...sharedYears(weeks).values()].filter((own) =>
    own.some(({ week }) => !kept.has(week) || hadOwnPage(week)),
  );
  return kept.difference(new Set(changed.flat().map(({ week }) => week)));
}
