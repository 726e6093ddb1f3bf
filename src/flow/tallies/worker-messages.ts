import type { Poured, PourInput, SharedFile } from '../bytes/pour.ts';
import type { KernelMemory } from '../requests/kernel.ts';
import { SLOT_COUNT } from '../requests/kernel-memory.ts';
import { newSharedBlocks, type SharedBlocks } from './block-sharing.ts';
import type { KnownLines } from './known-lines.ts';
import type { LineColumns } from './line-list.ts';
import type { EpochHour } from './log-tally.ts';
import type { KeptNames, Naming } from './naming.ts';
import type { PackedTally } from './packed-tally.ts';
import type { TallyRules } from './tally-sink.ts';

/** A log to be read by a worker. */
export interface ReadJob {
  kind: 'read';
  input: PourInput;
  /** Lines to leave out (G4). The plain reader reads such a log, which is slower and seldom needed. */
  known: KnownLines;
  /** Which names it may bring; as the worker was started with where this is undefined. */
  naming: Naming | undefined;
  /** Asks which names are heavy, and not for a tally (C5). */
  isWeighed: boolean;
  /** Whether its lines are taken down one by one beside it: by the plain reader. */
  isListed: boolean;
}

/** What a worker is started with. Workers share nothing but these. */
export interface WorkerStart {
  kind: 'start';
  rules: TallyRules;
  /** As given to --format; undefined to recognise it (L9). */
  format: string | undefined;
  /** As given to --geo. */
  geoFile: string | undefined;
  control: Control;
  /** The kernel's, in which candidate lines will lie; undefined where it cannot run. */
  memory: KernelMemory | undefined;
}

/** A slot of the kernel's memory with candidates: `count` words at the address `ranges`, pairs of start and end. */
export interface FilledSlot {
  slot: number;
  ranges: number;
  count: number;
}

export type FromWorker =
  /** Candidate lines lie in slots of the memory. They are of this block, and if it `isDone` there will be no more. */
  | { kind: 'candidates'; slots: FilledSlot[]; block: number; isDone: boolean }
  /** Candidate lines, each with its line feed. */
  | { kind: 'candidate-bytes'; bytes: Uint8Array }
  /**
   * The worker waits for an answer: how to go on behind this candidate. `file` is set if the blocks behind this one can
   * be shared.
   */
  | {
      kind: 'paused';
      candidates: number;
      firstHour: EpochHour | undefined;
      file: SharedFile | undefined;
      block: number;
    }
  | { kind: 'read'; tally: PackedTally; poured: Poured; format: string; lines: LineColumns | undefined }
  /** It is no log, but the tally of one. */
  | { kind: 'tally'; bytes: Uint8Array; poured: Poured }
  /** The names that the log brings most often. */
  | { kind: 'weighed'; heavy: KeptNames }
  | { kind: 'too-many-names' }
  | { kind: 'fault'; status: 'damaged' | 'refused'; message: string; mayReadAgain: boolean };

/** Shared words by which the two sides wait for each other without a message. */
export interface Control {
  /** One a slot: 1 while its candidates wait to be hashed. Behind them one word: 1 when an answer is there. */
  flags: SharedArrayBuffer;
  /** The answer: the candidate to pause behind next (0: none), and 1 if what was counted so far must be forgotten. */
  answer: SharedArrayBuffer;
  /** Bytes of the current log that were read so far. */
  position: SharedArrayBuffer;
  /** Of the current log. */
  blocks: SharedBlocks;
}

export const ANSWER_FLAG = SLOT_COUNT;

export function newControl(): Control {
  return {
    flags: new SharedArrayBuffer((SLOT_COUNT + 1) * 4),
    answer: new SharedArrayBuffer(2 * 8),
    position: new SharedArrayBuffer(8),
    blocks: newSharedBlocks(),
  };
}
