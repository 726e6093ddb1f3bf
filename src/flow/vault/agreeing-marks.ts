/**
 * Marks in order, equal ones side by side as one run: whoever sends a request a hundred times a second must not make the
 * comparison take the square of that.
 */
export interface Runs {
  mark: Uint32Array;
  /** Where the marks of each run lie in the hour, one run behind the other, and where each begins among them. */
  places: Uint32Array;
  start: Uint32Array;
}

export interface AgreeingPlaces {
  /** Places in the log's hour and in the counted one whose marks agree, ascending. */
  places: Uint32Array;
  partPlaces: Uint32Array;
}

/** Those of the log at hand, which are compared with many others. */
export interface IndexedRuns extends Runs {
  /** The runs of each mark, ascending. */
  byMark: ReadonlyMap<number, readonly number[]>;
}

export function indexedRunsOf(marks: Uint32Array, places: Iterable<number>): IndexedRuns {
  const runs = runsOf(marks, places);
  const byMark = new Map<number, number[]>();
  for (const [run, mark] of runs.mark.entries()) {
    const known = byMark.get(mark);
    if (known === undefined) byMark.set(mark, [run]);
    else known.push(run);
  }
  return { ...runs, byMark };
}

/** The runs of the marks at these places. */
function runsOf(marks: Uint32Array, places: Iterable<number>): Runs {
  const all = Uint32Array.from(places);
  const start: number[] = [];
  for (const [i, place] of all.entries()) {
    if (i === 0 || marks[place] !== marks[all[i - 1]!]) start.push(i);
  }
  const mark = Uint32Array.from(start, (i) => marks[all[i]!]!);
  return { mark, places: all, start: Uint32Array.from([...start, all.length]) };
}

/** The longest common subsequence of both: what two cuts of a log hold stands in one order in them. */
export function agreeingPlaces(own: IndexedRuns, partMarks: Uint32Array): AgreeingPlaces {
  // Nearly always: logs of one hour are many, and hold other lines.
  if (!holdsAny(own, partMarks)) return NO_PLACES;
  const part = runsOf(partMarks, partMarks.keys());
  const pairs = commonRuns(own, part);
  const lengths = pairs.map(([ownRun, partRun]) => Math.min(lengthOf(own, ownRun), lengthOf(part, partRun)));
  const size = lengths.reduce((sum, length) => sum + length, 0);
  const common = { places: new Uint32Array(size), partPlaces: new Uint32Array(size) };
  let to = 0;
  for (const [i, [ownRun, partRun]] of pairs.entries()) {
    for (let k = 0; k < lengths[i]!; k++, to++) {
      common.places[to] = own.places[own.start[ownRun]! + k]!;
      common.partPlaces[to] = part.places[part.start[partRun]! + k]!;
    }
  }
  return common;
}

export const NO_PLACES: AgreeingPlaces = { places: new Uint32Array(), partPlaces: new Uint32Array() };

function holdsAny({ byMark }: IndexedRuns, marks: Uint32Array): boolean {
  for (const mark of marks) if (byMark.has(mark)) return true;
  return false;
}

function lengthOf({ start }: Runs, run: number): number {
  return start[run + 1]! - start[run]!;
}

type Pair = readonly [ownRun: number, partRun: number];

/** What both begin with and end with is in one of the longest always, and nearly all there is. */
function commonRuns(own: IndexedRuns, part: Runs): Pair[] {
  const isEqual = (ownRun: number, partRun: number) =>
    own.mark[ownRun] === part.mark[partRun] && lengthOf(own, ownRun) === lengthOf(part, partRun);
  const shorter = Math.min(own.mark.length, part.mark.length);
  let front = 0;
  while (front < shorter && isEqual(front, front)) front++;
  let back = 0;
  const [ownEnd, partEnd] = [own.mark.length, part.mark.length];
  while (back < shorter - front && isEqual(ownEnd - 1 - back, partEnd - 1 - back)) back++;
  return [
    ...Array.from({ length: front }, (_, i): Pair => [i, i]),
    ...heaviestPairs(own, part, front, back),
    ...Array.from({ length: back }, (_, i): Pair => [ownEnd - back + i, partEnd - back + i]),
  ];
}

/** Pairs of equal runs, ascending in both, with the most lines in them. */
function heaviestPairs(own: IndexedRuns, part: Runs, front: number, back: number): Pair[] {
  const size = own.mark.length - back - front;
  const best = new PrefixBest(size);
  const pairs: Pair[] = [];
  // How each pair goes on backwards.
  const before: number[] = [];
  for (let partRun = front; partRun < part.mark.length - back; partRun++) {
    // The last first, so that none is put behind another of the same run.
    for (const ownRun of own.byMark.get(part.mark[partRun]!)?.toReversed() ?? []) {
      if (ownRun < front || ownRun >= front + size) continue;
      const [weight, last] = best.upTo(ownRun - front);
      pairs.push([ownRun, partRun]);
      before.push(last);
      best.raise(ownRun - front, weight + Math.min(lengthOf(own, ownRun), lengthOf(part, partRun)), pairs.length - 1);
    }
  }
  const found: Pair[] = [];
  for (let at = best.upTo(size)[1]; at >= 0; at = before[at]!) found.push(pairs[at]!);
  return found.reverse();
}

/** The heaviest of all values before a place (a Fenwick tree of maxima). */
class PrefixBest {
  readonly #weights: Float64Array;
  readonly #pairs: Int32Array;

  constructor(size: number) {
    this.#weights = new Float64Array(size + 1);
    this.#pairs = new Int32Array(size + 1).fill(-1);
  }

  /** Of the places below this one: the weight, and the pair that has it, -1 if there is none. */
  upTo(place: number): [weight: number, pair: number] {
    let weight = 0;
    let pair = -1;
    for (let at = place; at > 0; at -= at & -at) {
      if (this.#weights[at]! <= weight) continue;
      weight = this.#weights[at]!;
      pair = this.#pairs[at]!;
    }
    return [weight, pair];
  }

  raise(place: number, weight: number, pair: number): void {
    for (let at = place + 1; at < this.#weights.length; at += at & -at) {
      if (this.#weights[at]! >= weight) continue;
      this.#weights[at] = weight;
      this.#pairs[at] = pair;
    }
  }
}
