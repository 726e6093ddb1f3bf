import { boundsInSum, type Interval, type Part } from './bounds.ts';
import type { Program, Solver, Sum } from './solver.ts';

/** What is said of the counts cannot all be so. */
export class ContradictionError extends Error {}

/**
 * The bounds of every count that follow from all sums together, as whole numbers. They are those of the linear
 * relaxation: no count lies outside of them, but who reasons in whole numbers can at times narrow them further.
 *
 * Sums that share no counts are worked out apart, and counts that stand in the same sums with the same bounds as one: a
 * table of a thousand rows is a thousand small problems, nearly all of them of one sum, which need no solver.
 */
export function workOut(
  program: Program,
  solver: Solver,
  /** Of the others no more is worked out than costs nothing. */
  isAsked: (count: number) => boolean = () => true,
  /** Whether it is enough to know that a count can be as little and as much as this. */
  isOpen: (count: number, bounds: Interval) => boolean = () => false,
): Interval[] {
  const bounds = program.counts.map(({ least, most }) => ({ least, most }));
  for (const component of components(program)) {
    const found = boundsIn(component, program.sums, solver, isAsked, isOpen);
    component.classes.forEach(({ counts }, index) => {
      for (const count of counts) bounds[count] = found[index]!;
    });
  }
  if (bounds.some(({ least, most }) => least > most)) throw new ContradictionError(CONTRADICTION);
  return bounds;
}

const CONTRADICTION = 'sums and bounds of counts: expected some counts that agree with all of them, found none';

/** Counts of which the same is known. */
interface Class extends Part {
  counts: number[];
  places: readonly Place[];
}

/** A sum that a count stands in; `-sum - 1` if it is taken away there. */
type Place = number;

function sumOf(place: Place): number {
  return place < 0 ? -place - 1 : place;
}

/** Sums that share counts, directly or by way of others, and these counts. */
interface Component {
  /** Ascending. */
  sums: number[];
  classes: Class[];
}

function components({ counts, sums }: Program): Component[] {
  const classes = classify(counts, sums);
  const rootOf = linkSums(classes, sums.length);
  const found = new Map<number, Component>();
  for (const one of classes) {
    const root = rootOf(sumOf(one.places[0]!));
    const component = found.get(root) ?? { sums: [], classes: [] };
    found.set(root, component);
    component.classes.push(one);
  }
  for (let sum = 0; sum < sums.length; sum++) found.get(rootOf(sum))?.sums.push(sum);
  return [...found.values()];
}

/** Counts in no sum are left out: nothing more becomes known of them. */
function classify(counts: readonly Interval[], sums: readonly Sum[]): Class[] {
  const places: Place[][] = counts.map(() => []);
  sums.forEach(({ plus, minus }, sum) => {
    for (const count of plus) places[count]!.push(sum);
    for (const count of minus) places[count]!.push(-sum - 1);
  });
  const classes = new Map<string, Class>();
  counts.forEach(({ least, most }, count) => {
    if (places[count]!.length === 0) return;
    const key = `${places[count]};${least};${most}`;
    const known = classes.get(key) ?? { least, most, count: 0, counts: [], places: places[count]! };
    classes.set(key, known);
    known.count++;
    known.counts.push(count);
  });
  return [...classes.values()];
}

/** Joins sums that have a class in common; the function tells which sum stands for all that one is joined to. */
function linkSums(classes: readonly Class[], sums: number): (sum: number) => number {
  const parents = Array.from({ length: sums }, (_, sum) => sum);
  const rootOf = (sum: number): number => {
    let root = sum;
    while (parents[root] !== root) root = parents[root]!;
    parents[sum] = root;
    return root;
  };
  for (const { places } of classes) {
    const [first, ...others] = places.map(sumOf);
    for (const other of others) parents[rootOf(other)] = rootOf(first!);
  }
  return rootOf;
}

function boundsIn(
  component: Component,
  sums: readonly Sum[],
  solver: Solver,
  isAsked: (count: number) => boolean,
  isOpen: (count: number, bounds: Interval) => boolean,
): Interval[] {
  const [only, ...others] = component.sums.map((sum) => sums[sum]!);
  if (others.length === 0 && only!.minus.length === 0) return boundsInSum(only!, component.classes);
  const program = { counts: component.classes.map(wholeClass), sums: sumsOverClasses(component, sums) };
  const asked = [...component.classes.keys()].filter((index) => component.classes[index]!.counts.some(isAsked));
  const ranges = solver.ranges(program, asked, (at, seen) => {
    const one = component.classes[asked[at]!]!;
    const bounds = boundsOfOne(one, seen);
    return one.counts.every((count) => !isAsked(count) || isOpen(count, bounds));
  });
  if (ranges === undefined) throw new ContradictionError(CONTRADICTION);
  const found = new Map(asked.map((index, at) => [index, ranges[at]!]));
  return component.classes.map((one, index) => {
    const range = found.get(index);
    return range === undefined ? { least: one.least, most: one.most } : boundsOfOne(one, range);
  });
}

function sumsOverClasses({ sums: own, classes }: Component, sums: readonly Sum[]): Sum[] {
  const over = new Map(own.map((sum) => [sum, { plus: [] as number[], minus: [] as number[] }]));
  classes.forEach(({ places }, index) => {
    for (const place of places) over.get(sumOf(place))![place < 0 ? 'minus' : 'plus'].push(index);
  });
  return own.map((sum) => ({ ...over.get(sum)!, least: sums[sum]!.least, most: sums[sum]!.most }));
}

function wholeClass({ least, most, count }: Class): Interval {
  return { least: least * count, most: most * count };
}

/** The solver's numbers are a little off. */
const TOLERANCE = 1e-6;

/** The others of the class can be as many, or as few, as they may be: that is what one of them is known to by their sum. */
function boundsOfOne({ least, most, count }: Class, range: Interval): Interval {
  const whole = { least: Math.ceil(range.least - TOLERANCE), most: Math.floor(range.most + TOLERANCE) };
  return boundsInSum(whole, [{ least, most, count }])[0]!;
}
