import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOURS_PER_WEEK, mondayOf, sundayOf, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import type { Group } from './fleet-log.ts';
import type { Random } from './random.ts';
import { WEEK } from './vault-logs.ts';

/** What happens to a vault and its publication. Weeks are counted from the first; `at` is the moment at which one is due. */
export type Step =
  | { kind: 'log'; week: number; source: string; groups: Group[]; from: number; until: number }
  | StrangeStep
  | { kind: 'import'; week: number; rows: string[] }
  | { kind: 'close'; at: number }
  | PublishStep;

/** A week that another client counts, and one check-in of dnf's behind it; later they are counted without that client. */
export interface StrangeStep {
  kind: 'strange' | 'recount';
  week: number;
  groups: Group[];
}

export interface PublishStep {
  kind: 'publish';
  at: number;
  /** YAML. */
  distribution: string;
  /** YAML. */
  annotations: string;
  asPublished: boolean;
  /** The operator confirms what is held. */
  confirms: boolean;
}

const SHIPPED = join(import.meta.dirname, '../../src/flow/views/definition/distributions/almalinux.yaml');
const ALMALINUX = readFileSync(SHIPPED, 'utf8');

/** Names as strangers and careless operators write them; a log may hold each of them. */
const ODD_NAMES = [
  ...['', ' ', 'other', 'unknown', 'hidden', 'total', 'index', 'latest', 'systems', 'NaN', 'Infinity', '12345678'],
  ...['=cmd()', '+1', '-2', '@x', '../etc', 'con', 'NUL', '__proto__', 'constructor', 'hasOwnProperty', '<script>'],
  ...['AlmaLinux ', ' AlmaLinux', 'almalinux', 'A, B', "it's", 'A/B', 'A%00B', '&amp;', 'Ünïx', '日本語'],
  ...['x'.repeat(65), 'a'.repeat(240), 'a'.repeat(300)],
];
/** Plain words, which may become names of files when enough systems bear them; some differ in nothing that a disk sees. */
const AWKWARD_NAMES = ['con', 'CON', 'NUL', 'index', 'Systems', 'latest', 'A B', 'A-B', 'a.b', 'constructor'];
const ODD_VERSIONS = ['', '9', '9.4.1', '10000', '9.4 (Lynx)', '-1', '9.', '٩', '9-beta', 'rawhide', '=1', '../9'];
const NAMES = [
  ...['AlmaLinux', 'AlmaLinux', 'AlmaLinux', 'AlmaLinux Kitten'],
  ...['Rocky Linux', 'Meridian Linux', 'CentOS Stream'],
];
const VERSIONS = ['9.4', '9.4', '9.5', '8.10', '10.0', '10'];
const EDITIONS = ['generic', 'server', 'kde', 'cloud', 'xfce', 'strange', 'KDE', ''];
const ARCHES = ['x86_64', 'x86_64', 'aarch64', 's390x', 'ppc64le', 'riscv64', 'vax'];
const REPOSITORIES = ['appstream', 'epel', 'extras', 'unheard', 'livepatch', '$releasever', 'baseos-$releasever'];
/** Of networks of several countries, and of none. */
const PREFIXES = ['133.11', '8.8', '5.44', '193.0', '10.1', '192.168'];
/** Of the largest groups: in the smallest fleets every group is a small one. */
const SIZES = [3, 12, 40, 110, 400, 1200];
const HEADLINES = [
  ['[AlmaLinux, AlmaLinux Kitten]', '[Rocky Linux, CentOS Stream]'],
  ['[AlmaLinux]', '[Rocky Linux]'],
  ['[AlmaLinux, Rocky Linux]', '[CentOS Stream]'],
  ['[AlmaLinux, AlmaLinux Kitten, Rocky Linux, CentOS Stream]', '[]'],
] as const;

/** Counts where the operator says so. */
export const STRANGE_CLIENT = 'zypp';

