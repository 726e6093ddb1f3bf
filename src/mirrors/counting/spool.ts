import { COUNTING_CLIENTS } from '../../flow/sightings/system.ts';
import { type EpochSeconds, SECONDS_PER_HOUR, type Week, weekOf } from '../../flow/sightings/week.ts';
import type { EpochHour } from '../../flow/tallies/log-tally.ts';
import { hourOf } from '../../flow/tallies/sighting-sums.ts';
import { type Arrival, arrivalJudge } from './arrival.ts';
import { type NetworkKey, NetworkMarks } from './network-marks.ts';
import { Segment } from './segment.ts';
import { reasonOf, Trouble } from './trouble.ts';

/** A folder with the segments of all processes of one server. */
export interface SpoolFolder {
  /** For messages. */
  path: string;
  /** Makes a file that was not there. */
  create(name: string): Promise<SegmentFile>;
  /** The key of a week, the same for all processes; keys of weeks before it are destroyed. */
  networkKey(week: Week): NetworkKey;
}

export interface SegmentFile {
  /** Writes all bytes at a place. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Returns when what was written would survive a power cut. */
  sync(): Promise<void>;
  /** Whether somebody has removed the file. */
  isGone(): Promise<boolean>;
  close(): Promise<void>;
}

export interface SpoolEffects {
  now(): EpochSeconds;
  randomBytes(size: number): Uint8Array;
  /** Does the work again and again; answers how to stop that. */
  every(milliseconds: number, work: () => void): () => void;
  /** For the operator: one sentence when something is wrong, one when it is well again. */
  say(message: string): void;
}

export interface SpoolState {
  /** Check-ins taken, counted and rejected. */
  taken: number;
  /** Of these, not on the disk yet. */
  waiting: number;
  /** Check-ins that were not kept, because the disk failed for too long or a segment was removed. */
  lost: number;
  /** Why nothing can be written at the moment. */
  failing: string | undefined;
}

export interface Spool {
  /** Judges a request and takes it down, if it is a check-in. Does no I/O but for the key of a new week. */
  arrive(arrival: Arrival): void;
  /** Returns when all that arrived before is on the disk. Throws if it cannot be written; it is tried again by itself. */
  flush(): Promise<void>;
  /** Ends the segment and writes what waits. */
  close(): Promise<void>;
  state(): SpoolState;
}

/** What arrived waits a quarter of a second and two writes at most: within a second where a sync takes less than 350 ms. */
export const FLUSH_EVERY_MILLISECONDS = 250;
/** About 80,000 check-ins: minutes of a full disk on the busiest server. */
const MOST_WAITING = 2 ** 20;
const ID_BYTES = 16;

export function openSpool(
  folder: SpoolFolder,
  effects: SpoolEffects,
  clients: readonly string[] = COUNTING_CLIENTS,
): Spool {
  return new OpenSpool(folder, effects, clients);
}

interface OpenSegment {
  segment: Segment;
  file: SegmentFile | undefined;
  /** Bytes that are on the disk. */
  length: number;
}

class OpenSpool implements Spool {
  readonly #folder: SpoolFolder;
  readonly #effects: SpoolEffects;
  readonly #judge: ReturnType<typeof arrivalJudge>;
  readonly #stop: () => void;
  readonly #trouble: Trouble;
  /** Segments with something to write, oldest first; the last one is that of now. */
  #segments: OpenSegment[] = [];
  #now: Segment;
  #marks: NetworkMarks | undefined;
  /** Groups that came from three networks in the week before. */
  #established: readonly string[] = [];
  #taken = 0;
  #lost = 0;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isClosed = false;

  constructor(folder: SpoolFolder, effects: SpoolEffects, clients: readonly string[]) {
    this.#folder = folder;
    this.#effects = effects;
    this.#judge = arrivalJudge(clients);
    this.#trouble = new Trouble(folder.path, effects.say);
    this.#now = this.#begin(hourOf(effects.now()));
    this.#stop = effects.every(FLUSH_EVERY_MILLISECONDS, () => this.#tick());
  }

