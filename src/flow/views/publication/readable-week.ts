import type { Week } from '../../sightings/week.ts';
import type { Definition } from '../definition/definition.ts';
import { EVERY_RELEASE, majorOf, type RepositoryPattern, repositoryPattern } from '../definition/repository-pattern.ts';
import type { TotalsRow } from '../totals.ts';
import { releaseOf } from './rows.ts';
import { type Publication, WITHHELD } from './tables.ts';
import { CHECK_INS, LATE_LOGS, type WeekContent } from './week-content.ts';

/** All that anybody can read of a week at one time, by the names that stand there. */
export interface ReadableWeek {
  week: Week;
  revision: number;
  /** The k of its first publication. */
  k: number;
  /** Its numbers are less than k away from the truth; by the first method they are the nearest multiples. */
  isControlled: boolean;
  headline: readonly string[];
  /** Logs were counted since the revision before, and the rules stayed: so no number has become less. */
  hasOnlyGrown: boolean;
  /** In the order of `SYSTEMS`. */
  systems: readonly ReadableRow[];
  /** Field and value. Empty by the first method: there they are sums of rows. */
  margins: readonly ReadableRow[];
  countries: readonly ReadableRow[];
  /** The least and the most by any repository; null where nothing is said, or by the first method. */
  low: number | null;
  high: number | null;
  /** Which of the repositories that every system has check-ins asked; undefined: none. Definitions are public. */
  crosscheckOf: (checkIns: readonly string[]) => string | undefined;
  /** In the order of `CHECK_INS`; of a folder only those of which it is certain that they do not count systems. */
  checkIns: readonly ReadableRow[];
  /** Repositories all of whose rows are there. */
  wholeRepositories: ReadonlySet<string>;
}

export interface ReadableRow {
  names: readonly string[];
  number: number;
}

/** What a folder or a site shows. Totals that were passed on as they are hide nothing, and give no weeks. */
export function readableWeeks(publication: Publication): ReadableWeek[] {
  const { protection, distribution, corrections } = publication;
  if (protection.kind === 'as-published') return [];
  const census = distribution.census.flatMap((text) => repositoryPattern(text) ?? []);
  const crosscheckOf = crosscheckBy(distribution.crosschecks.flatMap((text) => repositoryPattern(text) ?? []));
  const of = <Row extends { week: Week }>(rows: readonly Row[]) => Map.groupBy(rows, ({ week }) => week);
  const [systems, margins, countries] = [of(publication.systems), of(publication.margins), of(publication.countries)];
  return publication.weeks
    .filter(({ status, within }) => status === 'published' && within !== NOT_ROUNDED)
    .map(({ week, revision, within, low, high }) => {
      const rows = (systems.get(week) ?? []).map(({ os, version, edition, arch, client, age, systems: number }) => {
        return { names: [os, version, edition, arch, client, String(age)], number };
      });
      const own = (margins.get(week) ?? []).map(({ field, value, systems: number }) => {
        return { names: [field, value], number };
      });
      // Of the first method nobody said how near its numbers are.
      const isControlled = within !== null;
      const checkIns = publication.totals.of(week).flatMap((row) => checkInsIn(row, census));
      const why = corrections.find((one) => one.week === week && one.revision === revision)?.why;
      return {
        week,
        revision,
        k: within ?? stepOf([...rows, ...own], protection.k),
        isControlled,
        headline: distribution.headline,
        hasOnlyGrown: why === LATE_LOGS,
        systems: rows,
        margins: isControlled ? own : [],
        low: isControlled ? low : null,
        high: isControlled ? high : null,
        crosscheckOf,
        countries: (countries.get(week) ?? []).map(({ country, duration, systems: number }) => {
          return { names: [country, duration], number };
        }),
        checkIns,
        wholeRepositories: new Set(
          repositoriesIn(checkIns).filter((tag) => census.every((pattern) => pattern.releaseOf(tag) === undefined)),
        ),
      };
    });
}

/** What `within` says of totals that were passed on as they are. */
const NOT_ROUNDED = 1;

/** A week keeps its first k, whatever is configured since: it is what its numbers are multiples of. */
function stepOf(rows: readonly ReadableRow[], k: number): number {
  const step = rows.reduce((sum, { number }) => greatestDivisor(sum, number), 0);
  return step % k === 0 ? k : step;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Rows without a repository, and those of the census for the system's own release, may be sums that count systems too. */
function checkInsIn(row: TotalsRow, census: readonly RepositoryPattern[]): ReadableRow[] {
  const { osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch, hits } = row;
  const isOwn = census.some((pattern) => {
    const release = pattern.releaseOf(repoTag);
    return release !== undefined && (release === '' || [releaseOf(osVersion), WITHHELD].includes(release));
  });
  if (isOwn || repoTag === WITHHELD) return [];
  return [{ names: [osName, osVersion, osVariant, osArch, String(sysAge), repoTag, repoArch], number: hits }];
}

/** Of the system's own release. */
function crosscheckBy(patterns: readonly RepositoryPattern[]): ReadableWeek['crosscheckOf'] {
  const [version, tag] = [CHECK_INS.indexOf('version'), CHECK_INS.indexOf('repoTag')];
  return (names) =>
    patterns.find((pattern) => {
      const release = pattern.releaseOf(names[tag]!);
      return release === EVERY_RELEASE || (release !== undefined && release === majorOf(names[version]!));
    })?.text;
}

function repositoriesIn(checkIns: readonly ReadableRow[]): string[] {
  return [...new Set(checkIns.map(({ names }) => names[CHECK_INS.indexOf('repoTag')]!))].filter(
    (tag) => tag !== WITHHELD,
  );
}

/** What was published of a week from first to last, as the vault keeps it: the rows, and nothing of what is behind them. */
export function readableRevisions(
  week: Week,
  contents: readonly WeekContent[],
  { headline, census }: Definition,
): ReadableWeek[] {
  const crosscheckOf = crosscheckBy(census.flatMap(({ crosschecks }) => crosschecks.flat()));
  return contents.flatMap(({ tables, totals, why, headline: { low, high } }, at): ReadableWeek[] => {
    if (totals !== undefined) return [];
    const rows = (table: keyof typeof tables) =>
      (tables[table]?.rows ?? []).map(({ dimensions: names, systems: number }) => ({ names, number }));
    return [
      {
        week,
        revision: at + 1,
        k: tables.systems.k,
        isControlled: tables.systems.controlled === true,
        headline: tables.margins?.headline ?? headline,
        hasOnlyGrown: why === LATE_LOGS,
        systems: rows('systems'),
        margins: rows('margins'),
        ...(tables.systems.controlled ? { low, high } : { low: null, high: null }),
        crosscheckOf,
        countries: rows('countries'),
        checkIns: rows('checkIns'),
        wholeRepositories: new Set(repositoriesIn(rows('checkIns'))),
      },
    ];
  });
}
