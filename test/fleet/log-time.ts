import type { EpochSeconds } from '../../src/flow/sightings/week.ts';

/** `15/Dec/2021:17:02:12 +0000` as the platform's own calendar reads it. */
export function parseLogTime(text: string): EpochSeconds {
  const [, day, month, year, clock] = /^(\d\d)\/(\w{3})\/(\d{4}):([\d:]{8}) \+0000$/.exec(text) ?? [];
  return (Date.parse(`${day} ${month} ${year} ${clock} GMT`) / 1000) as EpochSeconds;
}
