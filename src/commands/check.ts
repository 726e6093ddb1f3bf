import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { type Disk, REAL_DISK } from '../flow/views/files/disk.ts';
import { parseAddress } from '../geo/address.ts';
import { countryOf } from '../geo/country-table.ts';
import { isPublicAddress } from '../mirrors/catalogue/public-address.ts';
import type { Catalogue, HealthState } from '../mirrors/catalogue.ts';
import type { Get } from '../mirrors/check/answer.ts';
import { mastersOf } from '../mirrors/check/master.ts';
import { loadNetworks, networksPath, refreshNetworks, saveNetworks } from '../mirrors/check/network-lists.ts';
import { ownLookUp } from '../mirrors/check/own-look-up.ts';
import { checkedMirrors } from '../mirrors/check/plan.ts';
import { MANNERS, politely } from '../mirrors/check/polite-get.ts';
import { type CheckResult, checkMirrors } from '../mirrors/check/run.ts';
import { holdState, loadState, moveAside, saveState } from '../mirrors/check/state-file.ts';
import { type Summary, summarise } from '../mirrors/check/summary.ts';
import { timeText } from '../mirrors/check/time-text.ts';
import { type Network, openWeb, TIME_LIMITS, type TimeLimits } from '../mirrors/check/web-request.ts';
import { type Atlas, locateBy } from '../mirrors/check/whereabouts.ts';
import { emergencyText } from './emergency.ts';
import type { ExitCode } from './exit-code.ts';
import type { PlaceDatabases } from './place-databases.ts';
import { formatCount, plural, printable, showSteps, type Terminal } from './terminal.ts';

export interface CheckOptions {
  state: string;
  /** Addresses or folders; `kitten=https://...` for a module. In place of the catalogue's. */
  master?: readonly string[];
  full?: boolean;
  json?: boolean;
  /** Where an admin who wonders about the requests finds whoever sends them. */
  contact?: string;
}

/** What a check needs of the world. Tests bring their own. */
export interface CheckWorld {
  disk: Disk;
  resolve: Network['resolve'];
  isAllowed: Network['isAllowed'];
  atlas: Atlas;
  limits: TimeLimits;
  random(): number;
  sleep(milliseconds: number): Promise<void>;
}

export function realWorld(random: () => number, { countries, placeOf, asnOf }: PlaceDatabases): CheckWorld {
  return {
    disk: REAL_DISK,
    resolve: ownLookUp(),
    isAllowed: isPublicAddress,
    atlas: { countryOf: (address) => countryOf(countries, parseAddress(address)), placeOf, asnOf },
    limits: TIME_LIMITS,
    random,
    sleep: (milliseconds) => sleep(milliseconds),
  };
}

/** `rollcall check`: one run. A timer that starts it every quarter of an hour is all the operation it needs. */
export async function check(
  catalogue: Catalogue,
  options: CheckOptions,
  terminal: Terminal,
  now: EpochSeconds,
  world: CheckWorld,
): Promise<ExitCode> {
  const lock = world.disk.lock(resolve(`${options.state}.running`));
  if (lock === undefined) {
    terminal.err.write(`rollcall: another check is writing ${options.state}; this one leaves it to that\n`);
    return 1;
  }
  try {
    const { before, warnings } = stateBefore(world.disk, options.state, now);
    const { result, requests } = await run(catalogue, before, options, terminal, now, world);
    const state = await holdState(world, options.state, () =>
      saveKeepingEmergency(world.disk, options.state, before, result.state),
    );
    const summary = summarise(before, state, catalogue.allowedOutdate);
    const all = [...warnings, ...result.warnings];
    if (options.json === true) terminal.out.write(`${JSON.stringify({ ...summary, requests, warnings: all })}\n`);
    else terminal.out.write(describe(summary, result, requests, state, all, options.state));
    return warnings.length > 0 || result.isPartial ? 1 : 0;
  } finally {
    lock.release();
  }
}

/** A state that cannot be read must not stop the checks, nor be lost for whoever wants to know why. */
function stateBefore(
  disk: Disk,
  path: string,
  now: EpochSeconds,
): { before: HealthState | undefined; warnings: string[] } {
  const loaded = loadState(disk, path);
  if (loaded.kind === 'none') return { before: undefined, warnings: [] };
  if (loaded.kind === 'loaded') return { before: loaded.state, warnings: [] };
  const aside = moveAside(disk, path, timeText(now));
  return { before: undefined, warnings: [`${loaded.why}: it is kept as ${aside}, and the check starts anew`] };
}

