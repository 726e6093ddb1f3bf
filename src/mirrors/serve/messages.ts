import type { Catalogue, HealthState } from '../catalogue.ts';
import type { SpoolState } from '../counting/spool.ts';
import type { Counts } from './counters.ts';
import type { ListenPlace } from './listen-address.ts';

/** What the first process tells the others. All of it is plain data. */
export type ToWorker =
  | { kind: 'begin'; places: readonly ListenPlace[]; secret: string; snapshot: SnapshotParts }
  | { kind: 'snapshot'; snapshot: SnapshotParts }
  | { kind: 'secret'; secret: string }
  /** To the worker that asked, by the number it asked with. */
  | { kind: 'whole'; question: number; whole: Whole }
  | { kind: 'stop' };

export type FromWorker =
  | { kind: 'report'; report: WorkerReport }
  /** Of all processes, for one answer. */
  | { kind: 'ask'; question: number; report: WorkerReport };

/** What a snapshot is prepared from. */
export interface SnapshotParts {
  catalogue: Catalogue;
  state: HealthState | undefined;
}

export interface WorkerReport {
  counts: Counts;
  /** Undefined if nothing is counted on arrival. */
  spool: SpoolState | undefined;
  connections: number;
  /** Resident, in bytes. */
  memory: number;
}

/** The service as a whole. Times are in seconds since 1970. */
export interface Whole {
  /** Of all processes, those that are gone too. */
  counts: Counts;
  workers: readonly Omit<WorkerReport, 'counts'>[];
  /** How many there should be. */
  workersWanted: number;
  catalogue: SourceStatus & { mirrors: number; warnings: number; errors: number };
  /** Undefined if no state file is configured. */
  health: (SourceStatus & { checked: number | undefined }) | undefined;
  tasks: readonly TaskStatus[];
}

/** Something that is read again and again. */
export interface SourceStatus {
  loaded: number;
  /** Why what is there now is not used; undefined if it is. */
  refused: string | undefined;
}

/** Something that is done again and again. */
export interface TaskStatus {
  name: 'fold' | 'publish';
  lastDone: number | undefined;
  /** Why the last try failed. */
  failure: string | undefined;
}
