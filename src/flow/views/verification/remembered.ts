import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../files/hash.ts';
import type { Manifest } from '../files/manifest.ts';
import { pemOf } from '../files/signature.ts';
import type { ManifestId } from '../publication/output-file.ts';
import type { Problem } from './problem.ts';

/** What `--remember` keeps of the publication that was seen last. */
export type Remembered = z.infer<typeof REMEMBERED>;
const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const REMEMBERED = z.strictObject({
  distribution: z.string(),
  number: z.int().min(1).max(999_999),
  sha256: HASH,
  /** SHA-256 of the public key in PEM; null if the publication was not signed. */
  key: HASH.nullable(),
});

/** A file that `--remember` did not write, or that was damaged since. */
export class RememberError extends Error {
  override readonly name = 'RememberError';
}

export function remembered(
  { distribution }: Pick<Manifest, 'distribution'>,
  id: ManifestId,
  signer: KeyObject | undefined,
): Remembered {
  return { distribution, ...id, key: signer === undefined ? null : fingerprint(signer) };
}

export function rememberedText(seen: Remembered): string {
  return `${JSON.stringify(seen, null, 2)}\n`;
}

/** Throws `RememberError`, which names `place`: nothing is safe to guess here. */
export function readRemembered(text: string, place: string): Remembered {
  const read = REMEMBERED.safeParse(jsonIn(text));
  if (read.success) return read.data;
  throw new RememberError(
    `${place}: expected what --remember has written; it is damaged, or another file, and was left as it is. ` +
      'Restore it, or say with --seen what you know and name a new file',
  );
}

/** Whoever has signed once must go on signing, by the same key, unless the reader says which key to trust. */
export function signerProblems(
  seen: Remembered,
  signer: KeyObject | undefined,
  trusted: KeyObject | undefined,
): Problem[] {
  if (seen.key === null || trusted !== undefined) return [];
  if (signer !== undefined && fingerprint(signer) === seen.key) return [];
  const now = signer === undefined ? 'it has no good signature' : 'it is signed by another key';
  const text = `publication ${seen.number} was signed when you saw it, and now ${now}: if the key was replaced, get the new one from whoever publishes and give it with --key`;
  return [{ kind: 'signature', text }];
}

function fingerprint(key: KeyObject): string {
  return sha256(pemOf(key));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
