import { join } from 'node:path';
import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { HOURS_PER_WEEK, mondayOf, SECONDS_PER_HOUR, SECONDS_PER_WEEK, weekStart } from '../flow/sightings/week.ts';
import { TotalsError, type TotalsRow } from '../flow/views/totals.ts';
import { escapeAsNginx } from './access-log.ts';
import { createFileSink } from './byte-sink.ts';
import type { LineBlock } from './line-block.ts';
import { agentPart, createAddressPool, createLineBlock, LONGEST_PREFIX, requestPart } from './line-block.ts';
import type { Random } from './random.ts';
import { createRandom, shuffle } from './random.ts';

export interface ReplayOptions {
  /** An existing folder; one log for each week is written into it, `access.log-20200210` for the week of that Monday. */
  out: string;
  seed: number;
  gzip?: boolean;
}

export interface ReplayProgress {
  week: Week;
  weeksDone: number;
  weeksAll: number;
  lines: number;
  bytes: number;
}

export interface ReplaySummary {
  files: string[];
  /** Check-ins written: the sum of all hits. */
  checkIns: number;
  lines: number;
  bytes: number;
}

interface ReplayRow {
  hits: number;
  request: Uint8Array;
  agent: Uint8Array;
}

const CHECK_OF_THE_HOUR = requestPart('GET /health HTTP/1.1', 200, 2);
const CHECKER = agentPart('check_http/v2.3.3 (monitoring-plugins 2.3.3)');
const CHECKER_ADDRESS = Buffer.from('192.0.2.10 - - [', 'latin1');

/**
 * Writes logs that contain exactly the check-ins of the given totals, and beside them one other line an hour, so that
 * a week with few check-ins is a complete one (H2).
 */
export async function replay(
  rows: readonly TotalsRow[],
  options: ReplayOptions,
  progress: (progress: ReplayProgress) => void = () => {},
): Promise<ReplaySummary> {
  const random = createRandom(options.seed);
  const drawAddress = createAddressPool(random);
  const weeks = groupByWeek(rows);
  const summary: ReplaySummary = { files: [], checkIns: 0, lines: 0, bytes: 0 };
  for (const [week, weekRows] of weeks) {
    const name = `access.log-${mondayOf(week).replaceAll('-', '')}${options.gzip ? '.gz' : ''}`;
    await writeWeek(join(options.out, name), options.gzip ?? false, week, weekRows, drawAddress, random, summary);
    summary.files.push(name);
    const { lines, bytes } = summary;
    progress({ week, weeksDone: summary.files.length, weeksAll: weeks.length, lines, bytes });
  }
  return summary;
}

async function writeWeek(
  path: string,
  gzip: boolean,
  week: Week,
  rows: readonly ReplayRow[],
  drawAddress: (random: Random) => Uint8Array,
  random: Random,
  summary: ReplaySummary,
): Promise<void> {
  const order = shuffledOrder(rows, random);
  const clock = createWeekClock(week, order.length, random);
  const longestLine = rows.reduce((most, { request, agent }) => Math.max(most, request.length + agent.length), 200);
  const block = createLineBlock(longestLine + LONGEST_PREFIX);
  const sink = createFileSink(path, gzip);
  try {
    let hoursDone = 0;
    for (const index of order) {
      const time = clock();
      const hour = Math.floor((time - weekStart(week)) / SECONDS_PER_HOUR);
      for (; hoursDone <= hour; hoursDone += 1) appendCheck(block, week, hoursDone);
      const row = rows[index]!;
      block.append(drawAddress(random), time, row.request, row.agent);
      if (block.isFull()) await flush();
    }
    for (; hoursDone < HOURS_PER_WEEK; hoursDone += 1) appendCheck(block, week, hoursDone);
    await flush();
  } finally {
    await sink.close();
  }
  summary.checkIns += order.length;
  summary.lines += order.length + HOURS_PER_WEEK;

  async function flush(): Promise<void> {
    const bytes = block.take();
    summary.bytes += bytes.length;
    await sink.write(bytes);
  }
}

function appendCheck(block: LineBlock, week: Week, hour: number): void {
  const time = (weekStart(week) + hour * SECONDS_PER_HOUR) as EpochSeconds;
  block.append(CHECKER_ADDRESS, time, CHECK_OF_THE_HOUR, CHECKER);
}

/** The index of each row as often as it has hits, in no order. */
function shuffledOrder(rows: readonly ReplayRow[], random: Random): Uint32Array {
  const order = new Uint32Array(rows.reduce((sum, { hits }) => sum + hits, 0));
  let filled = 0;
  for (const [index, { hits }] of rows.entries()) {
    order.fill(index, filled, filled + hits);
    filled += hits;
  }
  shuffle(order, random);
  return order;
}

