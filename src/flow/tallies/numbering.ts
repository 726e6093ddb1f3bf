import { OTHER } from '../sightings/clean-text.ts';
import type { Age, Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';

/** How many distinct values one log may name (C5). */
export interface NumberingLimits {
  systems: number;
  requests: number;
}

/** These, and of how many of a log's lines the marks are kept (G4). */
export interface TallyLimits extends NumberingLimits {
  cells: number;
  /** Six bytes each in memory, four in the vault: a day of the largest distribution has as many, on several servers. */
  marks: number;
}

export const LIMITS: TallyLimits = { systems: 65_536, requests: 131_072, cells: 1_048_576, marks: 2_097_152 };

/** Numbers systems and requests in the order in which they are first counted; past the limits they become `other`. */
export class Numbering {
  readonly systems: System[] = [];
  readonly requests: Request[] = [];
  readonly #limits: NumberingLimits;
  readonly #texts = new Texts();
  readonly #systemNumbers = new Map<string, number>();
  readonly #requestNumbers = new Map<string, number>();

  constructor(limits: NumberingLimits) {
    this.#limits = limits;
  }

  numberOfSystem(system: System): number {
    const hasRoom = this.#systemNumbers.size < this.#limits.systems;
    return this.#systemNumber(system, hasRoom) ?? this.otherSystem(system.client);
  }

  numberOfRequest(request: Request): number {
    const hasRoom = this.#requestNumbers.size < this.#limits.requests;
    return this.#requestNumber(request, hasRoom) ?? this.otherRequest(request.age);
  }

  otherSystem(client: string): number {
    return this.#systemNumber({ client, osName: OTHER, osVersion: OTHER, osVariant: OTHER, osArch: OTHER }, true)!;
  }

  otherRequest(age: Age): number {
    return this.#requestNumber({ age, repoTag: OTHER, repoArch: OTHER }, true)!;
  }

  /** A system that is not known is added where there is room. */
  #systemNumber(system: System, hasRoom: boolean): number | undefined {
    const texts = this.#texts;
    const client = texts.numberOf(system.client, hasRoom);
    const osName = texts.numberOf(system.osName, hasRoom);
    const osVersion = texts.numberOf(system.osVersion, hasRoom);
    const osVariant = texts.numberOf(system.osVariant, hasRoom);
    const osArch = texts.numberOf(system.osArch, hasRoom);
    const key = keyOf(client, osName, osVersion, osVariant, osArch);
    const known = this.#systemNumbers.get(key);
    if (known !== undefined || !hasRoom) return known;
    return add(this.systems, this.#systemNumbers, key, {
      client: texts.at(client),
      osName: texts.at(osName),
      osVersion: texts.at(osVersion),
      osVariant: texts.at(osVariant),
      osArch: texts.at(osArch),
    });
  }

  #requestNumber({ age, repoTag, repoArch }: Request, hasRoom: boolean): number | undefined {
    const texts = this.#texts;
    const tag = texts.numberOf(repoTag, hasRoom);
    const arch = texts.numberOf(repoArch, hasRoom);
    const key = keyOf(age, tag, arch, 0, 0);
    const known = this.#requestNumbers.get(key);
    if (known !== undefined || !hasRoom) return known;
    return add(this.requests, this.#requestNumbers, key, { age, repoTag: texts.at(tag), repoArch: texts.at(arch) });
  }
}

const NO_TEXT = -1;

/** One copy of each text: ten thousands of systems are made of few, and each would keep the User-Agent it was cut from. */
class Texts {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** A text that is not known is added where there is room; where not, it is NO_TEXT. */
  numberOf(text: string, hasRoom: boolean): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    return hasRoom ? add(this.#texts, this.#numbers, text, text) : NO_TEXT;
  }

  at(number: number): string {
    return this.#texts[number]!;
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

function add<Value>(list: Value[], numbers: Map<string, number>, key: string, value: Value): number {
  const number = list.push(value) - 1;
  numbers.set(key, number);
  return number;
}
