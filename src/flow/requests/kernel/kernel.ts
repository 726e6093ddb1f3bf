// The scanner: whole lines in, tallies out. What a line means is SPEC.md's; the plain reader of the same rules is
// src/flow/requests/reference.ts, and both must agree on every input (C6).
import * as address from './address';
import { CR, LF, SLASH, find, findCountme, hasControl, lineFeed, lineStart, survey } from './bytes';
import { clearCells, clearNetworks, hit, keyOf, listCells, settle, tellHits } from './cells';
import { indexTable } from './countries';
import * as grammar from './grammar';
import { Interner, NUMBER, UNKNOWN, hash } from './interner';
import { clearMarks, handOverMarks, keepMark, markOf } from './mark';
import {
  AGENTS, AGENTS_BYTES, AGENTS_END, HOURS_COUNTED, HOURS_LIMIT, HOURS_SEEN, HOURS_SIEVED, LINES, LINES_LIMIT,
  LINE_LIMIT, NO_WEEK, REJECTIONS, SPLAT, TOUCHED, WEEKS,
} from './memory';
import {
  AGENT, CONTROL_BYTES, MALFORMED, METHOD, REASON_COUNT, STATUS, TIME, TIME_RANGE, TOO_LONG, TRAILING_FIELDS,
} from './reasons';
import {
  NO_CANDIDATE, PENDING, areTargetsMany, clearTargets, numberOf, pathStart, requestOf, touchTargetEntry, touchTargetSlot, usualRequestOf,
} from './target';
import { clearSpread, spreadRows } from './spread';
import { FIRST_TIME, INVALID, parseTime } from './time';

// Both answer -1 where the client does not count; where it does, `probeSystem` PENDING and `numberSystem` the number.
@external("host", "probeSystem") declare function probeSystem(agent: usize, length: u32): i32;
@external("host", "numberSystem") declare function numberSystem(agent: usize, length: u32): i32;

// Whether a line was counted before, and is to be left out (G4). Each answer of 1 uses up one known line.
@external("host", "isKnown") declare function isKnown(time: f64, mark: u32): i32;

// Each candidate by itself, in the order of the log, where that was asked for: `tellHit` follows for what is counted.
@external("host", "tellCounted") declare function tellCounted(time: f64, mark: u32): void;
@external("host", "tellRejected") declare function tellRejected(reason: u32, week: u32): void;

const NO_CLIENT: i32 = -1;
const LONGEST_AGENT_KEPT: usize = 2048;
const STATUS_200: u32 = 0x20303032;
const STATUS_302: u32 = 0x20323033;
const FIRST_HOUR: i64 = FIRST_TIME / 3600;
const NO_HOUR: i64 = -1;

const agents = changetype<Interner>(576);
let latest: i64 = 0;
let hoursSeen: usize = HOURS_SEEN;
/** Memory is all zero before the first log: to clear it would only touch its pages. */
let isFresh: bool = true;

let candidates: u64 = 0;
let counted: u64 = 0;
/** Lines that were left out, because they were counted before; and whether there may be such. */
let known: u64 = 0;
let leavesOut: bool = false;
/** Whether each candidate is told. */
let tells: bool = false;
let misfits: u64 = 0;
let firstHour: i64 = NO_HOUR;
let earliest: i64 = i64.MAX_VALUE;
let last: i64 = i64.MIN_VALUE;
let pauseAt: u64 = 0;

/**
 * A line that waits: u32 line, its line feed, its `countme=`; if it is usual, u32 end of the host (else 0), target, its
 * end, User-Agent, hash of the target, hash of the User-Agent, and from byte 40 i64 time.
 */
const LINE: usize = 48;
let lines: u32 = 0;

let ranges: usize = 0;
let rangeCount: u32 = 0;
let rangeEnd: usize = 0;

export function getCandidates(): f64 { return <f64>candidates; }
export function getCounted(): f64 { return <f64>counted; }
export function getKnown(): f64 { return <f64>known; }
export function getMisfits(): f64 { return <f64>misfits; }
export function getFirstHour(): f64 { return <f64>firstHour; }
export function getEarliest(): f64 { return <f64>earliest; }
export function getLast(): f64 { return <f64>last; }
export function setPause(at: f64): void { pauseAt = <u64>at; }
export function cells(): u32 { return listCells(); }
/** Hands over the marks that wait. */
export function marks(): void { handOverMarks(); }
/** Of the hits that `cells` has listed. */
export function spread(): u32 { return spreadRows(); }

