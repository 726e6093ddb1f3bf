import type { Age } from '../../src/flow/sightings/request.ts';
import { mondayOf, type Week } from '../../src/flow/sightings/week.ts';
import {
  type CountryRow,
  type EpelRow,
  type ExclusionRow,
  type MarginRow,
  METHOD,
  NO_NUMBERS,
  type Publication,
  type PublishedWeek,
  type SystemsRow,
  totalsByWeek,
} from '../../src/flow/views/publication/tables.ts';
import type { TotalsRow } from '../../src/flow/views/totals.ts';

const FIRST = 2870 as Week;
const WEEKS = 70;
/** Weeks without numbers, to show that gaps stay gaps. */
const MISSING = 2891;
const HELD = 2912;
const DOUBTFUL = 2925;
const CORRECTED = 2930;
const AGES: readonly Age[] = [1, 2, 3, 4];
const AGE_SHARES: Record<Age, number> = { 1: 0.3, 2: 0.18, 3: 0.32, 4: 0.2 };
const EDITIONS: readonly [string, number][] = [
  ['generic', 0.7],
  ['server', 0.2],
  ['workstation', 0.08],
  ['withheld', 0.02],
];
const ARCHES: readonly [string, number][] = [
  ['x86_64', 0.9],
  ['aarch64', 0.08],
  ['ppc64le', 0.02],
];
const COUNTRIES: readonly [string, number][] = [
  ['US', 0.3],
  ['JP', 0.2],
  ['DE', 0.15],
  ['BR', 0.1],
  ['IN', 0.1],
  ['FR', 0.06],
  ['ZZ', 0.05],
  ['002', 0.03],
  ['withheld', 0.01],
];

/** A publication of a made-up distribution that has a bit of everything, the same at each call. */
export function samplePublication(): Publication {
  const numbers = Array.from({ length: WEEKS }, (_, n) => (FIRST + n) as Week);
  const systems = numbers.flatMap(systemsOf);
  const weeks = numbers.map((week) => summaryOf(week, systems));
  return {
    method: METHOD,
    distribution: {
      id: 'meridian',
      name: 'Meridian Linux',
      homepage: 'https://meridian.example/',
      siteUrl: 'https://count.meridian.example',
      licence: 'CC0-1.0',
      headline: ['Meridian Linux'],
      census: ['baseos-{release}'],
      crosschecks: ['appstream-{release}'],
      epel: ['epel-{release}'],
      epelCrosschecks: ['epel-modular-{release}'],
      releases: [
        { os: 'Meridian Linux', version: '10', released: '2025-11-18', endOfLife: undefined },
        { os: 'Meridian Linux', version: '9', released: '2022-05-26', endOfLife: undefined },
        { os: 'Meridian Linux', version: '8', released: '2021-03-30', endOfLife: '2026-03-01' },
      ],
      repoAgeUpTo: '9',
    },
    protection: { kind: 'small-groups', k: 10, networks: 3 },
    updated: '2026-05-12T02:00:00Z',
    nextUpdate: '2026-05-19T02:00:00Z',
    isStale: false,
    weeks,
    systems,
    margins: marginsOf(systems),
    countries: numbers.flatMap(countriesOf),
    epel: numbers.flatMap(epelOf),
    totals: totalsByWeek(numbers.flatMap(totalsOf)),
    exclusions: numbers.flatMap(exclusionsOf),
    annotations: [
      {
        date: '2025-11-18',
        kind: 'release',
        of: 'systems',
        text: 'Meridian Linux 10 released',
        url: 'https://meridian.example/10',
      },
      { date: '2025-05-13', kind: 'outage', of: 'systems', text: 'Logs of one server lost', url: undefined },
      {
        date: '2026-03-01',
        kind: 'end-of-life',
        of: 'systems',
        text: 'Meridian Linux 8 no longer supported',
        url: undefined,
      },
    ],
    corrections: [
      {
        week: CORRECTED as Week,
        revision: 2,
        date: '2026-03-17',
        before: { systems: 20_910, grade: 'B' },
        after: { systems: weeks[CORRECTED - FIRST]!.systems, grade: 'A' },
        why: 'late logs of one server',
      },
    ],
    implausibleAges: [
      { os: 'Meridian Linux', version: '9', edition: 'withheld', client: 'libdnf', since: 2900 as Week },
    ],
    aliases: {
      version: 3,
      entries: [
        { field: 'os', is: ['Meridian', 'Meridian GNU/Linux'], means: 'Meridian Linux', since: '2025-02-03' },
        { field: 'arch', is: ['amd64'], means: 'x86_64', since: undefined },
        { field: 'edition', is: [''], means: 'generic', since: undefined },
      ],
    },
    audit: { hidden: 31, weeks: WEEKS - 2 },
  };
}

