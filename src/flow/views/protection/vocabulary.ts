import type { Week } from '../../sightings/week.ts';

export interface VocabularyRule {
  k: number;
  /** The fewest networks. */
  networks: number;
  /** Names that the operator's configuration knows. */
  known: ReadonlySet<string>;
}

/** How many systems said a name in a week, from how many networks: 0 to 3, undefined if nobody counted. */
export interface NameSeen {
  systems: number;
  networks: number | undefined;
}

export type NamesByWeek = ReadonlyMap<Week, ReadonlyMap<string, NameSeen>>;

/** One bad week does not take a name away, and a few good ones do not make it. */
const WEEKS_LOOKED_AT = 6;
const WEEKS_NEEDED = 4;

/**
 * The names that may be shown in a week: the known ones, and those that had enough systems and networks in four of the
 * last six weeks, this one included. Whoever has not enough in the week itself is not among them, known or not.
 */
export function namesFor(week: Week, seen: NamesByWeek, rule: VocabularyRule): Set<string> {
  const names = [...(seen.get(week) ?? [])].filter(([, name]) => isEnough(name, rule)).map(([name]) => name);
  return new Set(names.filter((name) => rule.known.has(name) || goodWeeks(name, week, seen, rule) >= WEEKS_NEEDED));
}

function goodWeeks(name: string, week: Week, seen: NamesByWeek, rule: VocabularyRule): number {
  const weeks = Array.from({ length: WEEKS_LOOKED_AT }, (_, ago) => seen.get((week - ago) as Week)?.get(name));
  return weeks.filter((there) => there !== undefined && isEnough(there, rule)).length;
}

function isEnough({ systems, networks }: NameSeen, rule: VocabularyRule): boolean {
  return systems >= rule.k && (networks === undefined || networks >= rule.networks);
}
