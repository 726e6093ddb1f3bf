import type { Command } from '@commander-js/extra-typings';
import { UsageError } from '../commands/exit-code.ts';
import { DEFAULT_VAULT, GROUP_ACCESS, type Start } from './options.ts';

export function addTotals(program: Command, { clock, run, terminal }: Start): void {
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
      run(async () => (await import('../commands/totals.ts')).totals(options, terminal, clock.now())),
    );
}

export function addImport(program: Command, { run, terminal }: Start): void {
  program
    .command('import')
    .description('bring published totals (totals.csv or totals.db) into a vault, for those who have no logs')
    .argument('<totals>', 'totals.csv or totals.db')
    .option('--vault <file>', 'the vault to write', DEFAULT_VAULT)
    .option(...GROUP_ACCESS)
    .option('--replace', 'where a week is there with other numbers, take the new ones')
    .action((file, options) =>
      run(async () => (await import('../commands/import.ts')).importTotals(file, options, terminal)),
    );
}

export function addReport(program: Command, { clock, run, terminal }: Start): void {
  program
    .command('report')
    .description('the last weeks at a glance: systems, versions, ages, what was rejected, how complete the weeks are')
    .option('--vault <file>', 'the vault to read', DEFAULT_VAULT)
    .action((options) =>
      run(async () => (await import('../commands/report.ts')).report(options, terminal, clock.now())),
    );
}

export function addDoctor(program: Command, { clock, run, terminal }: Start): void {
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
      run(async () => (await import('../commands/doctor.ts')).doctor(options, terminal, clock.now())),
    );
}

export function addVerify(program: Command, { run, terminal }: Start): void {
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
        const { published } = options;
        if (published !== undefined)
          return (await import('../commands/verify-published.ts')).verifyPublication(
            { ...options, published },
            terminal,
          );
        const [extra] = (['key', 'seen', 'remember'] as const).filter((name) => options[name] !== undefined);
        if (extra !== undefined)
          throw new UsageError(`--${extra} is about a publication: name it with --published PLACE`);
        return (await import('../commands/verify.ts')).verify(options, terminal);
      }),
    );
}

export function addBackup(program: Command, { run, terminal }: Start): void {
  program
    .command('backup')
    .description('copy the vault as it is at one moment, while ingest and serve go on; the copy is compared with it')
    .argument('<file>', 'where the copy goes; an older copy is replaced in one step')
    .option('--vault <file>', 'the vault to copy', DEFAULT_VAULT)
    .option(...GROUP_ACCESS)
    .action((file, options) =>
      run(async () => (await import('../commands/backup.ts')).backUp(file, options, terminal)),
    );
}

export function addCopy(program: Command, { clock, run, terminal }: Start): void {
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
    .action((options) => run(async () => (await import('../commands/copy.ts')).copy(options, terminal, clock.now())));
}
