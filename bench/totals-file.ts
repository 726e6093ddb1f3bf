import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileSink } from '../src/fleet/byte-sink.ts';
import { createRandom, type Random, shuffle, zipfWeights } from '../src/fleet/random.ts';
import { mondayOf, sundayOf, type Week } from '../src/flow/sightings/week.ts';

/** Monday 2020-02-10: Fedora's first. */
export const FIRST_WEEK = 2614 as Week;
export const LAST_WEEK = (FIRST_WEEK + 349) as Week;
const SEED = 1;

/** Made once, in a folder that can be kept between runs. */
export const TOTALS_FOLDER = process.env['ROLLCALL_BENCH_FOLDER'] ?? join(tmpdir(), 'rollcall-bench');

/** Of all 350 weeks: 619 MB, 7.5 million rows. */
export const ALL_TOTALS = join(TOTALS_FOLDER, 'totals-350-weeks.csv');

/**
 * The totals of some weeks as Fedora publishes them, made up: its schema, its order (by week, within a week none), and the
 * density that its file has reached since 2020, where releases of Fedora stand beside EPEL's many systems. A week's rows
 * depend on nothing but the week, so that files of other weeks can follow each other.
 */
export async function makeTotalsFile(path: string, first: Week, last: Week): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(TOTALS_FOLDER, { recursive: true });
  process.stdout.write(`making ${path}\n`);
  const sink = createFileSink(`${path}.part`, false);
  await sink.write(Buffer.from(HEADER));
  const groups = allGroups();
  for (let week = first; week <= last; week++) await sink.write(Buffer.from(rowsOf(week, groups)));
  await sink.close();
  renameSync(`${path}.part`, path);
  return path;
}

const HEADER = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch\r\n';

/** Systems of one kind: how many there are in each week, and what they ask for. */
interface Group {
  osName: string;
  osVersion: string;
  systems: (week: Week) => number;
  variants: readonly Share[];
  architectures: readonly Share[];
  repositories: readonly Share[];
}

type Share = readonly [name: string, share: number];

const AGES = [0.09, 0.16, 0.4, 0.35];
/** Who set another architecture by hand. */
const OTHER_ARCHITECTURE = 0.0001;

function rowsOf(week: Week, groups: readonly Group[]): string {
  const random = createRandom(SEED + week);
  const dates = `${mondayOf(week)},${sundayOf(week)}`;
  const rows: string[] = [];
  for (const { osName, osVersion, systems, variants, architectures, repositories } of groups) {
    const all = systems(week);
    if (all === 0) continue;
    for (const [variant, ofVariant] of variants) {
      for (const [architecture, ofArchitecture] of architectures) {
        const some = all * ofVariant * ofArchitecture;
        for (const [repository, ofRepository] of repositories) {
          for (const [age, ofAge] of AGES.entries()) {
            const expected = some * ofRepository * ofAge;
            const fields = () => `${osName},${osVersion},${variant},${architecture},${age + 1},${repository}`;
            const hits = poisson(expected, random);
            if (hits > 0) rows.push(`${dates},${hits},${fields()},${architecture}\r\n`);
            const odd = poisson(expected * OTHER_ARCHITECTURE, random);
            if (odd > 0) rows.push(`${dates},${odd},${fields()},${architecture === 'x86_64' ? 'i386' : 'x86_64'}\r\n`);
          }
        }
      }
    }
  }
  const order = Uint32Array.from(rows.keys());
  shuffle(order, random);
  return Array.from(order, (row) => rows[row]).join('');
}

function poisson(mean: number, random: Random): number {
  let left = random.unit();
  // Most rows that could be are not.
  if (left < 1 - mean) return 0;
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - left)) * Math.cos(2 * Math.PI * random.unit());
    return Math.max(1, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let chance = Math.exp(-mean); left > chance && count < 100; chance *= mean / count) {
    left -= chance;
    count += 1;
  }
  return count;
}

const FEDORA_VARIANTS = (
  'workstation server kde cloud container generic silverblue coreos iot kinoite xfce cinnamon matecompiz lxqt lxde i3 ' +
  'sway budgie sericea onyx soas designsuite jam security robotics games astronomy python-classroom miraclewm cosmic'
).split(' ');
const ENTERPRISE_VARIANTS = ['generic', 'server', 'workstation', 'cloud', ''];
const FEDORA_ARCHITECTURES: readonly Share[] = [
  ['x86_64', 0.95],
  ['aarch64', 0.03],
  ['ppc64le', 0.008],
  ['s390x', 0.006],
  ['armhfp', 0.004],
];
const ENTERPRISE_ARCHITECTURES: readonly Share[] = FEDORA_ARCHITECTURES.slice(0, 4);

