import { escapeAsNginx } from './access-log.ts';
import { EPEL, EPEL_10, expand, flagged } from './repository-files.ts';

export type Major = 8 | 9 | 10;

export interface OperatingSystem {
  name: string;
  major: Major;
  minor: number;
  variant: string;
  arch: string;
}

/** The request lines of one repository: unflagged at 0, `countme=1` at 1, and so on. */
export interface RepositoryLines {
  requests: readonly string[];
  bytes: number;
}

export function versionOf({ name, major, minor }: OperatingSystem): string {
  if (name === 'AlmaLinux Kitten') return String(major);
  // A derivative with versions of its own.
  if (name === 'Meridian "Edge" Linux') return `3.${minor}`;
  return `${major}.${minor}`;
}

const agents = new Map<string, string>();

/** The User-Agent as it stands in a log. */
export function agentOf(os: OperatingSystem): string {
  const plain = os.name === '' ? 'libdnf' : `libdnf (${os.name} ${versionOf(os)}; ${os.variant}; Linux.${os.arch})`;
  const known = agents.get(plain);
  if (known !== undefined) return known;
  const escaped = escapeAsNginx(plain);
  agents.set(plain, escaped);
  return escaped;
}

const repositoryLines = new Map<string, RepositoryLines>();

export function linesOf(name: string, os: OperatingSystem, asMetalink: boolean): RepositoryLines {
  const target = name === 'epel' ? epelTarget(os) : targetOf(name, os, asMetalink);
  const known = repositoryLines.get(target);
  if (known !== undefined) return known;
  const lists = [1, 2, 3, 4].map((age) => `GET ${flagged(target, 'libdnf', age)} HTTP/1.1`);
  const lines = { requests: [`GET ${target} HTTP/1.1`, ...lists], bytes: 400 + ((target.length * 7919) % 2500) };
  repositoryLines.set(target, lines);
  return lines;
}

/** Kitten has repositories of its own, with another release in their addresses. */
function targetOf(name: string, { name: osName, major, arch }: OperatingSystem, asMetalink: boolean): string {
  const repository = name === 'crb' && major === 8 ? 'powertools' : name;
  const release = osName === 'AlmaLinux Kitten' ? `${major}-kitten` : String(major);
  return asMetalink ? `/metalink?repo=${repository}-${release}&arch=${arch}` : `/mirrorlist/${release}/${repository}`;
}

/** dnf knows no minor release of Kitten, which asks for another repository of EPEL 10 then. */
function epelTarget(os: OperatingSystem): string {
  const { target } = os.major === 10 ? EPEL_10 : EPEL;
  const minor = os.name === 'AlmaLinux Kitten' ? '' : String(os.minor);
  return expand(target, 'libdnf', { releasever: String(os.major), basearch: os.arch, releasever_minor: minor });
}
