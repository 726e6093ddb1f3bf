import { checkIn } from './vault-logs.ts';

const REPOSITORIES = ['baseos-9', 'appstream-9', 'extras-9'];

/** Check-ins a minute apart from this time, as lines without line feed. Another `variant` gives other lines. */
export function checkIns(start: string, count: number, variant = 0): string[] {
  const first = Date.parse(start) / 1000;
  return Array.from({ length: count }, (_, i) =>
    checkIn({
      time: first + i * 60,
      host: `10.${variant}.${Math.floor(i / 250)}.${i % 250}`,
      repo: REPOSITORIES[(i + variant) % REPOSITORIES.length]!,
      age: 1 + ((i + variant) % 4),
    }).trimEnd(),
  );
}
