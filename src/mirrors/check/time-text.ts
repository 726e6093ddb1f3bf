import type { EpochSeconds } from '../../flow/sightings/week.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `2026-07-15T18:02:43Z` */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Of an ISO 8601 text that is known to be one. */
export function secondsOf(text: string): EpochSeconds {
  return Math.floor(Date.parse(text) / 1000) as EpochSeconds;
}

/** `40 min`, `31 h`, `12 days`: as exact as a reader needs it. */
export function durationText(seconds: number): string {
  if (seconds < 2 * HOUR) return `${Math.max(0, Math.round(seconds / MINUTE))} min`;
  return seconds < 3 * DAY ? `${Math.round(seconds / HOUR)} h` : `${Math.round(seconds / DAY)} days`;
}

/** Seconds of `90m`, `12h` or `3d`; undefined for anything else. */
export function durationOf(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,3})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  return Number(count) * (unit === 'm' ? MINUTE : unit === 'h' ? HOUR : DAY);
}