/** Makes ready for a log: times after `latestTime` (seconds) are out of range. `asks`: lines may be known. `each`: candidates are told. */
export function start(latestTime: f64, asks: bool, each: bool): void {
  startTimes(latestTime);
  leavesOut = asks;
  tells = each;
  tellHits(each);
  address.prepareAddresses();
  agents.slots = AGENTS; agents.bytes = AGENTS_BYTES; agents.bytesEnd = AGENTS_END; agents.maxBits = 17;
  agents.clear();
  clearTargets();
  candidates = 0;
  firstHour = NO_HOUR;
  forget();
  isFresh = false;
}

/** Makes ready to sieve a log that another thread counts in the same memory: nothing of that one's is touched. */
export function startSieve(latestTime: f64): void {
  hoursSeen = HOURS_SIEVED;
  startTimes(latestTime);
  isFresh = false;
}

function startTimes(latestTime: f64): void {
  for (let i: usize = 0; i < 256; i++) store<u8>(SPLAT + i, <u8>i);
  latest = <i64>latestTime;
  if (!isFresh) memory.fill(hoursSeen, 0, <usize>(HOURS_LIMIT >> 3));
  bytesSampled = 0;
}

/** The first word (u32) behind `from` that is not 0 in [from, end), or end: the tables are large and nearly empty. */
export function nextWord(from: usize, end: usize): usize {
  let p = from;
  for (; p + 16 <= end; p += 16) if (v128.any_true(v128.load(p))) break;
  for (; p < end; p += 4) if (load<u32>(p)) return p;
  return end;
}

/** Drops what was counted so far and keeps the place in the log: all of it turned out to be counted already (G3). */
export function forget(): void {
  clearCells();
  clearMarks();
  clearSpread();
  if (!isFresh) {
    memory.fill(REJECTIONS, 0, <usize>REASON_COUNT * WEEKS * 8);
    memory.fill(HOURS_COUNTED, 0, <usize>(HOURS_LIMIT >> 3));
  }
  counted = 0;
  known = 0;
  misfits = 0;
  earliest = i64.MAX_VALUE;
  last = i64.MIN_VALUE;
}

export function forgetNetworks(systems: u32): void { clearNetworks(systems); }

export function indexCountries(
  v4Starts: usize, v4Countries: usize, v4: u32, v6Starts: usize, v6Countries: usize, v6: u32,
): void {
  indexTable(v4Starts, v4Countries, v4, v6Starts, v6Countries, v6);
}

/** The address behind the last line feed in [from, end), or `from`. */
export function lastLineEnd(from: usize, end: usize): usize {
  for (let p = end; p > from; p--) if (load<u8>(p - 1) == LF) return p;
  return from;
}

export function firstLineEnd(from: usize, end: usize): usize {
  const lf = find(LF, from, end);
  return lf < end ? lf + 1 : from;
}

export function startRanges(at: usize): void {
  ranges = at;
  rangeCount = 0;
  rangeEnd = 0;
}

/** Candidates on average shorter than this are copied together: a call to hash them costs more than the copy. */
const WORTH_A_CALL: usize = 4096;

/**
 * Ends the list of ranges. Many short ones are copied to `to`, and the list is that one range. Answers how many there are.
 */
export function endRanges(to: usize): u32 {
  if (rangeCount < 2) return rangeCount;
  let total: usize = 0;
  const list = ranges, end = ranges + (<usize>rangeCount << 3);
  for (let entry = list; entry < end; entry += 8) total += <usize>(load<u32>(entry, 4) - load<u32>(entry));
  if (total > <usize>rangeCount * WORTH_A_CALL) return rangeCount;
  let at = to;
  for (let entry = list; entry < end; entry += 8) {
    const from = <usize>load<u32>(entry), length = <usize>load<u32>(entry, 4) - from;
    // Up to 15 bytes too many, which the next one overwrites.
    for (let i: usize = 0; i < length; i += 16) v128.store(at + i, v128.load(from + i));
    at += length;
  }
  store<u32>(list, <u32>to);
  store<u32>(list, <u32>at, 4);
  rangeCount = 1;
  return 1;
}

/** A line that starts no farther before its `countme=` than this is probably the line at hand. */
const NEAR: usize = 384;

