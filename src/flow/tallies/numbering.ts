import { OTHER } from '../sightings/clean-text.ts';
import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';

/** How many distinct values one log may name (C5). */
export interface NumberingLimits {
  systems: number;
  requests: number;
  cells: number;
}

export const LIMITS: NumberingLimits = { systems: 65_536, requests: 131_072, cells: 1_048_576 };

/** Numbers systems and requests in the order in which they are first counted; past the limits they become `other`. */
export class Numbering {
  readonly systems: System[] = [];
  readonly requests: Request[] = [];
  readonly #limits: NumberingLimits;
  readonly #systemNumbers = new Map<string, number>();
  readonly #requestNumbers = new Map<string, number>();

  constructor(limits: NumberingLimits) {
    this.#limits = limits;
  }

  numberOfSystem(system: System): number {
    const key = systemKey(system);
    const known = this.#systemNumbers.get(key);
    if (known !== undefined) return known;
    if (this.#systemNumbers.size < this.#limits.systems) return add(this.systems, this.#systemNumbers, key, system);
    return this.otherSystem(system.client);
  }

  numberOfRequest(request: Request): number {
    const key = requestKey(request);
    const known = this.#requestNumbers.get(key);
    if (known !== undefined) return known;
    if (this.#requestNumbers.size < this.#limits.requests)
      return add(this.requests, this.#requestNumbers, key, request);
    return this.otherRequest(request.age);
  }

  otherSystem(client: string): number {
    const other = { client, osName: OTHER, osVersion: OTHER, osVariant: OTHER, osArch: OTHER };
    const key = systemKey(other);
    return this.#systemNumbers.get(key) ?? add(this.systems, this.#systemNumbers, key, other);
  }

  otherRequest(age: Age): number {
    const other = { age, repoTag: OTHER, repoArch: OTHER };
    const key = requestKey(other);
    return this.#requestNumbers.get(key) ?? add(this.requests, this.#requestNumbers, key, other);
  }
}

function systemKey({ client, osName, osVersion, osVariant, osArch }: System): string {
  return [client, osName, osVersion, osVariant, osArch].join('\0');
}

function requestKey({ age, repoTag, repoArch }: Request): string {
  return [age, repoTag, repoArch].join('\0');
}

function add<Value>(list: Value[], numbers: Map<string, number>, key: string, value: Value): number {
  const number = list.push(value) - 1;
  numbers.set(key, number);
  return number;
}
