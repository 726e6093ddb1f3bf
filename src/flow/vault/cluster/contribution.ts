import { FIRST_WEEK, type Week } from '../../sightings/week.ts';
import type { KnownLines } from '../../tallies/known-lines.ts';
import { readTally } from '../../tallies/read-tally.ts';
import { packTravelling, type TravellingLog } from '../../tallies/tally-file.ts';
import type { TallyKey } from '../../tallies/tally-key.ts';
import type { RandomBytes } from '../networks.ts';
import type { Offer } from '../record.ts';
import type { Vault } from '../vault.ts';
import { ABOUT, type ContributionAbout } from './epochs.ts';
import type { NewFact } from './facts.ts';

/** What an ingester seals with: the vault's own key of this epoch, which is dropped with it. */
export interface EpochKey {
  id: string;
  key: TallyKey;
}

/** Epochs have keys of their own; the week of one says nothing. */
export const KEY_WEEK: Week = FIRST_WEEK;
const SALT_BYTES = 16;

/** The tally of a log as a fact. Its id is that of all that stands in the open: the same log handed in twice has one. */
export function contributionOf(
  log: TravellingLog,
  epoch: number,
  sealing: EpochKey,
  randomBytes: RandomBytes,
): NewFact {
  // Of a tally whose own key is gone nothing is left to seal.
  const isSealed = log.lines !== undefined || log.tally.networks.week.length > 0 || log.digests.length > 0;
  const packed = packTravelling(log, isSealed ? sealing.key : undefined, randomBytes(SALT_BYTES));
  const { candidates, firstHour, cells } = log.tally;
  const about: ContributionAbout = {
    ...ABOUT,
    candidates,
    firstHour: firstHour ?? null,
    firstWeek: cells.week.length === 0 ? null : cells.week.reduce((least, week) => Math.min(least, week)),
    key: isSealed ? sealing.id : null,
  };
  return { epoch, kind: 'contribution', id: packed.name, bytes: packed.bytes, about };
}

/** The log as it would be offered if it were read now; `known` are lines that are left out of it. Throws a LogFault. */
export function offerOf(bytes: Uint8Array, key: TallyKey | undefined, vault: Vault, known: KnownLines = []): Offer {
  const statesAt = (hour: Parameters<Vault['statesAt']>[0]) => vault.statesAt(hour);
  // Whoever handed it in has looked at the clock.
  const latest = Number.POSITIVE_INFINITY as Parameters<typeof readTally>[1]['latest'];
  const { log, tally, sha256, begins, knownStates, isFixed } = readTally(bytes, {
    statesAt,
    whole: false,
    known,
    latest,
    key,
  });
  const { name, source, format, front } = log;
  return {
    name,
    source,
    origin: 'log',
    format,
    isMarked: true,
    sha256,
    front,
    candidates: tally.candidates,
    tally,
    whole: false,
    begins,
    isFixed,
    leftOut: known,
    knownStates,
    mode: 'add',
  };
}
