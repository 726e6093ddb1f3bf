import type { Catalogue, Repository } from '../catalogue.ts';
import { archesOf, type ResolvedVersion, resolveVersion } from '../selection/versions.ts';
import type { ListName } from './route.ts';
import type { Parameters } from './target.ts';

/** What a list is about. */
export type Subject =
  | { kind: 'repository'; version: ResolvedVersion; repository: Repository; arch: string | undefined }
  | { kind: 'endpoint' };

/** Nothing to answer with; `why` names what was expected. */
export interface Refusal {
  kind: 'refusal';
  status: 400 | 404;
  why: string;
}

/** `isLenient`: of a known repository, nothing is refused any more. */
export function readSubject(
  catalogue: Catalogue,
  name: ListName,
  parameters: Parameters,
  isLenient: boolean,
): Subject | Refusal {
  const [tag, ...others] = parameters.repo;
  if (name.form === 'query' && (tag === undefined || tag === '')) {
    return refusal(400, 'repo= is missing; expected repo= and arch=');
  }
  if (name.form === 'query' && others.length > 0) return refusal(400, 'repo= is given twice; expected it once');
  const found = name.form === 'query' ? byTag(catalogue, tag!) : byPath(catalogue, name.version, name.repository);
  return found.kind === 'repository' ? withArch(catalogue, found, parameters.arch, name.form, isLenient) : found;
}

export function refusal(status: 400 | 404, why: string): Refusal {
  return { kind: 'refusal', status, why };
}

type Found = Extract<Subject, { kind: 'repository' }>;

function byPath(catalogue: Catalogue, version: string, name: string): Subject | Refusal {
  if (catalogue.endpointTags?.includes(tagOf(catalogue, name, version))) return { kind: 'endpoint' };
  const repository = catalogue.repositories.find((known) => known.name === name);
  if (repository === undefined) {
    return unknown('repository', name, 'repositories', namesOf(catalogue));
  }
  const resolved = resolveVersion(catalogue, version);
  return resolved === undefined
    ? unknownVersion(catalogue, version)
    : { kind: 'repository', version: resolved, repository, arch: undefined };
}

export function unknownVersion({ versions, vaultVersions }: Catalogue, version: string): Refusal {
  return unknown('version', version, 'versions', [...versions, ...vaultVersions]);
}

export function unknownArch(catalogue: Catalogue, version: string, arch: string): Refusal {
  return unknown('architecture', arch, 'arches', archesOf(catalogue, version));
}

/** In the words of AlmaLinux's service, which scripts may look for. */
function unknown(what: string, name: string, plural: string, allowed: readonly string[]): Refusal {
  return refusal(404, `Unknown ${what} "${shortened(name)}". Allowed list of ${plural} "${allowed.join(', ')}"`);
}

const LONGEST_NAME = 60;

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}...`;
}

function namesOf({ repositories }: Catalogue): string[] {
  return repositories.map(({ name }) => name);
}

function byTag(catalogue: Catalogue, tag: string): Subject | Refusal {
  if (catalogue.endpointTags?.includes(tag)) return { kind: 'endpoint' };
  for (const repository of catalogue.repositories) {
    const version = versionIn(catalogue, repository.name, tag);
    const resolved = version === undefined ? undefined : resolveVersion(catalogue, version);
    if (resolved !== undefined) return { kind: 'repository', version: resolved, repository, arch: undefined };
  }
  const [example = tagOf(catalogue, catalogue.repositories[0]?.name ?? '', catalogue.versions[0] ?? '')] =
    catalogue.endpointTags ?? [];
  return refusal(404, `Unknown repo "${shortened(tag)}"; expected one such as "${example}"`);
}

function tagOf({ tag }: Catalogue, repository: string, version: string): string {
  return tag.replace('{repo}', () => repository).replace('{version}', () => version);
}

/** `baseos-9` for repository `baseos` is version 9. */
function versionIn({ tag: template }: Catalogue, repository: string, tag: string): string | undefined {
  const [before = '', after = ''] = template.replace('{repo}', () => repository).split('{version}');
  const isOne = tag.startsWith(before) && tag.endsWith(after) && tag.length > before.length + after.length;
  return isOne ? tag.slice(before.length, tag.length - after.length) : undefined;
}

/**
 * Only Fedora's form needs an architecture. A check-in is answered without one too: dnf fills `$basearch` in, also in a
 * metalink, and a refusal would lose the system for the week.
 */
function withArch(
  catalogue: Catalogue,
  found: Found,
  [arch, ...others]: readonly string[],
  form: ListName['form'],
  isLenient: boolean,
): Found | Refusal {
  const { version } = found.version;
  const isKnown = arch !== undefined && archesOf(catalogue, version).includes(arch);
  if (isKnown && others.length === 0) return { ...found, arch };
  if (isLenient || (arch === undefined && form === 'path')) return found;
  if (arch === undefined || arch === '') return refusal(400, 'arch= is missing; expected repo= and arch=');
  if (others.length > 0) return refusal(400, 'arch= is given twice; expected it once');
  return unknownArch(catalogue, version, arch);
}
