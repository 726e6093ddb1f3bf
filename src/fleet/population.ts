import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_WEEK, weekOf, weekStart } from '../flow/sightings/week.ts';
import type { Composition } from './compositions.ts';
import type { Age } from './countme-client.ts';
import { ageAfter, flagOf } from './countme-client.ts';
import type { Installation } from './installation.ts';
import { drawArch, drawDesktopArch, drawName, drawVariant, extraRepositories, installRelease } from './installation.ts';
import type { Country } from './networks.ts';
import { drawAddress, drawCountry } from './networks.ts';
import type { Random } from './random.ts';
import { createDraw, exponential, pick } from './random.ts';
import type { Major } from './releases.ts';
import { agentOf } from './releases.ts';
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
   * `settlingWeeks` before the first one: until then budgets are not yet spread as in a fleet that has run for years.
   */
  pass(week: Week, emit: (request: Request) => void): ActiveSystems;
}

export interface PopulationOptions {
  /** Systems that are active in the first week, about. */
  systems: number;
  composition: Composition;
  settlingWeeks: number;
  firstWeek: Week;
  weeks: number;
  random: Random;
}

/** The truth that no log can tell: systems that were alive and refreshed their lists in a week, wherever they asked. */
export interface ActiveSystems {
  all: number;
  byRelease: Record<string, number>;
  /** By whole weeks since the system was installed, in the buckets of `countme`. */
  byAge: Record<Age, number>;
  byKind: Record<Kind, number>;
}

interface Site {
  country: Country;
  address: string;
}

interface System extends Refresher, Installation {
  kind: Kind;
  isSilent: boolean;
  isPinned: boolean;
  address: string;
  movesAround: boolean;
}

const GROWTH_PER_WEEK = 0.006;
/** When the run is this far, new minor releases come out. */
const RELEASE_DAY = 0.4;
const OLDEST_MINOR: Record<Major, number> = { 8: 10, 9: 4, 10: 0 };
const NEWEST_MINOR: Record<Major, number> = { 8: 10, 9: 7, 10: 1 };

/** Undefined where it is drawn. */
function givenHabit(kind: Kind, { daysUsed, refreshedEvery }: Composition): number | undefined {
  if (kind === 'workstation') return daysUsed;
  return kind === 'server' && refreshedEvery !== undefined ? refreshedEvery * SECONDS_PER_WEEK : undefined;
}

