import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import type { Addresses, Catalogue, HealthState, Mirror, RepositoryKey } from '../../src/mirrors/catalogue.ts';
import type { Answer, Family, Get } from '../../src/mirrors/check/answer.ts';
import { readerOf } from '../../src/mirrors/check/master.ts';
import { type CheckResult, checkMirrors } from '../../src/mirrors/check/run.ts';

export const NOW = 1_784_138_400 as EpochSeconds;
export const HOUR = 3600;
export const after = (seconds: number) => (NOW + seconds) as EpochSeconds;
export const BASEOS = '9.8/baseos/x86_64' as RepositoryKey;

export function mirror(name: string, more: Partial<Mirror> = {}): Mirror {
  return {
    name,
    file: `${name}.yml`,
    addresses: { http: `http://${name}/alma` },
    moduleAddresses: new Map<string, Addresses>(),
    country: 'DE',
    city: '',
    place: undefined,
    isPrivate: false,
    isMonopoly: false,
    asns: [],
    subnets: [],
    weight: 1,
    sponsor: { name: '', url: '' },
    updateFrequency: '3h',
    ...more,
  };
}

/** Two versions with three repositories each, of two architectures: twelve keys. */
export function catalogue(mirrors: readonly Mirror[], more: Partial<Catalogue> = {}): Catalogue {
  return {
    versions: ['9', '9.8', '10', '10.2'],
    aliases: [
      ['9', '9.8'],
      ['10', '10.2'],
    ],
    modules: new Map(),
    vaultVersions: ['9.7'],
    vault: undefined,
    master: 'http://master.example/alma',
    arches: [
      ['9', ['x86_64', 'aarch64']],
      ['10', ['x86_64', 'aarch64']],
    ],
    repositories: ['BaseOS', 'AppStream', 'CRB'].map((name) => ({
      name: name.toLowerCase(),
      path: `${name}/$basearch/os/`,
      versions: [],
      arches: [],
      isVault: false,
    })),
    mirrors,
    allowedOutdate: 12 * HOUR,
    tag: '{repo}-{version}',
    ...more,
  };
}

export function repomd(label: string, timestamp: number = NOW - 1000): Uint8Array {
  return Buffer.from(
    `<?xml version="1.0"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>` +
      `<data type="primary"><location href="${label}"/><timestamp>${timestamp}</timestamp></data></repomd>\n`,
  );
}

export const body = (bytes: Uint8Array): Answer => ({ kind: 'body', bytes });
export const MISSING: Answer = { kind: 'status', status: 404 };
export const DOWN: Answer = { kind: 'failed', reason: 'the connection is refused' };

/** Files by path from the base address on. */
export type Tree = Map<string, Uint8Array>;

/** What the master published: all keys of `catalogue`, marked with a label. */
export function publish(label: string, time: number, timestamp = time - 100): Tree {
  const tree: Tree = new Map([['TIME', Buffer.from(`${time}\n`)]]);
  for (const version of ['9.8', '10.2'])
    for (const repository of ['BaseOS', 'AppStream', 'CRB'])
      for (const arch of ['x86_64', 'aarch64']) {
        const folder = `${version}/${repository}/${arch}/os`;
        tree.set(`${folder}/repodata/repomd.xml`, repomd(`${label} ${folder}`, timestamp));
      }
  return tree;
}

export const pathOf = (key: string) => {
  const [version, repository, arch] = key.split('/') as [string, string, string];
  const names: Record<string, string> = { baseos: 'BaseOS', appstream: 'AppStream', crb: 'CRB' };
  return `${version}/${names[repository]}/${arch}/os/repodata/repomd.xml`;
};

type Host = Tree | ((path: string, family: Family, scheme: string) => Answer);

/** A web in memory: hosts answer below `/alma/`, over IPv4 unless they say otherwise. */
export class MemoryWeb {
  readonly hosts = new Map<string, Host>();
  readonly asked: string[] = [];

  readonly get: Get = async (address, family) => {
    const { hostname, pathname, protocol } = new URL(address);
    this.asked.push(`${protocol}//${hostname} v${family} ${pathname}`);
    const host = this.hosts.get(hostname);
    if (host === undefined) return { kind: 'no-address' };
    const path = pathname.replace('/alma/', '');
    if (typeof host === 'function') return host(path, family, protocol.slice(0, -1));
    return family === 6 ? { kind: 'no-address' } : fromTree(host, path);
  };
}

export function fromTree(tree: Tree, path: string): Answer {
  const bytes = tree.get(path);
  return bytes === undefined ? MISSING : body(bytes);
}

/** One run in the memory web, without waiting. */
export async function run(
  web: MemoryWeb,
  over: Catalogue,
  before: HealthState | undefined,
  now: EpochSeconds,
  isFull = false,
): Promise<CheckResult & { requests: number }> {
  const asked = web.asked.length;
  const result = await checkMirrors(
    over,
    before,
    {
      now,
      get: web.get,
      masters: over.master === undefined ? new Map() : new Map([[undefined, readerOf(over.master, web.get)]]),
      random: () => 0.5,
      sleep: async () => {},
      locate: async ({ addresses }) => (addresses.http?.includes('located') ? { country: 'NL' } : undefined),
      onProgress: () => {},
    },
    isFull,
  );
  const toMirrors = web.asked.slice(asked).filter((line) => !line.includes('//master.example '));
  return { ...result, requests: toMirrors.length };
}
