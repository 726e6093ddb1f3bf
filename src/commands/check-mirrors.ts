import { randomInt } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { REAL_DISK } from '../flow/views/files/disk.ts';
import { describeFinding } from '../mirrors/catalogue/finding.ts';
import { loadCatalogue } from '../mirrors/catalogue/load.ts';
import type { Catalogue } from '../mirrors/catalogue.ts';
import { loadNetworks, networksOf, networksPath } from '../mirrors/check/network-lists.ts';
import { type CheckOptions, check, realWorld } from './check.ts';
import { declareEmergency, endEmergency } from './emergency.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { filesAt } from './mirrors-place.ts';
import { type PlaceOptions, readDatabases } from './place-databases.ts';
import type { Terminal } from './terminal.ts';

export interface CheckMirrorsOptions extends CheckOptions, PlaceOptions {
  mirrors: string;
  /** Why, in a sentence. */
  emergency?: string;
  for?: string;
  repo?: readonly string[];
  endEmergency?: boolean;
}

/** `rollcall check`, and the lever for a security release: `--emergency`. */
export async function checkMirrors(
  options: CheckMirrorsOptions,
  terminal: Terminal,
  now: EpochSeconds,
): Promise<ExitCode> {
  const world = realWorld(() => randomInt(2 ** 32) / 2 ** 32, await readDatabases(options));
  requireFolder(options.state);
  if (options.endEmergency === true) return await endEmergency(options.state, terminal, world);
  const catalogue = readCatalogue(options, terminal);
  if (catalogue.endpointTags !== undefined) {
    terminal.out.write('There are no mirrors in it, so there is nothing to check, and no timer is needed.\n');
    return 0;
  }
  if (options.emergency === undefined) return await check(catalogue, options, terminal, now, world);
  if (options.for === undefined) throw new UsageError('--emergency needs --for: how long, such as 12h');
  const { state, emergency: why, for: duration, repo: repositories = [] } = options;
  return await declareEmergency(catalogue, { state, why, duration, repositories }, terminal, now, world);
}

function requireFolder(state: string): void {
  const folder = dirname(resolve(state));
  if (REAL_DISK.kindOf(folder) === 'nothing')
    throw new UsageError(`--state ${state}: there is no folder ${dirname(state)}; make it, or name another file`);
}

/** What is left out is said; without a catalogue there is nothing to check. */
function readCatalogue({ mirrors, state }: CheckMirrorsOptions, terminal: Terminal): Catalogue {
  const networks = loadNetworks(REAL_DISK, networksPath(state));
  const { catalogue, errors } = loadCatalogue({ files: filesAt(mirrors), networksOf: networksOf(networks) });
  for (const finding of errors) terminal.err.write(`${describeFinding(finding)}\n`);
  if (catalogue === undefined)
    throw new UsageError(`${mirrors} cannot be used; see above, or "rollcall lint ${mirrors}"`);
  return catalogue;
}
