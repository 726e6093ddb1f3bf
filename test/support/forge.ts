import type { FileList } from '../../src/flow/views/files/file-list.ts';
import { sha256 } from '../../src/flow/views/files/hash.ts';
import type { Manifest } from '../../src/flow/views/files/manifest.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

const ZEROS = '0'.repeat(64);

/**
 * What somebody can do who may write all files but is not who published them: a first manifest of their own that fits the
 * files, shown in all that show one.
 */
export function withFittingManifest(files: Files, changed: Partial<Manifest> = {}): Map<string, Uint8Array> {
  const old = Buffer.from(files.get('manifest.json')!);
  const about = JSON.parse(old.toString()) as Manifest;
  const lists = listsIn(files);
  const weeks = lists.flatMap((list) => list.weeks ?? []);
  const entries = lists.flatMap((list) => list.files);
  const forged = new Map([...files].filter(([path]) => !/^manifests\/|^manifest\./.test(path)));
  const showing = new Set(entries.filter((entry) => entry.shows_manifest).map(({ path }) => path));
  for (const path of showing) if (forged.has(path)) forged.set(path, replaced(forged.get(path)!, sha256(old), ZEROS));
  const named = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256(bytes) });
  const ofWeeks = Buffer.from(JSON.stringify({ weeks, files: [] }));
  const list = Buffer.from(
    JSON.stringify({
      years: [{ year: '2026', ...named(ofWeeks) }],
      files: [...forged].map(([path, bytes]) => ({
        path,
        ...named(bytes),
        ...(showing.has(path) ? { shows_manifest: true } : {}),
      })),
    }),
  );
  const manifest: Manifest = {
    ...about,
    ...changed,
    number: 1,
    previous: null,
    revisions: weeks.filter(({ revision }) => revision > 0),
    files: named(list),
  };
  const text = Buffer.from(JSON.stringify(manifest));
  for (const path of showing) if (forged.has(path)) forged.set(path, replaced(forged.get(path)!, ZEROS, sha256(text)));
  for (const path of ['manifest.json', 'manifests/000001.json']) forged.set(path, text);
  return forged.set('manifests/files.json', list).set('manifests/files-2026.json', ofWeeks);
}

/** `manifests/files.json` and the lists of years. */
function listsIn(files: Files): (Partial<Pick<FileList, 'weeks'>> & Pick<FileList, 'files'>)[] {
  const paths = [...files.keys()].filter((path) => /^manifests\/files/.test(path));
  return paths.map((path) => JSON.parse(Buffer.from(files.get(path)!).toString()));
}

function replaced(bytes: Uint8Array, text: string, by: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(text, by), 'latin1');
}
