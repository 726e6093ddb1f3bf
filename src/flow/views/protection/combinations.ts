import type { Margin } from './margins.ts';
import { rowKey } from './protected-table.ts';

/** What to give up: the name in a column to a coarser one. */
export type Coarsening = (name: string, column: number) => string;

export interface CombinationRule {
  /** Whether all names of a row may be shown. */
  isKnown: (dimensions: readonly string[]) => boolean;
  /** What to give up, one after the other. */
  coarsenings: readonly Coarsening[];
  /** The numbers that are to be right to within less than k. Where one cannot be, rows that count in it are not shown. */
  margins: readonly Margin[];
}

/** The number of a combination, from 0 on. */
export type Combination = number;

/** The number of what a margin names, from 0 on. */
export type MarginNumber = number;

/**
 * The names of each cell of a table, and of each row that could be, have a number here. Cells are placed again for each
 * name that is given up, so what is asked of their names is worked out once, and kept in flat lists: objects for tens of
 * thousands of combinations cost the collector of garbage more than all else.
 */
export class Combinations {
  readonly #rule: CombinationRule;
  readonly #names = new Numbers();
  readonly #margins = new Numbers();
  readonly #columns: number;
  readonly #lists: Lists;
  readonly #isKnown: boolean[] = [];
  readonly #mayShow: boolean[] = [];
  /** As many for each combination as the rule has: the number of the margin, or -1. */
  readonly #marginsOf: number[] = [];
  /** The same without -1, of those that were asked for: equal ones are one. */
  readonly #marginLists: (readonly MarginNumber[] | undefined)[] = [];
  readonly #distinctMargins = new Map<string, readonly MarginNumber[]>();
  readonly #keys: (string | undefined)[] = [];
  #withheld: ReadonlySet<MarginNumber> = new Set();
  /** By coarsening and column, of each name. */
  readonly #coarserNames: number[][][];
  /** By coarsening, of each combination; -1 where nobody asked. */
  readonly #coarser: Int32Array[] = [];

  constructor(columns: number, rule: CombinationRule) {
    this.#rule = rule;
    this.#columns = columns;
    this.#lists = new Lists(columns);
    this.#coarserNames = rule.coarsenings.map(() => Array.from({ length: columns }, () => []));
  }

