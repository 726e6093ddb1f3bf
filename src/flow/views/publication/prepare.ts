import type { EpochSeconds, Week } from '../../sightings/week.ts';
import type { RevisionView, WeekRevision } from '../../vault/published.ts';
import type { CubeCell, Vault } from '../../vault/vault.ts';
import { commonScale } from '../age-scale.ts';
import type { GradedAnnotation } from '../definition/annotations.ts';
import { sha256 } from '../files/hash.ts';
import { madeWith } from '../files/made-with.ts';
import type { RecoverableCell } from '../protection/audit.ts';
import type { Solver } from '../protection/solver.ts';
import { coverageByWeek } from '../quality/coverage.ts';
import type { Rules } from '../survey.ts';
import { assemble } from './assemble.ts';
import { decideWeeks } from './decide.ts';
import { hoursOfWeeks, weekInputs } from './from-vault.ts';
import { type Gate, givenAwayBy, leaksOf, type WeekLeaks } from './gate.ts';
import { KeptRevisions } from './kept-revisions.ts';
import { isPassedOnWhole } from './passed-on-cells.ts';
import type { Publication } from './tables.ts';
import type { WeekTables } from './week-content.ts';

/** A publication that is ready, and what must be kept of it before the world sees it. */
export interface Prepared {
  publication: Publication;
  added: WeekRevision[];
  /** All that the publication is made of, as a hash: the same hash, the same files. */
  madeOf: string;
  /** The same of all that the files of its weeks have in common. */
  common: string;
  /** For the next run, which would else make them again. */
  views: RevisionView[];
  held: ReadonlyMap<Week, string>;
  /** Weeks of which everything published so far gives small groups away: then nothing may be published. */
  leaks: WeekLeaks[];
  /** Check-ins of the new revisions whose names no file may hold, where totals are passed on. */
  renamed: number;
}

/**
 * Reads one state of the vault and decides what is published. Writes nothing. `confirmed`: weeks confirmed just now;
 * `program`: what tells this Rollcall from others.
 */
export function preparePublication(
  vault: Vault,
  rules: Rules,
  annotations: readonly GradedAnnotation[],
  continentOf: (country: string) => string,
  solver: Solver,
  now: EpochSeconds,
  confirmed: readonly Week[] = [],
  program = '',
  /** Called behind each week that was decided. */
  tidy: () => void = () => {},
): Prepared {
  const { id, headline, retired_sources: retired, as_published: isPassedOn } = rules.definition;
  return vault.snapshot(() => {
    const weeks = vault.weeks();
    const counted = new Set(weeks.map(({ week }) => week));
    const kept = new KeptRevisions(vault, rules, program);
    const givenAway = askedOnce(givenAwayBy(rules.definition, solver));
    const leaks: WeekLeaks[] = [];
    const inputs = weekInputs(vault, weeks, rules, now, (week) => kept.digestOf(week));
    const decisions = decideWeeks(inputs, kept.contents, {
      rules,
      annotations,
      coverage: coverageByWeek(vault.logHours(), retired),
      hours: hoursOfWeeks(vault, weeks),
      isCounted: (week) => counted.has(week),
      confirmed: new Set([...vault.confirmedWeeks(id), ...confirmed]),
      continentOf,
      now,
      givenAway,
      measured: (_, content) => kept.viewOf(content).measures,
      isSettled: (content, digest) => kept.isSettled(content, digest),
      settle: (week, digest) => kept.settle(week, digest),
      keep: (week, revisions) => {
        // Weeks are unknowns of their own, so those without a new revision are as safe as they were.
        leaks.push(...leaksOf(week, revisions, givenAway));
        const content = kept.keep(week, revisions.length, revisions.at(-1)!);
        tidy();
        return content;
      },
    });
    const publication = assemble(decisions, rules, annotations, now, (_, content) => kept.viewOf(content));
    const revisions = [...decisions.contents].map(([week, { length }]) => [week, length]);
    const { isStale, systems, epel } = publication;
    const ages = commonScale(systems.filter(({ os }) => headline.includes(os)).map(({ client }) => client));
    const said = [rules.definition, rules.aliases, annotations, ages, epel.length > 0];
    const common = sha256(JSON.stringify([program, madeWith(), said]));
    return {
      publication,
      madeOf: sha256(JSON.stringify([common, isStale, revisions, [...decisions.held]])),
      common,
      added: decisions.added.map(({ week, revision }) => ({
        week,
        revision,
        content: kept.packed({ week, revision }),
      })),
      views: kept.newViews(decisions.contents),
      held: decisions.held,
      leaks,
      renamed: isPassedOn ? decisions.added.reduce((sum, { week }) => sum + renamedIn(vault.cells(week)), 0) : 0,
    };
  });
}

/** The last answer is given again to the same question: what was decided last is looked at once more as a whole. */
function askedOnce(ask: Gate): Gate {
  let last: { week: Week; revisions: readonly WeekTables[]; found: RecoverableCell[] } | undefined;
  return (week, revisions) => {
    const isSame =
      last?.week === week &&
      last.revisions.length === revisions.length &&
      last.revisions.every((tables, at) => tables === revisions[at]);
    last = isSame ? last : { week, revisions, found: ask(week, revisions) };
    return last!.found;
  };
}

function renamedIn(cells: Iterable<CubeCell>): number {
  let hits = 0;
  for (const cell of cells) if (!isPassedOnWhole(cell)) hits += cell.hits;
  return hits;
}
