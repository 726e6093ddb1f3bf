import type { Week } from '../../sightings/week.ts';
import type { Interval } from '../protection/bounds.ts';
import type { Subject } from '../protection/outside-view.ts';
import { rowKey } from '../protection/protected-table.ts';
import type { Solver } from '../protection/solver.ts';
import { ContradictionError } from '../protection/work-out.ts';
import { auditPublished, type Outsider, type PublishedFinding } from './audit-published.ts';
import type { ReadableRow, ReadableWeek } from './readable-week.ts';
import { isWithheld } from './tables.ts';

/** What everybody may know who has only the files. */
export interface Known {
  /**
   * All groups of systems that there are, by the `rowKey` of their names, and whether they are known to have k systems;
   * undefined: only those are known that are named.
   */
  groups: ReadonlyMap<string, boolean> | undefined;
  /** Countries are no secret: all there are. */
  countries: readonly string[];
  continentOf: (country: string) => string;
}

export interface WeekFindings {
  week: Week;
  /** Revisions and copies that were compared. */
  versions: number;
  /** Groups that have no row for themselves and are named somewhere. */
  hidden: number;
  found: Found[];
}

export interface Found extends Interval {
  subject: Subject;
  names: readonly string[];
}

/**
 * What all versions of each week give away together: revisions, and copies that were published by other rules. Every group
 * that any week shows is one that other weeks may hide.
 */
export function auditWeeks(weeks: readonly ReadableWeek[], known: Known, solver: Solver): WeekFindings[] {
  const named = {
    systems:
      known.groups === undefined ? namedIn(weeks.flatMap(({ systems }) => systems)) : new Set(known.groups.keys()),
    checkIns: namedIn(weeks.flatMap(({ checkIns }) => checkIns)),
    countries: new Set(
      candidates(weeks, known).flatMap((country) =>
        ['established', 'new_or_shortlived'].map((each) => rowKey([country, each])),
      ),
    ),
  };
  return [...Map.groupBy(weeks, ({ week }) => week)]
    .sort(([a], [b]) => a - b)
    .map(([week, all]) => {
      const versions = distinct(all.toSorted((a, b) => a.revision - b.revision));
      const found = findingsOf(versions, named.countries, known, solver);
      return {
        week,
        versions: versions.length,
        hidden: hiddenIn(versions.at(-1)!, named),
        found: found.map(({ subject, id, least, most }) => {
          return { subject, names: JSON.parse(id) as string[], least, most };
        }),
      };
    });
}

/** Of countries that no row names two of a continent stand for all: what is said of one can be said of the other. */
function candidates(weeks: readonly ReadableWeek[], { countries, continentOf }: Known): string[] {
  const named = new Set(weeks.flatMap(({ countries: rows }) => rows.map(({ names }) => names[0]!)));
  const others = countries.filter((country) => !named.has(country));
  return [
    ...countries.filter((country) => named.has(country)),
    ...[...Map.groupBy(others, continentOf).values()].flatMap((some) => some.slice(0, 2)),
  ];
}

function namedIn(rows: readonly ReadableRow[]): Set<string> {
  return new Set(rows.filter(({ names }) => !names.some(isWithheld)).map(({ names }) => rowKey(names)));
}

/** The same numbers in several folders are one version. */
function distinct(versions: readonly ReadableWeek[]): ReadableWeek[] {
  const numbers = ({ systems, margins, countries, checkIns }: ReadableWeek) =>
    JSON.stringify(
      [systems, margins, countries, checkIns].map((rows) => rows.map(({ names, number }) => [names, number])),
    );
  return versions.filter((version, at) => at === 0 || numbers(version) !== numbers(versions[at - 1]!));
}

function hiddenIn(version: ReadableWeek, named: Outsider['groups']): number {
  return (['systems', 'checkIns'] as const).reduce((sum, subject) => {
    const shown = namedIn(version[subject]);
    return sum + [...named[subject]].filter((id) => !shown.has(id)).length;
  }, 0);
}

/** What an outsider takes for true, and no file says. */
interface Belief {
  /** Groups without a row for themselves had too few for one. */
  areFew: boolean;
  /** Late logs only add. */
  hasGrown: boolean;
  /** Two copies of one revision are of the same systems. */
  areCopies: boolean;
  /** Systems ask the repositories of their release by the rules that he takes for theirs. */
  knowsAsked: boolean;
}

/** The boldest first. Who believes what is not so finds that nothing can have led to the numbers, and thinks again. */
const BELIEFS: readonly Belief[] = [
  { areFew: true, hasGrown: true, areCopies: true, knowsAsked: true },
  { areFew: false, hasGrown: true, areCopies: true, knowsAsked: true },
  { areFew: false, hasGrown: true, areCopies: true, knowsAsked: false },
  { areFew: false, hasGrown: false, areCopies: true, knowsAsked: false },
  { areFew: false, hasGrown: false, areCopies: false, knowsAsked: false },
];

/** Throws a `ContradictionError` if the numbers are such as nothing can have led to. */
function findingsOf(
  versions: readonly ReadableWeek[],
  countries: ReadonlySet<string>,
  { groups: all, continentOf }: Known,
  solver: Solver,
): PublishedFinding[] {
  // Where there may be others, of groups that no version shows nothing can be said.
  const shown = {
    systems: namedIn(versions.flatMap(({ systems }) => systems)),
    checkIns: namedIn(versions.flatMap(({ checkIns }) => checkIns)),
  };
  const groups = { ...shown, systems: all === undefined ? shown.systems : new Set(all.keys()), countries };
  const think = ({ areFew, hasGrown, areCopies, knowsAsked }: Belief) =>
    auditPublished(
      versions.map((version, at) => {
        const isNext = version.revision - 1 === versions[at - 1]?.revision;
        const own = { ...version, hasOnlyGrown: version.hasOnlyGrown && isNext && hasGrown };
        return knowsAsked ? own : { ...own, low: null, high: null };
      }),
      {
        groups,
        areAll: { systems: all !== undefined, checkIns: false, countries: true },
        exists: (subject, id) => subject !== 'countries' && groups[subject].has(id),
        sizeOf: (subject, id) => {
          if (subject !== 'systems' || all === undefined) return undefined;
          return all.get(id) === true ? 'enough' : areFew ? 'few' : undefined;
        },
        isUnchanged: (_subject, _id, revision) =>
          areCopies && versions[revision - 1]!.revision === versions[revision - 2]?.revision,
        asked: () => [],
        continentOf,
      },
      solver,
    );
  for (const belief of BELIEFS.slice(0, -1)) {
    try {
      return think(belief);
    } catch (error) {
      if (!(error instanceof ContradictionError)) throw error;
    }
  }
  return think(BELIEFS.at(-1)!);
}