/** Counts the whole lines in [from, end). Stops early, behind the candidate at which a pause was set. */
export function scan(from: usize, end: usize): usize {
  store<u8>(from - 1, LF);
  let p = from;
  while (true) {
    const found = findCountme(p, end);
    if (found >= end) {
      const stopped = workOff();
      return stopped ? stopped : end;
    }
    let line = p;
    if (found - p > NEAR) line = lineStart(found);
    survey(line);
    if (lineFeed < found) {
      line = lineStart(found);
      survey(line);
    }
    const lf = lineFeed;
    queue(line, lf, found);
    p = lf + 1;
    if (lines == LINES_LIMIT) {
      const stopped = workOff();
      if (stopped) return stopped;
    }
  }
}

/** Copies the whole lines in [from, end) that hold `countme=` to `to`; answers where the copies end. */
export function sieve(from: usize, end: usize, to: usize): usize {
  store<u8>(from - 1, LF);
  let p = from;
  while (true) {
    const found = findCountme(p, end);
    if (found >= end) break;
    const line = lineStart(found), lf = find(LF, found, end);
    // A line stays too long without its end, even if the last byte that is left is a carriage return.
    const length = min(lf - line, LINE_LIMIT + 2);
    for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(line + i));
    store<u8>(to + length, LF);
    to += length + 1;
    p = lf + 1;
  }
  return to;
}

/** L2: the bytes behind the last line feed, if they are a line already. */
export function scanRest(from: usize, end: usize): void {
  store<u8>(from - 1, LF);
  const found = findCountme(from, end);
  if (found >= end) return;
  let lineEnd = end;
  if (load<u8>(end - 1) == CR) lineEnd--;
  store<u8>(end, LF);
  judge(from, lineEnd, found, end, true);
}

/** L4: the start of a line that is longer than the limit and not all read yet. */
export function scanTooLong(from: usize): void {
  store<u8>(from - 1, LF);
  const found = findCountme(from, from + LINE_LIMIT);
  if (found + 8 <= from + LINE_LIMIT) tooLong(from);
}

function tooLong(line: usize): void {
  candidate(line, line + LINE_LIMIT, line + LINE_LIMIT + 1);
  reject(TOO_LONG, NO_WEEK);
}

/** Puts a line with those that wait, with what makes it usual if it is: its fields and what they are looked up by. */
// @ts-ignore: decorator
@inline function queue(line: usize, lf: usize, found: usize): void {
  const entry = LINES + <usize>lines * LINE;
  lines++;
  store<u32>(entry, <u32>line);
  store<u32>(entry, <u32>lf, 4);
  store<u32>(entry, <u32>found, 8);
  store<u32>(entry, 0, 12);
  if (!grammar.cutUsual(line) || lf - line > LINE_LIMIT || !isSuccess()) return;
  const time = parseTime(grammar.time);
  if (time < FIRST_TIME || time > latest) return;
  store<u32>(entry, <u32>grammar.hostEnd, 12);
  store<u32>(entry, <u32>grammar.target, 16);
  store<u32>(entry, <u32>grammar.targetEnd, 20);
  store<u32>(entry, <u32>grammar.agent, 24);
  store<u32>(entry, hash(grammar.target, <u32>(grammar.targetEnd - grammar.target)), 28);
  store<u32>(entry, hash(grammar.agent, <u32>(grammar.agentEnd - grammar.agent)), 32);
  store<i64>(entry, time, 40);
}

/** Counts the lines that wait, in their order. Answers the address behind the candidate at which a pause was set, or 0. */
function workOff(): usize {
  const end = LINES + <usize>lines * LINE;
  lines = 0;
  if (areTargetsMany() || agents.isLarge) touch(end);
  for (let entry = LINES; entry < end; entry += LINE) {
    if (!countUsual(entry)) {
      const line = <usize>load<u32>(entry), lf = <usize>load<u32>(entry, 4), found = <usize>load<u32>(entry, 8);
      judge(line, load<u8>(lf - 1) == CR ? lf - 1 : lf, found, lf, false);
    }
    if (candidates == pauseAt && pauseAt) {
      settle();
      pauseAt = 0;
      return <usize>load<u32>(entry, 4) + 1;
    }
  }
  return 0;
}

/** Reads what the look-ups of the lines that wait will read, so that all their misses are waited for at once. */
// @ts-ignore: decorator
@inline function touch(end: usize): void {
  let sum: u32 = 0;
  for (let entry = LINES; entry < end; entry += LINE) {
    sum += touchTargetSlot(load<u32>(entry, 28)) + agents.touchSlot(load<u32>(entry, 32));
  }
  for (let entry = LINES; entry < end; entry += LINE) {
    sum += touchTargetEntry(load<u32>(entry, 28)) + agents.touchEntry(load<u32>(entry, 32));
  }
  store<u32>(TOUCHED, sum);
}

