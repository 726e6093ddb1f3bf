import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_WEEK, weekOf, weekStart } from '../flow/sightings/week.ts';
import type { Age, Cookie } from './countme-client.ts';
import { ageAfter, flagOf, newCookie } from './countme-client.ts';
import type { Country } from './networks.ts';
import { drawAddress, drawCountry } from './networks.ts';
import type { Random } from './random.ts';
import { createDraw, exponential, pick } from './random.ts';
import type { Major, OperatingSystem, RepositoryLines } from './releases.ts';
import { agentOf, linesOf, versionOf } from './releases.ts';
import type { Request } from './request.ts';
import { MIRRORS } from './request.ts';
import type { Kind, Refresher } from './rhythms.ts';
import { habitOf, LAST_SECOND, officeTime, serverTimes, workstationTimes } from './rhythms.ts';

/**
 * An AlmaLinux-like fleet. What is invented here: how many systems of each kind there are, how long they live and how
 * often they refresh. What is not: when a client flags its requests (see countme-client.ts).
 */
export interface Population {
  /**
   * Lets one week pass and hands over its list requests, in no order. To be called for one week after another, from
   * `SETTLING_WEEKS` before the first one: until then budgets are not yet spread as in a fleet that has run for years.
   */
  pass(week: Week, emit: (request: Request) => void): ActiveSystems;
}

export interface PopulationOptions {
  /** Systems that are active in the first week, about. */
  systems: number;
  firstWeek: Week;
  weeks: number;
  random: Random;
}

/** The truth that no log can tell: systems that were alive and made at least one list request in a week. */
export interface ActiveSystems {
  all: number;
  byRelease: Record<string, number>;
  /** By whole weeks since the system was installed, in the buckets of `countme`. */
  byAge: Record<Age, number>;
  byKind: Record<Kind, number>;
}

export const SETTLING_WEEKS = 4;

interface Site {
  country: Country;
  address: string;
}

interface EnabledRepository {
  lines: RepositoryLines;
  isCensus: boolean;
  cookie: Cookie;
}

interface System extends Refresher {
  kind: Kind;
  os: OperatingSystem;
  isPinned: boolean;
  asksForMetalink: boolean;
  extraRepositories: readonly string[];
  repositories: EnabledRepository[];
  agent: string;
  address: string;
  movesAround: boolean;
}

/**
 * Of the list requests without a flag only this share is written: they are most of a real log and say nothing.
 * Flagged requests are all written.
 */
export const UNFLAGGED_SHARE = 0.2;

const GROWTH_PER_WEEK = 0.006;
/** When the run is this far, new minor releases come out. */
const RELEASE_DAY = 0.4;
const OLDEST_MINOR: Record<Major, number> = { 8: 10, 9: 4, 10: 0 };
const NEWEST_MINOR: Record<Major, number> = { 8: 10, 9: 7, 10: 1 };

/** Systems that stay: share of the fleet and mean life in weeks. Short-lived servers are tests and demonstrations. */
const RESIDENTS: readonly { kind: 'server' | 'workstation'; share: number; meanLife: number }[] = [
  { kind: 'server', share: 0.55, meanLife: 90 },
  { kind: 'server', share: 0.04, meanLife: 2.5 },
  { kind: 'workstation', share: 0.21, meanLife: 110 },
];
/** Systems that live for hours: their number in each week, as a share of the fleet. */
const VISITORS: readonly { kind: 'container' | 'ci'; share: number }[] = [
  { kind: 'container', share: 0.12 },
  { kind: 'ci', share: 0.08 },
];

