import { isWithheld } from '../../views/publication/tables.ts';
import { groupsOfWeek } from './breakdown.ts';
import { difference, type Figure, growth } from './figure.ts';
import {
  type Column,
  type CountedWeek,
  countedWeek,
  countSystems,
  isTrusted,
  slackOf,
  systemsOf,
  type Tables,
} from './tables.ts';
import { NOISE } from './trend.ts';

/** What differs from the week before by more than weeks do for no reason. */
export interface Change {
  subject: { kind: 'total' } | { kind: 'group'; column: NewsColumn; name: string };
  before: Figure;
  after: Figure;
  change: Figure;
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
  const before = previous && isTrusted(previous) ? countedWeek(previous) : undefined;
  if (before === undefined || !isTrusted(week)) return undefined;
  const total = changeOf({ kind: 'total' }, systemsOf(before), systemsOf(week));
  const groups = COLUMNS.flatMap((column) => groupChanges(tables, before, week, column));
  return (
    [total, ...groups]
      .filter((change) => change !== undefined)
      // What rounding alone can have made of it is no news.
      .filter((change) => moved(change) - slackOf(tables) > NOISE * change.before.value)
      .filter((change) => moved(change) >= LEAST_OF_ALL * week.systems)
      .sort((a, b) => moved(b) - moved(a))
      .slice(0, MOST_SENTENCES)
  );
}

function groupChanges(tables: Tables, before: CountedWeek, week: CountedWeek, column: NewsColumn) {
  return groupsOfWeek(tables, week, column)
    .filter(({ name }) => !isWithheld(name))
    .map(({ name, figure }) =>
      changeOf({ kind: 'group', column, name }, countSystems(tables, before, { [column]: [name] }), figure),
    );
}

/** Nothing is said of what appears or disappears: it may only have crossed the limit for small groups. */
function changeOf(subject: Change['subject'], before: Figure, after: Figure): Change | undefined {
  const change = growth(before, after);
  return change === undefined || after.value === 0 ? undefined : { subject, before, after, change };
}

function moved({ before, after }: Change): number {
  return Math.abs(difference(after, before).value);
}
