import {
  type Addresses,
  type Catalogue,
  type Mirror,
  type Repository,
  type RepositoryKey,
  repositoryKey,
} from '../catalogue.ts';
import { archesOf } from '../selection/versions.ts';

/** One repository for one architecture, as the master and every mirror should have it. */
export interface Target {
  key: RepositoryKey;
  repository: string;
  /** The module whose addresses it has; undefined for what lies at the usual address. */
  module: string | undefined;
  /** Of its repomd.xml, from a base address on: `9.8/BaseOS/x86_64/os/repodata/repomd.xml`. */
  path: string;
}

/** All that is served from mirrors. What of it does not exist, the master tells: a configuration does not say it. */
export function targetsOf(catalogue: Catalogue): Target[] {
  return servedVersions(catalogue).flatMap(({ version, module }) =>
    archesOf(catalogue, version).flatMap((arch) =>
      catalogue.repositories
        .filter((repository) => isServed(catalogue, repository, version, arch))
        .map((repository) => ({
          key: repositoryKey(version, repository.name, arch),
          repository: repository.name,
          module,
          path: metadataPath(version, repository, arch),
        })),
    ),
  );
}

function servedVersions({ versions, aliases, modules }: Catalogue): { version: string; module: string | undefined }[] {
  const ofModules = [...modules].flatMap(([module, names]) =>
    names.map((name) => ({ version: name.endsWith(`-${module}`) ? name : `${name}-${module}`, module })),
  );
  const elsewhere = new Set([...aliases.map(([from]) => from), ...ofModules.map(({ version }) => version)]);
  const plain = versions.filter((version) => !elsewhere.has(version));
  return [...plain.map((version) => ({ version, module: undefined })), ...ofModules];
}

function isServed({ aliases }: Catalogue, repository: Repository, version: string, arch: string): boolean {
  if (repository.isVault) return false;
  if (repository.arches.length > 0 && !repository.arches.includes(arch)) return false;
  return repository.versions.length === 0 || repository.versions.some((name) => covers(name, version, aliases));
}

/** `9` stands for 9.8 if it is an alias of it, and for 9-kitten and the like. */
function covers(name: string, version: string, aliases: Catalogue['aliases']): boolean {
  if (name === version || version.startsWith(`${name}-`)) return true;
  return aliases.some(([from, to]) => from === name && to === version);
}

function metadataPath(version: string, { path }: Repository, arch: string): string {
  const folder = path.replaceAll('$basearch', arch).replace(/^\/+|\/+$/g, '');
  return `${version}/${folder}/repodata/repomd.xml`;
}

/** The base addresses under which a mirror has a target; undefined if it does not carry that module. */
export function addressesFor(mirror: Mirror, { module }: Target): Addresses | undefined {
  return module === undefined ? mirror.addresses : mirror.moduleAddresses.get(module);
}