/** Some weeks of a distribution, in which anything happens that happens to honest operators. */
export function randomHistory(random: Random): Step[] {
  const weeks = 2 + random.below(7);
  const size = random.pick(SIZES);
  const imported = random.chance(0.12) ? 1 + random.below(weeks) : 0;
  const steps: Step[] = [];
  const late: Step[] = [];
  // A server whose clock went wrong once, years ago.
  if (random.chance(0.03))
    steps.push({ kind: 'log', week: -280, source: 'mirror3', groups: [randomGroup(random, 12)], from: 3, until: 4 });
  let fleet = randomFleet(random, size);
  let publishing = { distribution: ALMALINUX, annotations: '', asPublished: imported === weeks };
  for (let week = 0; week < weeks; week++) {
    if (random.chance(0.3)) fleet = changed(random, fleet, size);
    if (random.chance(0.15)) publishing = { ...publishing, distribution: randomDefinition(random) };
    if (random.chance(0.2)) publishing = { ...publishing, annotations: randomAnnotations(random, weeks) };
    if (random.chance(0.9)) {
      if (week < imported) {
        steps.push({ kind: 'import', week, rows: importRows(random, week, fleet) });
        // Totals that were corrected by their source.
        if (random.chance(0.3))
          late.push({ kind: 'import', week, rows: importRows(random, week, changed(random, fleet, size)) });
      } else steps.push(...logsOf(random, week, fleet, late));
    } else if (week >= imported) {
      const groups = fleet.map((group) => ({ ...group, client: STRANGE_CLIENT }));
      steps.push({ kind: 'strange', week, groups });
      late.push({ kind: 'recount', week, groups });
    }
    while (late.length > 0 && random.chance(0.5)) steps.push(...late.splice(random.below(late.length), 1));
    if (random.chance(0.2)) steps.push({ kind: 'close', at: week });
    if (random.chance(0.65)) steps.push({ kind: 'publish', at: week, ...publishing, confirms: random.chance(0.4) });
  }
  return [...steps, ...late, { kind: 'publish', at: weeks - 1 + random.below(4), ...publishing, confirms: true }];
}

function randomFleet(random: Random, size: number): Group[] {
  const census = Array.from({ length: 1 + random.below(random.chance(0.3) ? 3 : 14) }, () => randomGroup(random, size));
  const others = Array.from({ length: random.below(6) }, () => {
    return { ...randomGroup(random, size), repo: otherRepository(random) };
  });
  return [...census, ...others, ...awkwardGroups(random)];
}

/** In enough networks to be named, if they stay for four weeks. */
function awkwardGroups(random: Random): Group[] {
  if (!random.chance(0.3)) return [];
  return AWKWARD_NAMES.filter(() => random.chance(0.3)).map((os, at) => {
    return { systems: 12 + random.below(60), os, networks: 7, prefix: `133.${50 + at}`, age: 1 + random.below(4) };
  });
}

function randomGroup(random: Random, size: number): Group {
  const version = random.chance(0.05) ? random.pick(ODD_VERSIONS) : random.pick(VERSIONS);
  return {
    systems: 1 + random.below(random.chance(0.5) ? 12 : size),
    os: random.chance(0.08) ? random.pick(ODD_NAMES) : random.pick(NAMES),
    version,
    edition: random.chance(0.05) ? random.pick(ODD_NAMES) : random.pick(EDITIONS),
    arch: random.chance(0.03) ? random.pick(ODD_NAMES) : random.pick(ARCHES),
    age: 1 + random.below(4),
    repo: `baseos-${random.chance(0.9) ? version.split('.')[0] : random.pick(['8', '9', '10'])}`,
    prefix: random.pick(PREFIXES),
    networks: 1 + random.below(9),
    client: random.chance(0.9) ? 'libdnf' : 'rpm-ostree',
  };
}

function otherRepository(random: Random): string {
  return `${random.pick(REPOSITORIES)}-${random.pick(['8', '9', '10'])}`;
}

/** Groups go, one comes, some grow or shrink by a few systems. */
function changed(random: Random, fleet: readonly Group[], size: number): Group[] {
  const kept = fleet.filter(({ os }) => random.chance(0.85) || AWKWARD_NAMES.includes(os ?? ''));
  const moved = kept.map((group) =>
    random.chance(0.3) ? { ...group, systems: Math.max(1, group.systems + random.below(21) - 10) } : group,
  );
  return random.chance(0.5) ? [...moved, randomGroup(random, size)] : moved;
}

