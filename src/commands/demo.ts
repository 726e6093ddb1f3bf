import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Truth } from '../fleet/simulate.ts';
import { mondayOf } from '../flow/sightings/week.ts';
import { Vault } from '../flow/vault/vault.ts';
import { takeCensus } from '../flow/views/census.ts';
import { rulesForVault } from './distribution.ts';
import type { ExitCode } from './exit-code.ts';
import { type Clock, ingest } from './ingest.ts';
import { report } from './report.ts';
import { simulateFleet } from './simulate.ts';
import { formatCount, type Terminal } from './terminal.ts';

const SYSTEMS = 20_000;
const WEEKS = 30;
const SEED = 8;

/** `rollcall demo`: the whole way, from a made-up fleet to the report, beside the truth that only the fleet knows. */
export async function demo(terminal: Terminal, clock: Clock): Promise<ExitCode> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-demo-'));
  const logs = join(folder, 'logs');
  const vault = join(folder, 'rollcall.sqlite');
  const say = (text: string) => terminal.out.write(text);

  say(`1. A made-up fleet of about ${formatCount(SYSTEMS)} systems asks two mirrorlist servers for ${WEEKS} weeks.\n`);
  const options = { out: logs, systems: SYSTEMS, weeks: WEEKS, seed: SEED, gzip: true };
  const truth = await simulateFleet(options, terminal, clock.now());

  say('\n2. rollcall ingest reads the logs, which are gzip archives like those of a real server.\n');
  const code = await ingest([`${logs}/mirror*`], { vault }, terminal, clock);

  say('\n3. rollcall report shows what they say.\n\n');
  report({ vault }, terminal, clock.now());

  say('\n4. Only a made-up fleet knows the truth:\n\n');
  say(compareWithTruth(vault, truth));
  say(`\nEverything is in ${folder}. Try: npm run -s rollcall -- report --vault ${vault}\n`);
  return code;
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
      '\n  The estimate is lower by nature: a system spends one to four requests a week before it says "count\n',
      '  me", so one that asks once is counted in 40 of 100 weeks, twice 67, three times 80, four times all.\n',
      '  Containers and test machines live that briefly. Rollcall never scales a count up.\n',
    ].join('');
  } finally {
    vault.close();
  }
}
