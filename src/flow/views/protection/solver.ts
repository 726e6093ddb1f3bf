import type { Highs, Model, ObjectiveSense } from 'highs';
import type { Interval } from './bounds.ts';

/** Counts, each within an interval, and what is known of sums and differences of them. */
export interface Program {
  counts: readonly Interval[];
  sums: readonly Sum[];
}

/** The counts of `plus` less those of `minus`: indices, no index twice. */
export interface Sum extends Interval {
  plus: readonly number[];
  minus: readonly number[];
}

export interface Solver {
  /**
   * The range of each count asked for, as fractions; undefined: nothing meets all that is said. Of a count that is `isOpen`
   * by what was met on the way to others it is no more than that: its range is at least as wide.
   */
  ranges(program: Program, asked: readonly number[], isOpen?: IsOpen): Interval[] | undefined;
}

/** Whether nobody needs to know of a count more than that it can be as little and as much as this. `at`: in `asked`. */
export type IsOpen = (at: number, seen: Interval) => boolean;

/** HiGHS as WebAssembly; loading it takes some 50 ms. */
export async function loadSolver(): Promise<Solver> {
  const loaded = await import('highs');
  // Its types describe the CommonJS file, in which the function lies one step deeper than in the module.
  const highs = await (loaded.default as unknown as () => Promise<Highs>)();
  return { ranges: (program, asked, isOpen = () => false) => rangesBy(highs, program, asked, isOpen) };
}

function rangesBy(highs: Highs, program: Program, asked: readonly number[], isOpen: IsOpen): Interval[] | undefined {
  const { minimize, maximize } = highs.constants.objectiveSense;
  return highs.withModel((model) => {
    model.options.set({ output_flag: false });
    model.passModel(toModel(program));
    const seen = asked.map((): Interval => ({ least: Infinity, most: -Infinity }));
    const bounds = [...program.counts];
    let met: Float64Array | undefined;
    const extreme = (counts: readonly number[], sense: ObjectiveSense) =>
      extremeOf(highs, model, bounds, counts, sense, (values) => {
        met = values;
        asked.forEach((count, at) => {
          const { least, most } = seen[at]!;
          seen[at] = { least: Math.min(least, values[count]!), most: Math.max(most, values[count]!) };
        });
      });
    if (asked.length === 0 && extreme([], minimize) === undefined) return undefined;
    const together = (sense: ObjectiveSense, isSettled: (at: number) => boolean) => {
      for (let before = Infinity; ; ) {
        const others = asked.filter((_, at) => !isSettled(at));
        if (others.length < FEW_ASKED || others.length >= before) return;
        before = others.length;
        if (extreme(others, sense) === undefined) return;
      }
    };
    // All that are not settled at once: that settles most of them, where there are many.
    together(minimize, (at) => isOpen(at, { least: seen[at]!.least, most: Infinity }));
    if (met !== undefined && asked.length >= FEW_ASKED) {
      // None may take more than it needs, lest one of each sum takes all of it. What was met is met still.
      const some = asked.flatMap((count, at) => {
        const enough = enoughFor(at, isOpen);
        const most = Math.min(program.counts[count]!.most, Math.max(enough ?? 0, met![count]!));
        return enough === undefined ? [] : [{ count, most }];
      });
      setMost(model, bounds, some);
      together(maximize, (at) => isOpen(at, { least: -Infinity, most: seen[at]!.most }));
      setMost(
        model,
        bounds,
        some.map(({ count }) => ({ count, most: program.counts[count]!.most })),
      );
    }
    const ranges: Interval[] = [];
    for (const [at, count] of asked.entries()) {
      if (isOpen(at, seen[at]!)) {
        ranges.push(seen[at]!);
        continue;
      }
      const least = extreme([count], minimize);
      if (least === undefined) return undefined;
      // A least was found, so there are counts that meet all that is said; that none is the most means there is no bound.
      const most = isOpen(at, { ...seen[at]!, least }) ? seen[at]!.most : (extreme([count], maximize) ?? Infinity);
      ranges.push({ least, most });
    }
    return ranges;
  });
}

/** So few are sooner asked for one by one. */
const FEW_ASKED = 3;

/** Half of any k, and what the others of a class have. */
const MOST_THAT_IS_ENOUGH = 128;

