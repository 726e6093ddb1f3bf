import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import {
  byField,
  type KeptNames,
  MOST_PAIRS,
  MOST_VALUES,
  NO_NAMES,
  requestKey,
  systemKey,
  withKeptValues,
} from './naming.ts';

/** Values counted at a time. What stands in more than one of so many check-ins is found whatever else does. */
const PLACES = 4_096;
const PAIR_PLACES = 8_192;

/**
 * The names that stand in most check-ins, by the counters of Misra and Gries: what is counted takes a fixed memory, and
 * a name of more check-ins than all of them by the number of places is never missed, in whatever order they come.
 */
export class HeavyNames {
  readonly #fields = byField(() => new Heaviest(PLACES));
  readonly #systems = new Heaviest(PAIR_PLACES);
  readonly #requests = new Heaviest(PAIR_PLACES);

  add(system: System, request: Request): void {
    const { osName, osVersion, osVariant, osArch } = system;
    const { repoTag, repoArch } = request;
    const fields = this.#fields;
    fields.osName.add(osName);
    fields.osVersion.add(osVersion);
    fields.osVariant.add(osVariant);
    fields.osArch.add(osArch);
    fields.repoTag.add(repoTag);
    fields.repoArch.add(repoArch);
    this.#systems.add(systemKey(system));
    this.#requests.add(requestKey(request));
  }

  /** Beside names that are kept anyway. */
  kept({ values: known, patterns }: KeptNames): KeptNames {
    const values = byField((field) => this.#fields[field].most(MOST_VALUES));
    const has = byField((field) => {
      const all = new Set([...values[field], ...known[field]]);
      return (value: string) => all.has(value) || patterns[field].some((pattern) => pattern.test(value));
    });
    const systems = this.#systems.most(MOST_PAIRS).map((text): System => {
      const [client, osName, osVersion, osVariant, osArch] = text.split('\n') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { client, osName, osVersion, osVariant, osArch };
    });
    const requests = this.#requests.most(MOST_PAIRS).map((text): Request => {
      const [age, repoTag, repoArch] = text.split('\n') as [string, string, string];
      return { age: Number(age) as Request['age'], repoTag, repoArch };
    });
    return {
      values,
      patterns: NO_NAMES.patterns,
      ...withKeptValues({ systems, requests }, (field, value) => has[field](value)),
    };
  }
}

class Heaviest {
  readonly #places: number;
  readonly #counts = new Map<string, number>();

  constructor(places: number) {
    this.#places = places;
  }

  add(name: string): void {
    const counts = this.#counts;
    const known = counts.get(name);
    if (known !== undefined) {
      counts.set(name, known + 1);
      return;
    }
    // A copy: a part of a line would keep all of it.
    counts.set(Buffer.from(name).toString(), 1);
    if (counts.size > 2 * this.#places) this.#thin();
  }

  /** Takes from all what the first beyond the places has: so often a check-in of each was met by one of others. */
  #thin(): void {
    const counts = this.#counts;
    const sorted = Float64Array.from(counts.values()).sort();
    const least = sorted[sorted.length - 1 - this.#places]!;
    for (const [name, count] of counts) {
      if (count > least) counts.set(name, count - least);
      else counts.delete(name);
    }
  }

  most(number: number): string[] {
    return [...this.#counts]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, number)
      .map(([name]) => name);
  }
}
