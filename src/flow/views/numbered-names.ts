import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { compareRequests, compareSystems } from './totals.ts';

/** How values are told apart, in which order they stand, and what they are called in a row as JSON. */
interface Kind<Value> {
  compare: (a: Value, b: Value) => number;
  jsonOf: (value: Value) => string;
}

const SYSTEMS: Kind<System> = {
  compare: compareSystems,
  jsonOf: ({ osName, osVersion, osVariant, osArch }) => JSON.stringify({ osName, osVersion, osVariant, osArch }),
};

const REQUESTS: Kind<Request> = {
  compare: compareRequests,
  jsonOf: ({ age, repoTag, repoArch }) => JSON.stringify({ sysAge: age, repoTag, repoArch }),
};

/** Different systems or requests, numbered in the order in which they came. */
export class NumberedNames<Value> {
  readonly #kind: Kind<Value>;
  readonly #values: Value[] = [];
  readonly #texts: Buffer[] = [];
  readonly #numbers = new Map<string, number>();
  #ranks = new Uint32Array(0);

  private constructor(kind: Kind<Value>) {
    this.#kind = kind;
  }

  static systems(): NumberedNames<System> {
    return new NumberedNames(SYSTEMS);
  }

  static requests(): NumberedNames<Request> {
    return new NumberedNames(REQUESTS);
  }

  get size(): number {
    return this.#values.length;
  }

  /** Undefined if it is new and there are so many already. */
  numberOf(value: Value, most: number): number | undefined {
    const text = this.#kind.jsonOf(value);
    const known = this.#numbers.get(text);
    if (known !== undefined || this.size >= most) return known;
    this.#numbers.set(text, this.size);
    // Without the braces, to stand in a row's.
    this.#texts.push(Buffer.from(text.slice(1, -1)));
    return this.#values.push(value) - 1;
  }

  valueOf(number: number): Value {
    return this.#values[number]!;
  }

  /** Its members as they stand in JSON, in UTF-8. */
  jsonOf(number: number): Buffer {
    return this.#texts[number]!;
  }

  /** The place of each in the order of X3. */
  ranks(): Uint32Array {
    if (this.#ranks.length === this.size) return this.#ranks;
    const order = Array.from(this.#values.keys());
    order.sort((a, b) => this.#kind.compare(this.#values[a]!, this.#values[b]!));
    this.#ranks = new Uint32Array(this.size);
    for (const [rank, number] of order.entries()) this.#ranks[number] = rank;
    return this.#ranks;
  }
}
