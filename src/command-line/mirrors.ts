import type { Command } from '@commander-js/extra-typings';
import { GROUP_ACCESS, names, type Start, wholeNumber } from './options.ts';

export function addLint(program: Command, { run, terminal }: Start): void {
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
    .action((place, options) => run(async () => (await import('../commands/lint.ts')).lint(place, options, terminal)));
}

export function addCheck(program: Command, { clock, run, terminal }: Start): void {
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
    .action((mirrors, options) =>
      run(async () =>
        (await import('../commands/check-mirrors.ts')).checkMirrors({ ...options, mirrors }, terminal, clock.now()),
      ),
    );
}

export function addServe(program: Command, { clock, run, terminal }: Start): void {
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
    .action((catalogue, options) =>
      run(async () => (await import('../commands/serve.ts')).serve({ ...options, catalogue }, terminal, clock)),
    );
}
