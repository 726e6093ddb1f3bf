import { compareRequests, compareSystems, type TotalsRequest, type TotalsSystem } from './totals.ts';

/** Different values, numbered in the order in which they came. */
export class NumberedNames<Value> {
  readonly #compare: (a: Value, b: Value) => number;
  readonly #fieldsOf: (value: Value) => Value;
  readonly #values: Value[] = [];
  readonly #texts: Buffer[] = [];
  readonly #numbers = new Map<string, number>();
  #ranks = new Uint32Array(0);

  private constructor(compare: (a: Value, b: Value) => number, fieldsOf: (value: Value) => Value) {
    this.#compare = compare;
    this.#fieldsOf = fieldsOf;
  }

  static systems(): NumberedNames<TotalsSystem> {
    return new NumberedNames<TotalsSystem>(compareSystems, ({ osName, osVersion, osVariant, osArch }) => {
      return { osName, osVersion, osVariant, osArch };
    });
  }

  static requests(): NumberedNames<TotalsRequest> {
    return new NumberedNames<TotalsRequest>(compareRequests, ({ sysAge, repoTag, repoArch }) => {
      return { sysAge, repoTag, repoArch };
    });
  }

  get size(): number {
    return this.#values.length;
  }

  /** Undefined if it is new and there are so many already. */
  numberOf(value: Value, most = Number.POSITIVE_INFINITY): number | undefined {
    const fields = this.#fieldsOf(value);
    const text = JSON.stringify(fields);
    const known = this.#numbers.get(text);
    if (known !== undefined || this.size >= most) return known;
    this.#numbers.set(text, this.size);
    // Without the braces, to stand in a row's.
    this.#texts.push(Buffer.from(text.slice(1, -1)));
    return this.#values.push(fields) - 1;
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
    order.sort((a, b) => this.#compare(this.#values[a]!, this.#values[b]!));
    this.#ranks = new Uint32Array(this.size);
    for (const [rank, number] of order.entries()) this.#ranks[number] = rank;
    return this.#ranks;
  }
}
