import { createHash } from 'node:crypto';
import type { KnownMetadata } from '../catalogue.ts';

/** The real ones have 3 to 8 kB. */
export const MOST_METADATA_BYTES = 1024 * 1024;

/** What a repomd.xml is known by. */
export type Metadata = Omit<KnownMetadata, 'firstSeen' | 'timestamp'> & {
  /** Seconds since 1970; undefined if it says none. */
  timestamp: number | undefined;
};

/** Undefined if the bytes are no repomd.xml: an error page, a log-in form, half a file. */
export function readMetadata(bytes: Uint8Array): Metadata | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  // Not an XML reader: what matters is the hash, and dnf reads the rest.
  if (!/<repomd[\s>]/.test(text.slice(0, 1024)) || !/<\/repomd>\s*$/.test(text.slice(-1024))) return undefined;
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sha512: createHash('sha512').update(bytes).digest('hex'),
    size: bytes.length,
    timestamp: timestampIn(text),
  };
}

/** The newest of its parts', as dnf takes it; a revision is often a time, too. */
function timestampIn(text: string): number | undefined {
  const times = Array.from(text.matchAll(/<timestamp>(\d{9,10})(?:\.\d*)?<\/timestamp>/g), ([, digits]) =>
    Number(digits),
  );
  const revision = /<revision>(\d{9,10})<\/revision>/.exec(text)?.[1];
  if (times.length > 0) return times.reduce((newest, time) => Math.max(newest, time));
  return revision === undefined ? undefined : Number(revision);
}
