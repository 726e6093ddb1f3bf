// `rollcall serve` as a process of its own, with all of its options.
import { Command } from '@commander-js/extra-typings';
import { addServe } from '../../src/command-line/mirrors.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';

const program = new Command('rollcall');
// A test may live in another week: how many seconds from now.
const offset = Number(process.env['SERVE_CLOCK_OFFSET'] ?? 0);
addServe(program, {
  run: async (work) => {
    try {
      process.exitCode = await work();
    } catch (error) {
      process.stderr.write(`rollcall: ${(error as Error).message}\n`);
      process.exitCode = 2;
    }
  },
  terminal: { out: process.stdout, err: process.stderr },
  clock: { now: () => (Math.floor(Date.now() / 1000) + offset) as EpochSeconds },
  thread: undefined,
});
await program.parseAsync();
