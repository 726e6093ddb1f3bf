// Nothing but the command line is loaded here: --help must not wait for the database.

import type { Worker } from 'node:worker_threads';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type ExitCode, UsageError } from './commands/exit-code.ts';
import type { Clock } from './commands/ingest.ts';
import { addServeCommand, GROUP_ACCESS } from './commands/serve-command.ts';
import type { EpochSeconds } from './flow/sightings/week.ts';
import { VERSION } from './flow/views/files/made-with.ts';

const DEFAULT_VAULT = 'rollcall.sqlite';

const terminal = { out: process.stdout, err: process.stderr };
const clock: Clock = { now: () => Math.floor(Date.now() / 1000) as EpochSeconds };

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 is expected');
  return Number(text);
}

function names(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}

const LONGEST_PATH = 255;

/** Q5: one more path that counts, as it will stand in the log. */
function countingPath(text: string, before: readonly string[] = []): string[] {
  const expected = (what: string) => new InvalidArgumentError(`${what}: expected a path such as /count`);
  if (/^https?:/.test(text)) throw expected('the name of the server is no part of it');
  if (!text.startsWith('/')) throw expected('it does not begin with a slash');
  if (/[?&#]/.test(text)) throw expected('what follows the path is no part of it');
  if (!/^[!-~]+$/.test(text) || /["\\]/.test(text)) throw expected('a log would not show it as it is written here');
  if (text.length > LONGEST_PATH) throw expected(`it has more than ${LONGEST_PATH} characters`);
  return [...before, text];
}

async function run(work: () => Promise<ExitCode> | ExitCode): Promise<void> {
  process.exitCode = await work();
}

function withLogOptions(command: Command): Command {
  return withReaderOptions(
    command
      .argument('<log...>', 'log files, archives (gzip, zstd, xz, bzip2), folders, patterns; - is standard input')
      .option('--vault <file>', 'the vault to write', DEFAULT_VAULT),
  );
}

function withReaderOptions(command: Command): Command {
  return command
    .option(...GROUP_ACCESS)
    .option('--source <label>', "the server the logs come from (default: each log's path without dates and numbers)")
    .option(
      '--format <format>',
      "a format's name (recognised if not given), or your server's LogFormat or log_format string",
    )
    .option('--geo <file.mmdb>', 'country database to use in place of the embedded one')
    .option('--agent <names>', 'clients that count themselves, separated by commas (default: libdnf,rpm-ostree)', names)
    .option(
      '--path <path>',
      'a path of your own that counts beside /mirrorlist and /metalink (may be given again)',
      countingPath,
    )
    .option('--workers <n>', 'threads that read logs (default: one for each core, 4 at most)', wholeNumber);
}

function buildProgram(thread: Worker | undefined): Command {
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
    .action((logs: string[], options) =>
      run(async () => {
        const readers = (await import('./commands/start-readers.ts')).startReaders(options, clock.now(), thread);
        return (await import('./commands/ingest.ts')).ingest(logs, options, terminal, clock, readers);
      }),
    );

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
    .action((logs: string[], options) =>
      run(async () => {
        const readers = (await import('./commands/start-readers.ts')).startReaders(options, clock.now(), thread);
        return (await import('./commands/tally.ts')).tally(logs, options, terminal, clock, readers);
      }),
    );

  program
    .command('tally-key')
    .description('make the key that those share who tally and who count')
    .argument('<file>', 'where it goes; what is there already stays')
    .action((file: string) =>
      run(async () => (await import('./commands/tally-key.ts')).makeTallyKey(file, terminal, clock.now())),
    );

  program
    .command('totals')
    .description('write exact totals in the schema Fedora publishes: your private numbers, not for publication')
    .option('--vault <file>', 'the vault to read', DEFAULT_VAULT)
    .option('--week <monday...>', 'only these weeks')
    .option('--all-weeks', 'also weeks that are not complete')
    .option('--csv <file>', 'write totals.csv; - is standard output')
    .option('--sqlite <file>', 'write totals.db')
    .option(...GROUP_ACCESS)
    .action((options) =>
      run(async () => (await import('./commands/totals.ts')).totals(options, terminal, clock.now())),
    );

  program
    .command('import')
    .description('bring published totals (totals.csv or totals.db) into a vault, for those who have no logs')
    .argument('<totals>', 'totals.csv or totals.db')
    .option('--vault <file>', 'the vault to write', DEFAULT_VAULT)
    .option(...GROUP_ACCESS)
    .option('--replace', 'where a week is there with other numbers, take the new ones')
    .action((file: string, options) =>
      run(async () => (await import('./commands/import.ts')).importTotals(file, options, terminal)),
    );

  program
    .command('report')
    .description('the last weeks at a glance: systems, versions, ages, what was rejected, how complete the weeks are')
    .option('--vault <file>', 'the vault to read', DEFAULT_VAULT)
    .action((options) =>
      run(async () => (await import('./commands/report.ts')).report(options, terminal, clock.now())),
    );

  program
    .command('doctor')
    .description('what is counted and stands for nothing, what is missing, and what to write or to do about it')
    .option('--vault <file>', 'the vault to look at', DEFAULT_VAULT)
    .option(
      '--distribution <name>',
      'one that ships with Rollcall, or a YAML file (default: what the vault holds most of)',
    )
    .option('--sources', 'show too which log became which source')
    .option('--json', 'findings and logs as JSON')
    .addHelpText('after', '\nIt changes nothing. Exit code: 0 all is well; 1 there are findings; 2 usage or the vault.')
    .action((options) =>
      run(async () => (await import('./commands/doctor.ts')).doctor(options, terminal, clock.now())),
    );

  withLogOptions(program.command('recount'))
    .description('count archived logs again after a rule changed, replace what they brought, show the differences')
    .action((logs: string[], options) =>
      run(async () => (await import('./commands/recount.ts')).recount(logs, options, terminal, clock)),
    );

  program
    .command('verify')
    .description('check a vault: structure, checksums, conservation sums, ledger against cube')
    .option('--vault <file>', 'the vault to check', DEFAULT_VAULT)
    .option('--published <place>', 'check a publication instead: its folder, or its address')
    .option('--private-addresses', 'ask it also if its name leads to a private network')
    .option('--key <file.pem>', 'the public key that must have signed it (default: the one beside it, if it is signed)')
    .option('--seen <publication>', 'what you saw before, by number or SHA-256 of its manifest: nothing older will do')
    .option('--remember <file>', 'what was seen last time, as by --seen; kept there for the next time')
    .addHelpText(
      'after',
      `
A publication is compared with its manifest, its manifest with all before it, and each published number with the
tables in data/. The data page, the feed and latest.json show the SHA-256 of the manifest.

Examples:
  rollcall verify --published https://count.example.org/ --seen 41
  rollcall verify --published /srv/count --key count.pem --remember /var/lib/rollcall/count.seen`,
    )
    .action((options) =>
      run(async () => {
        if (options.published !== undefined)
          return (await import('./commands/verify-published.ts')).verifyPublication(options, terminal);
        const [extra] = ['key', 'seen', 'remember'].filter((name) => options[name] !== undefined);
        if (extra !== undefined)
          throw new UsageError(`--${extra} is about a publication: name it with --published PLACE`);
        return (await import('./commands/verify.ts')).verify(options, terminal);
      }),
    );

  program
    .command('backup')
    .description('copy the vault as it is at one moment, while ingest and serve go on; the copy is compared with it')
    .argument('<file>', 'where the copy goes; an older copy is replaced in one step')
    .option('--vault <file>', 'the vault to copy', DEFAULT_VAULT)
    .option(...GROUP_ACCESS)
    .action((file: string, options) =>
      run(async () => (await import('./commands/backup.ts')).backUp(file, options, terminal)),
    );

  program
    .command('copy')
    .description('bring a vault from SQLite into ClickHouse, or back; the copy is read again and compared with it')
    .requiredOption('--vault <from>', 'the vault to copy: a file, or clickhouse://user@host:8123/database')
    .requiredOption('--to <to>', 'where it goes: a new file or an older copy, or an empty database of ClickHouse')
    .option(...GROUP_ACCESS)
    .addHelpText(
      'after',
      `
Examples:
  rollcall copy --vault rollcall.sqlite --to 'clickhouse://counter@db1:8123,db2:8123/rollcall?cluster=counting'
  rollcall copy --vault clickhouse://counter@db1:8123/rollcall --to rollcall.sqlite`,
    )
    .action((options) => run(async () => (await import('./commands/copy.ts')).copy(options, terminal, clock.now())));

  program
    .command('publish')
    .description('write what the world sees: data files, charts, badges and a website, with small groups protected')
    .requiredOption(
      '--out <folder>',
      'where a web server reads: a link to the newest publication, replaced in one step',
    )
    .option('--vault <file>', 'the vault to publish', DEFAULT_VAULT)
    .option(
      '--distribution <name>',
      'one that ships with Rollcall, or a YAML file (default: what the vault holds most of)',
    )
    .option('--annotations <file.yaml>', 'what happened when: releases, outages, weeks to exclude')
    .option('--confirm <monday...>', 'publish these weeks although they were held as implausible')
    .option('--site-url <url>', 'where the site will live; feeds and previews need it')
    .option('--sign <key.pem>', 'sign the manifest with this Ed25519 key')
    .option('--as-published', 'pass imported totals on with their small cells, as their source published them')
    .option('--as-of <day>', 'publish as if it were that day (default: today)')
    .addHelpText(
      'after',
      `
Every week is published 26 hours after its end. Run it once a day, after ingest: what has not changed stays
as it is, to the byte; late logs make a new revision and a line in the public corrections log. A week that
looks implausible is held until you confirm it (exit code 1).

Examples:
  rollcall publish --out /srv/count
  rollcall publish --out /srv/count --distribution mine.yaml --annotations events.yaml
  rollcall publish --out /srv/count --confirm 2026-11-09`,
    )
    .action((options) =>
      run(async () => (await import('./commands/publish.ts')).publish(options, terminal, clock.now())),
    );

  program
    .command('audit')
    .description('what an outsider could work out of small groups from everything that was published')
    .argument(
      '[published...]',
      'folders and addresses of publications: revisions and copies are held against each other',
    )
    .option('--vault <file>', 'all revisions that this vault has published: their rows, and nothing else of it')
    .option('--distribution <name>', "which of the vault's publications (default: what it holds most of)")
    .option('--groups <file.csv>', 'all groups that there are, by the columns of systems.csv: for one who knows them')
    .option('--private-addresses', 'ask addresses also if their names lead to a private network')
    .option('--json', 'findings week by week, as JSON')
    .addHelpText(
      'after',
      `
It reads what anybody can read. A folder shows the newest revision of each week; older ones are in the vault, and
some in OUT.publications. Exit code 1 if a group that may be small can be shown to exist, or is known to within k / 2.
With --groups it takes those listed for all there are, and those with "yes" in a column "enough" for no small ones.
Without a publication it reads what rollcall.sqlite has published.

Examples:
  rollcall audit /srv/count
  rollcall audit /srv/count.publications/* --groups groups.csv
  rollcall audit --vault rollcall.sqlite`,
    )
    .action((published: string[], options) =>
      run(async () => {
        const vault = options.vault ?? (published.length === 0 ? DEFAULT_VAULT : undefined);
        return (await import('./commands/audit.ts')).audit(published, { ...options, vault }, terminal);
      }),
    );

  program
    .command('bias')
    .description('measure how far four ways of counting are from the truth, on made-up fleets that know it')
    .option('--systems <n>', 'systems in each fleet, 100 at least', wholeNumber, 4000)
    .option('--weeks <n>', 'weeks to measure', wholeNumber, 8)
    .option('--seed <n>', 'the same seed gives the same numbers', wholeNumber, 1)
    .option('--json', 'the numbers as JSON')
    .action((options) => run(async () => (await import('./commands/bias.ts')).bias(options, terminal)));

  program
    .command('lint')
    .description('check a mirrors folder as a pull request would: every finding with file, line and what to do')
    .argument('[mirrors]', 'a folder with config.yml and mirrors.d/, or a plain configuration file', '.')
    .option('--only <file...>', 'tell only what is found in these files: those that a pull request changes')
    .option('--strict', 'warnings fail as well')
    .option('--json', 'findings as JSON')
    .addHelpText(
      'after',
      `
An error means that something is left out: an entry, a mirror, or all of it. A warning means that it is
served as it is, but looks wrong. Exit code: 0 no errors; 1 errors (or warnings with --strict); 2 no such folder.

Examples:
  rollcall lint .
  rollcall lint . --strict --only mirrors.d/new.example.org.yml`,
    )
    .action((place: string, options) =>
      run(async () => (await import('./commands/lint.ts')).lint(place, options, terminal)),
    );

  program
    .command('check')
    .description('check mirrors: what each one has of every repository, against what the master has published')
    .argument('[mirrors]', 'a folder with config.yml and mirrors.d/, or a plain configuration file', '.')
    .option('--state <file>', 'what was found out, for "rollcall serve"', 'rollcall-health.json')
    .option('--master <place...>', "the distribution's own server or a folder; kitten=PLACE for a module")
    .option('--full', 'ask every mirror for everything')
    .option('--geo <file.mmdb>', 'country database: where mirrors stand whose files do not say')
    .option('--city <file.mmdb>', 'city database: where in its country a mirror stands')
    .option('--asn <file.mmdb>', 'database of autonomous systems: in which network a mirror stands')
    .option('--contact <text>', 'where an admin who wonders about the requests finds you')
    .option('--json', 'the summary as JSON')
    .option('--emergency <why>', 'give out only mirrors with the newest metadata, for a while')
    .option('--for <duration>', 'how long the emergency lasts, such as 12h (7d at most)')
    .option('--repo <name...>', 'the repositories of the emergency (default: all)')
    .option('--end-emergency', 'end it now')
    .addHelpText(
      'after',
      `
One run: start it from a timer every 15 minutes. Where nothing has changed a mirror is asked for a few small
files; once in six hours for everything. An emergency ends by itself. --city and --asn are worth something
if "rollcall serve" has them too: clients and mirrors are then compared by place and by network.
Exit code: 0 done; 1 the master did not answer for everything, or an old state had to stand in; 2 usage.

Examples:
  rollcall check mirrors/ --state /var/lib/rollcall/rollcall-health.json
  rollcall check mirrors/ --emergency 'kernel fix' --for 12h --repo baseos`,
    )
    .action((mirrors: string, options) =>
      run(async () =>
        (await import('./commands/check-mirrors.ts')).checkMirrors({ ...options, mirrors }, terminal, clock.now()),
      ),
    );

  addServeCommand(program, wholeNumber, names, run, terminal, clock);

  program
    .command('simulate')
    .description('write access logs of a made-up fleet, or with exactly the check-ins of given totals')
    .requiredOption('--out <folder>', 'a new or empty folder')
    .option('--systems <n>', 'systems in the fleet', wholeNumber, 20_000)
    .option('--weeks <n>', 'weeks to simulate', wholeNumber, 30)
    .option('--seed <n>', 'the same seed gives the same logs', wholeNumber, 1)
    .option('--replay <totals>', 'write exactly the check-ins of this totals.csv or totals.db')
    .action((options) =>
      run(async () => (await import('./commands/simulate.ts')).simulateLogs(options, terminal, clock.now())),
    );

  program
    .command('demo')
    .description('the whole way in one minute: a made-up fleet, its logs counted, the report, the truth, the site')
    .option('--fedora <totals>', 'the site of published totals (totals.csv or totals.db) instead, as they are')
    .option('--no-serve', 'do not show the site, only write it')
    .action((options) => run(async () => (await import('./commands/demo.ts')).demo(options, terminal, clock)));

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
    await buildProgram(thread).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 2;
  }
}
