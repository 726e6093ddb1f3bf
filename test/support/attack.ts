import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { doctor } from '../../src/commands/doctor.ts';
import { foldSpool } from '../../src/commands/fold-spool.ts';
import {
  type EpochSeconds,
  HOURS_PER_WEEK,
  SECONDS_PER_HOUR,
  type Week,
  weekStart,
} from '../../src/flow/sightings/week.ts';
import { openSpool } from '../../src/mirrors/counting/spool.ts';
import { spoolFolder } from '../../src/mirrors/counting/spool-files.ts';
import { capture, clockAt } from './in-process.ts';
import { arrivalOf, nginxLine, type WireRequest } from './nginx-log.ts';
import { dueAt, type Press } from './press.ts';
import { seededRandom } from './random.ts';

/** A week of a distribution's mirrorlist service, and of strangers who do what they can. */
export interface Stranger {
  what: string;
  /** How doctor names it. */
  named: RegExp;
  /** One of the requests that are sent from these networks. */
  request(n: number, address: string): Partial<WireRequest>;
}

/** Of a hundred; the first is what the others leave. */
const HONEST_AGENTS: [agent: string, major: string, share: number][] = [
  ['AlmaLinux 10.1; generic; Linux.x86_64', '10', 49],
  ['AlmaLinux 9.6; generic; Linux.x86_64', '9', 30],
  ['AlmaLinux 9.6; generic; Linux.aarch64', '9', 12],
  ['AlmaLinux 8.10; generic; Linux.x86_64', '8', 8],
  // Ten systems each of 20,000: one flood must not take the many kinds of which there are few.
  ...Array.from({ length: 20 }, (_, n): [string, string, number] => {
    return [`AlmaLinux 8.${n % 10}; ${n < 10 ? 'minimal' : 'server'}; Linux.ppc64le`, '8', 0.05];
  }),
];

const OTHERS = ['Rocky Linux', 'CentOS Stream', 'Fedora Linux', 'Oracle Linux Server'];
const EDITIONS = ['generic', 'minimal', 'server', 'workstation', 'cloud', 'container', 'kde', 'gnome', 'mate', 'xfce'];
const made = (word: string, n: number) => `${word}-${n.toString(36)}x`;
const FIRST_AGENT = 'libdnf (AlmaLinux 10.1; generic; Linux.x86_64)';

/** Floods, forgeries and junk, which move no number. */
export const NOISE: readonly Stranger[] = [
  {
    what: 'names of their own in every field',
    named: /check-ins name os names that nobody else does/,
    request: (n) => ({
      agent: `libdnf (${made('Os', n)} ${made('v', n)}; ${made('e', n)}; Linux.${made('a', n)})`,
      target: `/mirrorlist?repo=${made('repo', n)}&arch=${made('b', n)}&countme=${1 + (n % 4)}`,
    }),
  },
  {
    what: 'names of 200 bytes',
    named: /check-ins name repositories that nobody else does/,
    request: (n) => ({
      agent: `libdnf (${made('Q'.repeat(190), n)} 1; generic; Linux.x86_64)`,
      target: `/mirrorlist?repo=${made('r'.repeat(190), n)}&countme=1`,
    }),
  },
  {
    what: 'real names in all combinations',
    named: /check-ins put names together in [\d,]+ ways/,
    request: (n) => ({
      agent: `libdnf (${OTHERS[n % 4]} ${7 + (n % 91)}.${(n >> 3) % 97}; ${EDITIONS[(n >> 5) % 10]}; Linux.x86_64)`,
      target: `/mirrorlist?repo=baseos-${(n >> 2) % 89}&arch=x86_64&countme=${1 + ((n >> 7) % 4)}`,
    }),
  },
  {
    what: 'forged agents',
    named: /not counted: agent/,
    request: (n) => ({ agent: `Mozilla/5.${n} (AlmaLinux 10.1; generic; Linux.x86_64)` }),
  },
  {
    what: 'junk where a number is expected',
    named: /not counted: age/,
    request: (n) => ({ target: `/mirrorlist?repo=baseos-10&arch=x86_64&countme=${n + 5}&${'x'.repeat(n % 900)}` }),
  },
  {
    what: 'what no browser asks for',
    named: /not counted: duplicate-key/,
    request: (n) => ({ target: `/metalink?countme=1&countme=${n % 5}&repo=..%2F..%2F` }),
  },
];

/** Check-ins like those of real systems. */
export const POISON: Stranger = {
  what: 'systems that there are not',
  named: /came from single networks/,
  request: (n) => ({ agent: FIRST_AGENT, target: `/mirrorlist?repo=baseos-10&arch=x86_64&countme=${1 + (n % 4)}` }),
};

