import { OTHER } from '../sightings/clean-text.ts';
import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { byField, type NameField, type Naming, TooManyNames } from './naming.ts';

/** How much may be named beside what is kept anyway (C5). */
export interface NumberingLimits {
  /** Distinct values of each field, and their bytes together. */
  values: number;
  valueBytes: number;
  systems: number;
  requests: number;
}

/** These, and of how many of a log's lines the marks are kept (G4). */
export interface TallyLimits extends NumberingLimits {
  cells: number;
  /** Six bytes each in memory, four in the vault: a day of the largest distribution has as many, on several servers. */
  marks: number;
}

/** In Fedora's busiest week of 2020 there were 66 values in a field, 182 systems and 385 requests. */
export const LIMITS: TallyLimits = {
  values: 1_024,
  valueBytes: 65_536,
  systems: 24_576,
  requests: 32_768,
  cells: 1_048_576,
  marks: 2_097_152,
};

/**
 * Numbers systems and requests in the order in which they are first counted. A value for which there is no room is
 * `other`, in its field only; a system for which there is none keeps its os name, a request its repository: whoever makes
 * up names takes none from the others.
 */
export class Numbering {
  readonly systems: System[] = [];
  readonly requests: Request[] = [];
  readonly #mayStop: boolean;
  readonly #clients = new Map<string, number>();
  readonly #fields: Readonly<Record<NameField, Names>>;
  readonly #systemNumbers = new Map<string, number>();
  readonly #requestNumbers = new Map<string, number>();
  #systemRoom = Number.POSITIVE_INFINITY;
  #requestRoom = Number.POSITIVE_INFINITY;

  constructor(limits: NumberingLimits, { kept, others }: Naming) {
    this.#mayStop = others === 'stop';
    const room = { ...limits, values: others === 'none' ? 0 : limits.values, mayStop: this.#mayStop };
    const { values, patterns } = kept;
    this.#fields = byField((field) => new Names(field, values[field], patterns[field], room));
    for (const system of kept.systems) this.numberOfSystem(system);
    for (const request of kept.requests) this.numberOfRequest(request);
    this.#systemRoom = this.systems.length + limits.systems;
    this.#requestRoom = this.requests.length + limits.requests;
  }

  numberOfSystem(system: System): number {
    const { osName, osVersion, osVariant, osArch } = this.#fields;
    const { client } = system;
    const name = osName.numberOf(system.osName);
    const version = osVersion.numberOf(system.osVersion);
    const variant = osVariant.numberOf(system.osVariant);
    const arch = osArch.numberOf(system.osArch);
    const known = this.#systemNumbers.get(keyOf(this.#clientNumber(client), name, version, variant, arch));
    if (known !== undefined) return known;
    if (this.systems.length < this.#systemRoom) return this.#addSystem(client, name, version, variant, arch);
    if (this.#mayStop) throw new TooManyNames('systems');
    return this.#addSystem(client, name, OTHER_NUMBER, OTHER_NUMBER, OTHER_NUMBER);
  }

  numberOfRequest({ age, repoTag, repoArch }: Request): number {
    const tag = this.#fields.repoTag.numberOf(repoTag);
    const arch = this.#fields.repoArch.numberOf(repoArch);
    const known = this.#requestNumbers.get(keyOf(age, tag, arch, 0, 0));
    if (known !== undefined) return known;
    if (this.requests.length < this.#requestRoom) return this.#addRequest(age, tag, arch);
    if (this.#mayStop) throw new TooManyNames('requests');
    return this.#addRequest(age, tag, OTHER_NUMBER);
  }

  otherSystem(client: string): number {
    return this.#addSystem(client, OTHER_NUMBER, OTHER_NUMBER, OTHER_NUMBER, OTHER_NUMBER);
  }

  otherRequest(age: Age): number {
    return this.#addRequest(age, OTHER_NUMBER, OTHER_NUMBER);
  }

  /** Clients are of a list. */
  #clientNumber(client: string): number {
    const known = this.#clients.get(client) ?? this.#clients.size;
    this.#clients.set(client, known);
    return known;
  }

  /** What is there already keeps its number. */
  #addSystem(client: string, name: number, version: number, variant: number, arch: number): number {
    const { osName, osVersion, osVariant, osArch } = this.#fields;
    return numberIn(this.#systemNumbers, keyOf(this.#clientNumber(client), name, version, variant, arch), () =>
      this.systems.push({
        client,
        osName: osName.at(name),
        osVersion: osVersion.at(version),
        osVariant: osVariant.at(variant),
        osArch: osArch.at(arch),
      }),
    );
  }

  #addRequest(age: Age, tag: number, arch: number): number {
    const { repoTag, repoArch } = this.#fields;
    return numberIn(this.#requestNumbers, keyOf(age, tag, arch, 0, 0), () =>
      this.requests.push({ age, repoTag: repoTag.at(tag), repoArch: repoArch.at(arch) }),
    );
  }
}

function numberIn(numbers: Map<string, number>, key: string, push: () => number): number {
  const number = numbers.get(key) ?? push() - 1;
  numbers.set(key, number);
  return number;
}

const OTHER_NUMBER = 0;

/** The values of one field, one copy of each: ten thousands of systems are made of few. */
class Names {
  readonly #texts = [OTHER, ''];
  readonly #numbers = new Map<string, number>(this.#texts.map((text, number) => [text, number]));
  readonly #kept: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];
  readonly #mayStop: boolean;
  readonly #field: NameField;
  #values: number;
  #bytes: number;

  constructor(
    field: NameField,
    kept: readonly string[],
    patterns: readonly RegExp[],
    room: { values: number; valueBytes: number; mayStop: boolean },
  ) {
    this.#field = field;
    this.#kept = new Set(kept);
    this.#patterns = patterns;
    this.#values = room.values;
    this.#bytes = room.valueBytes;
    this.#mayStop = room.mayStop;
  }

  /** That of `other` where there is no room for the value. */
  numberOf(value: string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    if (!this.#isKept(value)) {
      const bytes = Buffer.byteLength(value);
      if (this.#values === 0 || this.#bytes < bytes) {
        if (this.#mayStop) throw new TooManyNames(this.#field);
        return OTHER_NUMBER;
      }
      this.#values--;
      this.#bytes -= bytes;
    }
    // A copy: a part of a User-Agent would keep all of it, which may be of 60 KB.
    const copy = Buffer.from(value).toString();
    const number = this.#texts.push(copy) - 1;
    this.#numbers.set(copy, number);
    return number;
  }

  at(number: number): string {
    return this.#texts[number]!;
  }

  #isKept(value: string): boolean {
    return this.#kept.has(value) || this.#patterns.some((pattern) => pattern.test(value));
  }
}

/** 32 bits of each: a short string is made, hashed and kept at less price than one of the texts themselves. */
function keyOf(a: number, b: number, c: number, d: number, e: number): string {
  return String.fromCharCode(
    a & 0xffff,
    a >>> 16,
    b & 0xffff,
    b >>> 16,
    c & 0xffff,
    c >>> 16,
    d & 0xffff,
    d >>> 16,
    e & 0xffff,
    e >>> 16,
  );
}
