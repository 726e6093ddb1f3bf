import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import {
  byField,
  type KeptNames,
  MOST_PAIRS,
  MOST_VALUES,
  type NameField,
  NO_NAMES,
  requestKey,
  systemKey,
  withKeptValues,
} from './naming.ts';

/** What was counted in one of several stretches of time, each system and request once. */
export interface NamesOfTime {
  systems: readonly (readonly [System, hits: number])[];
  requests: readonly (readonly [Request, hits: number])[];
}

/** Whatever has fewer check-ins is not familiar, and cannot be published (R3). */
export const FEWEST_FAMILIAR = 10;

/** The names that were there most of the times, and among these the heaviest: one flood takes nobody's place (C5). */
export function familiarNames(times: Iterable<NamesOfTime>): KeptNames {
  const fields = byField(() => new Familiar<string>());
  const systems = new Familiar<System>();
  const requests = new Familiar<Request>();
  for (const time of times) {
    const sums = byField(() => new Map<string, number>());
    const add = (field: NameField, value: string, hits: number) =>
      sums[field].set(value, (sums[field].get(value) ?? 0) + hits);
    for (const [system, hits] of time.systems) {
      const { osName, osVersion, osVariant, osArch } = system;
      add('osName', osName, hits);
      add('osVersion', osVersion, hits);
      add('osVariant', osVariant, hits);
      add('osArch', osArch, hits);
      systems.add(systemKey(system), system, hits);
    }
    for (const [request, hits] of time.requests) {
      const { repoTag, repoArch } = request;
      add('repoTag', repoTag, hits);
      add('repoArch', repoArch, hits);
      requests.add(requestKey(request), request, hits);
    }
    byField((field) => {
      for (const [value, hits] of sums[field]) fields[field].add(value, value, hits);
    });
  }
  const values = byField((field) => fields[field].most(MOST_VALUES));
  const has = byField((field) => new Set(values[field]));
  return {
    values,
    patterns: NO_NAMES.patterns,
    ...withKeptValues({ systems: systems.most(MOST_PAIRS), requests: requests.most(MOST_PAIRS) }, (field, value) =>
      has[field].has(value),
    ),
  };
}

class Familiar<Value> {
  readonly #known = new Map<string, { value: Value; times: number; hits: number }>();

  /** Once for each time. */
  add(key: string, value: Value, hits: number): void {
    if (hits < FEWEST_FAMILIAR) return;
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, { value, times: 1, hits });
    else {
      known.times++;
      known.hits += hits;
    }
  }

  most(number: number): Value[] {
    return [...this.#known]
      .sort(([a, one], [b, other]) => other.times - one.times || other.hits - one.hits || (a < b ? -1 : 1))
      .slice(0, number)
      .map(([, { value }]) => value);
  }
}
