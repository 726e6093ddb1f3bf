import type { EpochSeconds } from '../flow/sightings/week.ts';
import type { Catalogue, HealthState } from '../mirrors/catalogue.ts';
import { currentMirrors, declare, type Emergency, LONGEST_EMERGENCY_SECONDS } from '../mirrors/check/emergency.ts';
import { holdState, loadState, saveState } from '../mirrors/check/state-file.ts';
import { durationOf } from '../mirrors/check/time-text.ts';
import type { CheckWorld } from './check.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { formatCount, plural, printable, type Terminal } from './terminal.ts';

const LONGEST_REASON = 200;

export function emergencyText({ repositories, until, why }: Emergency): string {
  const what = repositories === 'all' ? 'all repositories' : repositories.join(', ');
  return `EMERGENCY until ${until}: of ${what}, only the newest metadata is given out (${whyText({ why })})`;
}

function whyText({ why }: Pick<Emergency, 'why'>): string {
  return printable(why, LONGEST_REASON);
}

export interface EmergencyOptions {
  state: string;
  why: string;
  /** `12h` */
  duration: string;
  repositories: readonly string[];
}

/** `rollcall check --emergency`: the lever for a security release. In force with the next reload of the server. */
export async function declareEmergency(
  catalogue: Catalogue,
  { state: path, why, duration, repositories }: EmergencyOptions,
  terminal: Terminal,
  now: EpochSeconds,
  world: Pick<CheckWorld, 'disk' | 'sleep'>,
): Promise<ExitCode> {
  const seconds = durationOf(duration);
  if (seconds === undefined || seconds > LONGEST_EMERGENCY_SECONDS)
    throw new UsageError(`--for ${duration}: expected how long, such as 90m, 12h or 3d, and 7d at most`);
  if (why.trim() === '') throw new UsageError('--emergency: expected why, as a sentence for those who come after you');
  const known = new Set(catalogue.repositories.map(({ name }) => name));
  const unknown = repositories.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new UsageError(`--repo ${unknown}: there is no such repository; there are ${[...known].join(', ')}`);
  const scope: Emergency['repositories'] = repositories.length === 0 ? 'all' : repositories;
  const state = await changeState(world, path, (before) =>
    declare(before, { why: why.trim(), seconds, repositories: scope }, now),
  );
  terminal.out.write(`${emergencyText(state.emergency!)}\n${scarcityText(state, scope)}`);
  return 0;
}

/** Of what few mirrors have yet, the operator should know before the load arrives there. */
function scarcityText(state: HealthState, scope: Emergency['repositories']): string {
  const scarce = currentMirrors(state, scope).slice(0, 5);
  return scarce
    .map(({ key, current, listed }) => `  ${key}: ${formatCount(current)} of ${plural(listed, 'mirror')} have it\n`)
    .join('');
}

/** `rollcall check --end-emergency` */
export async function endEmergency(
  path: string,
  terminal: Terminal,
  world: Pick<CheckWorld, 'disk' | 'sleep'>,
): Promise<ExitCode> {
  let ended: Emergency | undefined;
  await changeState(world, path, (before) => {
    ended = before.emergency;
    return { ...before, emergency: undefined };
  });
  terminal.out.write(ended === undefined ? 'There is no emergency.\n' : `The emergency "${whyText(ended)}" is over.\n`);
  return 0;
}

/** What a server reads in between is the one state or the other. */
async function changeState(
  { disk, sleep }: Pick<CheckWorld, 'disk' | 'sleep'>,
  path: string,
  change: (state: HealthState) => HealthState,
): Promise<HealthState> {
  return await holdState({ disk, sleep }, path, () => {
    const loaded = loadState(disk, path);
    if (loaded.kind !== 'loaded') {
      const why = loaded.kind === 'none' ? `${path}: there is no state yet` : loaded.why;
      throw new UsageError(`${why}; run "rollcall check" first, so that it is known which mirror has what`);
    }
    const state = change(loaded.state);
    saveState(disk, path, state);
    return state;
  });
}
