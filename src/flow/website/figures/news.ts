import { isWithheld } from '../../views/publication/tables.ts';
import { groupsOfWeek } from './breakdown.ts';
import { difference, type Figure, type Growth, growth } from './figure.ts';
import {
  type Column,
  type CountedWeek,
  countedWeek,
  countSystems,
  isComparable,
  systemsOf,
  type Tables,
} from './tables.ts';
import { NOISE } from './trend.ts';

/** What differs from the week before by more than weeks do for no reason. */
export interface Change {
  subject: { kind: 'total' } | { kind: 'group'; column: NewsColumn; name: string };
  before: Figure;
  after: Figure;
  change: Growth;
}

const COLUMNS = ['version', 'edition', 'arch'] as const satisfies readonly Column[];
type NewsColumn = (typeof COLUMNS)[number];

/** A group must move by this share of all systems: a tenth more of few is still few. */
const LEAST_OF_ALL = 0.002;
const MOST_SENTENCES = 3;

/** Undefined if this week or the one before cannot be trusted; at most three, the largest first. */
export function newsOf(tables: Tables, week: CountedWeek): readonly Change[] | undefined {
  const { weeks } = tables.publication;
  const previous = weeks[weeks.findIndex((other) => other.week === week.week) - 1];
  if (previous === undefined || !isComparable(previous) || !isComparable(week)) return undefined;
  const before = countedWeek(previous)!;
  const within = Math.max(previous.within, week.within);
  const total = changeOf({ kind: 'total' }, systemsOf(before), systemsOf(week), within);
  const groups = COLUMNS.flatMap((column) => groupChanges(tables, before, week, column, within));
  return (
    [total, ...groups]
      .filter((change) => change !== undefined)
      // What rounding alone can have made of it is no news.
      .filter(({ change: { least, most } }) => least.value > NOISE || most.value < -NOISE)
      .filter((change) => moved(change) >= LEAST_OF_ALL * week.systems)
      .sort((a, b) => moved(b) - moved(a))
      .slice(0, MOST_SENTENCES)
  );
}

function groupChanges(tables: Tables, before: CountedWeek, week: CountedWeek, column: NewsColumn, within: number) {
  return groupsOfWeek(tables, week, column)
    .filter(({ name }) => !isWithheld(name))
    .map(({ name, figure }) =>
      changeOf({ kind: 'group', column, name }, countSystems(tables, before, { [column]: [name] }), figure, within),
    );
}

/** Nothing is said of what appears or disappears: it may only have crossed the limit for small groups. */
function changeOf(subject: Change['subject'], before: Figure, after: Figure, within: number): Change | undefined {
  const change = growth(before, after, within);
  return change === undefined || after.value === 0 ? undefined : { subject, before, after, change };
}

function moved({ before, after }: Change): number {
  return Math.abs(difference(after, before).value);
}
