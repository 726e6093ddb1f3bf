import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Truth } from '../fleet/simulate.ts';
import {
  type EpochSeconds,
  mondayOf,
  SECONDS_PER_WEEK,
  sundayOf,
  type Week,
  weekOf,
  weekStart,
} from '../flow/sightings/week.ts';
import { Vault } from '../flow/vault/vault.ts';
import { takeCensus } from '../flow/views/census.ts';
import { PUBLISHED_AFTER_SECONDS } from '../flow/views/publication/assemble.ts';
import { rulesForVault } from './distribution.ts';
import type { ExitCode } from './exit-code.ts';
import { importTotals } from './import.ts';
import { type Clock, ingest } from './ingest.ts';
import { publish } from './publish.ts';
import { report } from './report.ts';
import { startFolder } from './scratch.ts';
import { serveFolder } from './serve-folder.ts';
import { simulateFleet } from './simulate.ts';
import { formatCount, type Terminal } from './terminal.ts';

const SYSTEMS = 20_000;
const WEEKS = 30;
const SEED = 8;

export interface DemoOptions {
  /** Published totals in place of a made-up fleet. */
  fedora?: string;
  /** False: ends when the site is written. */
  serve: boolean;
}

/** `rollcall demo`: the whole way, from logs to the site. */
export async function demo(options: DemoOptions, terminal: Terminal, clock: Clock): Promise<ExitCode> {
  const { folder, finished } = startFolder('demo');
  const site = join(folder, 'site');
  const code =
    options.fedora === undefined
      ? await fromFleet(folder, site, terminal, clock)
      : await fromTotals(options.fedora, folder, site, terminal, clock);
  finished();
  terminal.out.write(`\nEverything is in ${folder}.\n`);
  if (options.serve) await serve(site, terminal);
  return code;
}

/** A made-up fleet, its logs counted, the report beside the truth that only the fleet knows, and the site. */
async function fromFleet(folder: string, site: string, terminal: Terminal, clock: Clock): Promise<ExitCode> {
  const logs = join(folder, 'logs');
  const vault = join(folder, 'rollcall.sqlite');
  const say = (text: string) => terminal.out.write(text);

  say(`1. A made-up fleet of about ${formatCount(SYSTEMS)} systems asks two mirrorlist servers for ${WEEKS} weeks.\n`);
  const size = { out: logs, systems: SYSTEMS, weeks: WEEKS, seed: SEED, gzip: true };
  // A fleet's last week is over for a week; here it may be the newest that is published, so that the site is not late.
  const isPublished = clock.now() - weekStart(weekOf(clock.now())) >= PUBLISHED_AFTER_SECONDS;
  const later = (clock.now() + (isPublished ? SECONDS_PER_WEEK : 0)) as EpochSeconds;
  const truth = await simulateFleet(size, terminal, later);

  say('\n2. rollcall ingest reads the logs, which are gzip archives like those of a real server.\n');
  const code = await ingest([`${logs}/mirror*`], { vault }, terminal, clock);

  say('\n3. rollcall report shows what they say.\n\n');
  report({ vault }, terminal, clock.now());

  say('\n4. Only a made-up fleet knows the truth:\n\n');
  say(compareWithTruth(vault, truth));

  say('\n5. rollcall publish protects small groups and writes data files, charts and a website.\n\n');
  const asOf = dayAfter(truth.weeks.at(-1)!.week);
  const published = await publish({ vault, out: site, asOf }, terminal, clock.now());
  say(`\nTry: npm run -s rollcall -- report --vault ${vault}\n`);
  return code === 0 ? published : code;
}

/** Totals that a distribution has published itself, as they are. */
async function fromTotals(
  totals: string,
  folder: string,
  site: string,
  terminal: Terminal,
  clock: Clock,
): Promise<ExitCode> {
  const vault = join(folder, 'rollcall.sqlite');
  const say = (text: string) => terminal.out.write(text);
  say('1. rollcall import brings published totals into a vault.\n');
  const code = await importTotals(totals, { vault }, terminal);
  if (code !== 0) return code;
  say('\n2. rollcall publish writes data files, charts and a website.\n\n');
  const asOf = dayAfter(newestWeek(vault));
  return await publish({ vault, out: site, distribution: 'fedora', asPublished: true, asOf }, terminal, clock.now());
}

/** The Tuesday after a week: the first day on which it is published. */
function dayAfter(week: Week): string {
  const tuesday = new Date(`${sundayOf(week)}T00:00:00Z`);
  tuesday.setUTCDate(tuesday.getUTCDate() + 2);
  return tuesday.toISOString().slice(0, 10);
}

function newestWeek(path: string): Week {
  const vault = Vault.open(path, 'read', randomBytes);
  try {
    return vault.weeks().at(-1)!.week;
  } finally {
    vault.close();
  }
}

async function serve(site: string, terminal: Terminal): Promise<void> {
  const served = await serveFolder(site);
  terminal.out.write(`\nThe site: ${served.address}  (Ctrl-C ends it)\n`);
  process.once('SIGINT', () => served.close());
  process.once('SIGTERM', () => served.close());
  await served.closed;
}

const WEEKS_COMPARED = 6;

function compareWithTruth(path: string, truth: Truth): string {
  const vault = Vault.open(path, 'read', randomBytes);
  try {
    const rules = rulesForVault(vault);
    const rows = truth.weeks.slice(-WEEKS_COMPARED).map(({ week, activeSystems }) => {
      const { systems } = takeCensus(week, vault.cells(week), rules);
      const share = ((systems / activeSystems.all) * 100).toFixed(1);
      return `  ${mondayOf(week)}  ${formatCount(activeSystems.all).padStart(10)}  ${formatCount(systems).padStart(10)}  ${share.padStart(6)} %\n`;
    });
    return [
      '  week          systems    estimate   counted\n',
      ...rows,
      '\n  The estimate is lower by nature: a system says "count me" with its first to fourth request, by chance,\n',
      '  so one that asks once a week is counted in 40 of 100 weeks, twice 67, three times 80, four times all.\n',
      '  Containers and test machines live that briefly. Rollcall never scales a count up.\n',
    ].join('');
  } finally {
    vault.close();
  }
}
