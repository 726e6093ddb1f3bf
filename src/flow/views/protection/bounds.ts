/** What an outsider knows of a count: both ends belong to it. `most` may be Infinity, `least` is finite. */
export interface Interval {
  least: number;
  most: number;
}

/** Counts of which the same is known, beforehand, and how many they are. */
export interface Part extends Interval {
  count: number;
}

/**
 * What becomes known of one count of each part by the range of their sum. Nothing can be known beyond it from that sum
 * alone: whatever lies within is reached by filling up or emptying the others.
 */
export function boundsInSum(sum: Interval, parts: readonly Part[]): Interval[] {
  const most = total(parts.map((part) => ({ value: part.most, count: part.count })));
  const least = total(parts.map((part) => ({ value: part.least, count: part.count })));
  return parts.map((part) => ({
    least: Math.max(part.least, sum.least - without(most, part.most)),
    most: Math.min(part.most, sum.most - without(least, part.least)),
  }));
}

/** A sum that can leave one of its values out again, which infinite values else forbid. */
export interface Total {
  finite: number;
  infinite: number;
}

export function total(values: readonly { value: number; count: number }[]): Total {
  const sum: Total = { finite: 0, infinite: 0 };
  for (const { value, count } of values) {
    if (value === Infinity) sum.infinite += count;
    else sum.finite += value * count;
  }
  return sum;
}

/** The total of all values but one. */
export function without({ finite, infinite }: Total, value: number): number {
  if (value === Infinity) return infinite > 1 ? Infinity : finite;
  return infinite > 0 ? Infinity : finite - value;
}
