import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { mondayOf, weekOf, weekStart } from '../flow/sightings/week.ts';
import type { AccessLine } from './access-log.ts';
import { createLineFormatter } from './access-log.ts';
import { createFileSink } from './byte-sink.ts';
import { MIXED } from './compositions.ts';
import type { ActiveSystems } from './population.ts';
import { createPopulation } from './population.ts';
import { createRandom } from './random.ts';
import type { ExpectedRejection, Request } from './request.ts';
import { MIRRORS } from './request.ts';
import { passMonitoring, passTraffic } from './traffic.ts';

export interface SimulateOptions {
  /** The folder for `mirror1/access.log-20260105` and so on (one log for each mirror and week), and `truth.json`. */
  out: string;
  /** Systems that are active in the first week, about. */
  systems: number;
  weeks: number;
  firstWeek: Week;
  seed: number;
  gzip?: boolean;
}

export interface SimulateProgress {
  week: Week;
  weeksDone: number;
  weeksAll: number;
  lines: number;
  bytes: number;
}

/** What the fleet knows about itself, and what its logs therefore must give. */
export interface Truth {
  systems: number;
  seed: number;
  firstWeek: Week;
  lines: number;
  bytes: number;
  weeks: WeekTruth[];
}

export interface WeekTruth {
  week: Week;
  weekStart: string;
  activeSystems: ActiveSystems;
  checkIns: {
    /** Flags that clients have sent. */
    made: number;
    /** Of these, lost to an answer with an error. */
    lost: number;
    /** Of these, those that must be counted: made = lost + counted. */
    counted: number;
    /** Of these, in the census repository by systems of its release. */
    census: number;
  };
  /** Candidates that must be rejected, by reason; lost check-ins are among `status`. */
  rejected: Partial<Record<ExpectedRejection, number>>;
}

/** The last week is over for at least a week, so every week is complete. */
export function defaultFirstWeek(now: EpochSeconds, weeks: number): Week {
  return (weekOf(now) - 2 - (weeks - 1)) as Week;
}

/** Other visitors of the mirrors, in each week. */
const TRAFFIC_PER_SYSTEM = 1.5;
const SETTLING_WEEKS = 4;

