import { z } from 'zod';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import type { Disk } from '../../flow/views/files/disk.ts';
import { networksIn } from '../catalogue/network-list.ts';
import type { Mirror, NetworkList } from '../catalogue.ts';
import { type Get, reasonOf } from './answer.ts';
import { loadJson, saveText } from './state-file.ts';
import { secondsOf, timeText } from './time-text.ts';

/** What providers said their networks are, as it is kept beside the state. By list: its address and regions. */
export interface LoadedNetworks {
  format: 'rollcall-networks-v1';
  lists: Readonly<Record<string, { loaded: string; networks: readonly string[] }>>;
}

/** Amazon's, the greatest, has 2 MB. */
const MOST_LIST_BYTES = 16 * 1024 * 1024;
const RELOAD_SECONDS = 86_400;

const NOTHING: LoadedNetworks = { format: 'rollcall-networks-v1', lists: {} };

const schema = z.object({
  format: z.literal('rollcall-networks-v1'),
  lists: z.record(z.string(), z.object({ loaded: z.iso.datetime(), networks: z.array(z.string()) })),
});

function nameOf({ url, regions }: NetworkList): string {
  return [url, ...regions].join(' ');
}

/** Where the networks lie that belong to a state. */
export function networksPath(statePath: string): string {
  return `${statePath}.networks.json`;
}

/** What the loader of the catalogue asks for: the networks of a list, as far as they are known. */
export function networksOf(loaded: LoadedNetworks): (list: NetworkList) => readonly string[] | undefined {
  return (list) => loaded.lists[nameOf(list)]?.networks;
}

/** What cannot be read is loaded anew: nothing is lost but a day. */
export function loadNetworks(disk: Pick<Disk, 'kindOf' | 'read'>, path: string): LoadedNetworks {
  return loadJson(disk, path, schema) ?? NOTHING;
}

export function saveNetworks(disk: Disk, path: string, loaded: LoadedNetworks): void {
  saveText(disk, path, `${JSON.stringify(loaded)}\n`);
}

/** Loads what is older than a day. A list that fails stays as it was, and is named. */
export async function refreshNetworks(
  mirrors: readonly Mirror[],
  before: LoadedNetworks,
  get: Get,
  now: EpochSeconds,
): Promise<{ loaded: LoadedNetworks; warnings: string[] }> {
  const lists = new Map(mirrors.flatMap(({ networkLists }) => networkLists ?? []).map((list) => [nameOf(list), list]));
  const entries: [string, LoadedNetworks['lists'][string]][] = [];
  const warnings: string[] = [];
  for (const [name, list] of lists) {
    const old = before.lists[name];
    const isDue = old === undefined || now - secondsOf(old.loaded) >= RELOAD_SECONDS;
    const fresh = isDue ? await loadList(list, get) : { networks: old.networks };
    if ('problem' in fresh) warnings.push(`the networks of ${list.url} could not be loaded: ${fresh.problem}`);
    if ('networks' in fresh)
      entries.push([name, { loaded: isDue ? timeText(now) : old.loaded, networks: fresh.networks }]);
    else if (old !== undefined) entries.push([name, old]);
  }
  return { loaded: { ...NOTHING, lists: Object.fromEntries(entries) }, warnings };
}

async function loadList(list: NetworkList, get: Get): Promise<{ networks: readonly string[] } | { problem: string }> {
  const answer = await get(list.url, 4, MOST_LIST_BYTES);
  if (answer.kind !== 'body') return { problem: reasonOf(answer) };
  const networks = networksIn(list, parsed(answer.bytes));
  // A provider without networks is a provider that has changed its form.
  if (networks === undefined || networks.length === 0) return { problem: 'it has no form that is known' };
  return { networks };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