function hasNumbers(week: Week): boolean {
  return week !== MISSING && week !== HELD;
}

function sizeOf(week: Week): number {
  const doubt = week === DOUBTFUL ? 0.6 : 1;
  return (18_000 + (week - FIRST) * 60 + 300 * Math.sin(week)) * doubt;
}

/** Version 10 grows from its release, out of 9; 8 shrinks. */
function versionShares(week: Week): [string, number][] {
  const ten = week < 2915 ? 0 : Math.min(0.3, (week - 2914) * 0.02);
  const eight = 0.3 - (week - FIRST) * 0.002;
  const nine = 1 - ten - eight;
  return [
    ['8.10', eight],
    ['9.5', nine * 0.4],
    ['9.6', nine * 0.6],
    ...(ten > 0 ? [['10.0', ten] as [string, number]] : []),
  ];
}

function ten(value: number): number {
  return Math.round(value / 10) * 10;
}

function systemsOf(week: Week): SystemsRow[] {
  if (!hasNumbers(week)) return [];
  const rows: SystemsRow[] = [];
  for (const [version, share] of versionShares(week))
    for (const [edition, editionShare] of EDITIONS)
      for (const [arch, archShare] of ARCHES)
        for (const age of AGES) {
          const systems = ten(sizeOf(week) * share * editionShare * archShare * AGE_SHARES[age]);
          if (systems < 10) continue;
          rows.push({ week, os: 'Meridian Linux', version, edition, arch, client: 'libdnf', age, systems });
        }
  rows.push({
    week,
    os: 'withheld',
    version: 'withheld',
    edition: 'withheld',
    arch: 'withheld',
    client: 'libdnf',
    age: 3,
    systems: 40,
  });
  rows.push({
    week,
    os: 'Meridian Linux',
    version: 'withheld',
    edition: 'withheld',
    arch: 'withheld',
    client: 'withheld',
    age: 'withheld',
    systems: 20,
  });
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** The tables of a publication that has no number to show. */
export const NO_ROWS = {
  systems: [],
  margins: [],
  countries: [],
  epel: [],
  totals: totalsByWeek([]),
  exclusions: [],
  corrections: [],
} satisfies Partial<Publication>;

/** The publication with other rows, and what they add up to. */
export function withSystems(publication: Publication, systems: readonly SystemsRow[]): Publication {
  return { ...publication, systems, margins: marginsOf(systems) };
}

function marginsOf(systems: readonly SystemsRow[]): MarginRow[] {
  const fields = ['os', 'version', 'edition', 'arch', 'client', 'age'] as const;
  const counted = systems.filter(({ os }) => os === 'Meridian Linux');
  const keyed = counted.flatMap((row) =>
    fields.map((field) => ({ week: row.week, field, value: String(row[field]), systems: row.systems })),
  );
  return [...Map.groupBy(keyed, ({ week, field, value }) => JSON.stringify([week, field, value]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rows]) => ({ ...rows[0]!, systems: rows.reduce((sum, row) => sum + row.systems, 0) }));
}

function summaryOf(week: Week, all: readonly SystemsRow[]): PublishedWeek {
  if (!hasNumbers(week)) {
    return {
      week,
      ...NO_NUMBERS,
      coverage: week === HELD ? 1 : 0,
      status: week === HELD ? 'held' : 'missing',
      revision: 0,
      note: '',
    };
  }
  const rows = all.filter((row) => row.week === week && row.os === 'Meridian Linux');
  const sum = (of: readonly SystemsRow[]) => of.reduce((total, row) => total + row.systems, 0);
  const systems = sum(rows);
  return {
    week,
    systems,
    fewerThan: null,
    within: 10,
    low: ten(systems * 0.97),
    high: ten(systems * 1.08),
    established: sum(rows.filter(({ age }) => age !== 1 && age !== 'withheld')),
    newOrShortLived: sum(rows.filter(({ age }) => age === 1)),
    ageUnknown: sum(rows.filter(({ age }) => age === 'withheld')),
    ageImplausible: 0,
    crossRelease: 120,
    accounts: {
      census: sum(all.filter((row) => row.week === week)),
      crosscheck: ten(systems * 1.08),
      epel: ten(systems * 0.8),
      optional: ten(systems * 1.4),
      'cross-release': 120,
      unexpanded: 60,
      unknown: 30,
      'no-system': 410,
      hidden: 20,
    },
    coverage: week === DOUBTFUL ? 0.62 : 0.995,
    grade: week === DOUBTFUL ? 'C' : 'A',
    uaUnknownShare: 0.021,
    excluded: 350,
    status: 'published',
    revision: week === CORRECTED ? 2 : 1,
    note: week === DOUBTFUL ? '38 % of the expected logs are missing' : '',
  };
}

function countriesOf(week: Week): CountryRow[] {
  if (!hasNumbers(week)) return [];
  return COUNTRIES.flatMap(([country, share]): CountryRow[] => [
    { week, country, duration: 'established', systems: ten(sizeOf(week) * share * 0.7) },
    { week, country, duration: 'new_or_shortlived', systems: ten(sizeOf(week) * share * 0.3) },
  ]);
}

function epelOf(week: Week): EpelRow[] {
  if (!hasNumbers(week)) return [];
  return ['8', '9'].flatMap((release) =>
    AGES.map((age): EpelRow => {
      const systems = ten(sizeOf(week) * 0.4 * AGE_SHARES[age]);
      return { week, release, os: 'Meridian Linux', version: release, arch: 'x86_64', age, systems };
    }),
  );
}

/** The repository that is compared with counts a fortieth more. */
function epelTotalsOf(week: Week): TotalsRow[] {
  return epelOf(week).flatMap(({ release, os, version, arch, age, systems }) =>
    (
      [
        ['epel', 1],
        ['epel-modular', 1.025],
      ] as const
    ).map(([repository, times]) => ({
      week,
      hits: Math.round(systems * times),
      osName: os,
      osVersion: version,
      osVariant: 'generic',
      osArch: arch,
      sysAge: age as Age,
      repoTag: `${repository}-${release}`,
      repoArch: arch,
    })),
  );
}

function totalsOf(week: Week): TotalsRow[] {
  const census = systemsOf(week)
    .filter((row) => row.age !== 'withheld')
    .map((row) => ({
      week,
      hits: row.systems,
      osName: row.os,
      osVersion: row.version,
      osVariant: row.edition,
      osArch: row.arch,
      sysAge: row.age as Age,
      repoTag: row.os === 'withheld' ? 'withheld' : `baseos-${row.version.split('.')[0]}`,
      repoArch: row.arch,
    }));
  return [...census, ...epelTotalsOf(week)];
}

function exclusionsOf(week: Week): ExclusionRow[] {
  return hasNumbers(week)
    ? [
        { week, reason: 'agent', requests: 250 },
        { week, reason: 'status', requests: 100 },
      ]
    : [];
}

/** The Monday of the sample's last week. */
export const SAMPLE_NEWEST = mondayOf((FIRST + WEEKS - 1) as Week);
