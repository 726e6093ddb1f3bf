import type { Week } from '../../sightings/week.ts';
import type { CubeCell, NetworksOfWeek } from '../../vault/vault.ts';
import type { NameSeen, NamesByWeek } from '../protection/vocabulary.ts';
import { type Rules, type Survey, type SurveyedSystems, surveyWeek } from '../survey.ts';
import { type KnownNetworks, knownNetworks } from './known-networks.ts';
import type { WeekContent } from './week-content.ts';

/** What the vault knows of a week that is over. */
export interface WeekInput {
  week: Week;
  /** Published totals of others: nothing is known of logs, networks and countries. */
  isImported: boolean;
  /** The same digest, the same numbers. */
  digest: string;
  /** Those that are counted. */
  cells(): readonly CubeCell[];
  /** Those that are told apart, as one network sent them (R11). */
  toldApart(): readonly CubeCell[];
  networks(): NetworksOfWeek;
  /** Why check-ins were not counted, and how often. */
  rejections: readonly [string, number][];
}

/** What is known of weeks, read from the vault only where it was not kept with what was published. */
export class Surveys {
  readonly #inputs: ReadonlyMap<Week, WeekInput>;
  readonly #published: ReadonlyMap<Week, readonly WeekContent[]>;
  readonly #rules: Rules;
  readonly #surveys = new Map<Week, Survey>();
  readonly #tags = new Map<Week, ReadonlyMap<string, number>>();
  readonly #names = new Map<Week, [string, NameSeen][]>();
  readonly #networks = new Map<Week, KnownNetworks>();

  constructor(inputs: readonly WeekInput[], published: ReadonlyMap<Week, readonly WeekContent[]>, rules: Rules) {
    this.#inputs = new Map(inputs.map((input) => [input.week, input]));
    this.#published = published;
    this.#rules = rules;
  }

  of(week: Week): Survey {
    const survey = this.#surveys.get(week) ?? surveyWeek(week, this.#inputs.get(week)!.cells(), this.#rules);
    this.#surveys.set(week, survey);
    return survey;
  }

  /** Check-ins by repository; undefined for a week that the vault does not hold. */
  repositoriesByTag(week: Week): ReadonlyMap<string, number> | undefined {
    if (!this.#inputs.has(week)) return undefined;
    const known =
      this.#tags.get(week) ?? new Map(this.#kept(week)?.repositories ?? countByTag(this.#inputs.get(week)!));
    this.#tags.set(week, known);
    return known;
  }

  repositories(week: Week): [string, number][] {
    return [...this.repositoriesByTag(week)!].sort();
  }

  /** How many systems said each os name, and from how many networks. */
  names(week: Week): [string, NameSeen][] {
    const known = this.#names.get(week) ?? this.#kept(week)?.names ?? this.#countNames(week);
    this.#names.set(week, known);
    return known;
  }

  #countNames(week: Week): [string, NameSeen][] {
    const { systems, checkIns } = this.of(week);
    const known = this.networks(week);
    const sizes = largestByName(systems, checkIns);
    return [...sizes].sort().map(([name, size]) => [name, { systems: size, networks: known?.ofName(name) }]);
  }

  /** Of the six weeks that end with this one. */
  namesByWeek(week: Week): NamesByWeek {
    const weeks = Array.from({ length: 6 }, (_, ago) => (week - ago) as Week).filter((other) =>
      this.#inputs.has(other),
    );
    return new Map(weeks.map((other) => [other, new Map(this.names(other))]));
  }

  /** Undefined for imported totals. */
  networks(week: Week): KnownNetworks | undefined {
    const input = this.#inputs.get(week)!;
    if (input.isImported) return undefined;
    const known = this.#networks.get(week) ?? knownNetworks(input, this.#rules.aliases);
    this.#networks.set(week, known);
    return known;
  }

  /** Systems of the headline's names that are told apart. */
  toldApart(week: Week): SurveyedSystems[] {
    const { headline } = this.#rules.definition;
    const cells = this.#inputs.get(week)!.toldApart();
    return surveyWeek(week, cells, this.#rules).systems.filter(({ os }) => headline.includes(os));
  }

  #kept(week: Week): WeekContent | undefined {
    const last = this.#published.get(week)?.at(-1);
    return last?.digest === this.#inputs.get(week)?.digest ? last : undefined;
  }
}

function countByTag(input: WeekInput): [string, number][] {
  const sums = new Map<string, number>();
  for (const { request, hits } of input.cells()) sums.set(request.repoTag, (sums.get(request.repoTag) ?? 0) + hits);
  return [...sums];
}

/** A system may ask many repositories: the one that counts most of a name says how many there are at least. */
function largestByName(systems: Survey['systems'], checkIns: Survey['checkIns']): Map<string, number> {
  const sums = new Map<string, Map<string, number>>();
  const add = (os: string, tag: string, count: number) => {
    const byTag = sums.get(os) ?? new Map<string, number>();
    sums.set(os, byTag.set(tag, (byTag.get(tag) ?? 0) + count));
  };
  for (const row of systems) add(row.os, '', row.systems);
  for (const row of checkIns) add(row.os, row.repoTag, row.hits);
  return new Map([...sums].map(([os, byTag]) => [os, most(byTag.values())]));
}

/** Not as arguments of a call: strangers name more repositories than one can have. */
function most(counts: Iterable<number>): number {
  let found = 0;
  for (const count of counts) found = Math.max(found, count);
  return found;
}
