import { HOURS_PER_WEEK, SECONDS_PER_HOUR, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { checkIn, otherLine } from './vault-logs.ts';

/** Systems that agree in all that they say. */
export interface Group {
  systems: number;
  os?: string;
  version?: string;
  edition?: string;
  arch?: string;
  age?: number;
  repo?: string;
  client?: string;
  /** The begin of their addresses, two numbers of which most stand for a country. */
  prefix?: string;
  /** How many networks they are in. */
  networks?: number;
}

/** The hours of the week [from, until) that the log covers. */
export interface Covered {
  from?: number;
  until?: number;
}

/** An access log of a week: the check-ins of these groups, spread over its hours, and a line of something else in each. */
export function fleetLog(
  week: Week,
  groups: readonly Group[],
  { from = 0, until = HOURS_PER_WEEK }: Covered = {},
): string {
  const hours = Array.from({ length: until - from }, (_, i) => weekStart(week) + (from + i) * SECONDS_PER_HOUR);
  const lines = [...hours.map((hour) => otherLine(hour)), ...groups.flatMap((group) => linesOf(group, hours))];
  return lines.join('');
}

function linesOf(group: Group, hours: readonly number[]): string[] {
  const { os = 'AlmaLinux', version = '9.4', edition = 'generic', arch = 'x86_64', client = 'libdnf' } = group;
  const { systems, repo = 'baseos-9', prefix = '133.11', networks = 8, age = 3 } = group;
  const agent = `${client} (${os} ${version}; ${edition}; Linux.${arch})`;
  return Array.from({ length: systems }, (_, i) => {
    const time = hours[i % hours.length]! + 1 + (Math.floor(i / hours.length) % 3_000);
    return checkIn({ time, host: `${prefix}.${i % networks}.${i % 250}`, repo, arch, age, agent });
  });
}

/** Some 700 systems of a distribution that is in no way remarkable, and what they ask other repositories. */
export const EVERYDAY: readonly Group[] = [
  { systems: 60, age: 1 },
  { systems: 45, age: 2 },
  { systems: 210, age: 3 },
  { systems: 160, age: 4 },
  { systems: 70, age: 3, arch: 'aarch64', prefix: '8.8' },
  { systems: 40, age: 4, version: '9.5', edition: 'server' },
  { systems: 62, age: 4, version: '8.10', repo: 'baseos-8', prefix: '8.8' },
  { systems: 24, age: 2, edition: 'kde' },
  { systems: 4, age: 2, edition: 'xfce' },
  { systems: 3, age: 1, arch: 's390x' },
  { systems: 2, age: 4, version: '9.5', edition: 'cloud' },
  { systems: 690, age: 3, repo: 'appstream-9' },
  { systems: 120, age: 4, repo: 'epel-9' },
  { systems: 21, age: 4, version: '8.10' },
];
