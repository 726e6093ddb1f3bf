/** Half away from zero, and no more digits than fit a badge: 2,750 is "2.8k", 999,950 is "1M". */
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

export type BadgeValue = number | null | 'hidden' | { fewerThan: number };

/**
 * What a badge says: `276k`, `<100` where that is all that is said, `withheld` for a group that is not shown, `unknown`
 * where nothing is known; 0 only if it was counted. `stale`: the Monday (ISO day) of the number's week if newer weeks are
 * overdue, as in `276k (9 Nov)`.
 */
export function badgeMessage(value: BadgeValue, stale?: string): string {
  if (value === null) return 'unknown';
  const number =
    typeof value === 'number'
      ? COMPACT.format(value).replace('K', 'k')
      : value === 'hidden'
        ? 'withheld'
        : `<${value.fewerThan}`;
  return stale === undefined ? number : `${number} (${DAY.format(new Date(stale))})`;
}
