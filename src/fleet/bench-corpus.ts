import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { SECONDS_PER_WEEK, weekStart } from '../flow/sightings/week.ts';
import { escapeAsNginx } from './access-log.ts';
import { createFileSink } from './byte-sink.ts';
import {
  agentPart,
  createAddressPool,
  createAnyAddress,
  createLineBlock,
  LONGEST_PREFIX,
  requestPart,
} from './line-block.ts';
import type { Random } from './random.ts';
import { createDraw, createLottery, createRandom, shuffle, zipfWeights } from './random.ts';
import { VISITS } from './traffic.ts';

export interface CorpusOptions {
  path: string;
  /** About so many are written: up to the end of the line that reaches them. */
  bytes: number;
  /** Share of lines that are check-ins; all of them are to be counted. */
  countmeShare: number;
  seed: number;
  /**
   * `usual`: 192 different URLs and 40 User-Agents ask to be counted. `high`: 100,000 and 20,000, each of them at least
   * once where the file has room for it.
   */
  diversity: 'usual' | 'high';
  /** `usual`: 65,536, some of them often. `any`: from all of IPv4 and, one in five, of IPv6. */
  addresses?: 'usual' | 'any';
  week?: Week;
}

export interface Corpus {
  bytes: number;
  lines: number;
  checkIns: number;
}

/** Two prepared parts of a line: up to the User-Agent, and from there on. */
type Parts = readonly [request: Uint8Array, agent: Uint8Array];

/** Monday 2025-02-03. */
const USUAL_WEEK = 2874 as Week;
const LONGEST_LINE = 2048;
const ANY_IPV6_SHARE = 0.2;
/** Of lines without a flag; the others are browsers, bots and scanners. */
const LIST_REQUEST_SHARE = 0.8;

/** Writes one Combined Log Format file that covers a week, for measuring how fast it is read. */
export async function writeCorpus(options: CorpusOptions): Promise<Corpus> {
  const { path, bytes, countmeShare, seed, diversity, addresses = 'usual', week = USUAL_WEEK } = options;
  const random = createRandom(seed);
  const drawAddress = addresses === 'usual' ? createAddressPool(random) : createAnyAddress(ANY_IPV6_SHARE);
  const drawCheckIn = diversity === 'usual' ? usualCheckIns() : diverseCheckIns((bytes * countmeShare) / 200, random);
  const drawListRequest = usualListRequests();
  const drawVisit = otherVisits();
  const block = createLineBlock(LONGEST_LINE + LONGEST_PREFIX);
  const sink = createFileSink(path, false);
  const corpus: Corpus = { bytes: 0, lines: 0, checkIns: 0 };
  const secondsPerByte = SECONDS_PER_WEEK / bytes;
  const start = weekStart(week);
  let written = 0;
  try {
    while (written < bytes) {
      const isCheckIn = random.chance(countmeShare);
      const drawOther = random.chance(LIST_REQUEST_SHARE) ? drawListRequest : drawVisit;
      const [request, agent] = isCheckIn ? drawCheckIn(random) : drawOther(random);
      const time = (start + Math.floor(written * secondsPerByte)) as EpochSeconds;
      written += block.append(drawAddress(random), time, request, agent);
      corpus.lines += 1;
      if (isCheckIn) corpus.checkIns += 1;
      if (block.isFull()) await sink.write(block.take());
    }
    await sink.write(block.take());
  } finally {
    await sink.close();
  }
  corpus.bytes = written;
  return corpus;
}

/** Systems that ask for the same repositories. */
interface Group {
  weight: number;
  agents: readonly string[];
  /** Targets without a flag. */
  targets: readonly string[];
}

const AGE_WEIGHTS = [30, 21, 35, 14];

function usualCheckIns(): (random: Random) => Parts {
  return drawFrom(usualGroups(), (target) => AGE_WEIGHTS.map((weight, index) => [flagged(target, index + 1), weight]));
}

function usualListRequests(): (random: Random) => Parts {
  return drawFrom(usualGroups(), (target) => [[target, 1]]);
}

function flagged(target: string, age: number): string {
  return `${target}${target.includes('?') ? '&' : '?'}countme=${age}`;
}

/** Within a group, the first agents and targets are the most frequent. */
function drawFrom(
  groups: readonly Group[],
  variantsOf: (target: string) => readonly (readonly [target: string, weight: number])[],
): (random: Random) => Parts {
  const draws = groups.map(({ weight, agents, targets }) => {
    const agentWeights = zipfWeights(agents.length, 1);
    const drawAgent = createDraw(agents.map((agent, index) => [agentPart(escapeAsNginx(agent)), agentWeights[index]!]));
    const targetWeights = zipfWeights(targets.length, 0.3);
    const requests = targets.flatMap((target, index) =>
      variantsOf(target).map(([text, share]) => [listRequest(text), share * targetWeights[index]!] as const),
    );
    const drawRequest = createDraw(requests);
    return [{ drawAgent, drawRequest }, weight] as const;
  });
  const drawGroup = createDraw(draws);
  return (random) => {
    const { drawAgent, drawRequest } = drawGroup(random);
    return [drawRequest(random), drawAgent(random)];
  };
}

