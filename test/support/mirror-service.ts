import { createHash } from 'node:crypto';
import { type Answer, answer, type MirrorRequest, type MirrorService } from '../../src/mirrors/answers/answer.ts';
import { loadCatalogue } from '../../src/mirrors/catalogue/load.ts';
import type {
  Catalogue,
  HealthState,
  KnownMetadata,
  Mirror,
  MirrorHealth,
  Repository,
  RepositoryHealth,
  RepositoryKey,
} from '../../src/mirrors/catalogue.ts';
import { prepare } from '../../src/mirrors/selection/snapshot.ts';
import { mirrorFolder } from './mirror-folder.ts';

/** Noon of a day in 2026. */
export const NOW = Date.parse('2026-07-15T12:00:00Z') / 1000;
export const SECRET = '07'.repeat(32);
export const CONTINENTS = new Map([
  ['DE', '150'],
  ['FR', '150'],
  ['NL', '150'],
  ['US', '019'],
  ['JP', '142'],
]);

export function mirror(name: string, parts: Partial<Mirror> = {}): Mirror {
  return {
    name,
    file: `${name}.yml`,
    addresses: { http: `http://${name}/almalinux`, https: `https://${name}/almalinux` },
    moduleAddresses: new Map(),
    country: '',
    city: '',
    place: undefined,
    isPrivate: false,
    isMonopoly: false,
    asns: [],
    subnets: [],
    weight: 1,
    sponsor: { name: 'Example', url: 'https://example.org' },
    updateFrequency: '3h',
    ...parts,
  };
}

export function repository(name: string, path: string, parts: Partial<Repository> = {}): Repository {
  return { name, path, versions: [], arches: [], isVault: false, ...parts };
}

/** Versions as AlmaLinux has them, few repositories, and these mirrors. */
export function smallCatalogue(mirrors: readonly Mirror[], parts: Partial<Catalogue> = {}): Catalogue {
  return {
    versions: ['8', '8.10', '9', '9.8', '10', '10.2'],
    aliases: [
      ['8', '8.10'],
      ['9', '9.8'],
      ['10', '10.2'],
    ],
    modules: new Map([['kitten', ['10']]]),
    vaultVersions: ['8.3', '8.4', '9.0', '10.2-beta'],
    vault: 'http://vault.example.org',
    master: 'https://master.example.org/almalinux',
    arches: [
      ['8', ['x86_64', 'aarch64']],
      ['9', ['x86_64', 'aarch64']],
      ['10', ['x86_64', 'x86_64_v2', 'aarch64']],
    ],
    repositories: [
      repository('baseos', 'BaseOS/$basearch/os/'),
      repository('appstream', 'AppStream/$basearch/os/'),
      repository('powertools', 'PowerTools/$basearch/os/', { versions: ['8.10'] }),
      repository('baseos-debuginfo', 'BaseOS/debug/$basearch/', { isVault: true }),
      repository('raspberrypi-source', 'raspberrypi/Source', { isVault: true }),
    ],
    mirrors,
    allowedOutdate: 43_200,
    tag: '{repo}-{version}',
    ...parts,
  };
}

/** The catalogue of the real shape: 530 mirrors, as the loader makes it of the made-up folder. */
export function largeCatalogue(): Catalogue {
  const { configuration, files } = mirrorFolder();
  const { catalogue } = loadCatalogue({
    files: {
      configuration: 'config.yml',
      read: (path) => (path === 'config.yml' ? configuration : files.get(path.replace('mirrors.d/', ''))!),
      list: () => [...files.keys()],
    },
  });
  return catalogue!;
}

export function serviceOf(catalogue: Catalogue, state?: HealthState): MirrorService {
  return {
    snapshot: prepare(catalogue, state, CONTINENTS),
    secret: SECRET,
    address: 'https://count.example.org',
  };
}

export type ClientParts = Partial<MirrorRequest['client']>;

/** GET by a client in Germany, unless something else is said. */
export function ask(
  service: MirrorService,
  target: string,
  client: ClientParts = {},
  parts: Partial<MirrorRequest> = {},
) {
  const request = {
    method: 'GET',
    target,
    client: { address: '192.0.2.1', country: 'DE', ...client },
    now: NOW,
    ...parts,
  };
  const found = answer(service, request);
  if (found === undefined) throw new Error(`${target} is not an address of the service`);
  return found;
}

export function lines({ body }: Answer): string[] {
  return body.split('\n').filter((line) => line !== '');
}

/** Names of the hosts in a list, in its order. */
export function hosts(found: Answer): string[] {
  return found.body.match(/(?<=https?:\/\/)[^/]+(?=\/almalinux)/g) ?? [];
}

export const KEY = '9.8/baseos/x86_64' as RepositoryKey;

export function metadata(seed: string, firstSeen: string): KnownMetadata {
  const digest = (algorithm: string) => createHash(algorithm).update(seed).digest('hex');
  return {
    sha256: digest('sha256'),
    sha512: digest('sha512'),
    size: 3000 + seed.length,
    timestamp: Date.parse(firstSeen) / 1000,
    firstSeen,
  };
}

type HealthParts = Partial<RepositoryHealth> & { v4?: boolean | undefined; v6?: boolean | undefined };

/** What the check found out of one repository, KEY, on these mirrors. */
export function stateOf(
  mirrors: Record<string, HealthParts>,
  parts: Partial<Pick<HealthState, 'truth' | 'emergency'>> = {},
): HealthState {
  return {
    format: 'rollcall-health-v1',
    checked: '2026-07-15T11:50:00Z',
    emergency: undefined,
    truth: { [KEY]: [metadata('newest', '2026-07-15T06:00:00Z')] },
    mirrors: Object.fromEntries(Object.entries(mirrors).map(([name, health]) => [name, healthOf(health)])),
    ...parts,
  };
}

function healthOf({ v4 = true, v6 = true, ...parts }: HealthParts): MirrorHealth {
  const since = '2026-07-15T06:00:00Z';
  const reachability = (ok: boolean) => ({ ok, since, reason: ok ? '' : 'connection refused' });
  const health: RepositoryHealth = { verdict: 'current', since, reason: '', failures: 0, isListed: true, ...parts };
  return { v4: reachability(v4), v6: reachability(v6), time: undefined, repositories: { [KEY]: health } };
}
