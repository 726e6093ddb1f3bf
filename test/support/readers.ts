import { createHash } from 'node:crypto';
import { COMBINED, type LogFormat } from '../../src/flow/requests/format.ts';
import { newKernelMemory } from '../../src/flow/requests/kernel.ts';
import { COUNTING_CLIENTS } from '../../src/flow/sightings/system.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { KernelTally } from '../../src/flow/tallies/kernel-tally.ts';
import { ALL_SYSTEMS, type LogTally, PARTS } from '../../src/flow/tallies/log-tally.ts';
import { LIMITS } from '../../src/flow/tallies/numbering.ts';
import { ReferenceTally } from '../../src/flow/tallies/reference-tally.ts';
import type { TallyRules, TallySink } from '../../src/flow/tallies/tally-sink.ts';
import { smallCountryTable } from './tables.ts';

/** 2027-01-01: the clock of these tests. */
export const NOW = 1_798_761_600 as EpochSeconds;

export const RULES: TallyRules = {
  clients: COUNTING_CLIENTS,
  latest: (NOW + 86_400) as EpochSeconds,
  limits: LIMITS,
};

/** What a reader makes of a log, in a form that compares. */
export interface Reading {
  sha256: string;
  tally: LogTally;
}

const table = smallCountryTable();
let kernelHash = createHash('sha256');
let kernel: KernelTally | undefined;

/** Reads with the kernel, in chunks of the sizes that `cut` gives. One kernel serves all tests of a process. */
export function readWithKernel(log: Uint8Array, cut: () => number = () => log.length, rules = RULES): Reading {
  kernelHash = createHash('sha256');
  kernel ??= new KernelTally(table, rules, newKernelMemory()!, {
    candidates: (_slot, ranges) => {
      const bytes = new Uint8Array(kernel!.kernel.memory.buffer);
      for (let i = 0; i < ranges.length; i += 2) kernelHash.update(bytes.subarray(ranges[i], ranges[i + 1]));
    },
    paused: () => 0,
    freeSlot: () => 0,
    awaitSlot: () => {},
  });
  kernel.start(rules);
  pourBytes(log, kernel, cut);
  const tally = kernel.finish();
  return { sha256: kernelHash.digest('hex'), tally };
}

export function readWithReference(
  log: Uint8Array,
  cut: () => number = () => log.length,
  format: LogFormat = COMBINED,
  rules = RULES,
): Reading {
  const hash = createHash('sha256');
  const sink = new ReferenceTally(format, table, rules, {
    candidate: (bytes) => hash.update(bytes).update('\n'),
    counted: () => {},
  });
  pourBytes(log, sink, cut);
  return { tally: sink.finish(), sha256: hash.digest('hex') };
}

function pourBytes(log: Uint8Array, sink: TallySink, cut: () => number): void {
  for (let at = 0; at < log.length; ) {
    const space = sink.space();
    const piece = log.subarray(at, at + Math.max(1, Math.min(cut(), space.length)));
    space.set(piece);
    sink.filled(piece.length);
    at += piece.length;
  }
}

/** A reading without the order of its rows, and without what depends on where samples fell (H1). */
export function comparable({ sha256, tally }: Reading) {
  const { cells, systems, requests, countries } = tally;
  const rows = Array.from(cells.hits, (hits, i) =>
    JSON.stringify([
      cells.week[i],
      systems[cells.system[i]!],
      requests[cells.request[i]!],
      countries[cells.country[i]!],
      hits,
    ]),
  ).sort();
  const rejections = tally.rejections.map(({ reason, week, count }) => `${reason} ${week ?? '-'} ${count}`).sort();
  const networks = mergedNetworks(tally);
  const { candidates, counted, firstHour, span, hoursCounted } = tally;
  return {
    sha256,
    candidates,
    counted,
    firstHour,
    span,
    hoursCounted,
    rows,
    rejections,
    networks,
    spread: spreadOf(tally),
  };
}

function spreadOf({ spread, systems, requests, countries }: LogTally): string[] {
  return Array.from(spread.week, (week, row) => {
    const [system, request] = [spread.system[row]!, spread.request[row]!];
    const of = system === ALL_SYSTEMS ? [countries[request]] : [systems[system], requests[request]];
    return JSON.stringify([week, ...of, ...spread.hits.subarray(row * PARTS, (row + 1) * PARTS)]);
  }).sort();
}

/** The kernel may hand over a system's networks in several parts. */
function mergedNetworks(tally: LogTally): string[] {
  const merged = new Map<string, Set<bigint>>();
  for (const [row, network] of tally.networks.network.entries()) {
    const week = tally.networks.week[row];
    const system = tally.networks.system[row]!;
    const key = `${week} ${JSON.stringify(tally.systems[system])}`;
    const set = merged.get(key) ?? new Set();
    if (set.size < 3) set.add(network);
    merged.set(key, set);
  }
  return [...merged].map(([key, set]) => `${key} ${set.size}`).sort();
}
