import type { ManifestId } from '../publication/output-file.ts';
import type { Problem } from './problem.ts';

/**
 * What a reader knows of the newest publication that they saw: its number, the hash of its manifest, or both. The
 * distribution is what `--remember` knows beside that.
 */
export type Seen = { distribution?: string } & (
  | { number: number; sha256?: string }
  | { number?: undefined; sha256: string }
);

/** All manifests of a publication. */
export interface Chain {
  distribution: string;
  /** Oldest first. */
  hashes: readonly string[];
}

/** `--seen`: a number such as `12`, or the SHA-256 of a manifest. Undefined if it is neither. */
export function readSeen(text: string): Seen | undefined {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return { number: Number(text) };
  return /^[0-9a-f]{64}$/i.test(text) ? { sha256: text.toLowerCase() } : undefined;
}

/**
 * Undefined if the publication is the one that was seen, or descends from it. A signature says nothing here: what is older
 * was signed too.
 */
export function regressSince(seen: Seen, { distribution, hashes }: Chain): Problem | undefined {
  const here = { number: hashes.length, sha256: hashes.at(-1)! };
  if (seen.distribution !== undefined && seen.distribution !== distribution)
    return {
      kind: 'other-publication',
      text: `what you remember is a publication of ${seen.distribution}, and this is one of ${distribution}`,
    };
  if (seen.number === undefined) {
    if (hashes.includes(seen.sha256)) return undefined;
    return fork(`you have seen the manifest ${seen.sha256}, which is not in the chain of ${described(here)}`);
  }
  if (seen.number > here.number) {
    const text = `you have seen ${described(seen)}; this is ${described(here)}, an older one, however well it is signed`;
    return { kind: 'rollback', text };
  }
  const inItsPlace = { number: seen.number, sha256: hashes[seen.number - 1]! };
  if (seen.sha256 === undefined || seen.sha256 === inItsPlace.sha256) return undefined;
  return fork(`you have seen ${described(seen)}; here ${described(inItsPlace)} stands in its place`);
}

function fork(text: string): Problem {
  return { kind: 'fork', text: `${text}: this is a fork, in which what you saw was never published` };
}

function described({ number, sha256 }: Partial<ManifestId>): string {
  return sha256 === undefined ? `publication ${number}` : `publication ${number} (${sha256})`;
}
