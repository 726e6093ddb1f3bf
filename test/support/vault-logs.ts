import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { HOURS_PER_WEEK, SECONDS_PER_HOUR, weekStart } from '../../src/flow/sightings/week.ts';
import { logTime } from './log-lines.ts';

/** 2025-08-04 to 2025-08-10: a week that is over on every machine that runs these tests. */
export const WEEK = 2900 as Week;
export const MONDAY = weekStart(WEEK);
/** A clock at which `WEEK` is over, but not yet closed (P4). */
export const SOON = weekStart((WEEK + 1) as Week);
/** A clock at which `WEEK` and the nine weeks after it are over and closed. */
export const LATER = weekStart((WEEK + 12) as Week);

export interface CheckIn {
  time: number;
  host?: string;
  repo?: string;
  arch?: string;
  age?: number;
  agent?: string;
  status?: number;
}

/** One check-in as a line of an access log, with its line feed. */
export function checkIn(fields: CheckIn): string {
  const { time, host = '192.0.2.1', repo = 'baseos-9', arch = 'x86_64', age = 4, status = 200 } = fields;
  const agent = fields.agent ?? 'libdnf (AlmaLinux 9.4; generic; Linux.x86_64)';
  const target = `/mirrorlist?repo=${repo}&arch=${arch}&countme=${age}`;
  return `${host} - - [${logTime(time * 1000)}] "GET ${target} HTTP/1.1" ${status} 629 "-" "${agent}"\n`;
}

/** A line that is no check-in. */
export function otherLine(time: number): string {
  return `192.0.2.9 - - [${logTime(time * 1000)}] "GET /health HTTP/1.1" 200 2 "-" "curl/8.6.0"\n`;
}

/** One check-in an hour in the hours [from, until) of a week, from as many networks as asked for. */
export function hourlyLog(week: Week, options: { from?: number; until?: number; repo?: string } = {}): string {
  const { from = 0, until = HOURS_PER_WEEK, repo = 'baseos-9' } = options;
  const lines: string[] = [];
  for (let hour = from; hour < until; hour++) {
    const time = (weekStart(week) + hour * SECONDS_PER_HOUR + 61) as EpochSeconds;
    lines.push(checkIn({ time, repo, host: `203.0.${hour}.1`, age: 1 + (hour % 4) }));
  }
  return lines.join('');
}
