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
