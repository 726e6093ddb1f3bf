/** A small seeded generator (mulberry32), so that a failing test can be run again by its printed seed. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<Value>(values: readonly Value[]): Value;
  chance(share: number): boolean;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    pick: (values) => values[below(values.length)]!,
    chance: (share) => next() < share * 2 ** 32,
  };
}

/** The seed of this run: ROLLCALL_TEST_SEED, or the clock. Print it in the test's name or message. */
export function testSeed(): number {
  const given = process.env['ROLLCALL_TEST_SEED'];
  return given === undefined ? Date.now() % 2 ** 31 : Number(given);
}
