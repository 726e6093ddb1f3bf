import { createHash } from 'node:crypto';

const LONGEST = 60;
/** Windows keeps these for devices, with any ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;
/** Or a name could be made to look like another one with its hash. */
const HASHED = /-[0-9a-f]{12}$/;

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
      return [name, isFree && !needsHash(slug) ? slug : hashedSlug(slug, name)];
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
  return slug === '' || slug.length >= LONGEST || DEVICES.test(slug) || HASHED.test(slug);
}

function hashedSlug(slug: string, name: string): string {
  const start = slug.replaceAll('.', '-').replace(/-+$/, '') || 'name';
  return `${start}-${hashOf(name)}`;
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}
