import { sha256 } from '../../src/flow/views/files/hash.ts';
import { issueManifest, manifestFiles } from '../../src/flow/views/files/manifest.ts';
import type { OutputFile } from '../../src/flow/views/publication/output-file.ts';
import { samplePublication } from './sample-publication.ts';

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
    const issued = issueManifest(samplePublication(), files, history);
    const all = [...files, ...manifestFiles(issued, history)];
    history.push(issued.text);
    return { number: issued.manifest.number, files: all };
  });
}

/** One hash for all files of a publication. */
export function fingerprint(files: Iterable<readonly [path: string, bytes: Uint8Array]>): string {
  const parts = Array.from(files, ([path, bytes]) => `${path} ${sha256(bytes)}`);
  return sha256(parts.sort().join('\n'));
}

export function fingerprintOf({ files }: SmallPublication): string {
  return fingerprint(files.map(({ path, bytes }) => [path, bytes] as const));
}
