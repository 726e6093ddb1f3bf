import type { Command } from '@commander-js/extra-typings';
import { DEFAULT_VAULT, type Start } from './options.ts';

export function addPublish(program: Command, { clock, run, terminal }: Start): void {
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
      run(async () => (await import('../commands/publish.ts')).publish(options, terminal, clock.now())),
    );
}

export function addAudit(program: Command, { run, terminal }: Start): void {
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
    .action((published, options) =>
      run(async () => {
        const vault = options.vault ?? (published.length === 0 ? DEFAULT_VAULT : undefined);
        return (await import('../commands/audit.ts')).audit(published, { ...options, vault }, terminal);
      }),
    );
}
