/** A TIME file is one line; an index page in its place is more. */
export const MOST_TIME_BYTES = 4096;

/** Seconds since 1970, as the TIME file of a mirror says when the master was last written to; undefined if it does not. */
export function readTime(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes).toString('latin1').trim();
  return /^\d{9,10}$/.test(text) ? Number(text) : undefined;
}