/** Counts a line as nearly all are; false if it is not one, or may be the first candidate, and nothing was done. */
// @ts-ignore: decorator
@inline function countUsual(entry: usize): bool {
  const hostEnd = <usize>load<u32>(entry, 12);
  if (!hostEnd || !candidates) return false;
  const target = <usize>load<u32>(entry, 16), targetEnd = <usize>load<u32>(entry, 20);
  let request = usualRequestOf(load<u32>(entry, 28), target, targetEnd);
  if (request < 0 && request != PENDING) return false;
  const line = <usize>load<u32>(entry), lf = <usize>load<u32>(entry, 4);
  const system = systemOf(load<u32>(entry, 32), <usize>load<u32>(entry, 24), lf - 1, true);
  if (system == NO_CLIENT) return false;
  if (request == PENDING) request = numberOf(target, targetEnd);
  candidate(line, lf, lf);
  const time = load<i64>(entry, 40);
  count(line, hostEnd, time, <i32>((time - FIRST_TIME) / 604800), request, system, markHash(load<u32>(entry, 28), target, targetEnd), load<u32>(entry, 32));
  return true;
}

// @ts-ignore: decorator
@inline function count(
  line: usize, hostEnd: usize, time: i64, week: i32, request: i32, system: i32, targetHash: u32, agentHash: u32,
): void {
  address.parseAddress(line, hostEnd);
  const mark = markOf(time, address.kind ? address.value : 0, targetHash, agentHash);
  if (leavesOut && isKnown(<f64>time, mark)) {
    known++;
    return;
  }
  counted++;
  if (time < earliest) earliest = time;
  if (time > last) last = time;
  markHour(HOURS_COUNTED, time);
  keepMark(time, mark);
  if (tells) tellCounted(<f64>time, mark);
  hit(keyOf(<u32>system, <u32>week, <u32>request), address.value, address.kind);
}

function judge(line: usize, end: usize, found: usize, lf: usize, unfinished: bool): void {
  if (end - line > LINE_LIMIT) {
    if (found + 8 <= line + LINE_LIMIT) tooLong(line);
    return;
  }
  if (found >= end) return;
  const shape = hasControl(line, end) ? CONTROL_BYTES : grammar.cut(line, end);
  if (shape != grammar.FITS) {
    if (unfinished) return;
    candidate(line, end, lf);
    if (shape == MALFORMED || shape == TRAILING_FIELDS) misfits++;
    reject(shape == grammar.BAD_REQUEST ? MALFORMED : shape, NO_WEEK);
    return;
  }
  let request = requestOf(grammar.target, grammar.targetEnd);
  if (request == NO_CANDIDATE) return;
  candidate(line, end, lf);

  const time = grammar.timeEnd - grammar.time == 26 ? parseTime(grammar.time) : INVALID;
  const inRange = time >= FIRST_TIME && time <= latest;
  const week = inRange ? <i32>((time - FIRST_TIME) / 604800) : NO_WEEK;
  // Whatever the clock says today: the log must be known by it tomorrow.
  if (candidates == 1 && time >= FIRST_TIME) firstHour = time / 3600;

  if (!grammar.isGet()) return reject(METHOD, week);
  if (request < 0 && request != PENDING) return reject(-1 - request, week);
  if (time == INVALID) return reject(TIME, NO_WEEK);
  if (!inRange) return reject(TIME_RANGE, NO_WEEK);

  const sound = isSuccess();
  const agentHash = hash(grammar.agent, <u32>(grammar.agentEnd - grammar.agent));
  const system = systemOf(agentHash, grammar.agent, grammar.agentEnd, sound);
  if (system == NO_CLIENT) return reject(AGENT, week);
  if (!sound) return reject(STATUS, week);
  if (request == PENDING) request = numberOf(grammar.target, grammar.targetEnd);

  const targetHash = hash(grammar.target, <u32>(grammar.targetEnd - grammar.target));
  const hashed = markHash(targetHash, grammar.target, grammar.targetEnd);
  count(line, grammar.hostEnd, time, week, request, system, hashed, agentHash);
}

