// Nothing but the command line is loaded here: --help must not wait for the database.

import type { Worker } from 'node:worker_threads';
import { Command } from '@commander-js/extra-typings';
import { CommanderError } from 'commander';
import { addIngest, addRecount, addTally, addTallyKey } from './command-line/counting.ts';
import { addBias, addDemo, addSimulate } from './command-line/made-up-fleets.ts';
import { addCheck, addLint, addServe } from './command-line/mirrors.ts';
import type { Start } from './command-line/options.ts';
import { addAudit, addPublish } from './command-line/publishing.ts';
import { addBackup, addCopy, addDoctor, addImport, addReport, addTotals, addVerify } from './command-line/vault.ts';
import type { Clock } from './commands/ingest.ts';
import type { EpochSeconds } from './flow/sightings/week.ts';
import { VERSION } from './flow/views/files/made-with.ts';

const terminal = { out: process.stdout, err: process.stderr };
const clock: Clock = { now: () => Math.floor(Date.now() / 1000) as EpochSeconds };

const run: Start['run'] = async (work) => {
  process.exitCode = await work();
};

function buildProgram(start: Start): Command {
  const program = new Command('rollcall')
    // Before the commands, which inherit it.
    .exitOverride()
    .description(
      "Counts the systems that run a Linux distribution from its mirrorlist servers' access logs,\n" +
        'without tracking any of them. No address is ever written.',
    )
    .version(VERSION)
    .showHelpAfterError('(rollcall --help shows the commands)')
    .addHelpText(
      'after',
      `
Start here:
  rollcall demo                                   see it work on a made-up fleet
  rollcall ingest /var/log/nginx/access.log*      count your logs
  rollcall report                                 look at the result
  rollcall doctor                                 see what is counted and stands for nothing
  rollcall publish --out site                     show it to the world
  rollcall serve mirrors/                         be the mirrorlist service, and count on arrival

Exit code: 0 done; 1 something was refused or damaged, the rest was done; 2 usage or configuration.`,
    );

  addIngest(program, start);
  addTally(program, start);
  addTallyKey(program, start);
  addTotals(program, start);
  addImport(program, start);
  addReport(program, start);
  addDoctor(program, start);
  addRecount(program, start);
  addVerify(program, start);
  addBackup(program, start);
  addCopy(program, start);
  addPublish(program, start);
  addAudit(program, start);
  addBias(program, start);
  addLint(program, start);
  addCheck(program, start);
  addServe(program, start);
  addSimulate(program, start);
  addDemo(program, start);
  return program;
}

/** Errors that a person can do something about: shown as their message alone, without a stack. */
const EXPECTED_ERRORS = new Set([
  'UsageError',
  'FormatError',
  'VaultFault',
  'TotalsError',
  'ConfigurationError',
  'PublishError',
  'ScratchError',
  'ManifestError',
  'KeyError',
  'RememberError',
  'CellError',
]);

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'rollcall: something that is no error was thrown; please report this';
  if (EXPECTED_ERRORS.has(error.name)) return `rollcall: ${error.message}`;
  // Neither message nor stack of an unexpected error is free text from a log: readers never put bytes into errors.
  return `rollcall: unexpected error, please report it: ${error.stack ?? error.message}`;
}

/** `| head` closes the pipe: that is no error (E12). */
function exitQuietlyOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
}

/** Reads the arguments and runs the command. `thread` is a reader that is starting up already, for `ingest`. */
export async function runCommandLine(thread: Worker | undefined): Promise<void> {
  process.stdout.on('error', exitQuietlyOnBrokenPipe);
  process.stderr.on('error', exitQuietlyOnBrokenPipe);
  try {
    await buildProgram({ run, terminal, clock, thread }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 2;
  }
}