function listRequest(target: string): Uint8Array {
  return requestPart(`GET ${target} HTTP/${target.length % 7 === 0 ? '2.0' : '1.1'}`, 200, 400 + target.length * 37);
}

function usualGroups(): Group[] {
  return [
    fedora(43, 420, ['workstation', 'kde', 'server', 'container', 'cloud', 'generic'], 'x86_64'),
    fedora(42, 260, ['workstation', 'server', 'container', 'kde', 'cloud', 'generic'], 'x86_64'),
    fedora(41, 60, ['workstation', 'server', 'cloud', 'kde'], 'x86_64'),
    fedora(43, 18, ['generic', 'server'], 'aarch64'),
    fedora(42, 12, ['generic', 'server'], 'aarch64'),
    fedora(41, 3, ['server'], 'aarch64'),
    {
      weight: 14,
      agents: ['silverblue', 'coreos'].map((variant) => `rpm-ostree (Fedora Linux 43; ${variant}; Linux.x86_64)`),
      targets: fedora(43, 0, [], 'x86_64').targets,
    },
    almaLinux('8', ['8.10'], 'x86_64', 60),
    almaLinux('9', ['9.7', '9.6', '9.5'], 'x86_64', 130),
    almaLinux('9', ['9.7', '9.6', '9.5'], 'aarch64', 10),
    almaLinux('10', ['10.1', '10.0'], 'x86_64', 70),
    centosStream('9', 'x86_64', 40),
    centosStream('9', 'aarch64', 3),
    centosStream('10', 'x86_64', 18),
    centosStream('10', 'aarch64', 2),
    rockyLinux('8', '8.10', 'x86_64', 30),
    rockyLinux('9', '9.6', 'x86_64', 60),
    rockyLinux('9', '9.6', 'aarch64', 4),
    rockyLinux('10', '10.1', 'x86_64', 20),
  ];
}

function fedora(release: number, weight: number, variants: readonly string[], arch: string): Group {
  const tags = [`updates-released-f${release}`, `fedora-${release}`, `fedora-cisco-openh264-${release}`];
  return {
    weight,
    agents: variants.map((variant) => `libdnf (Fedora Linux ${release}; ${variant}; Linux.${arch})`),
    targets: tags.slice(0, arch === 'x86_64' ? 3 : 2).map((tag) => `/metalink?repo=${tag}&arch=${arch}`),
  };
}

function almaLinux(major: string, versions: readonly string[], arch: string, weight: number): Group {
  const names = ['baseos', 'appstream', 'extras', major === '8' ? 'powertools' : 'crb'];
  return {
    weight,
    agents: versions.map((version) => `libdnf (AlmaLinux ${version}; generic; Linux.${arch})`),
    targets: [...names.map((name) => `/mirrorlist/${major}/${name}`), epel(major, arch, 'almalinux')],
  };
}

function centosStream(major: string, arch: string, weight: number): Group {
  const names = ['baseos', 'appstream'];
  return {
    weight,
    agents: [`libdnf (CentOS Stream ${major}; generic; Linux.${arch})`],
    targets: names.map((name) => `/metalink?repo=centos-${name}-${major}-stream&arch=${arch}&protocol=https,http`),
  };
}

function rockyLinux(major: string, version: string, arch: string, weight: number): Group {
  const targets = ['BaseOS', 'AppStream'].map((name) => `/mirrorlist?arch=${arch}&repo=${name}-${major}`);
  return {
    weight,
    agents: [`libdnf (Rocky Linux ${version}; generic; Linux.${arch})`],
    targets: arch === 'aarch64' ? [...targets, epel(major, arch, 'pub/rocky')] : targets,
  };
}

function epel(major: string, arch: string, content: string): string {
  return `/metalink?repo=epel-${major}&arch=${arch}&infra=stock&content=${content}`;
}

const URLS = 100_000;
const AGENTS = 20_000;
/** Of the lines foreseen, so many are counted on: their average length is a guess. */
const SURE = 0.8;
/** Flatter, and a gigabyte would hold more different cells than one log may name (C5). */
const SKEW = 1.5;

/** Any request with any User-Agent. */
function diverseCheckIns(linesForeseen: number, random: Random): (random: Random) => Parts {
  const requests = shuffled(diverseTargets(), random).map(listRequest);
  const agents = shuffled(diverseAgents(), random).map((agent) => agentPart(escapeAsNginx(agent)));
  const drawRequest = drawEachOnce(URLS, linesForeseen * SURE);
  const drawAgent = drawEachOnce(AGENTS, linesForeseen * SURE);
  return (of) => [requests[drawRequest(of)]!, agents[drawAgent(of)]!];
}

/** Indexes by Zipf's law; at regular distances, the next one that has not had its turn, if there is room for all. */
function drawEachOnce(count: number, draws: number): (random: Random) => number {
  const draw = createLottery(zipfWeights(count, SKEW));
  const distance = Math.floor(draws / count);
  let drawn = 0;
  let turn = distance === 0 ? count : 0;
  return (random) => {
    drawn += 1;
    if (turn === count || drawn % distance !== 0) return draw(random);
    turn += 1;
    return turn - 1;
  };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = Uint32Array.from(items.keys());
  shuffle(order, random);
  return Array.from(order, (index) => items[index]!);
}

