import { createHash } from 'node:crypto';

const LONGEST = 60;
/** Windows keeps these for devices, with any ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/**
 * A file name for each name, `Server` -> `server`: lower-case ASCII letters, digits, `.`, `_` and `-`, beginning with a
 * letter or digit, 80 characters at most, no two alike. Names that would become alike get a part of their hash, all but
 * one that is its own file name; so do names of which nothing is left (F04).
 */
export function slugsOf(names: Iterable<string>): Map<string, string> {
  const distinct = [...new Set(names)];
  const plain = distinct.map(plainSlug);
  const bySlug = Map.groupBy(distinct, (_, i) => plain[i]!);
  return new Map(
    distinct.map((name, i) => {
      const slug = plain[i]!;
      const isFree = bySlug.get(slug)!.length === 1 || name === slug;
      return [name, isFree && !needsHash(slug) ? slug : `${slug || 'name'}-${hashOf(name)}`];
    }),
  );
}

function plainSlug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, LONGEST)
    .replace(/[.-]+$/, '');
}

function needsHash(slug: string): boolean {
  return slug === '' || slug.length >= LONGEST || DEVICES.test(slug);
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}
