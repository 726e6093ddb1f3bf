import assert from 'node:assert/strict';
import { COMBINED } from '../../src/flow/requests/format.ts';
import { hostileLog, OWN_PATHS } from './hostile-log.ts';
import type { Random } from './random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from './readers.ts';

/** Small limits now and then, so that `other` is reached without a million lines (C5). */
const SMALL_LIMITS = { ...RULES, limits: { ...RULES.limits, systems: 12, requests: 40 } };
const CHUNKS = [1, 7, 64, 1_000, 65_536, 400_000, 10_000_000];

/** How many candidates were rejected, by reason. */
export type Rejections = Map<string, number>;

/** Holds the kernel against the reference on one hostile log, each in chunks of its own (C6, P1). Answers its bytes. */
export function assertAgreement(random: Random, lines: number, message: string, sums: Rejections): number {
  const log = hostileLog(random, lines);
  const { limits } = random.chance(0.3) ? SMALL_LIMITS : RULES;
  const rules = { ...RULES, limits, paths: random.chance(0.3) ? OWN_PATHS : [] };
  const cut = () => {
    const most = random.pick(CHUNKS);
    // Pieces of one byte only for short stretches: each costs a call.
    return () => (most > 64 || random.chance(0.05) ? 1 + random.below(most) : 1 + random.below(100_000));
  };
  const kernel = comparable(readWithKernel(log, cut(), rules));
  const reference = comparable(readWithReference(log, cut(), COMBINED, rules));
  assert.deepEqual(kernel, reference, message);
  const { candidates, counted, rejections } = reference;
  let rejected = 0;
  for (const rejection of rejections) {
    const [reason, , count] = rejection.split(' ') as [string, string, string];
    sums.set(reason, (sums.get(reason) ?? 0) + Number(count));
    rejected += Number(count);
  }
  assert.equal(candidates, counted + rejected, `${message}: C2`);
  return log.length;
}
