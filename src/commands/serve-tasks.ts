import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mainModule } from '../built-files.ts';
import { isClusterAddress } from '../flow/vault/cluster/address.ts';
import { isDue } from '../flow/views/publication/from-vault.ts';
import type { Tasks } from '../mirrors/serve/tasks.ts';
import { foldSpool } from './fold-spool.ts';
import type { Clock } from './ingest.ts';
import { withVault } from './open-vault.ts';
import type { ServeOptions } from './serve.ts';
import { plural, type Terminal } from './terminal.ts';

/** What the service does beside answering, so that the site is right every Tuesday without anybody touching it. */
export function serveTasks(options: ServeOptions, terminal: Terminal, clock: Clock): Tasks {
  return {
    fold: () => fold(options, terminal, clock),
    publish: async () => {
      if (await hasDueWeek(options.vault, terminal, clock)) await publishAsProcess(options);
    },
  };
}

async function fold(
  { vault, spool, agent, groupAccess = false }: ServeOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  if (!existsSync(spool)) return;
  const reports = await foldSpool(
    spool,
    { vault, groupAccess, ...(agent === undefined ? {} : { agent }) },
    terminal,
    clock,
  );
  const refused = reports.filter(({ status }) => status === 'refused' || status === 'damaged');
  const [first] = refused;
  if (first !== undefined) throw new Error(`${plural(refused.length, 'segment')} of ${spool}: ${first.reason}`);
}

/** Before that, publishing would only say that there is nothing to publish. */
async function hasDueWeek(place: string, terminal: Terminal, clock: Clock): Promise<boolean> {
  if (!isClusterAddress(place) && !existsSync(place)) return false;
  return await withVault(place, terminal, (vault) => vault.weeks().some(({ week }) => isDue(week, clock.now())));
}

const LONGEST_ERROR = 2_000;
const PUBLISH_MILLISECONDS = 30 * 60_000;

/** In a process of its own: it takes seconds of a core and much memory, and gives both back. */
function publishAsProcess({ vault, site, siteUrl, distribution, annotations }: ServeOptions): Promise<void> {
  const given = { '--site-url': siteUrl, '--distribution': distribution, '--annotations': annotations };
  const extra = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const args = [...process.execArgv, fileURLToPath(mainModule()), 'publish', '--vault', vault, '--out', site, ...extra];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PUBLISH_MILLISECONDS });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-LONGEST_ERROR);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(reasonIn(said)))));
  });
}

/** A held week is not an error, but somebody must look at it. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n');
  return lines.find((line) => line.startsWith('HELD')) ?? lines.at(-1) ?? 'it said nothing';
}
