// The marks of counted lines, by which they are found again in another cut of their log (G4). The same marks as those of
// src/flow/sightings/line-mark.ts (C6).
import { FIRST_TIME } from './time';
import { MARKED_HOURS, MARKS, MARKS_PER_BLOCK, MARK_PLACES, SORTED_MARKS, SORTED_SECONDS, UNSORTED_MARKS } from './memory';

// Takes the marks of so many lines, which lie in order at SORTED_MARKS and SORTED_SECONDS. Answers of which level marks
// are to be kept from here on: those whose top bits, so many, are 0.
@external("host", "marks") declare function takeMarks(hour: u32, count: u32, lines: u32): u32;

/**
 * An hour: u32 hour since the first that counts, u32 how many marks wait, u32 of how many lines; then u64 a mark: second of
 * the hour << 32 | mark.
 */
const HEADER: usize = 16;
const HOUR: usize = HEADER + <usize>MARKS_PER_BLOCK * 8;

/** u32 how many hours there are: in memory, as they are, for a kernel that comes after another. */
const HOURS: usize = MARKS + <usize>MARKED_HOURS * HOUR;

/** Lines of one second stand in any order: a mark is put in its place among so many before it, and others wait for the sort. */
const NEAR: usize = 32 * 8;

/** When the hour of the line before began; a division for each line would take longer than its hash. */
let lastStart: i64 = i64.MIN_VALUE;
let lastPlace: usize = 0;
let level: u32 = 0;

export function clearMarks(): void {
  const hours = load<u32>(HOURS);
  for (let place: u32 = 0; place < hours; place++) {
    store<u16>(MARK_PLACES + (<usize>load<u32>(MARKS + <usize>place * HOUR) << 1), 0);
  }
  store<u32>(HOURS, 0);
  lastStart = i64.MIN_VALUE;
  level = 0;
}

/** Hands over all that waits. */
export function handOverMarks(): void {
  const hours = load<u32>(HOURS);
  for (let place: u32 = 0; place < hours; place++) handOver(MARKS + <usize>place * HOUR, true);
  clearMarks();
}

// @ts-ignore: decorator
@inline function turn(word: u32, bits: u32): u32 {
  return (word << bits) | (word >> (32 - bits));
}

// @ts-ignore: decorator
@inline function stir(h: u32, word: u32): u32 {
  return turn(h ^ (turn(word * 0xcc9e2d51, 15) * 0x1b873593), 13) * 5 + 0xe6546b64;
}

/** `target` and `agent` are their hashes, `address` is 0 if there is none. */
// @ts-ignore: decorator
@inline export function markOf(time: i64, address: u64, target: u32, agent: u32): u32 {
  let h = stir(stir(stir(stir(stir(0, <u32>time), <u32>(address >> 32)), <u32>address), target), agent);
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return ((h ^ (h >> 16)) & 0xffffff00) | ((turn(target, 13) ^ agent) >> 24);
}

// @ts-ignore: decorator
@inline export function keepMark(time: i64, mark: u32): void {
  if (<u64>(time - lastStart) >= 3600) turnTo(<u32>((time - FIRST_TIME) / 3600));
  const place = lastPlace;
  store<u32>(place, load<u32>(place, 8) + 1, 8);
  if (<u64>mark << level >> 32) return;
  let count = load<u32>(place, 4);
  if (count == MARKS_PER_BLOCK) {
    handOver(place, false);
    count = load<u32>(place, 4);
  }
  const entry = (<u64>(time - lastStart) << 32) | <u64>mark;
  const first = place + HEADER;
  let at = first + (<usize>count << 3);
  const near = at - first > NEAR ? at - NEAR : first;
  for (; at > near && load<u64>(at - 8) > entry; at -= 8) store<u64>(at, load<u64>(at - 8));
  store<u64>(at, entry);
  store<u32>(place, count + 1, 4);
}

/**
 * Sorts the marks of an hour and hands them over. A log is nearly in order: what is out of it are a few runs, merged by
 * twos. Those of the last second wait for others of it, so that blocks need not be merged.
 */
function handOver(place: usize, isLast: bool): void {
  let count = load<u32>(place, 4);
  const end = <usize>count << 3;
  let from = place + HEADER, to = UNSORTED_MARKS;
  while (mergeRuns(from, to, end)) {
    const merged = to;
    to = from;
    from = merged;
  }
  if (!isLast) {
    const last = load<u64>(from + end - 8) >> 32;
    let earlier = count;
    while (earlier > 0 && load<u64>(from + (<usize>(earlier - 1) << 3)) >> 32 == last) earlier--;
    if (earlier > 0) count = earlier;
  }
  for (let i: usize = 0; i < count; i++) {
    const entry = load<u64>(from + (i << 3));
    store<u32>(SORTED_MARKS + (i << 2), <u32>entry);
    store<u16>(SORTED_SECONDS + (i << 1), <u16>(entry >> 32));
  }
  const given = <usize>count << 3;
  memory.copy(place + HEADER, from + given, end - given);
  store<u32>(place, <u32>((end - given) >> 3), 4);
  level = takeMarks(load<u32>(place), count, load<u32>(place, 8));
  store<u32>(place, 0, 8);
}

/** Merges each run with the next one; false, and nothing was done, if there is one only. */
function mergeRuns(from: usize, to: usize, size: usize): bool {
  let start: usize = 0;
  while (start < size) {
    const middle = endOfRun(from, start, size);
    if (start == 0 && middle == size) return false;
    const end = middle < size ? endOfRun(from, middle, size) : size;
    let a = start, b = middle;
    for (let out = start; out < end; out += 8) {
      const isFirst = b == end || (a < middle && load<u64>(from + a) <= load<u64>(from + b));
      store<u64>(to + out, load<u64>(from + (isFirst ? a : b)));
      if (isFirst) a += 8; else b += 8;
    }
    start = end;
  }
  return size > 0;
}

function endOfRun(from: usize, start: usize, size: usize): usize {
  let at = start + 8;
  while (at < size && load<u64>(from + at - 8) <= load<u64>(from + at)) at += 8;
  return at;
}

function turnTo(hour: u32): void {
  const at = MARK_PLACES + (<usize>hour << 1);
  if (!load<u16>(at)) {
    if (load<u32>(HOURS) == MARKED_HOURS) handOverMarks();
    const hours = load<u32>(HOURS);
    const place = MARKS + <usize>hours * HOUR;
    store<u32>(place, hour);
    store<u64>(place, 0, 4);
    store<u32>(HOURS, hours + 1);
    store<u16>(at, <u16>(hours + 1));
  }
  lastStart = FIRST_TIME + <i64>hour * 3600;
  lastPlace = MARKS + <usize>(load<u16>(at) - 1) * HOUR;
}