/** The logs of a week: of one server or two; whole, lost in part, thinned out, flooded or empty; in time or `late`. */
function logsOf(random: Random, week: number, fleet: readonly Group[], late: Step[]): Step[] {
  const isLost = random.chance(0.2);
  const from = isLost ? random.below(100) : 0;
  const until = isLost ? from + 24 + random.below(HOURS_PER_WEEK - from - 24) : HOURS_PER_WEEK;
  const share = random.chance(0.1) ? 0.5 : 1;
  const flood = random.chance(0.1) ? [{ systems: 300 + random.below(900), age: 1, networks: 1 + random.below(4) }] : [];
  const sized = fleet.map((group) => ({ ...group, systems: Math.ceil(group.systems * share) }));
  const groups = random.chance(0.05) ? [] : [...sized, ...flood];
  const first: Step = { kind: 'log', week, source: 'mirror1', groups, from, until };
  const second: Step = {
    kind: 'log',
    week,
    source: 'mirror2',
    groups: secondServer(random, fleet),
    from: 0,
    until: HOURS_PER_WEEK,
  };
  const logs = random.chance(0.4) ? [first, second] : [first];
  return logs.filter((log) => {
    const isLate = random.chance(log === first ? 0.1 : 0.6);
    if (isLate) late.push(log);
    return !isLate;
  });
}

/** Late logs go wrong by what changes one subject only: another repository, a country, one more system of a group. */
function secondServer(random: Random, fleet: readonly Group[]): Group[] {
  const prefix = `133.${12 + random.below(9)}`;
  const one = { ...random.pick(fleet.length === 0 ? [randomGroup(random, 12)] : fleet), prefix };
  switch (random.below(4)) {
    case 0:
      return [{ ...one, systems: 1 + random.below(3) }];
    case 1:
      return [{ ...one, repo: otherRepository(random) }];
    case 2:
      return fleet.map((group) => ({ ...group, systems: 1 + random.below(6), prefix: '133.40' }));
    default:
      return [
        { ...one, os: 'Rocky Linux', systems: 1 + random.below(30) },
        { ...one, systems: 1 + random.below(12) },
      ];
  }
}

/** Rows of Fedora's totals. */
function importRows(random: Random, week: number, fleet: readonly Group[]): string[] {
  const days = `${mondayOf((WEEK + week) as Week)},${sundayOf((WEEK + week) as Week)}`;
  const sums = new Map<string, number>();
  for (const { systems, os = '', version = '', edition = '', arch = '', age = 1, repo = '' } of fleet) {
    const fields = [os, version, edition, arch].map((text) => `"${text}"`).join(',');
    const key = `${fields},${age},${repo},${random.chance(0.9) ? arch : ''}`;
    sums.set(key, systems + (sums.get(key) ?? 0));
  }
  return [...sums].map(([fields, hits]) => `${days},${hits},${fields}`);
}

function randomDefinition(random: Random): string {
  const [headline, names] = random.pick(HEADLINES);
  // An operator may name what no stranger could: two that are one file to some disks.
  const more = random.chance(0.3)
    ? names.replace(/^\[(.*)\]$/, (_, own) => `[${[own, ...AWKWARD_NAMES].filter((name) => name !== '').join(', ')}]`)
    : names;
  const text = ALMALINUX.replace(/^headline: .*$/m, `headline: ${headline}`).replace(/^names: .*$/m, `names: ${more}`);
  if (random.chance(0.5)) return text;
  return `${text}small_groups: { k: ${random.pick([5, 10, 20, 150])}, networks: 3 }\n`;
}

function randomAnnotations(random: Random, weeks: number): string {
  const lines = Array.from({ length: random.below(4) }, () => {
    const week = (WEEK + random.below(weeks + 1)) as Week;
    const day = new Date((weekStart(week) + random.below(7) * 86_400) * 1000).toISOString().slice(0, 10);
    const kind = random.pick(['outage', 'exclusion', 'note', 'release', 'rollout']);
    return `- { date: ${day}, kind: ${kind}, text: Something happened${random.pick([', grade: C', ', grade: X', ''])} }\n`;
  });
  return lines.join('');
}