/** The check-ins of honest systems in a week: each asks two repositories. */
export function honestWeek(of: Week, systems: number, seed: number): WireRequest[] {
  const random = seededRandom(seed + of);
  const requests: WireRequest[] = [];
  let before = 0;
  const counts = HONEST_AGENTS.map(([, , share]) => Math.round((systems * share) / 100));
  counts[0] = systems - counts.slice(1).reduce((sum, count) => sum + count, 0);
  for (const [place, [agent, major]] of HONEST_AGENTS.entries()) {
    const count = counts[place]!;
    for (let system = before; system < before + count; system++) {
      const address = `${11 + (system % 80)}.${(system * 7) % 250}.${(system * 13) % 250}.7`;
      const age = 2 + (system % 3);
      for (const repo of ['baseos', 'appstream']) {
        requests.push({
          address,
          time: weekStart(of) + random.below(HOURS_PER_WEEK * SECONDS_PER_HOUR),
          method: 'GET',
          target: `/mirrorlist?repo=${repo}-${major}&arch=${agent.split('.').at(-1)}&countme=${age}`,
          agent: `libdnf (${agent})`,
          status: 200,
        });
      }
    }
    before += count;
  }
  return requests;
}

/** So many requests of each stranger, spread over the week, from one network or from many. */
export function strangersWeek(
  of: Week,
  strangers: readonly Stranger[],
  { requests, networks }: { requests: number; networks: number },
): WireRequest[] {
  return strangers.flatMap((stranger) =>
    Array.from({ length: requests }, (_, n) => {
      const at = n % networks;
      const address = `${101 + (at % 3)}.${Math.floor(at / 250)}.${at % 250}.${n % 250}`;
      // In bursts of an hour on three days.
      const time = weekStart(of) + (n % 3) * 86_400 + 9 * SECONDS_PER_HOUR + (n % 3_600);
      const usual = { method: 'GET', target: '/mirrorlist?repo=baseos-10&arch=x86_64&countme=3', agent: FIRST_AGENT };
      return { ...usual, status: 200, time, address, ...stranger.request(n, address) };
    }),
  );
}

const byTime = (requests: readonly WireRequest[]) => [...requests].sort((a, b) => a.time - b.time);

/** Counts a week as nginx logs it, a log a day or one of so many. */
export async function countLogs(press: Press, of: Week, requests: readonly WireRequest[], daysALog = 1): Promise<void> {
  const days = Map.groupBy(byTime(requests), ({ time }) => Math.floor((time - weekStart(of)) / 86_400 / daysALog));
  for (const [day, own] of days) {
    const hours = Array.from({ length: 24 * daysALog }, (_, hour) =>
      quietLine(weekStart(of) + day * daysALog * 86_400 + hour * 3_600),
    );
    await press.count(`${[...hours, ...own.map(nginxLine)].join('\n')}\n`, dueAt(of));
  }
}

function quietLine(time: number): string {
  return nginxLine({ address: '192.0.2.9', time, method: 'GET', target: '/health', agent: 'curl/8.6.0', status: 200 });
}

/** Counts a week as the service does when it answers, an hour of its spool after the other. */
export async function countOnArrival(press: Press, of: Week, requests: readonly WireRequest[]): Promise<void> {
  const folder = press.path(`spool-${of}`);
  mkdirSync(folder, { recursive: true });
  let now = weekStart(of) as EpochSeconds;
  let tick = () => {};
  const every = (_milliseconds: number, work: () => void) => {
    tick = work;
    return () => {};
  };
  const spool = openSpool(spoolFolder(folder, randomBytes), { now: () => now, randomBytes, every, say: () => {} });
  const sorted = byTime(requests);
  let next = 0;
  for (let hour = 0; hour < HOURS_PER_WEEK; hour++) {
    now = (weekStart(of) + hour * SECONDS_PER_HOUR) as EpochSeconds;
    tick();
    const end = now + SECONDS_PER_HOUR;
    for (; next < sorted.length && sorted[next]!.time < end; next++) {
      spool.arrive(arrivalOf(sorted[next]!));
      if (next % 2_000 === 0) await spool.flush();
    }
    await spool.flush();
  }
  await spool.close();
  const terminal = capture();
  const reports = await foldSpool(folder, { vault: press.vault }, terminal, clockAt(dueAt(of)));
  for (const { status, reason } of reports) if (status !== 'counted') throw new Error(`${status}: ${reason}`);
}

/** The check-ins of honest systems, by all that they say, beside what the vault holds of them. */
export function compare(press: Press, week: Week, honest: readonly WireRequest[]): { lost: number; doubled: number } {
  const expected = new Map<string, number>();
  for (const { agent, target } of honest) {
    const query = new URLSearchParams(target.split('?')[1]);
    const key = [agent, query.get('repo'), query.get('arch'), query.get('countme')].join('\n');
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  const found = new Map<string, number>();
  press.inVault((vault) => {
    for (const { system, request, hits } of vault.cells(week)) {
      const { client, osName, osVersion, osVariant, osArch } = system;
      const agent = `${client} (${osName} ${osVersion}; ${osVariant}; Linux.${osArch})`;
      const key = [agent, request.repoTag, request.repoArch, request.age].join('\n');
      if (expected.has(key)) found.set(key, (found.get(key) ?? 0) + hits);
    }
  });
  let [lost, doubled] = [0, 0];
  for (const [key, count] of expected) {
    const counted = found.get(key) ?? 0;
    lost += Math.max(0, count - counted);
    doubled += Math.max(0, counted - count);
  }
  return { lost, doubled };
}

/** What doctor says of the vault. */
export async function consult(press: Press, of: Week): Promise<string> {
  const terminal = capture();
  await doctor({ vault: press.vault }, terminal, dueAt(of));
  return terminal.outText();
}