const ARCHES = ['x86_64', 'aarch64', 'ppc64le', 's390x', 'armhfp', 'i386'];
const FAMILIES = [
  'fedora-',
  'updates-released-f',
  'updates-testing-f',
  'fedora-modular-',
  'updates-released-modular-f',
  'fedora-cisco-openh264-',
  'fedora-debug-',
  'updates-released-debug-f',
  'fedora-source-',
  'updates-released-source-f',
  'updates-testing-debug-f',
];
const ENTERPRISE_FAMILIES = [
  'epel-',
  'epel-testing-',
  'epel-debug-',
  'epel-source-',
  'BaseOS-',
  'AppStream-',
  'baseos-',
  'crb-',
];
const EXTRAS = [
  '',
  '&protocol=https',
  '&protocol=https,http',
  '&infra=stock&content=almalinux',
  '&infra=stock&content=centos',
  '&infra=container&content=pub/rocky',
  '&content=rhel',
  '&redirect=1',
  '&country=us',
  '&country=de',
  '&country=fr,be',
  '&country=jp',
  '&country=br&protocol=https',
  '&country=in',
  '&country=gb',
  '&country=global',
  '&ip=4',
  '&ip=6',
  '&metadata=1',
  '&time=1',
];

function diverseTargets(): string[] {
  const releases = Array.from({ length: 16 }, (_, index) => 28 + index);
  const tags = [
    ...FAMILIES.flatMap((family) => releases.map((release) => `${family}${release}`)),
    ...ENTERPRISE_FAMILIES.flatMap((family) => [7, 8, 9, 10].map((major) => `${family}${major}`)),
  ];
  return Array.from({ length: URLS }, (_, index) => {
    const [tag, arch, age, extra, order] = digits(index, [tags.length, ARCHES.length, 4, EXTRAS.length, 2]);
    const keys = [`repo=${tags[tag!]}`, `arch=${ARCHES[arch!]}`];
    if (order === 1) keys.reverse();
    return `/metalink?${keys.join('&')}${EXTRAS[extra!]}&countme=${age! + 1}`;
  });
}

const CLIENTS = ['libdnf', 'libdnf/0.69.0', 'libdnf/0.73.1', 'rpm-ostree', 'rpm-ostree/2025.2'];
const NAMES = [
  'Fedora Linux',
  'AlmaLinux',
  'Rocky Linux',
  'CentOS Stream',
  'Red Hat Enterprise Linux',
  'Oracle Linux Server',
  'CentOS Linux',
  'Nobara Linux',
  'Ultramarine Linux',
  'Bluefin',
  'Aurora',
  'Bazzite',
  'EuroLinux',
  'MIRACLE LINUX',
  'Generic',
];
const VARIANTS = [
  'generic',
  'workstation',
  'server',
  'container',
  'cloud',
  'kde',
  'silverblue',
  'coreos',
  'iot',
  'minimal',
  '',
];
const AGENT_ARCHES = ['x86_64', 'aarch64', 'ppc64le', 's390x'];
const VERSIONS = [
  '8.8',
  '8.9',
  '8.10',
  '9.0',
  '9.1',
  '9.2',
  '9.3',
  '9.4',
  '9.5',
  '9.6',
  '9.7',
  '10.0',
  '10.1',
  '38',
  '39',
  '40',
  '41',
  '42',
  '43',
];

function diverseAgents(): string[] {
  const sizes = [VERSIONS.length, NAMES.length, VARIANTS.length, AGENT_ARCHES.length, CLIENTS.length];
  const all = sizes.reduce((product, size) => product * size, 1);
  // A step that shares no factor with the whole visits every combination once.
  const step = 1_000_003;
  return Array.from({ length: AGENTS }, (_, index) => {
    const [version, name, variant, arch, client] = digits((index * step) % all, sizes);
    return `${CLIENTS[client!]} (${NAMES[name!]} ${VERSIONS[version!]}; ${VARIANTS[variant!]}; Linux.${AGENT_ARCHES[arch!]})`;
  });
}

/** The number in mixed bases, lowest digit first: different numbers give different digits. */
function digits(number: number, bases: readonly number[]): number[] {
  let rest = number;
  return bases.map((base) => {
    const digit = rest % base;
    rest = Math.floor(rest / base);
    return digit;
  });
}

function otherVisits(): (random: Random) => Parts {
  const lines = VISITS.filter(([{ outcome }]) => outcome === undefined).flatMap(([visit, weight]) =>
    visit.requests.flatMap((request) =>
      visit.agents.map((agent) => {
        const head = requestPart(escapeAsNginx(request), visit.status, visit.bytes, visit.referer);
        const share = weight / visit.requests.length / visit.agents.length;
        return [[head, agentPart(escapeAsNginx(agent))] as const, share] as const;
      }),
    ),
  );
  return createDraw(lines);
}
