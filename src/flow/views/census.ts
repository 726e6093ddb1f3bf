import type { Age } from '../sightings/request.ts';
import type { Week } from '../sightings/week.ts';
import { exactHits } from '../tallies/log-tally.ts';
import type { CubeCell } from '../vault/vault.ts';
import type { CensusRule, Definition } from './definition/definition.ts';
import { censusRulesOf, rolesBy } from './definition/roles.ts';
import type { Rules } from './survey.ts';

/** An estimate of the systems of one week, exact and private. */
export interface Census {
  systems: number;
  /** By the other repositories that every system has; equal to `systems` where there are none. */
  low: number;
  high: number;
  /** `os_name os_version` -> systems, most first. */
  byVersion: [string, number][];
  /** By client, whose ages they are (M4); most systems first. */
  byAge: [client: string, systems: Record<Age, number>][];
  /** `release`: systems of the headline's names that asked the census repository of their release. `largest`: no census
   * repository is known, so the one with the most check-ins counts, whatever the release. */
  basis: { kind: 'release' } | { kind: 'largest'; repoTag: string };
}

/** Estimates the systems of a week from its check-ins; without rules, by the largest repository. */
export function takeCensus(week: Week, cells: Iterable<CubeCell>, rules: Rules | undefined): Census {
  return rules === undefined ? takeLargest([...cells]) : takeByRules(week, cells, rules);
}

/** Counts the systems of weeks: the number of `takeCensus`, without all else that it tells, in a tenth of its time. */
export function systemCounter(rules: Rules | undefined): (week: Week, cells: Iterable<CubeCell>) => number {
  if (rules === undefined) return (_, cells) => largestOf(cells)[1];
  const { definition, aliases } = rules;
  const roleOf = rolesBy(definition);
  return (week, cells) => {
    let systems = 0;
    for (const { system, request, hits } of cells) {
      const canonical = aliases.apply(system, week);
      const isCounted = definition.headline.includes(canonical.osName) && roleOf(canonical, request).kind === 'census';
      if (isCounted) systems = exactHits(systems + hits);
    }
    return systems;
  };
}

interface CountedSystems {
  os: string;
  version: string;
  client: string;
  age: Age;
  systems: number;
}

function takeByRules(week: Week, cells: Iterable<CubeCell>, { definition, aliases }: Rules): Census {
  const roleOf = rolesBy(definition);
  const counted: CountedSystems[] = [];
  const crosschecks = new CrosscheckSums(definition);
  for (const { system, request, hits } of cells) {
    const canonical = aliases.apply(system, week);
    const { client, osName: os, osVersion: version } = canonical;
    if (!definition.headline.includes(os)) continue;
    const role = roleOf(canonical, request);
    if (role.kind === 'census') counted.push({ os, version, client, age: request.age, systems: hits });
    // Check-ins of the headline's systems in each cross-check repository of their release.
    else if (role.kind === 'crosscheck') crosschecks.add(os, role.place, hits);
  }
  const systems = sum(counted.map((row) => row.systems));
  const { low, high } = rangeOf(systems, crosschecks.withCensus(counted));
  const byVersion = counted.map((row): [string, number] => [`${row.os} ${row.version}`, row.systems]);
  const byAge = counted.map((row): [string, Age, number] => [row.client, row.age, row.systems]);
  return { systems, low, high, ...breakdown(byVersion, byAge), basis: { kind: 'release' } };
}

/**
 * Check-ins in each cross-check. Os names with a rule of their own that has no such cross-check, or in which none of them
 * asked, stand in it with their census: otherwise who asks for other repositories would make the range look wide.
 */
export class CrosscheckSums {
  readonly #definition: Definition;
  /** By place, then by rule. */
  readonly #sums = new Map<number, Map<CensusRule | undefined, number>>();
  readonly #rules = new Map<string, CensusRule | undefined>();

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  add(os: string, place: number, hits: number): void {
    const sums = this.#sums.get(place) ?? new Map<CensusRule | undefined, number>();
    const rule = this.#ruleOf(os);
    this.#sums.set(place, sums.set(rule, (sums.get(rule) ?? 0) + hits));
  }

  withCensus(counted: readonly { os: string; systems: number }[]): number[] {
    return [...this.#sums.values()].map((sums) => {
      const unchecked = counted.filter(({ os }) => !sums.has(this.#ruleOf(os)));
      return sum([...sums.values(), ...unchecked.map(({ systems }) => systems)]);
    });
  }

  /** The first stands for all that hold for the name. */
  #ruleOf(os: string): CensusRule | undefined {
    if (!this.#rules.has(os)) this.#rules.set(os, censusRulesOf(this.#definition, os)[0]);
    return this.#rules.get(os);
  }
}

/** The least and the most by any of the repositories that every system has. */
export function rangeOf(systems: number, crosschecks: readonly number[]): { low: number; high: number } {
  const seen = crosschecks.filter((count) => count > 0);
  return { low: Math.min(systems, ...seen), high: Math.max(systems, ...seen) };
}

function takeLargest(cells: readonly CubeCell[]): Census {
  const [repoTag, systems] = largestOf(cells);
  const counted = cells.filter((cell) => cell.request.repoTag === repoTag);
  const byVersion = counted.map(({ system, hits }): [string, number] => {
    return [`${system.osName} ${system.osVersion}`.trim() || 'not stated', hits];
  });
  const byAge = counted.map(({ system, request, hits }): [string, Age, number] => [system.client, request.age, hits]);
  return { systems, low: systems, high: systems, ...breakdown(byVersion, byAge), basis: { kind: 'largest', repoTag } };
}

function largestOf(cells: Iterable<CubeCell>): [repoTag: string, hits: number] {
  const byTag = new Map<string, number>();
  for (const { request, hits } of cells) byTag.set(request.repoTag, (byTag.get(request.repoTag) ?? 0) + hits);
  return [...byTag].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
}

function breakdown(
  versions: readonly [string, number][],
  ages: readonly [string, Age, number][],
): Pick<Census, 'byVersion' | 'byAge'> {
  const sums = new Map<string, number>();
  for (const [name, systems] of versions) sums.set(name, (sums.get(name) ?? 0) + systems);
  const clients = new Map<string, Record<Age, number>>();
  for (const [client, age, systems] of ages) {
    const own = clients.get(client) ?? { 1: 0, 2: 0, 3: 0, 4: 0 };
    own[age] += systems;
    clients.set(client, own);
  }
  const inAll = (own: Record<Age, number>) => sum(Object.values(own));
  return {
    byVersion: [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    byAge: [...clients].sort((a, b) => inAll(b[1]) - inAll(a[1]) || (a[0] < b[0] ? -1 : 1)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
