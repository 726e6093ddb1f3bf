import { escapeAsNginx } from './access-log.ts';

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

export function linesOf(name: string, major: Major, arch: string, asMetalink: boolean): RepositoryLines {
  const repository = name === 'crb' && major === 8 ? 'powertools' : name;
  const target = asMetalink
    ? `/metalink?repo=${repository}-${major}&arch=${arch}`
    : `/mirrorlist/${major}/${repository}`;
  const known = repositoryLines.get(target);
  if (known !== undefined) return known;
  const flagged = [1, 2, 3, 4].map((age) => `GET ${target}${asMetalink ? '&' : '?'}countme=${age} HTTP/1.1`);
  const lines = { requests: [`GET ${target} HTTP/1.1`, ...flagged], bytes: 400 + ((target.length * 7919) % 2500) };
  repositoryLines.set(target, lines);
  return lines;
}
