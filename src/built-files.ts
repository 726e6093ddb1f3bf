import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Where the files lie that are built with the project: the kernel, the country table and the compiled worker. In a
 * checkout this module runs from src, in the published package from dist itself.
 */
const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');
const DIST = new URL(RUNS_FROM_SOURCE ? '../dist/' : './', import.meta.url);

export function builtFile(name: string): URL {
  return new URL(name, DIST);
}

/**
 * The folder beside the program where Node.js keeps what it has compiled of it, so that each thread starts a fifth sooner.
 * Where nobody may write there, nothing is kept. A checkout that runs from source has none.
 */
export const compiledCode = RUNS_FROM_SOURCE ? undefined : fileURLToPath(builtFile('compiled'));

/** The module that a worker thread starts with. */
export function workerModule(): URL {
  return RUNS_FROM_SOURCE
    ? new URL('./flow/tallies/read-log.worker.ts', import.meta.url)
    : new URL('./read-log.worker.cjs', DIST);
}

/** What runs as `rollcall`, for commands that start others as processes of their own. */
export function mainModule(): URL {
  return RUNS_FROM_SOURCE ? new URL('./main.ts', import.meta.url) : new URL('./main.cjs', DIST);
}

/**
 * Tells one Rollcall from another, for what is kept of what one has made. Of a checkout that runs from source only what is
 * built, as its code changes from one moment to the next.
 */
export function programDigest(): string {
  const hash = createHash('sha256').update(process.version);
  const files = readdirSync(DIST).filter((name) => /\.(cjs|css|js|json)$/.test(name));
  for (const name of files.sort()) hash.update(name).update(readFileSync(new URL(name, DIST)));
  return hash.digest('hex');
}