  arrive(arrival: Arrival): void {
    const verdict = this.#judge(arrival);
    if (verdict.kind === 'no-candidate') return;
    this.#taken++;
    if (this.#isClosed || this.#waiting() > MOST_WAITING) {
      this.#lost++;
      return;
    }
    const hour = hourOf(arrival.time);
    const segment = this.#segmentOf(hour);
    if (verdict.kind === 'rejected') return segment.reject(verdict.reason);
    const { system, request } = verdict;
    const { country, network } = arrival;
    const marks = this.#marks;
    const origin = { part: marks?.partOf(network), mark: marks?.markOf(system, network) };
    if (!segment.count(system, request, country, origin)) this.#next(hour).count(system, request, country, origin);
  }

  flush(): Promise<void> {
    const writing = this.#writing.catch(() => {}).then(() => this.#writeAll());
    this.#writing = writing;
    return writing;
  }

  async close(): Promise<void> {
    this.#stop();
    this.#isClosed = true;
    this.#now.end();
    await this.flush();
  }

  state(): SpoolState {
    const waiting = this.#segments.reduce((sum, { segment }) => sum + segment.checkIns, 0);
    return { taken: this.#taken, waiting, lost: this.#lost, failing: this.#trouble.reason };
  }

  #tick(): void {
    // An hour without check-ins was covered all the same (H1), and its segment can be put away.
    this.#segmentOf(hourOf(this.#effects.now()));
    if (this.#isWriting || this.#segments.every(({ segment }) => segment.waiting === 0)) return;
    // Whoever asks for a flush gets the error; the operator was told.
    this.flush().catch(() => {});
  }

  /** Also when the clock was set back: what a segment is counted for is one hour. */
  #segmentOf(hour: EpochHour): Segment {
    return this.#now.start.hour === hour ? this.#now : this.#next(hour);
  }

  #next(hour: EpochHour): Segment {
    this.#now.end();
    this.#now = this.#begin(hour);
    return this.#now;
  }

  #begin(hour: EpochHour): Segment {
    const week = weekOf((hour * SECONDS_PER_HOUR) as EpochSeconds);
    if (this.#marks?.week !== week || this.#marks.keyId === undefined) this.#marks = this.#newMarks(week);
    const id = Buffer.from(this.#effects.randomBytes(ID_BYTES)).toString('hex');
    const segment = new Segment({ id, hour, networkKey: this.#marks.keyId });
    this.#segments.push({ segment, file: undefined, length: 0 });
    return segment;
  }

  #newMarks(week: Week): NetworkMarks {
    const before = this.#marks;
    if (before?.keyId !== undefined && before.week !== week) this.#established = before.established();
    try {
      return new NetworkMarks(week, this.#folder.networkKey(week), this.#established);
    } catch (error) {
      this.#trouble.noKey(error);
      return new NetworkMarks(week, undefined);
    }
  }

  #waiting(): number {
    let sum = 0;
    for (const { segment } of this.#segments) sum += segment.waiting;
    return sum;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      for (const open of [...this.#segments]) await this.#write(open);
      this.#trouble.succeeded(this.#lost);
    } catch (error) {
      this.#trouble.failed(error, this.#lost);
      throw new Error(`the spool ${this.#folder.path} cannot be written: ${reasonOf(error)}`, { cause: error });
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(open: OpenSegment): Promise<void> {
    const { segment } = open;
    open.file ??= await this.#folder.create(segment.name);
    if (await open.file.isGone()) return this.#abandon(open, open.file);
    const batch = segment.take();
    if (batch !== undefined) {
      try {
        // At its place, not at the end: a retry covers what a failed write left.
        await open.file.write(batch.bytes, open.length);
        await open.file.sync();
      } catch (error) {
        segment.giveBack(batch);
        throw error;
      }
      segment.confirm(batch);
      open.length += batch.bytes.length;
    }
    if (!segment.isEnded || segment.waiting > 0) return;
    this.#segments = this.#segments.filter((other) => other !== open);
    await open.file.close();
  }

  /** What would be written to a removed file nobody could read. The names it gave are gone too, so a new one begins. */
  async #abandon(open: OpenSegment, file: SegmentFile): Promise<void> {
    this.#lost += open.segment.checkIns;
    this.#segments = this.#segments.filter((other) => other !== open);
    if (open.segment === this.#now) this.#now = this.#begin(open.segment.start.hour);
    this.#trouble.segmentGone(open.segment.name);
    await file.close();
  }
}