  of(dimensions: readonly string[]): Combination {
    const combination = this.#lists.of(dimensions.map((name) => this.#names.of(name)));
    if (combination === this.#isKnown.length) this.#note(dimensions);
    return combination;
  }

  /** Of the newest one. */
  #note(dimensions: readonly string[]): void {
    const isKnown = this.#rule.isKnown(dimensions);
    let mayShow = isKnown;
    for (const margin of this.#rule.margins) {
      const key = margin(dimensions);
      const number = key === undefined ? -1 : this.#margins.of(key);
      this.#marginsOf.push(number);
      if (this.#withheld.has(number)) mayShow = false;
    }
    this.#isKnown.push(isKnown);
    this.#mayShow.push(mayShow);
  }

  dimensions(combination: Combination): string[] {
    const dimensions: string[] = [];
    for (let column = 0; column < this.#columns; column++)
      dimensions.push(this.#names.texts[this.#lists.at(combination, column)]!);
    return dimensions;
  }

  key(combination: Combination): string {
    this.#keys[combination] ??= rowKey(this.dimensions(combination));
    return this.#keys[combination];
  }

  isKnown(combination: Combination): boolean {
    return this.#isKnown[combination]!;
  }

  /** Whether all names are known, and none is withheld. */
  mayShow(combination: Combination): boolean {
    return this.#mayShow[combination]!;
  }

  /** What a row of these names counts in. Those that count in the same margins have one list. */
  margins(combination: Combination): readonly MarginNumber[] {
    this.#marginLists[combination] ??= this.#marginListOf(combination);
    return this.#marginLists[combination];
  }

  #marginListOf(combination: Combination): readonly MarginNumber[] {
    const { length } = this.#rule.margins;
    const own = this.#marginsOf.slice(combination * length, (combination + 1) * length).filter((margin) => margin >= 0);
    const key = own.join();
    const known = this.#distinctMargins.get(key) ?? own;
    this.#distinctMargins.set(key, known);
    return known;
  }

  /** What it counts in of one of the rule's margins. */
  marginOf(combination: Combination, margin: Margin): MarginNumber | undefined {
    const { margins } = this.#rule;
    const number = this.#marginsOf[combination * margins.length + margins.indexOf(margin)]!;
    return number < 0 ? undefined : number;
  }

  marginKey(margin: MarginNumber): string {
    return this.#margins.texts[margin]!;
  }

  marginNumber(key: string): MarginNumber {
    return this.#margins.of(key);
  }

  get count(): number {
    return this.#isKnown.length;
  }

  get coarsenings(): number {
    return this.#rule.coarsenings.length;
  }

  /** What the coarsening at this place makes of the names. */
  coarser(combination: Combination, at: number): Combination {
    this.#coarser[at] ??= new Int32Array(this.#isKnown.length).fill(-1);
    const known = this.#coarser[at][combination]!;
    if (known >= 0) return known;
    const names: number[] = [];
    for (let column = 0; column < this.#columns; column++)
      names.push(this.#coarserName(this.#lists.at(combination, column), column, at));
    const coarser = this.#lists.of(names);
    if (coarser === this.#isKnown.length) this.#note(this.dimensions(coarser));
    this.#coarser[at][combination] = coarser;
    return coarser;
  }

  #coarserName(name: number, column: number, at: number): number {
    const known = this.#coarserNames[at]![column]!;
    known[name] ??= this.#names.of(this.#rule.coarsenings[at]!(this.#names.texts[name]!, column));
    return known[name];
  }

  /** Names that may be shown, and are not, as rows that bear them would not add up to what is true: these, and no others. */
  withhold(margins: ReadonlySet<MarginNumber>): void {
    this.#withheld = margins;
    const isWithheld = new Uint8Array(this.#margins.texts.length);
    for (const margin of margins) isWithheld[margin] = 1;
    const { length } = this.#rule.margins;
    for (let combination = 0; combination < this.#mayShow.length; combination++) {
      let mayShow = this.#isKnown[combination]!;
      for (let place = combination * length; mayShow && place < (combination + 1) * length; place++) {
        const margin = this.#marginsOf[place]!;
        mayShow = margin < 0 || isWithheld[margin] === 0;
      }
      this.#mayShow[combination] = mayShow;
    }
  }
}

/** Numbers texts, from 0 on. */
class Numbers {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** Numbers lists of whole numbers, all of one length, from 0 on. A Map would want a text for each of them. */
class Lists {
  readonly #length: number;
  readonly #flat: number[] = [];
  #count = 0;
  /** A list stands in the first free slot from its hash on; -1 is free. */
  #slots = new Int32Array(1024).fill(-1);

  constructor(length: number) {
    this.#length = length;
  }

  of(list: readonly number[]): number {
    const slot = this.#slotOf(list);
    const known = this.#slots[slot]!;
    if (known >= 0) return known;
    this.#slots[slot] = this.#count++;
    for (const number of list) this.#flat.push(number);
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return this.#count - 1;
  }

  at(number: number, place: number): number {
    return this.#flat[number * this.#length + place]!;
  }

  #slotOf(list: readonly number[]): number {
    const last = this.#slots.length - 1;
    let hash = 0;
    for (const number of list) hash = Math.imul(hash ^ number, 0x9e3779b1) ^ (hash >>> 15);
    for (let slot = (hash ^ (hash >>> 16)) & last; ; slot = (slot + 1) & last) {
      const known = this.#slots[slot]!;
      if (known < 0 || this.#isList(known, list)) return slot;
    }
  }

  #isList(number: number, list: readonly number[]): boolean {
    const start = number * this.#length;
    for (let at = 0; at < this.#length; at++) if (this.#flat[start + at] !== list[at]) return false;
    return true;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 4).fill(-1);
    for (let number = 0; number < this.#count; number++)
      this.#slots[this.#slotOf(this.#flat.slice(number * this.#length, (number + 1) * this.#length))] = number;
  }
}
