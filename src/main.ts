#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { compiledCode } from './built-files.ts';
import { startReaderThread } from './flow/tallies/reader-thread.ts';

const NEEDED_NODE = 24;
const COUNTING = ['ingest', 'tally'];

if (Number.parseInt(process.versions.node, 10) < NEEDED_NODE) {
  process.stderr.write(
    `rollcall needs Node.js ${NEEDED_NODE} or newer; this is ${process.version}. ` +
      'In a checkout, "npm run -s rollcall -- ARGS" uses the Node.js that npm ci brought.\n',
  );
  process.exitCode = 2;
} else {
  if (compiledCode !== undefined) enableCompileCache(compiledCode);
  // A reader takes as long to start up as the rest of the program to load, so it starts first, on the other core.
  const thread = COUNTING.includes(process.argv[2] ?? '') ? startReaderThread() : undefined;
  import('./command-line.ts').then(({ runCommandLine }) => runCommandLine(thread));
}
