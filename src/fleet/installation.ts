import type { Cookie } from './countme-client.ts';
import { newCookie } from './countme-client.ts';
import type { Random } from './random.ts';
import { createDraw } from './random.ts';
import type { Major, OperatingSystem, RepositoryLines } from './releases.ts';
import { agentOf, linesOf, versionOf } from './releases.ts';
import type { Kind } from './rhythms.ts';

/** What a system runs and asks for. */
export interface Installation {
  os: OperatingSystem;
  asksForMetalink: boolean;
  extraRepositories: readonly string[];
  repositories: EnabledRepository[];
  agent: string;
}

export interface EnabledRepository {
  lines: RepositoryLines;
  isCensus: boolean;
  cookie: Cookie;
}

export const drawArch = createDraw([
  ['x86_64', 92],
  ['aarch64', 6.4],
  ['ppc64le', 0.9],
  ['s390x', 0.7],
]);
export const drawDesktopArch = createDraw([
  ['x86_64', 98],
  ['aarch64', 2],
]);
/** AlmaLinux itself sets no VARIANT_ID, which dnf sends as `generic`; some images and derivatives do, or an empty one. */
export const drawVariant = createDraw([
  ['generic', 93],
  ['', 4],
  ['minimal', 3],
]);
/** Derivatives keep AlmaLinux's repositories under names that hardly anybody has; some systems do not say their name. */
const drawAnyName = createDraw([
  ['AlmaLinux', 9920],
  ['', 40],
  ['AlmaLinux Kitten', 25],
  ['Harbour Point of Sale', 8],
  ['Meridian "Edge" Linux', 4],
  ['Älvdalen Linux', 3],
]);

/** Kitten is what comes before AlmaLinux 10; there is none of the older releases. */
export function drawName(major: Major, random: Random): string {
  const name = drawAnyName(random);
  return name === 'AlmaLinux Kitten' && major !== 10 ? 'AlmaLinux' : name;
}

export function extraRepositories(kind: Kind, random: Random): string[] {
  if (kind === 'container' || kind === 'ci') return random.chance(0.1) ? ['epel'] : [];
  return [...(random.chance(0.15) ? ['crb'] : []), ...(random.chance(kind === 'server' ? 0.35 : 0.5) ? ['epel'] : [])];
}

export function installRelease(system: Installation): void {
  const { os, asksForMetalink } = system;
  system.agent = agentOf(os);
  // The census wants the same release in the request and in the User-Agent.
  const saysItsRelease = os.name !== '' && Number.parseInt(versionOf(os), 10) === os.major;
  system.repositories = ['baseos', 'appstream', 'extras', ...system.extraRepositories].map((name) => ({
    lines: linesOf(name, os, asksForMetalink),
    isCensus: name === 'baseos' && saysItsRelease,
    cookie: newCookie(),
  }));
}
