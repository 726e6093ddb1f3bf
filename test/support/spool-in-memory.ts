import { createHash } from 'node:crypto';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import type { LogTally } from '../../src/flow/tallies/log-tally.ts';
import { SpoolTally } from '../../src/flow/tallies/spool-tally.ts';
import { openSpool, type SegmentFile, type Spool, type SpoolEffects } from '../../src/mirrors/counting/spool.ts';
import { RULES } from './readers.ts';

/** A disk of one folder, that can be full, slow to take what is written, or robbed of files. */
export class MemoryFolder {
  readonly path = 'the spool';
  readonly files = new Map<string, Buffer>();
  readonly keys = new Map<Week, { id: string; key: Uint8Array }>();
  /** Bytes that still fit. */
  room = Number.POSITIVE_INFINITY;
  syncs = 0;
  /** How long the disk takes. */
  syncing = async () => {};
  hasKeys = true;

  async create(name: string): Promise<SegmentFile> {
    if (this.room <= 0) throw diskFull();
    this.files.set(name, Buffer.alloc(0));
    return {
      write: async (bytes, at) => this.#write(name, bytes, at),
      sync: async () => {
        await this.syncing();
        this.syncs++;
      },
      isGone: async () => !this.files.has(name),
      close: async () => {},
    };
  }

  networkKey(week: Week): { id: string; key: Uint8Array } {
    if (!this.hasKeys) throw diskFull();
    const hash = createHash('sha256').update(`key ${week}`).digest();
    const made = { id: hash.toString('hex', 0, 8), key: hash };
    this.keys.set(week, made);
    return made;
  }

  /** As on a disk, what fits is written before the error. */
  #write(name: string, bytes: Uint8Array, at: number): void {
    const before = this.files.get(name)!;
    const fits = Math.min(bytes.length, this.room - Math.max(0, at - before.length));
    const size = Math.max(before.length, at + fits);
    const after = Buffer.alloc(size);
    after.set(before);
    after.set(bytes.subarray(0, fits), at);
    this.files.set(name, after);
    this.room -= size - before.length;
    if (fits < bytes.length) throw diskFull();
  }
}

function diskFull(): Error {
  return Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

export interface Rig {
  spool: Spool;
  said: string[];
  /** Sets the clock. */
  at(time: number): void;
  /** What happens every quarter of a second. */
  tick(): void;
}

let processes = 0;

/** A server process with a clock and a timer of its own. */
export function startSpool(folder: MemoryFolder, time: number): Rig {
  const said: string[] = [];
  let now = time;
  let work = () => {};
  let drawn = 0;
  const process = ++processes;
  const effects: SpoolEffects = {
    now: () => now as EpochSeconds,
    randomBytes: (size) => createHash('sha512').update(`${process} ${++drawn}`).digest().subarray(0, size),
    every: (_milliseconds, tick) => {
      work = tick;
      return () => {
        work = () => {};
      };
    },
    say: (message) => said.push(message),
  };
  const spool = openSpool(folder, effects);
  const at = (time: number) => {
    now = time;
  };
  return { spool, said, at, tick: () => work() };
}

/** The tally of a segment, with what the ledger would know it by. */
export function readSegment(bytes: Uint8Array, rules = RULES, cut = bytes.length): { tally: LogTally; sha256: string } {
  const hash = createHash('sha256');
  const tally = new SpoolTally(rules, {
    candidate: (line) => hash.update(line).update('\n'),
    counted: () => {},
  });
  for (let at = 0; at < bytes.length; ) {
    const space = tally.space();
    const piece = bytes.subarray(at, at + Math.max(1, Math.min(space.length, cut)));
    space.set(piece);
    tally.filled(piece.length);
    at += piece.length;
  }
  return { tally: tally.finish(), sha256: hash.digest('hex') };
}

export interface Totals {
  candidates: number;
  /** Fields and country -> hits. */
  cells: Record<string, number>;
  /** Reason and week -> count. */
  rejections: Record<string, number>;
  /** Week and group (name, version, edition, architecture) -> distinct networks, at most three. */
  networks: Record<string, number>;
}

/** What tallies of several logs come to together. */
export function totalsOf(tallies: readonly LogTally[]): Totals {
  const cells = new Map<string, number>();
  const rejections = new Map<string, number>();
  const networks = new Map<string, Set<bigint>>();
  const add = (sums: Map<string, number>, key: string, count: number) => sums.set(key, (sums.get(key) ?? 0) + count);
  for (const tally of tallies) {
    for (const [row, hits] of tally.cells.hits.entries()) {
      const system = tally.systems[tally.cells.system[row]!];
      const request = tally.requests[tally.cells.request[row]!];
      const country = tally.countries[tally.cells.country[row]!];
      add(cells, JSON.stringify([tally.cells.week[row], system, request, country]), hits);
    }
    for (const { reason, week, count } of tally.rejections) add(rejections, `${reason} ${week ?? '-'}`, count);
    for (const [row, network] of tally.networks.network.entries()) {
      const { osName, osVersion, osVariant, osArch } = tally.systems[tally.networks.system[row]!]!;
      const key = JSON.stringify([tally.networks.week[row], osName, osVersion, osVariant, osArch]);
      networks.set(key, (networks.get(key) ?? new Set()).add(network));
    }
  }
  const distinct = new Map([...networks].map(([key, set]) => [key, Math.min(3, set.size)]));
  return {
    candidates: tallies.reduce((sum, { candidates }) => sum + candidates, 0),
    cells: sorted(cells),
    rejections: sorted(rejections),
    networks: sorted(distinct),
  };
}

function sorted(sums: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...sums].sort());
}