const FEDORA_RELEASES = { first: 29, last: 46 };
/** Fedora 32. */
const FIRST_RELEASED = (FIRST_WEEK + 11) as Week;
const WEEKS_PER_RELEASE = 26;
const MOST_AFTER = 26;
/** What became of a release: how many of its most systems there are some weeks after it came. */
const LIFE: readonly (readonly [weeks: number, share: number])[] = [
  [-27, 0],
  [-26, 0.0005],
  [-6, 0.02],
  [0, 0.2],
  [12, 0.8],
  [MOST_AFTER, 1],
  [40, 0.35],
  [60, 0.08],
  [120, 0.02],
  [360, 0.006],
];

/** Counting came with a release, so that the first weeks hold a few systems only; later there are more every year. */
function growth(week: Week): number {
  const weeks = week - FIRST_WEEK;
  return Math.min(1, 0.02 + (weeks / 14) ** 3) * (0.005 + 0.36 * (weeks / 350) ** 2);
}

function allGroups(): Group[] {
  return [...fedoraGroups(), ...enterpriseGroups(), ...remixGroups()];
}

function fedoraGroups(): Group[] {
  const groups: Group[] = [];
  for (let release = FEDORA_RELEASES.first; release <= FEDORA_RELEASES.last; release++) {
    const released = FIRST_RELEASED + (release - 32) * WEEKS_PER_RELEASE;
    groups.push({
      osName: release < 35 ? 'Fedora' : 'Fedora Linux',
      osVersion: `${release}`,
      systems: (week) => 1_400_000 * growth(week) * shareOfMost(week - released),
      variants: shares(FEDORA_VARIANTS, 1.6),
      architectures: FEDORA_ARCHITECTURES,
      repositories: fedoraRepositories(release),
    });
  }
  return groups;
}

function fedoraRepositories(release: number): Share[] {
  const own: Share[] = [
    [`fedora-${release}`, 0.9],
    [`updates-released-f${release}`, 0.96],
    [`fedora-cisco-openh264-${release}`, release > 32 ? 0.7 : 0],
    [`fedora-modular-${release}`, release < 39 ? 0.88 : 0],
    [`updates-released-modular-f${release}`, release < 39 ? 0.9 : 0],
    [`updates-testing-f${release}`, 0.06],
    [`updates-testing-modular-f${release}`, release < 39 ? 0.04 : 0],
    [`fedora-debug-${release}`, 0.004],
    [`updates-released-debug-f${release}`, 0.004],
    [`fedora-source-${release}`, 0.002],
    [`updates-released-source-f${release}`, 0.002],
    ['rawhide', 0.003],
    ['rawhide-modular', 0.001],
    ['epel-8', 0.00002],
    ['epel-9', 0.00003],
  ];
  const others = range(FEDORA_RELEASES.first, FEDORA_RELEASES.last).filter((other) => other !== release);
  return [
    ...own.filter(([, share]) => share > 0),
    ...others.flatMap((other): Share[] => {
      const share = 0.0004 / (other - release) ** 2;
      return [
        [`fedora-${other}`, share],
        [`updates-released-f${other}`, share],
        [`fedora-cisco-openh264-${other}`, share / 3],
      ];
    }),
  ];
}

/** Of systems that ask for EPEL: the name, their most, and since when and how long each minor release is theirs. */
const ENTERPRISE = [
  { osName: 'CentOS Linux', most: 200_000, releases: ['7', '8'] },
  { osName: 'CentOS Stream', most: 300_000, releases: ['8', '9', '10'] },
  { osName: 'Red Hat Enterprise Linux', most: 500_000, releases: minors([8, 10], [9, 8], [10, 2]) },
  { osName: 'AlmaLinux', most: 600_000, releases: minors([8, 10], [9, 8], [10, 2]) },
  { osName: 'Rocky Linux', most: 700_000, releases: minors([8, 10], [9, 8], [10, 2]) },
  { osName: 'Oracle Linux Server', most: 250_000, releases: minors([8, 10], [9, 8], [10, 2]) },
  { osName: 'CloudLinux', most: 30_000, releases: minors([8, 10], [9, 7]) },
  { osName: 'EuroLinux', most: 900, releases: minors([8, 10], [9, 7]) },
  { osName: 'MIRACLE LINUX', most: 700, releases: minors([8, 10], [9, 6]) },
  { osName: 'Springdale Open Enterprise Linux', most: 300, releases: minors([8, 10], [9, 5]) },
  { osName: 'Virtuozzo Linux', most: 2_000, releases: minors([8, 10], [9, 6]) },
  { osName: 'Circle Linux', most: 200, releases: minors([8, 10], [9, 4]) },
];
/** Weeks after the first in which 8.0, 9.0 and 10.0 came. */
const MAJOR_RELEASED: Record<string, number> = { '7': -300, '8': -20, '9': 120, '10': 275 };
const WEEKS_PER_MINOR = 26;

