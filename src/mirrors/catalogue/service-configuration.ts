import { z } from 'zod';
import type { Catalogue, Repository } from '../catalogue.ts';
import { type Path, quoted, type Remarks } from './finding.ts';
import { mirrorAddress } from './mirror-address.ts';
import { arch, arches, duration, flag, readShape, text, version, versions } from './shapes.ts';
import { warnOfUnknownKeys, type YamlFile } from './yaml-file.ts';

/** All of a catalogue but its mirrors. */
export type ServiceSettings = Omit<Catalogue, 'mirrors'>;

export const DEFAULT_TAG = '{repo}-{version}';
export const DEFAULT_OUTDATE = 12 * 3600;

export const repository = z.looseObject({
  name: text.regex(/^[\w.+-]{1,64}$/, 'expected a name such as baseos'),
  path: text.regex(/^[\w.+$/-]{1,256}$/, 'expected a path such as BaseOS/$basearch/os/'),
  versions: versions.default([]),
  arches: z.array(arch).default([]),
  vault: flag.default(false),
});
export const tag = text
  .refine((given) => given.includes('{repo}'), 'expected {repo}, and where the version stands {version}')
  .default(DEFAULT_TAG);

const configuration = z.looseObject({
  config_version: text.optional(),
  allowed_outdate: duration,
  mirrors_dir: text,
  vault_mirror: text,
  versions,
  duplicated_versions: z
    .union([
      z.record(version, version),
      // Before version 2 of the format: the versions themselves.
      versions.transform((given) => Object.fromEntries(given.map((one) => [one, one]))),
    ])
    .default({}),
  optional_module_versions: z.record(z.string(), versions).default({}),
  vault_versions: versions.default([]),
  required_protocols: z.array(z.enum(['http', 'https'])).min(1, 'expected http, https or both'),
  arches,
  repos: z.array(repository).min(1, 'expected at least one repository'),
  // These three are Rollcall's own.
  master: text.optional(),
  tag,
  internal_addresses: flag.default(false),
});

export const SERVICE_HINTS = {
  name: 'the name stands in the address that dnf asks for',
  path: 'from the folder of the version on; . and .. have no place in it',
  versions: 'write the versions that mirrors carry, as in "9.8"',
  arches: 'write versions with a list each, as in "9": [x86_64, aarch64]',
  allowed_outdate: 'how far a mirror may lag behind',
  mirrors_dir: 'the folder with a file for each mirror, mirrors.d',
  vault_mirror: 'where versions lie that are no longer on mirrors',
  repos: 'write a list, each with name: and path:',
  required_protocols: 'write - http and - https',
};

export interface ServiceConfiguration {
  settings: ServiceSettings;
  /** From the folder of the configuration. */
  mirrorsFolder: string;
  required: readonly ('http' | 'https')[];
}

/** AlmaLinux's `config.yml`. Undefined if the service cannot work by it. */
export function readServiceConfiguration(yaml: YamlFile): ServiceConfiguration | undefined {
  const { value, remarks } = yaml;
  const written = readShape(configuration, value, SERVICE_HINTS, remarks);
  if (written === undefined) return undefined;
  warnOfUnknownKeys(written, Object.keys(configuration.shape), [], remarks);
  const settings: ServiceSettings = {
    versions: written.versions,
    aliases: inOrder(yaml, 'duplicated_versions', Object.entries(written.duplicated_versions)),
    modules: new Map(Object.entries(written.optional_module_versions)),
    vaultVersions: written.vault_versions,
    vault: ownAddress(written.vault_mirror, ['vault_mirror'], remarks),
    master: written.master === undefined ? undefined : ownAddress(written.master, ['master'], remarks),
    arches: inOrder(yaml, 'arches', written.arches),
    repositories: repositoriesOf(written.repos, ['repos'], remarks),
    allowedOutdate: written.allowed_outdate,
    tag: written.tag,
    ...(written.internal_addresses ? { internalAddresses: true } : {}),
  };
  warnOfUnknownVersions(settings, remarks);
  return { settings, mirrorsFolder: written.mirrors_dir, required: written.required_protocols };
}

/** Entries of a map as they stand in the file: which one a version takes depends on it. */
export function inOrder<Value>(
  yaml: YamlFile,
  key: string,
  entries: readonly (readonly [string, Value])[],
): (readonly [string, Value])[] {
  const order = yaml.keys([key]);
  return [...entries].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}

/** An address that the operator answers for: any host, any port. */
export function ownAddress(given: string, path: Path, remarks: Remarks): string | undefined {
  const verdict = mirrorAddress(/^https:/i.test(given) ? 'https' : 'http', given, 'operator');
  if ('value' in verdict) return verdict.value;
  remarks.fail(path, verdict.problem, verdict.hint);
  return undefined;
}

export function repositoriesOf(
  written: readonly z.infer<typeof repository>[],
  path: Path,
  remarks: Remarks,
): Repository[] {
  const names = written.map(({ name }) => name);
  return written.flatMap((one, at) => {
    warnOfUnknownKeys(one, Object.keys(repository.shape), [...path, at], remarks);
    if (one.path.split('/').some((part) => part === '..' || part === '.')) {
      remarks.fail([...path, at, 'path'], 'has . or .. in it', SERVICE_HINTS.path);
    }
    if (names.indexOf(one.name) === at) return [repositoryOf(one)];
    remarks.warn([...path, at, 'name'], `${quoted(one.name)} is there before: the first one counts`, 'remove one');
    return [];
  });
}

function repositoryOf({ name, path, versions, arches, vault }: z.infer<typeof repository>): Repository {
  return { name, path: path.replace(/^\/+/, ''), versions, arches, isVault: vault };
}

/** A version in only one place is one that nobody is served, or that leads nowhere. */
function warnOfUnknownVersions({ versions, vaultVersions, aliases }: ServiceSettings, remarks: Remarks): void {
  const known = [...versions, ...vaultVersions];
  for (const [from, to] of aliases) {
    if (known.includes(to)) continue;
    const hint = 'write it among versions or vault_versions';
    remarks.warn(['duplicated_versions', from], `leads to ${to}, which is no version that is served`, hint);
  }
}