export async function simulate(
  options: SimulateOptions,
  progress: (progress: SimulateProgress) => void = () => {},
): Promise<Truth> {
  const { out, systems, weeks, firstWeek, seed, gzip = false } = options;
  const population = createPopulation({
    systems,
    composition: MIXED,
    settlingWeeks: SETTLING_WEEKS,
    firstWeek,
    weeks,
    random: createRandom(seed),
  });
  // Sequences of their own, so that other traffic does not change the fleet.
  const trafficRandom = createRandom(seed + 0.5 * 2 ** 32);
  for (let week = firstWeek - SETTLING_WEEKS; week < firstWeek; week += 1) population.pass(week as Week, () => {});
  for (const mirror of MIRRORS) await mkdir(join(out, mirror), { recursive: true });
  const truth: Truth = { systems, seed, firstWeek, lines: 0, bytes: 0, weeks: [] };
  for (let done = 0; done < weeks; done += 1) {
    const week = (firstWeek + done) as Week;
    const requests: Request[] = [];
    const emit = (request: Request) => requests.push(request);
    const activeSystems = population.pass(week, emit);
    passTraffic(week, Math.ceil(systems * TRAFFIC_PER_SYSTEM), trafficRandom, emit);
    passMonitoring(week, emit);
    if (done % OUTAGE_EVERY === OUTAGE_EVERY - 1) failDuringOutage(requests, outageOf(week));
    truth.weeks.push(truthOf(week, activeSystems, requests));
    truth.bytes += await writeWeek(out, week, requests, gzip);
    truth.lines += requests.length;
    progress({ week, weeksDone: done + 1, weeksAll: weeks, lines: truth.lines, bytes: truth.bytes });
  }
  await writeFile(join(out, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  return truth;
}

interface Outage {
  mirror: number;
  from: number;
  to: number;
}

const OUTAGE_EVERY = 6;

/** A few minutes on a Monday morning: when most check-ins of a week are made. */
function outageOf(week: Week): Outage {
  const from = weekStart(week) + 9 * 3600 + 7 * 60;
  return { mirror: week % MIRRORS.length, from, to: from + 8 * 60 };
}

const RETRIES = 11;

/** The client has spent its turn before the answer comes: it tries again at once, but without the flag. */
function failDuringOutage(requests: Request[], { mirror, from, to }: Outage): void {
  const retries: Request[] = [];
  for (const request of requests) {
    if (request.mirror !== mirror || request.time < from || request.time >= to) continue;
    request.status = 503;
    request.bytes = 197;
    if (request.outcome !== 'check-in' && request.outcome !== 'census') continue;
    request.outcome = 'status';
    const unflagged = request.request.replace(/[?&]countme=\d/, '');
    for (let retry = 1; retry <= RETRIES; retry += 1) {
      const time = Math.min(request.time + retry, to - 1) as EpochSeconds;
      retries.push({ ...request, time, request: unflagged, outcome: 'none' });
    }
  }
  for (const retry of retries) requests.push(retry);
}

function truthOf(week: Week, activeSystems: ActiveSystems, requests: readonly Request[]): WeekTruth {
  const checkIns = { made: 0, lost: 0, counted: 0, census: 0 };
  const rejected: Partial<Record<ExpectedRejection, number>> = {};
  for (const { outcome, status } of requests) {
    if (outcome === 'none') continue;
    if (outcome === 'census' || outcome === 'check-in') {
      checkIns.counted += 1;
      if (outcome === 'census') checkIns.census += 1;
    } else {
      rejected[outcome] = (rejected[outcome] ?? 0) + 1;
      if (outcome === 'status' && status === 503) checkIns.lost += 1;
    }
  }
  checkIns.made = checkIns.counted + checkIns.lost;
  return { week, weekStart: mondayOf(week), activeSystems, checkIns, rejected };
}

async function writeWeek(out: string, week: Week, requests: readonly Request[], gzip: boolean): Promise<number> {
  const name = `access.log-${mondayOf(week).replaceAll('-', '')}${gzip ? '.gz' : ''}`;
  const logs = MIRRORS.map((mirror) => createLog(join(out, mirror, name), gzip));
  try {
    for (const index of inOrderOfTime(requests, week)) {
      const request = requests[index]!;
      const log = logs[request.mirror]!;
      log.append(request);
      if (log.isFull()) await log.flush();
    }
    for (const log of logs) await log.flush();
  } finally {
    for (const log of logs) await log.close();
  }
  return logs.reduce((bytes, log) => bytes + log.bytesWritten(), 0);
}

/** Sorts numbers instead of objects: time and index in one, exact below 2^53. */
function* inOrderOfTime(requests: readonly Request[], week: Week): Generator<number> {
  const start = weekStart(week);
  const keys = Float64Array.from(requests, ({ time }, index) => (time - start) * 2 ** 32 + index).sort();
  for (const key of keys) yield key % 2 ** 32;
}

const BLOCK_BYTES = 1024 * 1024;
const ROOM_FOR_A_LINE = 4096;

interface Log {
  append(line: AccessLine): void;
  isFull(): boolean;
  flush(): Promise<void>;
  close(): Promise<void>;
  bytesWritten(): number;
}

function createLog(path: string, gzip: boolean): Log {
  const sink = createFileSink(path, gzip);
  const format = createLineFormatter();
  const block = Buffer.allocUnsafe(BLOCK_BYTES + ROOM_FOR_A_LINE);
  let used = 0;
  let written = 0;
  return {
    append(line) {
      used += block.write(`${format(line)}\n`, used, 'latin1');
    },
    isFull: () => used >= BLOCK_BYTES,
    async flush() {
      await sink.write(block.subarray(0, used));
      written += used;
      used = 0;
    },
    close: () => sink.close(),
    bytesWritten: () => written,
  };
}
