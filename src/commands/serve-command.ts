import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import type { Clock } from './ingest.ts';
import type { ServeOptions } from './serve.ts';
import type { Terminal } from './terminal.ts';

/** For the commands that make files with exact numbers in them. */
export const GROUP_ACCESS: [string, string] = [
  '--group-access',
  'let the group use new files with exact numbers too (0660); without it they are for their owner alone (0600)',
];

/** The options of `rollcall serve`. Loads nothing that --help does not need. */
export function addServeCommand(
  program: Command,
  wholeNumber: (text: string) => number,
  names: (text: string) => string[],
  run: (work: () => Promise<ExitCode>) => Promise<void>,
  terminal: Terminal,
  clock: Clock,
): void {
  program
    .command('serve')
    .description('be the mirrorlist service: answer dnf, count on arrival without keeping addresses, publish the site')
    .argument('<mirrors>', 'a folder with config.yml and mirrors.d, or a plain configuration file')
    .option(
      '--listen <addresses>',
      'where to listen, separated by commas, as 0.0.0.0:80,[::]:80 (default: 127.0.0.1:8080)',
      names,
    )
    .option('--state <file>', 'what rollcall check found out', 'rollcall-health.json')
    .option('--vault <file>', 'the vault to count into', 'rollcall.sqlite')
    .option('--spool <folder>', 'where check-ins are written as they arrive', 'rollcall-spool')
    .option(...GROUP_ACCESS)
    .option('--site <folder>', 'where the site is published to and served from', 'rollcall-site')
    .option('--site-url <url>', 'where the world reaches this service; feeds and previews need it')
    .option('--distribution <name>', 'as for publish')
    .option('--annotations <file.yaml>', 'as for publish')
    .option('--collect-only', 'only write check-ins to the spool; another machine counts and publishes')
    .option(
      '--trust-proxy <networks>',
      'proxies whose X-Forwarded-For is believed, separated by commas, as 10.0.0.0/8,::1',
      names,
    )
    .option('--trust-cdn <networks>', 'proxies whose CF-Connecting-IP is believed, separated by commas', names)
    .option('--geo <file.mmdb>', 'country database to use in place of the embedded one')
    .option('--city <file.mmdb>', 'city database, to choose mirrors by distance; for check too')
    .option('--asn <file.mmdb>', 'database of autonomous systems, to choose mirrors by network; for check too')
    .option('--agent <names>', 'clients that count themselves, separated by commas (default: libdnf,rpm-ostree)', names)
    .option('--workers <n>', 'processes that answer (default: one for each core, 4 at most)', wholeNumber)
    .addHelpText(
      'after',
      `
Answers /mirrorlist, /metalink, /isolist and /explain; /mirrors/ shows every mirror and why it is listed or not,
/status.json the same as data, /healthz what needs a look, /metrics numbers for Prometheus, / the published site.
Check-ins are counted every ten minutes, the site is published every day at 02:01 UTC. What changes in the mirrors
folder or the state is taken over within seconds, or on SIGHUP; what is broken is refused, and the last good one
stays. SIGTERM finishes what was asked for. No address of a client is ever written.

Examples:
  rollcall serve mirrors/
  rollcall serve mirrors/ --listen 0.0.0.0:80,[::]:80 --site-url https://mirrors.example.org
  rollcall serve mirrors/ --trust-proxy 127.0.0.1,::1`,
    )
    .action((catalogue: string, options: Omit<ServeOptions, 'catalogue'>) =>
      run(async () => (await import('./serve.ts')).serve({ ...options, catalogue }, terminal, clock)),
    );
}