/** The hash of a target for its mark: without the authority, which some servers write and others do not. */
// @ts-ignore: decorator
@inline function markHash(h: u32, target: usize, targetEnd: usize): u32 {
  if (load<u8>(target) == SLASH) return h;
  const path = pathStart(target, targetEnd);
  return hash(path, <u32>(targetEnd - path));
}

// @ts-ignore: decorator
@inline function isSuccess(): bool {
  const status = load<u32>(grammar.status);
  return status == STATUS_200 || status == STATUS_302;
}

/** The number of the system behind a User-Agent, NO_CLIENT, or PENDING where no line of it is counted (`number` false). */
// @ts-ignore: decorator
@inline function systemOf(h: u32, from: usize, end: usize, number: bool): i32 {
  const length = <u32>(end - from);
  if (end - from > LONGEST_AGENT_KEPT) {
    return number ? numberSystem(from, length) : probeSystem(from, length);
  }
  const entry = agents.entryOf(h, from, length);
  let system = load<i32>(entry, NUMBER);
  if (system == UNKNOWN || (system == PENDING && number)) {
    system = number ? numberSystem(from, length) : probeSystem(from, length);
    store<i32>(entry, system, NUMBER);
  }
  return system;
}

/** A candidate is part of the log's identity: its bytes and one line feed (G1). Neighbours become one range. */
// @ts-ignore: decorator
@inline function candidate(line: usize, end: usize, lf: usize): void {
  candidates++;
  if (end == lf && load<u8>(lf) == LF) {
    range(line, lf + 1);
  } else {
    range(line, end);
    range(SPLAT + <usize>LF, SPLAT + <usize>LF + 1);
  }
}

// @ts-ignore: decorator
@inline function range(from: usize, end: usize): void {
  if (from == rangeEnd) {
    store<u32>(ranges + (<usize>rangeCount << 3) - 4, <u32>end);
  } else {
    const entry = ranges + (<usize>rangeCount << 3);
    store<u32>(entry, <u32>from);
    store<u32>(entry, <u32>end, 4);
    rangeCount++;
  }
  rangeEnd = end;
}

function reject(reason: i32, week: i32): void {
  if (tells) tellRejected(reason, week);
  const count = REJECTIONS + ((<usize>reason * WEEKS + <usize>week) << 3);
  store<u64>(count, load<u64>(count) + 1);
}

// @ts-ignore: decorator
@inline function markHour(hours: usize, time: i64): void {
  const hour = time / 3600 - FIRST_HOUR;
  const byte = hours + <usize>(hour >> 3);
  store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(hour & 7)));
}

/** A small log has few bytes an hour: a part of what was read so far, but no more than 64 KiB. */
const SAMPLE_SHARE: u64 = 8192;
const SAMPLE_EVERY: u64 = 65536;
const SAMPLE_TRIES: i32 = 8;
let bytesSampled: u64 = 0;

/** H1: the times of the first and the last line in [from, end) and of some between. */
export function sampleTimes(from: usize, end: usize): void {
  store<u8>(from - 1, LF);
  for (let p = from; p < end; ) {
    const line = p == from ? p : find(LF, p, end) + 1;
    sample(line, end);
    const step = <usize>max<u64>(1, min(SAMPLE_EVERY, bytesSampled / SAMPLE_SHARE));
    bytesSampled += <u64>(line + step - p);
    p = line + step;
  }
  if (end - from > 1) sample(max(lineStart(end - 1), from), end);
}

/** Marks the hour of the line at `line`, or of one of the next few if that one shows no time. */
function sample(line: usize, end: usize): void {
  for (let tries = 0; tries < SAMPLE_TRIES && line < end; tries++) {
    const lineEnd = find(LF, line, end);
    const bracket = timeBracket(line, lineEnd);
    if (bracket < lineEnd) {
      const time = parseTime(bracket + 1);
      if (time >= FIRST_TIME && time <= latest) return markHour(hoursSeen, time);
    }
    line = lineEnd + 1;
  }
}

/**
 * The bracket before the time, or the end of the line. A time that ends in `] "`: what else looks like one, a stranger
 * may have written as the name of a user, and no server lets him write a quote.
 */
function timeBracket(line: usize, end: usize): usize {
  let bracket = find(0x5b, line, end);
  while (bracket + 30 < end) {
    if (load<u8>(bracket, 27) == 0x5d && load<u16>(bracket, 28) == 0x2220) return bracket;
    bracket = find(0x5b, bracket + 1, end);
  }
  return end;
}