const drawOldMajor = createDraw<Major>([
  [8, 30],
  [9, 55],
  [10, 15],
]);
const drawNewMajor = createDraw<Major>([
  [8, 8],
  [9, 52],
  [10, 40],
]);
const drawArch = createDraw([
  ['x86_64', 92],
  ['aarch64', 6.4],
  ['ppc64le', 0.9],
  ['s390x', 0.7],
]);
const drawDesktopArch = createDraw([
  ['x86_64', 98],
  ['aarch64', 2],
]);
/** AlmaLinux itself sets no VARIANT_ID, which dnf sends as `generic`; some images and derivatives do, or an empty one. */
const drawVariant = createDraw([
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
function drawName(major: Major, random: Random): string {
  const name = drawAnyName(random);
  return name === 'AlmaLinux Kitten' && major !== 10 ? 'AlmaLinux' : name;
}

export function createPopulation({ systems, firstWeek, weeks, random }: PopulationOptions): Population {
  const releaseWeek = firstWeek + Math.round(weeks * RELEASE_DAY);
  const start = weekStart((firstWeek - SETTLING_WEEKS) as Week);
  const sites = createSites(Math.max(4, Math.round(systems / 30)), random);
  const farms = createSites(Math.max(3, Math.round(systems / 800)), random);
  const living = RESIDENTS.map(({ kind, share, meanLife }) =>
    Array.from({ length: Math.round(share * sizeIn(firstWeek - SETTLING_WEEKS)) }, () => resident(kind, meanLife)),
  );

  function sizeIn(week: number): number {
    return systems * (1 + GROWTH_PER_WEEK) ** (week - firstWeek);
  }

  /** One that has been there before the start. */
  function resident(kind: Kind, meanLife: number): System {
    // Lives end at random, so what is left of a life is spread like the whole of it.
    const age = exponential(meanLife, random) * SECONDS_PER_WEEK;
    const system = newSystem(kind, (start - age) as EpochSeconds, drawOldMajor(random), drawOldMinor);
    system.diesAt = (start + exponential(meanLife, random) * SECONDS_PER_WEEK) as EpochSeconds;
    for (const { cookie } of system.repositories) cookie.firstWeek = weekOf(system.bornAt);
    return system;
  }

  function newborn(kind: Kind, week: Week, meanLife: number): System {
    const bornAt = (weekStart(week) + random.below(SECONDS_PER_WEEK)) as EpochSeconds;
    const system = newSystem(kind, bornAt, drawNewMajor(random), (major) => newestMinor(major, week));
    system.diesAt = (bornAt + exponential(meanLife, random) * SECONDS_PER_WEEK) as EpochSeconds;
    system.nextRefresh = (bornAt + random.below(SECONDS_PER_HOUR)) as EpochSeconds;
    return system;
  }

  function drawOldMinor(major: Major): number {
    if (major !== 9) return OLDEST_MINOR[major];
    const luck = random.unit();
    if (luck < 0.08) return 4;
    return luck < 0.22 ? 5 : 6;
  }

  function newestMinor(major: Major, week: Week): number {
    if (major === 8 || week >= releaseWeek) return NEWEST_MINOR[major];
    return NEWEST_MINOR[major] - 1;
  }

  function newSystem(kind: Kind, bornAt: EpochSeconds, major: Major, minorOf: (major: Major) => number): System {
    const site = siteFor(kind);
    const country = site?.country ?? drawCountry(random);
    const arch = kind === 'workstation' ? drawDesktopArch(random) : drawArch(random);
    const name = kind === 'server' ? drawName(major, random) : 'AlmaLinux';
    const system: System = {
      kind,
      bornAt,
      diesAt: bornAt,
      os: { name, major, minor: minorOf(major), variant: drawVariant(random), arch },
      isPinned: random.chance(0.15),
      asksForMetalink: random.chance(0.06),
      extraRepositories: extraRepositories(kind, random),
      repositories: [],
      agent: '',
      country,
      address: site?.address ?? drawAddress(country, random),
      movesAround: kind === 'workstation' && site === null,
      habit: habitOf(kind, random),
      nextRefresh: bornAt,
    };
    // Servers refresh around the clock, each in its own rhythm.
    system.nextRefresh = (start + random.unit() * system.habit) as EpochSeconds;
    installRelease(system);
    return system;
  }

  function siteFor(kind: Kind): Site | null {
    if (kind === 'ci') return pick(farms, random);
    const share = { server: 0.4, workstation: 0.25, container: 0.6 }[kind];
    // A few sites hold a hundred systems and more behind one address, most hold a handful.
    return random.chance(share) ? sites[Math.floor(random.unit() ** 1.5 * sites.length)]! : null;
  }

  function upgrade(system: System, week: Week): void {
    const newest = newestMinor(system.os.major, week);
    if (!system.isPinned && system.os.minor < newest && random.chance(0.3)) {
      system.os.minor = newest;
      system.agent = agentOf(system.os);
    }
    const chance = { 8: 0.0015, 9: 0.0008, 10: 0 }[system.os.major];
    if (!random.chance(chance)) return;
    system.os.major = system.os.major === 8 ? 9 : 10;
    system.os.minor = newestMinor(system.os.major, week);
    // The release is part of the name of dnf's persistent folder, so its cookies start anew (libdnf#1611).
    installRelease(system);
  }

  function pass(week: Week, emit: (request: Request) => void): ActiveSystems {
    const active = nobody();
    const size = sizeIn(week);
    for (const [index, { kind, share, meanLife }] of RESIDENTS.entries()) {
      const births = roundAtRandom(share * size * (1 / meanLife + GROWTH_PER_WEEK), random);
      const group = living[index]!;
      for (let birth = 0; birth < births; birth += 1) group.push(newborn(kind, week, meanLife));
      for (const system of group) if (passWeek(system, week, emit) > 0) countActive(active, system, week);
      living[index] = group.filter(({ diesAt }) => weekOf(diesAt) > week);
    }
    for (const { kind, share } of VISITORS) {
      const visits = roundAtRandom(share * size, random);
      for (let visit = 0; visit < visits; visit += 1) countActive(active, passVisit(kind, week, emit), week);
    }
    return active;
  }

  /** How often the system refreshed its lists. */
  function passWeek(system: System, week: Week, emit: (request: Request) => void): number {
    upgrade(system, week);
    const times = system.kind === 'server' ? serverTimes(system, week, random) : workstationTimes(system, week, random);
    for (const time of times) {
      if (system.movesAround && random.chance(0.2)) system.address = drawAddress(system.country, random);
      refresh(system, time, week, emit);
    }
    return times.length;
  }

  function passVisit(kind: 'container' | 'ci', week: Week, emit: (request: Request) => void): System {
    const site = newborn(kind, week, 1);
    const lastSecond = (weekStart(week) + LAST_SECOND) as EpochSeconds;
    const first = kind === 'ci' ? officeTime(week, site.country, random) : site.bornAt;
    refresh(site, Math.min(first, lastSecond) as EpochSeconds, week, emit);
    if (random.chance(0.35)) {
      refresh(site, Math.min(first + 60 + random.below(2 * SECONDS_PER_HOUR), lastSecond) as EpochSeconds, week, emit);
    }
    if (kind === 'ci' && random.chance(0.05)) refreshForeignRelease(site, first, week, emit);
    return site;
  }

  /** A build for another release: the host's name in the User-Agent, the target's release in the request. */
  function refreshForeignRelease(host: System, time: EpochSeconds, week: Week, emit: (request: Request) => void): void {
    const major: Major = host.os.major === 9 ? 8 : 9;
    const build: System = { ...host, os: { ...host.os, major }, repositories: [], extraRepositories: [] };
    installRelease(build);
    build.agent = host.agent;
    for (const repository of build.repositories) repository.isCensus = false;
    refresh(build, Math.min(time + 30, weekStart(week) + LAST_SECOND) as EpochSeconds, week, emit);
  }

  function refresh(system: System, time: EpochSeconds, week: Week, emit: (request: Request) => void): void {
    const mirror = random.below(MIRRORS.length);
    const { address, agent } = system;
    let second = Math.floor(time);
    for (const { lines, isCensus, cookie } of system.repositories) {
      const flag = flagOf(cookie, week, random);
      if (flag === 0 && !random.chance(UNFLAGGED_SHARE)) continue;
      emit({
        address,
        time: second as EpochSeconds,
        request: lines.requests[flag]!,
        status: 200,
        bytes: lines.bytes,
        referer: '-',
        agent,
        mirror,
        outcome: outcomeOf(flag, isCensus),
      });
      if (random.chance(0.3)) second += 1;
    }
  }

  return { pass };
}

function createSites(count: number, random: Random): Site[] {
  return Array.from({ length: count }, () => {
    const country = drawCountry(random);
    return { country, address: drawAddress(country, random) };
  });
}

function outcomeOf(flag: Age | 0, isCensus: boolean): Request['outcome'] {
  if (flag === 0) return 'none';
  return isCensus ? 'census' : 'check-in';
}

function extraRepositories(kind: Kind, random: Random): string[] {
  if (kind === 'container' || kind === 'ci') return random.chance(0.1) ? ['epel'] : [];
  return [...(random.chance(0.15) ? ['crb'] : []), ...(random.chance(kind === 'server' ? 0.35 : 0.5) ? ['epel'] : [])];
}

function nobody(): ActiveSystems {
  return {
    all: 0,
    byRelease: {},
    byAge: { 1: 0, 2: 0, 3: 0, 4: 0 },
    byKind: { server: 0, workstation: 0, container: 0, ci: 0 },
  };
}

function countActive(active: ActiveSystems, { os, kind, bornAt }: System, week: Week): void {
  active.all += 1;
  active.byRelease[os.major] = (active.byRelease[os.major] ?? 0) + 1;
  active.byAge[ageAfter(week - weekOf(bornAt))] += 1;
  active.byKind[kind] += 1;
}

function roundAtRandom(value: number, random: Random): number {
  return Math.floor(value) + (random.chance(value - Math.floor(value)) ? 1 : 0);
}

function installRelease(system: System): void {
  const { os, asksForMetalink } = system;
  system.agent = agentOf(os);
  // The census wants the same release in the request and in the User-Agent.
  const saysItsRelease = os.name !== '' && Number.parseInt(versionOf(os), 10) === os.major;
  system.repositories = ['baseos', 'appstream', 'extras', ...system.extraRepositories].map((name) => ({
    lines: linesOf(name, os.major, os.arch, asksForMetalink || name === 'epel'),
    isCensus: name === 'baseos' && saysItsRelease,
    cookie: newCookie(),
  }));
}
