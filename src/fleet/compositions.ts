import type { Major } from './releases.ts';
import type { Kind } from './rhythms.ts';

/** What a fleet is made of. All shares are invented: they are there to differ, not to resemble anybody's fleet. */
export interface Composition {
  /** Systems that stay: share of the fleet and mean life in weeks. */
  residents: readonly { kind: 'server' | 'workstation'; share: number; meanLife: number }[];
  /** Systems that live for hours: their number in each week, as a share of the fleet. */
  visitors: readonly { kind: 'container' | 'ci'; share: number }[];
  /** Weights of the releases of systems that are there from the start, and of those that come later. */
  oldMajors: readonly (readonly [major: Major, weight: number])[];
  newMajors: readonly (readonly [major: Major, weight: number])[];
  /** Share of each kind that stands behind a shared address; `ci` always does. */
  behindSites: Record<Exclude<Kind, 'ci'>, number>;
  /** The fleet has one shared address for so many of its systems. */
  systemsPerSite: number;
  /** Chance that a workstation with an address of its own has another one at its next refresh. */
  moving: number;
  /** Of the list requests without a flag only this share is written. Flagged requests are all written. */
  unflaggedShare: number;
  /** Share of the residents that upgrade to the next major release in the first week. */
  upgrading: number;
  /** Share of the residents that never ask the distribution's servers with the flag, as often as they refresh. */
  silent: number;
  /** Share of the days on which a workstation is used; drawn for each where undefined. */
  daysUsed: number | undefined;
  /** Weeks between two refreshes of a server; drawn for each where undefined. */
  refreshedEvery: number | undefined;
}

/** The fleet of `rollcall simulate` and of the demonstration. */
export const MIXED: Composition = {
  residents: [
    { kind: 'server', share: 0.55, meanLife: 90 },
    // Tests and demonstrations.
    { kind: 'server', share: 0.04, meanLife: 2.5 },
    { kind: 'workstation', share: 0.21, meanLife: 110 },
  ],
  visitors: [
    { kind: 'container', share: 0.12 },
    { kind: 'ci', share: 0.08 },
  ],
  oldMajors: [
    [8, 30],
    [9, 55],
    [10, 15],
  ],
  newMajors: [
    [8, 8],
    [9, 52],
    [10, 40],
  ],
  behindSites: { server: 0.4, workstation: 0.25, container: 0.6 },
  systemsPerSite: 30,
  moving: 0.2,
  // They are most of a real log and say nothing.
  unflaggedShare: 0.2,
  upgrading: 0,
  silent: 0,
  daysUsed: undefined,
  refreshedEvery: undefined,
};

/** One trait each, so that an estimator's error has one cause. All requests are seen: addresses are counted in them. */
const PLAIN: Composition = {
  ...MIXED,
  residents: [],
  visitors: [],
  behindSites: { server: 0, workstation: 0, container: 0 },
  moving: 0,
  unflaggedShare: 1,
};

export const FLEETS = {
  servers: { ...PLAIN, residents: [{ kind: 'server', share: 1, meanLife: 90 }] },
  laptops: { ...PLAIN, residents: [{ kind: 'workstation', share: 1, meanLife: 110 }], moving: 0.5 },
  containers: {
    ...PLAIN,
    visitors: [{ kind: 'container', share: 1 }],
    behindSites: { ...PLAIN.behindSites, container: 0.6 },
  },
  nat: {
    ...PLAIN,
    residents: [
      { kind: 'server', share: 0.7, meanLife: 90 },
      { kind: 'workstation', share: 0.3, meanLife: 110 },
    ],
    behindSites: { server: 0.95, workstation: 0.95, container: 0 },
  },
  // Chosen so that about 8 % of the base repository's check-ins come from systems of the older release: so many did in
  // the week in which Fedora 33 came out.
  'release-week': {
    ...PLAIN,
    residents: [
      { kind: 'workstation', share: 0.8, meanLife: 110 },
      { kind: 'server', share: 0.2, meanLife: 90 },
    ],
    oldMajors: [[9, 1]],
    newMajors: [[9, 1]],
    moving: 0.2,
    upgrading: 0.36,
  },
  // What no repository can tell of, as it sees nothing of it. Weekends count for less, so 0.15 is less than a day a week.
  'rarely-on': {
    ...PLAIN,
    residents: [{ kind: 'workstation', share: 1, meanLife: 110 }],
    moving: 0.5,
    daysUsed: 0.15,
  },
  'by-hand': { ...PLAIN, residents: [{ kind: 'server', share: 1, meanLife: 90 }], refreshedEvery: 1 },
  'own-mirrors': { ...PLAIN, residents: [{ kind: 'server', share: 1, meanLife: 90 }], silent: 0.5 },
  'fixed-addresses': { ...PLAIN, residents: [{ kind: 'server', share: 1, meanLife: 60 }], silent: 0.3 },
  'switched-off': {
    ...PLAIN,
    residents: [
      { kind: 'server', share: 0.5, meanLife: 90 },
      { kind: 'workstation', share: 0.5, meanLife: 110 },
    ],
    silent: 0.15,
  },
} as const satisfies Record<string, Composition>;

export type FleetName = keyof typeof FLEETS;
