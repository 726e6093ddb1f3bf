import type { EpochSeconds, Week } from '../../sightings/week.ts';
import type { WeekRevision } from '../../vault/published.ts';
import type { CubeCell, Vault } from '../../vault/vault.ts';
import type { GradedAnnotation } from '../definition/annotations.ts';
import type { Solver } from '../protection/solver.ts';
import { coverageByWeek } from '../quality/coverage.ts';
import type { Rules } from '../survey.ts';
import { assemble } from './assemble.ts';
import { decideWeeks } from './decide.ts';
import { hoursOfWeeks, publishedContents, weekInputs } from './from-vault.ts';
import { givenAwayBy, leaksOf, type WeekLeaks } from './gate.ts';
import { isPassedOnWhole } from './passed-on-cells.ts';
import type { Publication } from './tables.ts';
import { packContent } from './week-content.ts';

/** A publication that is ready, and what must be kept of it before the world sees it. */
export interface Prepared {
  publication: Publication;
  added: WeekRevision[];
  held: ReadonlyMap<Week, string>;
  /** Weeks of which everything published so far gives small groups away: then nothing may be published. */
  leaks: WeekLeaks[];
  /** Check-ins of the new revisions whose names no file may hold, where totals are passed on. */
  renamed: number;
}

/** Reads one state of the vault and decides what is published. Writes nothing. `confirmed`: weeks confirmed just now. */
export function preparePublication(
  vault: Vault,
  rules: Rules,
  annotations: readonly GradedAnnotation[],
  continentOf: (country: string) => string,
  solver: Solver,
  now: EpochSeconds,
  confirmed: readonly Week[] = [],
): Prepared {
  const { id, retired_sources: retired, as_published: isPassedOn } = rules.definition;
  return vault.snapshot(() => {
    const weeks = vault.weeks();
    const counted = new Set(weeks.map(({ week }) => week));
    const givenAway = givenAwayBy(rules.definition, solver);
    const decisions = decideWeeks(weekInputs(vault, weeks, rules, now), publishedContents(vault, id), {
      rules,
      annotations,
      coverage: coverageByWeek(vault.logHours(), retired),
      hours: hoursOfWeeks(vault, weeks),
      isCounted: (week) => counted.has(week),
      confirmed: new Set([...vault.confirmedWeeks(id), ...confirmed]),
      continentOf,
      now,
      givenAway,
    });
    // Weeks are unknowns of their own, so those without a new revision are as safe as they were.
    const changed = new Map(decisions.added.map(({ week }) => [week, decisions.contents.get(week)!]));
    return {
      publication: assemble(decisions, rules, annotations, now),
      added: decisions.added.map(({ week, revision, content }) => ({ week, revision, content: packContent(content) })),
      held: decisions.held,
      leaks: leaksOf(changed, givenAway),
      renamed: isPassedOn ? decisions.added.reduce((sum, { week }) => sum + renamedIn(vault.cells(week)), 0) : 0,
    };
  });
}

function renamedIn(cells: Iterable<CubeCell>): number {
  let hits = 0;
  for (const cell of cells) if (!isPassedOnWhole(cell)) hits += cell.hits;
  return hits;
}
