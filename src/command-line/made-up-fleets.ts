import type { Command } from '@commander-js/extra-typings';
import { type Start, wholeNumber } from './options.ts';

export function addBias(program: Command, { run, terminal }: Start): void {
  program
    .command('bias')
    .description('measure how far four ways of counting are from the truth, on made-up fleets that know it')
    .option('--systems <n>', 'systems in each fleet, 100 at least', wholeNumber, 4000)
    .option('--weeks <n>', 'weeks to measure', wholeNumber, 8)
    .option('--seed <n>', 'the same seed gives the same numbers', wholeNumber, 1)
    .option('--json', 'the numbers as JSON')
    .action((options) => run(async () => (await import('../commands/bias.ts')).bias(options, terminal)));
}

export function addSimulate(program: Command, { clock, run, terminal }: Start): void {
  program
    .command('simulate')
    .description('write access logs of a made-up fleet, or with exactly the check-ins of given totals')
    .requiredOption('--out <folder>', 'a new or empty folder')
    .option('--systems <n>', 'systems in the fleet', wholeNumber, 20_000)
    .option('--weeks <n>', 'weeks to simulate', wholeNumber, 30)
    .option('--seed <n>', 'the same seed gives the same logs', wholeNumber, 1)
    .option('--replay <totals>', 'write exactly the check-ins of this totals.csv or totals.db')
    .action((options) =>
      run(async () => (await import('../commands/simulate.ts')).simulateLogs(options, terminal, clock.now())),
    );
}

export function addDemo(program: Command, { clock, run, terminal }: Start): void {
  program
    .command('demo')
    .description('the whole way in one minute: a made-up fleet, its logs counted, the report, the truth, the site')
    .option('--fedora <totals>', 'the site of published totals (totals.csv or totals.db) instead, as they are')
    .option('--no-serve', 'do not show the site, only write it')
    .action((options) => run(async () => (await import('../commands/demo.ts')).demo(options, terminal, clock)));
}
