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
  /** The range of each count asked for, as fractions; undefined: nothing meets all that is said. */
  ranges(program: Program, asked: readonly number[]): Interval[] | undefined;
}

/** HiGHS as WebAssembly; loading it takes some 50 ms. */
export async function loadSolver(): Promise<Solver> {
  const loaded = await import('highs');
  // Its types describe the CommonJS file, in which the function lies one step deeper than in the module.
  const highs = await (loaded.default as unknown as () => Promise<Highs>)();
  return { ranges: (program, asked) => rangesBy(highs, program, asked) };
}

function rangesBy(highs: Highs, program: Program, asked: readonly number[]): Interval[] | undefined {
  const { minimize, maximize } = highs.constants.objectiveSense;
  return highs.withModel((model) => {
    model.options.set({ output_flag: false });
    model.passModel(toModel(program));
    const ranges: Interval[] = [];
    for (const count of asked) {
      const least = extreme(highs, model, count, minimize);
      if (least === undefined) return undefined;
      // A least was found, so there are counts that meet all that is said; that none is the most means there is no bound.
      ranges.push({ least, most: extreme(highs, model, count, maximize) ?? Infinity });
    }
    return ranges;
  });
}

/** Undefined: there is none. The model is left as it was. */
function extreme(highs: Highs, model: Model, count: number, sense: ObjectiveSense): number | undefined {
  const { optimal, infeasible, unbounded, unboundedOrInfeasible } = highs.constants.modelStatus;
  const decided: readonly number[] = [optimal, infeasible, unbounded, unboundedOrInfeasible];
  model.changeColCost(count, 1);
  model.changeObjectiveSense(sense);
  let modelStatus: number = model.run().modelStatus;
  if (!decided.includes(modelStatus)) modelStatus = runAnew(model);
  const value = model.getObjectiveValue();
  model.changeColCost(count, 0);
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
