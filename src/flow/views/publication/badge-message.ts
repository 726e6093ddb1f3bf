/** Half away from zero, and no more digits than fit a badge: 2,750 is "2.8k", 999,950 is "1M". */
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/**
 * What a badge says: `276k`, `<10` for a hidden group, `unknown` where nothing is known; 0 only if it was counted.
 * `stale`: the Monday (ISO day) of the number's week if newer weeks are overdue, as in `276k (9 Nov)`. `k`: below what
 * groups are hidden.
 */
export function badgeMessage(value: number | null | 'hidden', stale?: string, k = 10): string {
  if (value === null) return 'unknown';
  const number = value === 'hidden' ? `<${k}` : COMPACT.format(value).replace('K', 'k');
  return stale === undefined ? number : `${number} (${DAY.format(new Date(stale))})`;
}
