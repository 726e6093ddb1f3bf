import type { KeptNames } from '../../tallies/naming.ts';
import type { Offer, Outcome } from '../record.ts';
import type { Vault } from '../vault.ts';
import { KeptNamesNeeded } from '../week-bounds.ts';
import { type Handed, offerOf } from './contribution.ts';
import type { Contribution, Reading } from './epochs.ts';
import type { Facts } from './facts.ts';
import { applyPublication } from './publication-fact.ts';

/** A log that was handed in and does not count, and why: as `ingest` would have said of it. */
export interface NotCounted {
  name: string;
  reason: string;
}

/** So many are committed together: a transaction takes longer than what most of them hold. */
const TOGETHER = 32;
/** Once for a state that has come up, once for what is known, and once more for what stands beside it in a transaction. */
const MOST_READINGS = 5;

/**
 * Adds what is not in the vault yet, in the order of `reading`, by the same code that records logs in SQLite. The same facts,
 * the same vault, on whichever machine.
 */
export async function foldInto(
  vault: Vault,
  facts: Facts,
  { contributions, publications, keys }: Reading,
  kept: (vault: Vault) => Promise<KeptNames>,
): Promise<NotCounted[]> {
  const notCounted: NotCounted[] = [];
  let group: Handed[] = [];
  const commit = async () => {
    notCounted.push(...(await recordAll(vault, group, kept)));
    group = [];
  };
  for await (const { fact, bytes } of facts.read(contributions)) {
    const { key, segment } = (fact as Contribution).about;
    group.push({ bytes, key: key === null ? undefined : keys.get(key), isSegment: segment !== null });
    if (group.length === TOGETHER) await commit();
  }
  await commit();
  for await (const { bytes } of facts.read(publications)) applyPublication(vault, bytes);
  return notCounted;
}

async function recordAll(
  vault: Vault,
  group: readonly Handed[],
  kept: (vault: Vault) => Promise<KeptNames>,
): Promise<NotCounted[]> {
  const notCounted: NotCounted[] = [];
  const note = ({ name }: Offer, outcome: Outcome) => {
    if (outcome.status === 'refused') notCounted.push({ name, reason: outcome.reason });
  };
  for (let from = 0; from < group.length; ) {
    const offers = group.slice(from).map((handed) => offerOf(handed, vault));
    const outcomes = await record(vault, offers, kept);
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.status === 'read-again') note(...(await recordAlone(vault, group[from]!, outcome, kept)));
      else note(offers[place]!, outcome);
      from++;
    }
  }
  return notCounted;
}

/** With what is known left out, until nothing has come up that it could be compared with. */
async function recordAlone(
  vault: Vault,
  handed: Handed,
  first: Extract<Outcome, { status: 'read-again' }>,
  kept: (vault: Vault) => Promise<KeptNames>,
): Promise<[Offer, Outcome]> {
  let outcome: Outcome = first;
  for (let readings = 0; ; readings++) {
    if (outcome.status !== 'read-again' || readings === MOST_READINGS)
      throw new RangeError('a log is read again and again although nobody else writes');
    const offer = offerOf(handed, vault, outcome.known);
    [outcome] = (await record(vault, [offer], kept)) as [Outcome];
    if (outcome.status !== 'read-again') return [offer, outcome];
  }
}

async function record(
  vault: Vault,
  offers: readonly Offer[],
  kept: (vault: Vault) => Promise<KeptNames>,
): Promise<Outcome[]> {
  try {
    return vault.record(offers);
  } catch (error) {
    if (!(error instanceof KeptNamesNeeded)) throw error;
    return vault.record(offers, await kept(vault));
  }
}
