import { createHash, type Hash } from 'node:crypto';
import { COMBINED } from '../../src/flow/requests/format.ts';
import { newKernelMemory } from '../../src/flow/requests/kernel.ts';
import type { LineFormat, LogFormat } from '../../src/flow/requests/log-format.ts';
import { COUNTING_CLIENTS } from '../../src/flow/sightings/system.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { KernelLines } from '../../src/flow/tallies/kernel-lines.ts';
import { KernelTally } from '../../src/flow/tallies/kernel-tally.ts';
import type { KnownLines } from '../../src/flow/tallies/known-lines.ts';
import { type LineColumns, LineRecorder } from '../../src/flow/tallies/line-list.ts';
import { ALL_SYSTEMS, type LogTally, PARTS } from '../../src/flow/tallies/log-tally.ts';
import { PLAIN_NAMES } from '../../src/flow/tallies/naming.ts';
import { LIMITS } from '../../src/flow/tallies/numbering.ts';
import { ReferenceTally } from '../../src/flow/tallies/reference-tally.ts';
import { sinkFor } from '../../src/flow/tallies/sink-for.ts';
import type { TallyRules, TallySink, TellingSink } from '../../src/flow/tallies/tally-sink.ts';
import { smallCountryTable } from './tables.ts';

/** 2027-01-01: the clock of these tests. */
export const NOW = 1_798_761_600 as EpochSeconds;

export const RULES: TallyRules = {
  clients: COUNTING_CLIENTS,
  paths: [],
  latest: (NOW + 86_400) as EpochSeconds,
  limits: LIMITS,
  naming: { kept: PLAIN_NAMES, others: 'first' },
};

/** What a reader makes of a log, in a form that compares. */
export interface Reading {
  sha256: string;
  tally: LogTally;
}

export const KEEP_PLAIN = async () => PLAIN_NAMES;

const table = smallCountryTable();
let kernelHash = createHash('sha256');
let kernel: KernelTally | undefined;

/** Reads with the kernel, in chunks of the sizes that `cut` gives. One kernel serves all tests of a process. */
export function readWithKernel(
  log: Uint8Array,
  cut: () => number = () => log.length,
  rules = RULES,
  known: KnownLines = [],
): Reading {
  return readBy(() => startKernel(rules, known), log, cut);
}

export function readWithReference(
  log: Uint8Array,
  cut: () => number = () => log.length,
  format: LineFormat = COMBINED,
  rules = RULES,
  known: KnownLines = [],
): Reading {
  return readBy((hash) => startReference(format, rules, hash, known), log, cut);
}

/** Reads a log in any format as a worker does, where the kernel runs or where it does not. */
/** With all lines taken down one by one, and the hash up to each, by the kernel and by the plain reader. */
export function readListed(log: Uint8Array, cut: () => number): (Reading & { lines: LineColumns | undefined })[] {
  const kernelLines = new KernelLines(RULES.limits.cells);
  const plainLines = new LineRecorder();
  const byKernel = readBy(() => startKernel(RULES, [], kernelLines), log, cut);
  const byPlain = readBy((hash) => startReference(COMBINED, RULES, hash, [], plainLines), log, cut);
  return [
    { ...byKernel, lines: kernelLines.columns(byKernel.tally) },
    { ...byPlain, lines: plainLines.columns(byPlain.tally) },
  ];
}

export function readInFormat(
  log: Uint8Array,
  format: LogFormat,
  { cut = () => log.length, withKernel = true }: { cut?: () => number; withKernel?: boolean } = {},
): Reading {
  const start = (lines: LineFormat, hash: Hash) =>
    telling(lines === COMBINED && withKernel ? startKernel(RULES) : startReference(lines, RULES, hash));
  return readBy((hash) => sinkFor(format, RULES.latest, (lines) => start(lines, hash)), log, cut);
}

function telling(sink: TallySink): TellingSink {
  return {
    space: () => sink.space(),
    filled: (bytes) => sink.filled(bytes),
    finish: () => sink.finish(),
    tell: () => {},
  };
}

function readBy(start: (hash: Hash) => TallySink, log: Uint8Array, cut: () => number): Reading {
  const hash = createHash('sha256');
  kernelHash = hash;
  const sink = start(hash);
  pourBytes(log, sink, cut);
  const tally = sink.finish();
  return { sha256: hash.digest('hex'), tally };
}

function startKernel(rules: TallyRules, known: KnownLines = [], lines?: KernelLines): KernelTally {
  kernel ??= new KernelTally(table, rules, newKernelMemory()!, {
    candidates: (_slot, ranges) => {
      const bytes = new Uint8Array(kernel!.kernel.memory.buffer);
      for (let i = 0; i < ranges.length; i += 2) kernelHash.update(bytes.subarray(ranges[i], ranges[i + 1]));
    },
    paused: () => 0,
    freeSlot: () => 0,
    awaitSlot: () => {},
  });
  kernel.start(rules, known, lines);
  return kernel;
}

function startReference(
  format: LineFormat,
  rules: TallyRules,
  hash: Hash,
  known: KnownLines = [],
  lines?: LineRecorder,
): ReferenceTally {
  const observer = { candidate: (bytes: Buffer) => void hash.update(bytes).update('\n'), counted: () => {} };
  return new ReferenceTally(format, table, rules, observer, known, lines);
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
  const { candidates, counted, known, misfits, firstHour, span, hoursCounted, marks } = tally;
  return {
    sha256,
    candidates,
    counted,
    known,
    misfits,
    firstHour,
    span,
    hoursCounted,
    marks,
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
