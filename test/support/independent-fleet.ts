import type { Age } from '../../src/flow/sightings/request.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import type { CubeCell } from '../../src/flow/vault/vault.ts';
import type { Random } from './random.ts';

/**
 * A second fleet, written without a look at `src/fleet` and never tuned to anything: systems that are switched on and off
 * hour by hour, timers that fire while they are on, lists that expire repository by repository. What is said of numbers
 * must hold for it too.
 */
export interface Habits {
  /** Of the hours of a day on which it is used at all, how many it is on. */
  hoursOn: number;
  /** On how many of a hundred days it is used. */
  days: number;
  /** After how many hours it asks again for the list of each repository; as long as it is on. */
  expires: readonly [baseos: number, appstream: number, extras: number];
  /** Nothing happens by itself: somebody updates it, on so many of a hundred days on which it is used. */
  byHand?: number;
  /** Of a hundred, how many live for one stretch of `hoursOn` and never come back. */
  shortLived: number;
  /** Of a hundred, how many ask mirrors of their own, or with counting switched off. */
  silent: number;
}

const KINDS = {
  fedoraLikeServer: { hoursOn: 24, days: 100, expires: [6, 6, 6], shortLived: 0, silent: 0 },
  slowServer: { hoursOn: 24, days: 100, expires: [48, 48, 48], shortLived: 0, silent: 0 },
  neglectedServer: { hoursOn: 24, days: 100, expires: [48, 48, 48], byHand: 12, shortLived: 0, silent: 0 },
  officeLaptop: { hoursOn: 9, days: 68, expires: [48, 6, 48], shortLived: 0, silent: 0 },
  kitchenLaptop: { hoursOn: 2, days: 17, expires: [48, 24, 48], shortLived: 0, silent: 0 },
  buildMachine: { hoursOn: 3, days: 100, expires: [24, 24, 24], shortLived: 100, silent: 0 },
} as const satisfies Record<string, Habits>;

export type IndependentKind = keyof typeof KINDS;

export function habitsOf(kind: IndependentKind): Habits {
  return KINDS[kind];
}

/** Every machine has all of them; the last two expire like the third. */
const REPOSITORIES = ['baseos', 'appstream', 'extras', 'crb', 'epel'] as const;

/** What the client remembers of one repository: requests still to spend, and the last and the first week it was counted. */
interface Memory {
  toSpend: number;
  counted: number;
  since: number;
  askedAt: number;
}

interface Machine {
  habits: Habits;
  isSilent: boolean;
  release: number;
  memories: Memory[];
  /** The first hour of the day that it is usually on. */
  morning: number;
  livesUntil: number;
}

export interface IndependentWeek {
  week: Week;
  /** Systems that were on at some time of the week. */
  truth: number;
  cells: CubeCell[];
  /** Check-ins in each hour of the week. */
  hours: number[];
}

interface Counted {
  sums: Map<string, CubeCell>;
  hours: number[];
}

interface IndependentRun {
  first: Week;
  weeks: number;
  random: Random;
  upgrading?: number;
  upgradingIn?: number;
  /** The hour of that week from which on there is a release. */
  upgradingFrom?: number;
}

const HOURS = 168;
const SETTLING = 10;

/**
 * Some weeks of a fleet. `upgrading`: of a hundred, how many go from release 9 to 10, in the middle of a day of the week
 * `upgradingIn`; some more do each week after it.
 */
