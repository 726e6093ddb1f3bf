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
  const { files: entries, ...about } = JSON.parse(old.toString()) as Manifest;
  const forged = new Map([...files].filter(([path]) => !/^manifests\/|^manifest\./.test(path)));
  const showing = new Set(entries.filter((entry) => entry.shows_manifest).map(({ path }) => path));
  for (const path of showing) if (forged.has(path)) forged.set(path, replaced(forged.get(path)!, sha256(old), ZEROS));
  const manifest = {
    ...about,
    ...changed,
    number: 1,
    previous: null,
    files: [...forged].map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: sha256(bytes),
      ...(showing.has(path) ? { shows_manifest: true } : {}),
    })),
  };
  const text = Buffer.from(JSON.stringify(manifest));
  for (const path of showing) if (forged.has(path)) forged.set(path, replaced(forged.get(path)!, ZEROS, sha256(text)));
  return forged.set('manifest.json', text).set('manifests/000001.json', text);
}

function replaced(bytes: Uint8Array, text: string, by: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(text, by), 'latin1');
}
