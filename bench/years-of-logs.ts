import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, pick, type Random } from '../src/fleet/random.ts';
import { type EpochSeconds, SECONDS_PER_HOUR, type Week, weekStart } from '../src/flow/sightings/week.ts';
import { logLine } from '../test/support/log-lines.ts';

const SERVERS = ['mirror1', 'mirror2', 'mirror3'];
const DAYS = 7;
const HOURS = 24;
const LINES_PER_HOUR = 12;
const VERSIONS = ['8.10', '9.6', '9.7', '10.1'];
const REPOSITORIES = ['baseos', 'appstream', 'extras'];

/** A day's log of each of three servers, for some weeks, in a folder for each server. One line in six is rejected. */
export function writeYearsOfLogs(folder: string, first: Week, weeks: number): void {
  for (const [place, server] of SERVERS.entries()) {
    mkdirSync(join(folder, server), { recursive: true });
    for (let day = 0; day < weeks * DAYS; day++) {
      const random = createRandom(first * 1_000_003 + day * SERVERS.length + place);
      const start = (weekStart(first) + day * HOURS * SECONDS_PER_HOUR) as EpochSeconds;
      const name = `access.log-${new Date(start * 1000).toISOString().slice(0, 10).replaceAll('-', '')}`;
      const lines = Array.from({ length: HOURS }, (_, hour) => linesOfHour(start + hour * SECONDS_PER_HOUR, random));
      writeFileSync(join(folder, server, name), lines.flat().join(''));
    }
  }
}

function linesOfHour(start: number, random: Random): string[] {
  const seconds = Array.from({ length: LINES_PER_HOUR }, () => random.below(SECONDS_PER_HOUR)).sort((a, b) => a - b);
  return seconds.map((second) => {
    const version = pick(VERSIONS, random);
    const repository = `/mirrorlist/${version.split('.')[0]}/${pick(REPOSITORIES, random)}`;
    const line = logLine({
      host: `203.${random.below(200)}.${random.below(250)}.${1 + random.below(250)}`,
      time: `${new Date((start + second) * 1000)
        .toUTCString()
        .slice(5)
        .replace(/^(\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4')} +0000`,
      target: `${repository}?countme=${1 + random.below(4)}`,
      agent: `libdnf (AlmaLinux ${version}; generic; Linux.x86_64)`,
      status: random.below(6) === 0 ? '404' : '200',
    });
    return `${line}\n`;
  });
}
