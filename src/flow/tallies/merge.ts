import type { CellColumns, EpochHour, LogTally, NetworkSighting, Rejection } from './log-tally.ts';
import { Numbering, type NumberingLimits } from './numbering.ts';

/**
 * The tally of a log of which two readers counted a part each. `first` holds the log's first candidate. Undefined if the
 * log may name more than the limits allow: then `other` depends on the order of its lines (C5).
 */
export function mergeTallies(first: LogTally, second: LogTally, limits: NumberingLimits): LogTally | undefined {
  const numbering = new Numbering(limits, first);
  const systems = Uint32Array.from(second.systems, (system) => numbering.numberOfSystem(system));
  const requests = Uint32Array.from(second.requests, (request) => numbering.numberOfRequest(request));
  if (
    numbering.systems.length >= limits.systems ||
    numbering.requests.length >= limits.requests ||
    first.cells.hits.length + second.cells.hits.length >= limits.cells
  ) {
    return undefined;
  }
  return {
    candidates: first.candidates + second.candidates,
    counted: first.counted + second.counted,
    rejections: mergeRejections(first.rejections, second.rejections),
    systems: numbering.systems,
    requests: numbering.requests,
    countries: first.countries,
    cells: joinCells(first.cells, {
      ...second.cells,
      system: second.cells.system.map((place) => systems[place]!),
      request: second.cells.request.map((place) => requests[place]!),
    }),
    firstHour: first.firstHour,
    span: mergeSpans(first.span, second.span),
    hoursCounted: mergeHours(first.hoursCounted, second.hoursCounted),
    hoursSeen: mergeHours(first.hoursSeen, second.hoursSeen),
    networks: [
      ...first.networks,
      ...second.networks.map((sighting): NetworkSighting => ({ ...sighting, system: systems[sighting.system]! })),
    ],
  };
}

function joinCells(a: CellColumns, b: CellColumns): CellColumns {
  return {
    week: join(a.week, b.week, Uint32Array),
    system: join(a.system, b.system, Uint32Array),
    request: join(a.request, b.request, Uint32Array),
    country: join(a.country, b.country, Uint32Array),
    hits: join(a.hits, b.hits, Float64Array),
  };
}

function join<Column extends Uint32Array | Float64Array>(a: Column, b: Column, Type: new (length: number) => Column) {
  const joined = new Type(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function mergeRejections(a: readonly Rejection[], b: readonly Rejection[]): Rejection[] {
  const merged = new Map<string, Rejection>();
  for (const rejection of [...a, ...b]) {
    const key = `${rejection.reason} ${rejection.week}`;
    merged.set(key, { ...rejection, count: rejection.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()];
}

export function mergeSpans(a: LogTally['span'], b: LogTally['span']): LogTally['span'] {
  if (a === undefined || b === undefined) return a ?? b;
  return { from: a.from < b.from ? a.from : b.from, until: a.until > b.until ? a.until : b.until };
}

function mergeHours(a: readonly EpochHour[], b: readonly EpochHour[]): EpochHour[] {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}