export function createPopulation(options: PopulationOptions): Population {
  const { systems, composition, settlingWeeks, firstWeek, weeks, random } = options;
  const releaseWeek = firstWeek + Math.round(weeks * RELEASE_DAY);
  const start = weekStart((firstWeek - settlingWeeks) as Week);
  const drawOldMajor = createDraw(composition.oldMajors);
  const drawNewMajor = createDraw(composition.newMajors);
  const sites = createSites(Math.max(4, Math.round(systems / composition.systemsPerSite)), random);
  const farms = createSites(Math.max(3, Math.round(systems / 800)), random);
  const living = composition.residents.map(({ kind, share, meanLife }) =>
    Array.from({ length: Math.round(share * sizeIn(firstWeek - settlingWeeks)) }, () => resident(kind, meanLife)),
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
      isSilent: false,
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
      habit: givenHabit(kind, composition) ?? habitOf(kind, random),
      nextRefresh: bornAt,
    };
    // Servers refresh around the clock, each in its own rhythm.
    system.nextRefresh = (start + random.unit() * system.habit) as EpochSeconds;
    installRelease(system);
    // Nothing is drawn for fleets in which all ask: they stay the same for the same seed.
    system.isSilent = composition.silent > 0 && random.chance(composition.silent);
    return system;
  }

  function siteFor(kind: Kind): Site | null {
    if (kind === 'ci') return pick(farms, random);
    // A few sites hold a hundred systems and more behind one address, most hold a handful.
    return random.chance(composition.behindSites[kind])
      ? sites[Math.floor(random.unit() ** 1.5 * sites.length)]!
      : null;
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
    for (const [index, { kind, share, meanLife }] of composition.residents.entries()) {
      const births = roundAtRandom(share * size * (1 / meanLife + GROWTH_PER_WEEK), random);
      const group = living[index]!;
      for (let birth = 0; birth < births; birth += 1) group.push(newborn(kind, week, meanLife));
      for (const system of group) if (passWeek(system, week, emit) > 0) countActive(active, system, week);
      living[index] = group.filter(({ diesAt }) => weekOf(diesAt) > week);
    }
    for (const { kind, share } of composition.visitors) {
      const visits = roundAtRandom(share * size, random);
      for (let visit = 0; visit < visits; visit += 1) countActive(active, passVisit(kind, week, emit), week);
    }
    return active;
  }

  /** How often the system refreshed its lists. */
  function passWeek(system: System, week: Week, emit: (request: Request) => void): number {
    upgrade(system, week);
    const times = system.kind === 'server' ? serverTimes(system, week, random) : workstationTimes(system, week, random);
    const upgradesAfter = week === firstWeek ? drawUpgrade(times, composition.upgrading, random) : undefined;
    for (const time of times) {
      if (system.movesAround && random.chance(composition.moving)) {
        system.address = drawAddress(system.country, random);
      }
      if (!system.isSilent) refresh(system, time, week, emit);
      if (time === upgradesAfter) upgradeRelease(system, time, week, emit);
    }
    return times.length;
  }

  /** The old release fetches the packages of the new one; after the restart the new one asks for itself. */
  function upgradeRelease(system: System, time: EpochSeconds, week: Week, emit: (request: Request) => void): void {
    const major: Major = system.os.major === 8 ? 9 : 10;
    const upgraded: System = { ...system, os: { ...system.os, major, minor: newestMinor(major, week) } };
    installRelease(upgraded);
    refreshForeignRelease(system, upgraded, time, week, emit);
    Object.assign(system, upgraded);
    refresh(system, inWeek(time + SECONDS_PER_HOUR, week), week, emit);
  }

  function passVisit(kind: 'container' | 'ci', week: Week, emit: (request: Request) => void): System {
    const site = newborn(kind, week, 1);
    const first = kind === 'ci' ? officeTime(week, site.country, random) : site.bornAt;
    refresh(site, inWeek(first, week), week, emit);
    if (random.chance(0.35)) {
      refresh(site, inWeek(first + 60 + random.below(2 * SECONDS_PER_HOUR), week), week, emit);
    }
    if (kind === 'ci' && random.chance(0.05)) buildForOtherRelease(site, first, week, emit);
    return site;
  }

  function buildForOtherRelease(host: System, time: EpochSeconds, week: Week, emit: (request: Request) => void): void {
    const major: Major = host.os.major === 9 ? 8 : 9;
    const build: System = { ...host, os: { ...host.os, major }, extraRepositories: [] };
    installRelease(build);
    refreshForeignRelease(host, build, time, week, emit);
  }

  /** The host's name in the User-Agent, the target's release in the request, and the target's cookies. */
  function refreshForeignRelease(
    host: System,
    target: System,
    time: EpochSeconds,
    week: Week,
    emit: (request: Request) => void,
  ): void {
    const repositories = target.repositories.map((repository) => ({ ...repository, isCensus: false }));
    refresh({ ...target, agent: host.agent, repositories }, inWeek(time + 30, week), week, emit);
  }

  function refresh(system: System, time: EpochSeconds, week: Week, emit: (request: Request) => void): void {
    const mirror = random.below(MIRRORS.length);
    const { address, agent } = system;
    let second = Math.floor(time);
    for (const { lines, isCensus, cookie } of system.repositories) {
      const flag = flagOf(cookie, week, random);
      if (flag === 0 && !random.chance(composition.unflaggedShare)) continue;
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

/** A refresh that began in a week is made in it. */
function inWeek(time: number, week: Week): EpochSeconds {
  return Math.min(time, weekStart(week) + LAST_SECOND) as EpochSeconds;
}

/** After which of its refreshes a system upgrades, if it does. */
function drawUpgrade(times: readonly EpochSeconds[], share: number, random: Random): EpochSeconds | undefined {
  // Nothing is drawn for fleets without upgrades: they stay the same for the same seed.
  return share > 0 && times.length > 0 && random.chance(share) ? pick(times, random) : undefined;
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