/** The least number that a count must be able to reach for its most to be of no interest any more. */
function enoughFor(at: number, isOpen: IsOpen): number | undefined {
  const isEnough = (most: number) => isOpen(at, { least: -Infinity, most });
  if (!isEnough(MOST_THAT_IS_ENOUGH)) return undefined;
  let [tooFew, enough] = [0, MOST_THAT_IS_ENOUGH];
  while (enough - tooFew > 1) {
    const half = (tooFew + enough) >> 1;
    if (isEnough(half)) enough = half;
    else tooFew = half;
  }
  return enough;
}

/** Notes in `bounds` what the model now has. */
function setMost(model: Model, bounds: Interval[], limits: readonly { count: number; most: number }[]): void {
  const own = limits.toSorted((a, b) => a.count - b.count);
  for (const { count, most } of own) bounds[count] = { least: bounds[count]!.least, most };
  model.changeColsBounds(
    { kind: 'set', indices: own.map(({ count }) => count) },
    own.map(({ count }) => bounds[count]!.least),
    own.map(({ most }) => most),
  );
}

/** Of the sum of some counts. Undefined: there is none. The model is left as it was. */
function extremeOf(
  highs: Highs,
  model: Model,
  bounds: Interval[],
  counts: readonly number[],
  sense: ObjectiveSense,
  see: (values: Float64Array) => void,
): number | undefined {
  const { optimal, infeasible, unbounded, unboundedOrInfeasible } = highs.constants.modelStatus;
  const decided: readonly number[] = [optimal, infeasible, unbounded, unboundedOrInfeasible];
  const columns = { kind: 'set' as const, indices: counts };
  model.changeColsCost(columns, new Float64Array(counts.length).fill(1));
  model.changeObjectiveSense(sense);
  let modelStatus: number = model.run().modelStatus;
  let value = Number.NaN;
  const look = () => {
    value = model.getObjectiveValue();
    if (modelStatus === optimal) see(model.getSolution().colValue);
  };
  if (!decided.includes(modelStatus)) modelStatus = runAnew(model);
  if (decided.includes(modelStatus)) look();
  else
    within(model, bounds, () => {
      modelStatus = model.run().modelStatus;
      if (modelStatus === optimal && model.getObjectiveValue() > MANY / 2) modelStatus = unbounded;
      look();
    });
  model.changeColsCost(columns, new Float64Array(counts.length));
  // A solver that gave up must not pass for one that found no bound.
  if (!decided.includes(modelStatus))
    throw new Error(`audit: expected the solver to come to an end, found its status ${modelStatus}`);
  return modelStatus === optimal ? value : undefined;
}

/**
 * Where a ray has no end, the solver now and then gives up on the way from the answer before. From the beginning, and
 * without simplifying the problem first, it finds it.
 */
function runAnew(model: Model): number {
  model.clearSolver();
  model.options.set({ presolve: 'off' });
  const { modelStatus } = model.run();
  model.options.set({ presolve: 'choose' });
  return modelStatus;
}

/** More than there are systems. */
const MANY = 1e9;

/** Where it still gives up, there is no ray to lose the way on if no count has more than there can be. */
function within(model: Model, bounds: Interval[], run: () => void): void {
  const endless = bounds.flatMap(({ most }, count) => (most === Infinity ? [count] : []));
  setMost(
    model,
    bounds,
    endless.map((count) => ({ count, most: MANY })),
  );
  model.clearSolver();
  run();
  setMost(
    model,
    bounds,
    endless.map((count) => ({ count, most: Infinity })),
  );
}

function toModel({ counts, sums }: Program) {
  const indices = sums.flatMap(({ plus, minus }) => [...plus, ...minus]);
  const values = sums.flatMap(({ plus, minus }) => [...plus.map(() => 1), ...minus.map(() => -1)]);
  const starts = [0];
  for (const { plus, minus } of sums) starts.push(starts.at(-1)! + plus.length + minus.length);
  const [numCols, numRows] = [counts.length, sums.length];
  return {
    numCols,
    numRows,
    colCost: counts.map(() => 0),
    colLower: counts.map(({ least }) => least),
    colUpper: counts.map(({ most }) => most),
    rowLower: sums.map(({ least }) => least),
    rowUpper: sums.map(({ most }) => most),
    matrix: { format: 'csr' as const, numCols, numRows, starts, indices, values },
  };
}
