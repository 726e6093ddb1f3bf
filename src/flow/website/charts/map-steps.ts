import { extent, group } from 'd3-array';
import { scaleQuantile } from 'd3-scale';
import { MAP_STEPS } from './colours.ts';

export interface MapStep {
  /** 0 to 4, the palest first. */
  step: number;
  least: number;
  most: number;
}

/** Five groups of about as many countries each, or fewer where there are not five different values. */
export function mapSteps(values: readonly number[]): { stepOf: (value: number) => number; steps: MapStep[] } {
  const count = Math.min(MAP_STEPS, new Set(values).size);
  // Spread over the whole scale, so that of two groups one is pale and one is dark.
  const range = Array.from({ length: count }, (_, n) =>
    count === 1 ? 2 : Math.round((n * (MAP_STEPS - 1)) / (count - 1)),
  );
  const stepOf = scaleQuantile(values, range);
  const groups = [...group(values, stepOf)].sort(([a], [b]) => a - b);
  return {
    stepOf,
    steps: groups.map(([step, members]) => {
      const [least, most] = extent(members);
      return { step, least: least!, most: most! };
    }),
  };
}