/**
 * Ascending times for so many lines, denser where the week is busier: by day more than by night, and most on Monday,
 * when the new week's count begins.
 */
export function createWeekClock(week: Week, lines: number, random: Random): () => EpochSeconds {
  const upTo = [0];
  for (let hour = 0; hour < HOURS_PER_WEEK; hour += 1) {
    const daily = 1 - 0.35 * Math.cos(((hour - 3) * 2 * Math.PI) / 24);
    upTo.push(upTo[hour]! + daily * (1 + 2 * Math.exp(-hour / 24)));
  }
  const all = upTo[HOURS_PER_WEEK]!;
  const start = weekStart(week);
  let line = 0;
  let hour = 0;
  return () => {
    const reached = ((line + random.unit()) / lines) * all;
    line += 1;
    while (hour < HOURS_PER_WEEK - 1 && upTo[hour + 1]! <= reached) hour += 1;
    const withinHour = (reached - upTo[hour]!) / (upTo[hour + 1]! - upTo[hour]!);
    const second = Math.floor((hour + withinHour) * SECONDS_PER_HOUR);
    return (start + Math.min(second, SECONDS_PER_WEEK - 1)) as EpochSeconds;
  };
}

function groupByWeek(rows: readonly TotalsRow[]): [Week, ReplayRow[]][] {
  const weeks = new Map<Week, ReplayRow[]>();
  const agents = new Map<string, Uint8Array>();
  for (const [index, row] of rows.entries()) {
    let agent: Uint8Array | undefined;
    let request: Uint8Array;
    try {
      const text = agentOf(row);
      agent = agents.get(text) ?? agentPart(text);
      agents.set(text, agent);
      request = requestPart(`GET ${targetOf(row)} HTTP/1.1`, 200, 600 + ((row.repoTag.length * 7919) % 3000));
    } catch (error) {
      throw new TotalsError(
        `row ${index + 1} of the totals cannot be written as a log line: ${(error as Error).message}`,
      );
    }
    const ofWeek = weeks.get(row.week) ?? [];
    ofWeek.push({ hits: row.hits, request, agent });
    weeks.set(row.week, ofWeek);
  }
  return [...weeks].sort(([a], [b]) => a - b);
}

/** The request that reads back as the row's repository and age (Q8, Q9). */
export function targetOf(row: TotalsRow): string {
  const repo = queryValue('repo_tag', row.repoTag);
  const arch = queryValue('repo_arch', row.repoArch);
  return `/metalink?repo=${repo}&arch=${arch}&countme=${row.sysAge}`;
}

function queryValue(column: string, text: string): string {
  requireCleanText(column, text);
  // nginx would escape a quote or a backslash once more; percent-encoded they pass through it unchanged.
  const encoded = encodeURIComponent(text).replaceAll(/%(?:3A|2F|40|24|2C|3B)/g, decodeURIComponent);
  if (encoded.length > LONGEST_VALUE) throw new Error(`${column}: expected at most ${LONGEST_VALUE} bytes`);
  return encoded;
}

/** The User-Agent, escaped as in a log, that reads back as the row's system (S3). */
export function agentOf({ osName, osVersion, osVariant, osArch }: TotalsRow): string {
  if (osName === '' && osVersion === '' && osVariant === '' && osArch === '') return 'libdnf';
  requireField('os_name', osName, '');
  requireField('os_version', osVersion, ' ');
  requireField('os_variant', osVariant, '; ');
  requireField('os_arch', osArch, '; ');
  if (osArch.includes('.')) throw new Error('os_arch: expected no dot');
  // One pair of quotes is taken off by whoever reads it.
  const variant = /^".*"$|^"$/.test(osVariant) ? `"${osVariant}"` : osVariant;
  return escapeAsNginx(`libdnf (${osName} ${osVersion}; ${variant}; Linux.${osArch})`);
}

function requireField(column: string, text: string, separator: string): void {
  requireCleanText(column, text);
  if (Buffer.byteLength(text) > LONGEST_VALUE) throw new Error(`${column}: expected at most ${LONGEST_VALUE} bytes`);
  if (separator !== '' && text.includes(separator)) throw new Error(`${column}: expected no "${separator}"`);
}

const LONGEST_VALUE = 255;

/** S1 */
function requireCleanText(column: string, text: string): void {
  if (/[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(text)) throw new Error(`${column}: expected clean text`);
}
