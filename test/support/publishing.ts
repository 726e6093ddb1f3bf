import { sha256 } from '../../src/flow/views/files/hash.ts';
import { chainOf, historyFiles, issueManifest, manifestFiles } from '../../src/flow/views/files/manifest.ts';
import type { OutputFile } from '../../src/flow/views/publication/output-file.ts';
import { weekName } from '../../src/flow/views/publication/week-name.ts';
import { NOTHING_FOUND, type PublishedSource } from '../../src/flow/views/verification/published-source.ts';
import { samplePublication } from './sample-publication.ts';

/** Made once: thousands of these publications take no longer than it does. */
const sample = samplePublication();

export interface SmallPublication {
  number: number;
  files: OutputFile[];
}

/** A chain of publications, each with a few files in which its number stands. */
export function smallPublications(count: number): SmallPublication[] {
  const history: string[] = [];
  return Array.from({ length: count }, (_, index) => {
    const text = `publication ${index + 1}\n`.repeat(50);
    const paths = [
      'index.html',
      'data/systems.csv',
      'data/totals/2026.csv',
      'week/2026-W19/index.html',
      'badge/systems.json',
    ];
    const files = paths.map((path) => ({ path, bytes: Buffer.from(`${path}\n${text}`), mediaType: 'text/plain' }));
    const issued = issueManifest(sample, files, chainOf(history));
    const all = [...files, ...manifestFiles(issued, historyFiles(history))];
    history.push(issued.text);
    return { number: issued.manifest.number, files: all };
  });
}

/** A manifest of the first form, in which all weeks and files stand. */
export function firstFormManifest(
  { files }: Pick<SmallPublication, 'files'>,
  number: number,
  previous: string | null,
): string {
  const { method, distribution, updated, weeks } = sample;
  const manifest = {
    method,
    distribution: distribution.id,
    number,
    previous,
    updated,
    weeks: weeks.map(({ week, revision }) => ({ week: weekName(week), revision })),
    files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
  };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** A folder with these files. */
export function sourceOf(files: ReadonlyMap<string, Uint8Array>): PublishedSource {
  return {
    read: async (path) => files.get(path),
    list: async () => ({ ...NOTHING_FOUND, files: [...files.keys()] }),
  };
}

/** One hash for all files of a publication. */
export function fingerprint(files: Iterable<readonly [path: string, bytes: Uint8Array]>): string {
  const parts = Array.from(files, ([path, bytes]) => `${path} ${sha256(bytes)}`);
  return sha256(parts.sort().join('\n'));
}

export function fingerprintOf({ files }: SmallPublication): string {
  return fingerprint(files.map(({ path, bytes }) => [path, bytes] as const));
}
