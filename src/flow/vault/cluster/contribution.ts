import { createHash } from 'node:crypto';
import { LogFault } from '../../bytes/log-fault.ts';
import { type EpochSeconds, FIRST_WEEK, type Week } from '../../sightings/week.ts';
import type { KnownLines } from '../../tallies/known-lines.ts';
import type { EpochHour, LogTally } from '../../tallies/log-tally.ts';
import { readSpool } from '../../tallies/read-spool.ts';
import { readTally } from '../../tallies/read-tally.ts';
import { packTravelling, type TravellingLog } from '../../tallies/tally-file.ts';
import { open, seal, type TallyKey } from '../../tallies/tally-key.ts';
import type { LogState } from '../ledger.ts';
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

/** What is handed in: the tally of a log, or a segment of a spool, which is as small as its tally would be. */
export type HandedIn =
  | { kind: 'tally'; log: TravellingLog }
  | { kind: 'spool'; name: string; source: string; bytes: Buffer };

/** As a fact. Its id is that of its content, but for what is sealed: the same log handed in twice has one. */
export function contributionOf(handed: HandedIn, epoch: number, sealing: EpochKey, randomBytes: RandomBytes): NewFact {
  return handed.kind === 'tally'
    ? ofTally(handed.log, epoch, sealing, randomBytes)
    : ofSegment(handed, epoch, sealing, randomBytes);
}

function ofTally(log: TravellingLog, epoch: number, sealing: EpochKey, randomBytes: RandomBytes): NewFact {
  // Of a tally whose own key is gone nothing is left to seal.
  const isSealed = log.lines !== undefined || log.tally.networks.week.length > 0 || log.digests.length > 0;
  const packed = packTravelling(log, isSealed ? sealing.key : undefined, randomBytes(SALT_BYTES));
  const about = { ...aboutOf(log.tally), key: isSealed ? sealing.id : null, segment: null };
  return { epoch, kind: 'contribution', id: packed.name, bytes: packed.bytes, about };
}

/** Sealed as a whole: its check-ins stand in the order in which they came (W2). */
function ofSegment(
  { name, source, bytes }: Extract<HandedIn, { kind: 'spool' }>,
  epoch: number,
  sealing: EpochKey,
  randomBytes: RandomBytes,
): NewFact {
  const { tally, sha256 } = readSpool(bytes, () => [], ALWAYS);
  const head = Buffer.from(`${JSON.stringify([name, source])}\n`);
  const segment = createHash('sha256')
    .update(bytes.subarray(0, bytes.indexOf('\n')))
    .digest('hex');
  const sealed = seal(sealing.key, bytes, head, randomBytes(SALT_BYTES));
  const about = { ...aboutOf(tally), key: sealing.id, segment };
  return { epoch, kind: 'contribution', id: sha256, bytes: Buffer.concat([head, sealed]), about };
}

function aboutOf({ candidates, firstHour, cells }: LogTally): Omit<ContributionAbout, 'key' | 'segment'> {
  const firstWeek = cells.week.length === 0 ? null : cells.week.reduce((least, week) => Math.min(least, week));
  return { ...ABOUT, candidates, firstHour: firstHour ?? null, firstWeek };
}

/** Whoever handed it in has looked at the clock. */
const ALWAYS = Number.POSITIVE_INFINITY as EpochSeconds;

/** A contribution that was read, and what opens it. */
export interface Handed {
  bytes: Buffer;
  key: TallyKey | undefined;
  isSegment: boolean;
}

/** The log as it would be offered if it were read now; `known` are lines that are left out of it. Throws a LogFault. */
export function offerOf({ bytes, key, isSegment }: Handed, vault: Vault, known: KnownLines = []): Offer {
  const statesAt = (hour: EpochHour | undefined) => vault.statesAt(hour);
  if (isSegment) return offerOfSegment(bytes, key!, statesAt);
  const reading = readTally(bytes, { statesAt, whole: false, known, latest: ALWAYS, key });
  const { log, tally, sha256, begins, knownStates, isFixed } = reading;
  const { name, source, format, front } = log;
  const read = { tally, sha256, front, begins, knownStates };
  return {
    ...COUNTED_ONCE,
    ...read,
    name,
    source,
    format,
    isMarked: true,
    candidates: tally.candidates,
    isFixed,
    leftOut: known,
  };
}

function offerOfSegment(bytes: Buffer, key: TallyKey, statesAt: (hour: EpochHour | undefined) => LogState[]): Offer {
  const end = bytes.indexOf('\n') + 1;
  const head = bytes.subarray(0, end);
  const opened = open(key, bytes.subarray(end), head);
  if (opened.kind !== 'open') throw new LogFault('damaged', 'a segment in ClickHouse is not as it was handed in');
  const [name, source] = JSON.parse(head.toString()) as [string, string];
  const read = readSpool(opened.plain, statesAt, ALWAYS);
  const { candidates } = read.tally;
  return { ...COUNTED_ONCE, ...read, name, source, format: 'spool', isMarked: false, candidates, leftOut: [] };
}

const COUNTED_ONCE = { origin: 'log', whole: false, mode: 'add' } as const;