function minors(...majors: readonly (readonly [major: number, last: number])[]): string[] {
  return majors.flatMap(([major, last]) => range(0, last).map((minor) => `${major}.${minor}`));
}

function enterpriseGroups(): Group[] {
  return ENTERPRISE.flatMap(({ osName, most, releases }) =>
    releases.map((osVersion, at): Group => {
      const [major, minor] = osVersion.split('.') as [string, string?];
      const isLast = releases[at + 1]?.split('.')[0] !== major;
      const released = FIRST_WEEK + MAJOR_RELEASED[major]! + Number(minor ?? 0) * WEEKS_PER_MINOR;
      return {
        osName,
        osVersion,
        systems: (week) => most * growth(week) * shareOfMost(Math.min(week - released, isLast ? MOST_AFTER : week)),
        variants: shares(ENTERPRISE_VARIANTS, 4),
        architectures: ENTERPRISE_ARCHITECTURES,
        repositories: enterpriseRepositories(major),
      };
    }),
  );
}

function enterpriseRepositories(major: string): Share[] {
  return ['7', '8', '9', '10'].flatMap((asked) => {
    const share = asked === major ? 1 : 0.0004;
    const names: Share[] = [
      [`epel-${asked}`, 0.97],
      [`epel-modular-${asked}`, asked === '8' ? 0.9 : 0],
      [`epel-cisco-openh264-${asked}`, asked === '9' || asked === '10' ? 0.5 : 0],
      [`epel-next-${asked}`, 0.05],
      [`epel-testing-${asked}`, 0.01],
      [`epel-testing-modular-${asked}`, asked === '8' ? 0.004 : 0],
      [`epel-debug-${asked}`, 0.002],
      [`epel-source-${asked}`, 0.001],
      [`epel-next-testing-${asked}`, 0.0005],
    ];
    return names.map(([name, ofSystems]): Share => [name, share * ofSystems]).filter(([, ofAll]) => ofAll > 0);
  });
}

const REMIXES = 380;
const SYLLABLES =
  'al ba cor den el fir gal hat in jo kan lo mir nor op pri qua ros sol tu ul vex wol xen yor zim'.split(' ');

/** What people call what they have built on Fedora: each a few systems, many only for a year. */
function remixGroups(): Group[] {
  const random = createRandom(SEED);
  const word = () =>
    range(0, 1 + random.below(2))
      .map(() => SYLLABLES[random.below(SYLLABLES.length)]!)
      .join('');
  return zipfWeights(REMIXES, 0.8).flatMap((weight) => {
    const name = word();
    const osName = `${name[0]!.toUpperCase()}${name.slice(1)} ${['Linux', 'OS', 'Remix', 'Server'][random.below(4)]}`;
    const since = FIRST_WEEK + random.below(320) - 20;
    const releases = range(0, 1 + random.below(4)).map(
      (nth) => 32 + Math.floor((since - FIRST_WEEK) / WEEKS_PER_RELEASE) + nth,
    );
    return releases.map((release, nth): Group => {
      const from = since + nth * WEEKS_PER_RELEASE;
      return {
        osName,
        osVersion: `${release}`,
        systems: (week) => 900 * weight * growth(week) * shareOfMost(week - from),
        variants: shares(FEDORA_VARIANTS.slice(random.below(6), 8), 2),
        architectures: FEDORA_ARCHITECTURES.slice(0, 2),
        repositories: fedoraRepositories(Math.min(release, FEDORA_RELEASES.last)).filter(([, share]) => share > 0.001),
      };
    });
  });
}

/** Of names in the order of how many there are. */
function shares(names: readonly string[], exponent: number): Share[] {
  const weights = zipfWeights(names.length, exponent);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return names.map((name, at) => [name, weights[at]! / all]);
}

/** How many of its most systems a release has so many weeks after it came, on the straight lines between what is known. */
function shareOfMost(weeks: number): number {
  const next = LIFE.findIndex(([later]) => later >= weeks);
  if (next < 0) return LIFE.at(-1)![1];
  if (next === 0) return 0;
  const [from, before] = LIFE[next - 1]!;
  const [to, after] = LIFE[next]!;
  return before + ((after - before) * (weeks - from)) / (to - from);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, nth) => first + nth);
}
