import { median } from 'd3-array';

/** A week that differs by more than this from the median of the four before it waits for the operator. */
const MOST_CHANGE = 0.15;
/** The same for one of the ten largest groups: 300 % more. */
const MOST_GROWTH = 4;
const WEEKS_BEFORE = 4;
const LARGEST = 10;

/** Systems of a week: together, and by group. */
export interface WeekSizes {
  systems: number;
  groups: ReadonlyMap<string, number>;
}

/** Why a new week is not published before the operator confirms it, as a sentence; undefined if it is plausible. */
export function whyHeld(week: WeekSizes, before: readonly WeekSizes[]): string | undefined {
  const recent = before.slice(-WEEKS_BEFORE);
  if (recent.length < WEEKS_BEFORE) return undefined;
  const usual = median(recent, ({ systems }) => systems)!;
  if (Math.abs(week.systems - usual) > MOST_CHANGE * usual)
    return `${compared(week.systems / usual)} the four weeks before`;
  const largest = [...week.groups].sort((a, b) => b[1] - a[1]).slice(0, LARGEST);
  for (const [group, systems] of largest) {
    const usually = recent.map(({ groups }) => groups.get(group) ?? 0);
    // A group that was not there before is new, as a release is; one that was and grows fourfold is a flood.
    if (Math.min(...usually) > 0 && systems > MOST_GROWTH * median(usually)!) {
      return `${group}: ${compared(systems / median(usually)!)} the four weeks before`;
    }
  }
  return undefined;
}

/** In words: a sign at the beginning would make a formula of it, in a spreadsheet. */
function compared(ratio: number): string {
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  return ratio < 1 ? `${percent} % less than in` : `${percent} % more than in`;
}
