import type { Command } from '@commander-js/extra-typings';
import { type Start, withLogOptions, withReaderOptions } from './options.ts';

export function addIngest(program: Command, { clock, run, terminal, thread }: Start): void {
  withLogOptions(program.command('ingest'))
    .description('count the check-ins of access logs; what was counted before is recognised and not counted again')
    .option('--replace', 'where a log is refused because its hours were counted with other content, take its side')
    .option('--json', 'one JSON object for each log on standard output')
    .option('--key <file>', 'the key that tallies among the logs were made with')
    .option('--remove-counted', 'remove tallies and finished segments of spools that the vault has now; never logs')
    .option('--without-networks', 'count tallies whose key is lost, without what they know of networks')
    .addHelpText(
      'after',
      `
A log is known by its countme lines, whatever its name or compression: rotated, copied, recompressed
and restored logs are counted once. Run it as often as you like, on as many logs as you like.

Examples:
  rollcall ingest /var/log/nginx/access.log*
  rollcall ingest --source mirror2 /archive/mirror2/
  ssh mirror3 cat /var/log/nginx/access.log.1 | rollcall ingest --source mirror3 -
  rollcall ingest --format '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"' other_vhosts.log`,
    )
    .action((logs, options) =>
      run(async () => {
        const readers = (await import('../commands/start-readers.ts')).startReaders(options, clock.now(), thread);
        return (await import('../commands/ingest.ts')).ingest(logs, options, terminal, clock, readers);
      }),
    );
}

export function addTally(program: Command, { clock, run, terminal, thread }: Start): void {
  withReaderOptions(program.command('tally'))
    .description('count logs where they lie, into small files that "rollcall ingest" takes in their place')
    .argument('<log...>', 'log files, archives (gzip, zstd, xz, bzip2), folders, patterns; - is standard input')
    .requiredOption('--out <folder>', 'where the tallies go, one file for each log')
    .option('--key <file>', 'a key made by "rollcall tally-key": what rests on networks is sealed with it')
    .option('--json', 'one JSON object for each log on standard output')
    .addHelpText(
      'after',
      `
Tally on as many machines as you like; copy the files and count them in any order, also twice, also beside logs:
what is counted is what counting all logs in one place would count. Name the server with --source.

Examples:
  rollcall tally --key tally.key --source mirror2 --out tallies /var/log/nginx/access.log*
  rollcall ingest --key tally.key tallies`,
    )
    .action((logs, options) =>
      run(async () => {
        const readers = (await import('../commands/start-readers.ts')).startReaders(options, clock.now(), thread);
        return (await import('../commands/tally.ts')).tally(logs, options, terminal, clock, readers);
      }),
    );
}

export function addTallyKey(program: Command, { clock, run, terminal }: Start): void {
  program
    .command('tally-key')
    .description('make the key that those share who tally and who count')
    .argument('<file>', 'where it goes; what is there already stays')
    .action((file) =>
      run(async () => (await import('../commands/tally-key.ts')).makeTallyKey(file, terminal, clock.now())),
    );
}

export function addRecount(program: Command, { clock, run, terminal }: Start): void {
  withLogOptions(program.command('recount'))
    .description('count archived logs again after a rule changed, replace what they brought, show the differences')
    .action((logs, options) =>
      run(async () => (await import('../commands/recount.ts')).recount(logs, options, terminal, clock)),
    );
}