export function independentWeeks(
  fleet: readonly { habits: Habits; count: number }[],
  { first, weeks, random, upgrading = 0, upgradingIn = weeks - 1, upgradingFrom = 0 }: IndependentRun,
): IndependentWeek[] {
  const newMachine = (habits: Habits): Machine => ({
    habits,
    isSilent: random.below(100) < habits.silent,
    release: 9,
    memories: freshAll(),
    morning: random.below(24),
    livesUntil: Infinity,
  });
  // They were not all switched on in the same hour.
  const oldMachine = (habits: Habits): Machine => {
    const askedAt = (first - SETTLING) * HOURS - 1 - random.below(Math.max(...habits.expires));
    return { ...newMachine(habits), memories: freshAll(askedAt) };
  };
  const staying = fleet.flatMap(({ habits, count }) =>
    Array.from({ length: Math.round((count * (100 - habits.shortLived)) / 100) }, () => oldMachine(habits)),
  );
  const found: IndependentWeek[] = [];
  for (let at = -SETTLING; at < weeks; at++) {
    const week = (first + at) as Week;
    const passing = fleet.flatMap(({ habits, count }) =>
      Array.from({ length: Math.round((count * habits.shortLived) / 100) }, () => newMachine(habits)),
    );
    const counted: Counted = { sums: new Map(), hours: Array.from({ length: HOURS }, () => 0) };
    let truth = 0;
    for (const machine of [...staying, ...passing]) {
      const isPassing = machine.habits.shortLived > 0 && passing.includes(machine);
      const chance = at < upgradingIn ? 0 : upgrading / (1 + at - upgradingIn);
      const from = at === upgradingIn ? upgradingFrom : 0;
      const upgradesAt = chance > 0 && random.below(100) < chance ? from + random.below(HOURS - from) : Infinity;
      if (liveWeek(machine, week, isPassing, upgradesAt, random, counted)) truth++;
    }
    if (at >= 0) found.push({ week, truth, cells: [...counted.sums.values()], hours: counted.hours });
  }
  return found;
}

function fresh(askedAt = -Infinity): Memory {
  return { toSpend: 0, counted: -1, since: -1, askedAt };
}

function freshAll(askedAt?: number): Memory[] {
  return REPOSITORIES.map(() => fresh(askedAt));
}

/** Whether the machine was on at all. */
function liveWeek(
  machine: Machine,
  week: Week,
  isPassing: boolean,
  upgradesAt: number,
  random: Random,
  counted: Counted,
): boolean {
  const { habits } = machine;
  let wasOn = false;
  const onlyDay = isPassing ? random.below(7) : -1;
  for (let day = 0; day < 7; day++) {
    if (isPassing ? day !== onlyDay : random.below(100) >= habits.days) continue;
    wasOn = true;
    const isByHand = habits.byHand !== undefined;
    if (isByHand && random.below(100) >= habits.byHand!) continue;
    const hours = isByHand ? 1 : habits.hoursOn;
    for (let hour = 0; hour < hours; hour++) {
      const time = day * 24 + ((machine.morning + hour) % 24);
      if (time >= upgradesAt && machine.release === 9) {
        // The new release's lists are fetched by the old one, and then by itself.
        askAll(machine, 10, week, time, random, counted);
        machine.release = 10;
        machine.memories = freshAll();
      }
      askAll(machine, machine.release, week, time, random, counted);
    }
  }
  return wasOn;
}

function askAll(machine: Machine, release: number, week: Week, time: number, random: Random, counted: Counted) {
  const now = week * HOURS + time;
  const isForeign = release !== machine.release;
  for (const [place, repository] of REPOSITORIES.entries()) {
    const memory = isForeign ? fresh() : machine.memories[place]!;
    if (now - memory.askedAt < machine.habits.expires[Math.min(place, 2)]!) continue;
    memory.askedAt = now;
    const age = flagOf(memory, week, random);
    if (age === undefined || machine.isSilent) continue;
    const version = machine.release === 9 ? '9.6' : '10.0';
    const key = `${repository} ${release} ${version} ${age}`;
    counted.hours[time]!++;
    const known = counted.sums.get(key);
    if (known !== undefined) known.hits++;
    else
      counted.sums.set(key, {
        system: { client: 'libdnf', osName: 'AlmaLinux', osVersion: version, osVariant: 'generic', osArch: 'x86_64' },
        request: { age, repoTag: `${repository}-${release}`, repoArch: '' },
        country: 'ZZ',
        hits: 1,
      });
  }
}

/** As dnf.conf(5) and libdnf have it: of a week not counted yet, one to four requests are spent; the last has the flag. */
export function flagOf(
  memory: Pick<Memory, 'toSpend' | 'counted' | 'since'>,
  week: Week,
  random: Random,
): Age | undefined {
  if (memory.counted === week) return undefined;
  if (memory.toSpend === 0) memory.toSpend = random.pick([1, 2, 3, 4]);
  memory.toSpend--;
  if (memory.toSpend > 0) return undefined;
  memory.counted = week;
  if (memory.since < 0) memory.since = week;
  const weeks = week - memory.since;
  return weeks <= 1 ? 1 : weeks <= 4 ? 2 : weeks <= 24 ? 3 : 4;
}