async function run(
  catalogue: Catalogue,
  before: HealthState | undefined,
  options: CheckOptions,
  terminal: Terminal,
  now: EpochSeconds,
  world: CheckWorld,
): Promise<{ result: CheckResult; requests: number }> {
  const contact = options.contact === undefined ? '' : `; ${options.contact}`;
  const agent = `rollcall-check (mirror health${contact})`;
  const { resolve, limits } = world;
  const anywhere = () => true;
  const isAllowed = catalogue.internalAddresses === true ? anywhere : world.isAllowed;
  const web = openWeb({ resolve, isAllowed }, limits, agent);
  // The master is the operator's own, and may well be in a private network.
  const own = openWeb({ resolve, isAllowed: anywhere }, limits, agent);
  const milliseconds = () => performance.now();
  const get = politely(web.get, MANNERS, milliseconds);
  const ownGet = politely(own.get, MANNERS, milliseconds);
  const progress = await showSteps(terminal.err, 'Checking', 'mirrors', checkedMirrors(catalogue.mirrors).length);
  try {
    const networks = await keepNetworks(catalogue, options.state, get, now, world.disk);
    const result = await checkMirrors(
      catalogue,
      before,
      {
        now,
        get,
        masters: mastersOf(catalogue, options.master ?? [], ownGet),
        locate: locateBy(world, world.atlas),
        random: world.random,
        sleep: world.sleep,
        onProgress: (done) => progress.update(done),
      },
      options.full === true,
    );
    const warnings = [...networks, ...result.warnings];
    return { result: { ...result, warnings }, requests: get.requests() + ownGet.requests() };
  } finally {
    progress.stop();
    web.close();
    own.close();
  }
}

/** Once a day the networks of cloud providers are loaded, for the mirrors that stand in them. */
async function keepNetworks(
  { mirrors }: Catalogue,
  state: string,
  get: Get,
  now: EpochSeconds,
  disk: Disk,
): Promise<string[]> {
  const path = networksPath(state);
  const before = loadNetworks(disk, path);
  const { loaded, warnings } = await refreshNetworks(mirrors, before, get, now);
  if (JSON.stringify(loaded) !== JSON.stringify(before)) saveNetworks(disk, path, loaded);
  return warnings;
}

/** An emergency that was declared or ended while the check ran stands in the file by now. */
function saveKeepingEmergency(
  disk: Disk,
  path: string,
  before: HealthState | undefined,
  after: HealthState,
): HealthState {
  const loaded = loadState(disk, path);
  const found = loaded.kind === 'loaded' ? loaded.state.emergency : before?.emergency;
  const hasChanged = JSON.stringify(found) !== JSON.stringify(before?.emergency);
  const state = hasChanged ? { ...after, emergency: found } : after;
  saveState(disk, path, state);
  return state;
}

const MOST_CHANGES = 20;
const LONGEST_TEXT = 200;

function describe(
  { mirrors, behind, verdicts, changes }: Summary,
  { full }: CheckResult,
  requests: number,
  { emergency }: HealthState,
  warnings: readonly string[],
  path: string,
): string {
  const unusual = Object.entries(verdicts).filter(([, count]) => count > 0);
  const lines = [
    `Checked ${plural(mirrors.all, 'mirror')} with ${plural(requests, 'request')}, ${formatCount(full)} of them in full.`,
    `  given out: ${formatCount(mirrors.whole)} for all repositories, ${formatCount(mirrors.partly)} for some, ${formatCount(mirrors.not)} for none`,
    `  repositories: ${unusual.map(([verdict, count]) => `${verdict} ${formatCount(count)}`).join(', ') || 'none'}`,
    ...(behind === 0 ? [] : [`  TIME too far behind the master's: ${plural(behind, 'mirror')}`]),
    ...changes.slice(0, MOST_CHANGES).map(changeText),
    ...(changes.length > MOST_CHANGES ? [`  and ${plural(changes.length - MOST_CHANGES, 'change')} more`] : []),
    ...(emergency === undefined ? [] : [emergencyText(emergency)]),
    ...warnings.map((warning) => `WARNING: ${printable(warning, LONGEST_TEXT * 4)}`),
    `The state is ${path}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function changeText({ mirror, dropped, returned, reason }: Summary['changes'][number]): string {
  const parts = [
    ...(dropped === 0 ? [] : [`dropped for ${plural(dropped, 'repository', 'repositories')}: ${reason}`]),
    ...(returned === 0 ? [] : [`back for ${plural(returned, 'repository', 'repositories')}`]),
  ];
  return `  ${printable(mirror, 80)}: ${printable(parts.join('; '), LONGEST_TEXT * 2)}`;
}
