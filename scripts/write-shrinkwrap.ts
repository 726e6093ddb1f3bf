import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm-shrinkwrap.json` for the tarball: what package-lock.json says of all that is installed with Rollcall, so that whoever
 * installs it gets the very bytes that were tested. npm ships no lock file, and would take a shrinkwrap in its place here:
 * it is there while npm packs, and no longer.
 */
const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'npm-shrinkwrap.json');

interface Locked {
  dev?: boolean;
  link?: boolean;
  devDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
const { devDependencies: _, ...own } = lock.packages['']!;
const installed = Object.entries(lock.packages).filter(
  ([path, { dev, link }]) => path !== '' && dev !== true && link !== true,
);
const shrinkwrap = { ...lock, packages: { '': own, ...Object.fromEntries(installed) } };
writeFileSync(target, `${JSON.stringify(shrinkwrap, null, 2)}\n`);
