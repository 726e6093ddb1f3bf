/** Repeatable randomness: the same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number from 0 up to, but not including, 1. */
  unit(): number;
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  chance(probability: number): boolean;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, and as fast in JavaScript as any. */
export function createRandom(seed: number): Random {
  let a = scramble(seed);
  let b = scramble(a ^ 0x9e3779b9);
  let c = scramble(b ^ Math.floor(seed / 2 ** 32));
  let counter = 1;

  const uint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  // Seeds that differ in one bit start out alike; after a dozen rounds nothing of that is left.
  for (let round = 0; round < 12; round += 1) uint32();

  const unit = () => uint32() / 2 ** 32;
  return {
    uint32,
    unit,
    below: (limit) => Math.floor(unit() * limit),
    chance: (probability) => unit() < probability,
  };
}

function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)]!;
}

/** Waiting time until an event that comes with this mean. */
export function exponential(mean: number, random: Random): number {
  return -Math.log(1 - random.unit()) * mean;
}

/** Draws indexes in proportion to their weights in constant time (Vose's alias method). */
export function createLottery(weights: readonly number[]): (random: Random) => number {
  const size = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = Float64Array.from(weights, (weight) => (weight * size) / total);
  const alias = Uint32Array.from(weights, (_, index) => index);
  const poor = [...share.keys()].filter((index) => share[index]! < 1);
  const rich = [...share.keys()].filter((index) => share[index]! >= 1);
  while (poor.length > 0 && rich.length > 0) {
    const taker = poor.pop()!;
    const giver = rich.at(-1)!;
    alias[taker] = giver;
    share[giver]! -= 1 - share[taker]!;
    if (share[giver]! < 1) poor.push(rich.pop()!);
  }
  // What is left differs from 1 by rounding only.
  for (const index of [...poor, ...rich]) share[index] = 1;
  return (random) => {
    const at = random.unit() * size;
    const index = Math.floor(at);
    return at - index < share[index]! ? index : alias[index]!;
  };
}

/** Like `createLottery`, for things instead of indexes. */
export function createDraw<T>(entries: readonly (readonly [item: T, weight: number])[]): (random: Random) => T {
  const draw = createLottery(entries.map(([, weight]) => weight));
  return (random) => entries[draw(random)]![0];
}

/** Weights in which the n-th item is worth 1 / n^exponent. */
export function zipfWeights(count: number, exponent: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 / (index + 1) ** exponent);
}

/** Fisher-Yates, in place. */
export function shuffle(items: Uint32Array, random: Random): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    const kept = items[last]!;
    items[last] = items[other]!;
    items[other] = kept;
  }
}
