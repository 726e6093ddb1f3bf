import { z } from 'zod';
import type { Scheme } from '../catalogue.ts';
import { type Path, quoted, type Remarks } from './finding.ts';
import type { MirrorEntry, WrittenAddress } from './mirror-entry.ts';
import {
  DEFAULT_OUTDATE,
  inOrder,
  ownAddress,
  repositoriesOf,
  repository,
  SERVICE_HINTS,
  type ServiceSettings,
  tag,
} from './service-configuration.ts';
import { arches, decimal, duration, flag, readShape, text, texts, version, versions } from './shapes.ts';
import { warnOfUnknownKeys, type YamlFile } from './yaml-file.ts';

const mirror = z.looseObject({
  url: z.union([text.transform((one) => [one]), z.array(text).min(1)], 'expected an address or a list of addresses'),
  name: text.optional(),
  country: text.optional(),
  city: text.default(''),
  latitude: decimal(-90, 90).optional(),
  longitude: decimal(-180, 180).optional(),
  asn: texts,
  subnets: texts,
  private: flag.default(false),
  monopoly: flag.default(false),
  weight: decimal(0, 1_000_000).default(1),
  sponsor: text.default(''),
  sponsor_url: text.default(''),
});
type WrittenMirror = z.infer<typeof mirror>;

const configuration = z.looseObject({
  versions,
  aliases: z.record(version, version).default({}),
  arches,
  repositories: z.array(repository).min(1, 'expected at least one repository'),
  mirrors: z.array(mirror),
  vault: text.optional(),
  vault_versions: versions.default([]),
  master: text.optional(),
  allowed_outdate: duration.default(DEFAULT_OUTDATE),
  tag,
  internal_addresses: flag.default(false),
});

const endpoint = z.looseObject({
  endpoint_only: flag,
  tags: z
    .array(text.regex(/^[\w.+-]{1,64}$/, 'expected a repo= value such as stable-42'))
    .min(1, 'expected at least one'),
});

const HINTS = {
  ...SERVICE_HINTS,
  arches: 'write a list, as in [x86_64, aarch64], or versions with a list each',
  repositories: 'write a list, each with name: and path:',
  mirrors: 'write a list, each with url:',
  url: 'write the folder that the versions lie in, as in https://mirror.example.org/linux',
  tags: 'write the repo= values that your systems ask for',
  endpoint_only: 'write true, or leave it out and write mirrors',
};

export interface PlainConfiguration {
  settings: ServiceSettings;
  mirrors: MirrorEntry[];
}

/** One file for everything: see `docs/mirrors.example.yaml`. Undefined if the service cannot work by it. */
export function readPlainConfiguration(yaml: YamlFile, file: string): PlainConfiguration | undefined {
  if (yaml.keys([]).includes('endpoint_only')) return readEndpoint(yaml);
  const written = readShape(configuration, yaml.value, HINTS, yaml.remarks);
  if (written === undefined) return undefined;
  const { remarks } = yaml;
  warnOfUnknownKeys(written, Object.keys(configuration.shape), [], remarks);
  const settings: ServiceSettings = {
    versions: written.versions,
    aliases: inOrder(yaml, 'aliases', Object.entries(written.aliases)),
    modules: new Map(),
    vaultVersions: written.vault_versions,
    vault: written.vault === undefined ? undefined : ownAddress(written.vault, ['vault'], remarks),
    master: written.master === undefined ? undefined : ownAddress(written.master, ['master'], remarks),
    arches: inOrder(yaml, 'arches', written.arches),
    repositories: repositoriesOf(written.repositories, ['repositories'], remarks),
    allowedOutdate: written.allowed_outdate,
    tag: written.tag,
    ...(written.internal_addresses ? { internalAddresses: true } : {}),
  };
  refuseVaultWithoutAddress(settings, remarks);
  return { settings, mirrors: written.mirrors.flatMap((one, at) => entryOf(file, one, ['mirrors', at], remarks)) };
}

/** For distributions without mirrors, whose systems only want to be counted. */
function readEndpoint(yaml: YamlFile): PlainConfiguration | undefined {
  const written = readShape(endpoint, yaml.value, HINTS, yaml.remarks);
  if (written === undefined) return undefined;
  warnOfUnknownKeys(written, Object.keys(endpoint.shape), [], yaml.remarks);
  if (!written.endpoint_only) {
    yaml.remarks.fail(['endpoint_only'], 'is not true', HINTS.endpoint_only);
    return undefined;
  }
  const nothing = { versions: [], aliases: [], modules: new Map(), vaultVersions: [], arches: [], repositories: [] };
  const settings = { ...nothing, vault: undefined, master: undefined, allowedOutdate: DEFAULT_OUTDATE, tag: '{repo}' };
  return { settings: { ...settings, endpointTags: written.tags }, mirrors: [] };
}

function refuseVaultWithoutAddress({ vault, vaultVersions, repositories }: ServiceSettings, remarks: Remarks): void {
  if (vault !== undefined || (vaultVersions.length === 0 && repositories.every(({ isVault }) => !isVault))) return;
  remarks.fail(['vault'], 'is missing: some versions or repositories lie there', 'write vault: and its address');
}

function entryOf(file: string, written: WrittenMirror, base: Path, remarks: Remarks): MirrorEntry[] {
  warnOfUnknownKeys(written, Object.keys(mirror.shape), base, remarks);
  const addresses = written.url.flatMap((one, at) =>
    writtenAddress(one, [...base, 'url', ...(written.url.length === 1 ? [] : [at])], remarks),
  );
  if (addresses.length < written.url.length) return [];
  const { latitude, longitude, country, sponsor, sponsor_url } = written;
  return [
    {
      file,
      base,
      name: written.name ?? URL.parse(written.url[0]!)?.hostname.replace(/^\[|\]$/g, '') ?? '',
      addresses,
      country: { text: country, path: [...base, 'country'] },
      city: written.city,
      place: latitude === undefined || longitude === undefined ? undefined : { latitude, longitude },
      isPrivate: written.private,
      isMonopoly: written.monopoly,
      asns: written.asn,
      subnets: written.subnets,
      cloud: undefined,
      weight: written.weight,
      sponsor: { name: sponsor, url: sponsor_url },
      updateFrequency: '',
    },
  ];
}

const SCHEMES: readonly string[] = ['http', 'https', 'rsync', 'ftp'] satisfies Scheme[];

function writtenAddress(address: string, path: Path, remarks: Remarks): WrittenAddress[] {
  const scheme = /^([a-z]+):/i.exec(address)?.[1]?.toLowerCase() ?? '';
  if (SCHEMES.includes(scheme)) return [{ scheme: scheme as Scheme, text: address, module: undefined, path }];
  remarks.fail(path, `${quoted(address)} is no address of a mirror: it is left out`, HINTS.url);
  return [];
}
